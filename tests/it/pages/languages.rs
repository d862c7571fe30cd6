//! The language of every page, and the folder of every lender.

use nicepay_sim::testing::{Reply, Simulator};

use super::{Payment, by_id, error_above, html, notice, one, text};

fn language(reply: &Reply) -> String {
    one(&html(reply), "html").attr("lang").unwrap().to_owned()
}

#[test]
fn the_language_is_the_browsers() {
    let sim = Simulator::start();
    let payment = Payment::at(&sim, "order", "signin");
    for (accepts, expected, heading) in [
        ("", "id", "Masuk untuk membayar"),
        ("en", "en", "Sign in to pay"),
        ("en-US,en;q=0.9,id;q=0.8", "en", "Sign in to pay"),
        ("id-ID,en;q=0.9", "id", "Masuk untuk membayar"),
        ("in-ID", "id", "Masuk untuk membayar"),
        ("de,fr;q=0.5", "id", "Masuk untuk membayar"),
        ("fr, en;q=0.1", "en", "Sign in to pay"),
    ] {
        let reply = sim.http().send("GET", &payment.url("signin"), &[("accept-language", accepts)], "");
        assert_eq!(
            (language(&reply).as_str(), text(one(&html(&reply), "h1")).as_str()),
            (expected, heading),
            "{accepts}"
        );
        assert_eq!(reply.header("set-cookie"), None, "nothing was chosen");
    }
    let unknown = sim.http().send("GET", "/kredivo/v2/signin?tk=none", &[("accept-language", "en")], "");
    assert_eq!(text(one(&html(&unknown), "h1")), "Unknown link", "notices too");
}

#[test]
fn the_switch_changes_the_language_of_every_page_and_is_remembered() {
    let sim = Simulator::start();
    for step in ["signin", "plan", "otp", "result"] {
        let mut payment = Payment::at(&sim, step, step);
        let indonesian = payment.get(step);
        let switch = by_id(&html(&indonesian), "lang-switch").attr("href").unwrap().to_owned();
        assert_eq!(switch, format!("{}&lang=en", payment.url(step)));
        let switched = payment.buyer.get(&switch);
        assert_eq!((switched.status, language(&switched).as_str()), (200, "en"), "{step}");
        let cookie = switched.header("set-cookie").unwrap();
        for part in ["sim_lang=en", "HttpOnly", "SameSite=Lax", "Path=/;"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let english = payment.get(step);
        assert_eq!(language(&english), "en", "{step}: it is remembered");
        let headings = [&indonesian, &english].map(|reply| text(one(&html(reply), "h1")));
        assert_ne!(headings[0], headings[1], "{step}");
        let back = by_id(&html(&english), "lang-switch").attr("href").unwrap().to_owned();
        assert_eq!(back, format!("{}&lang=id", payment.url(step)));
        assert_eq!(language(&payment.buyer.get(&back)), "id");
        assert_eq!(language(&payment.get(step)), "id");
    }
}

#[test]
fn a_choice_beats_the_cookie_and_the_cookie_the_browser() {
    let sim = Simulator::start();
    let payment = Payment::at(&sim, "order", "signin");
    for (query, cookie, accepts, expected) in [
        ("", "sim_lang=en", "id", "en"),
        ("", "sim_lang=id", "en", "id"),
        ("&lang=id", "sim_lang=en", "en", "id"),
        ("&lang=xx", "sim_lang=en", "id", "en"),
        ("&lang=xx", "sim_lang=xx", "en", "en"),
    ] {
        let headers = [("cookie", cookie), ("accept-language", accepts)];
        let reply = sim.http().send("GET", &format!("{}{query}", payment.url("signin")), &headers, "");
        assert_eq!(language(&reply), expected, "{query} {cookie} {accepts}");
    }
    let errors = sim.http().post_form(&payment.url("signin"), &[], &[("cookie", "sim_lang=en")]);
    assert_eq!(error_above(&errors, "login-form"), "Enter your phone number.");
}

#[test]
fn a_session_cookie_is_a_browsers_alone() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    let signed_in = payment.sign_in("081291891818", "414141");
    let cookie = signed_in.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/kredivo"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn a_link_below_another_lenders_folder_leads_to_its_own() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "plan");
    for page in ["signin", "plan", "otp", "result"] {
        for folder in ["akulaku", "indodana"] {
            let elsewhere = payment.url(page).replace("kredivo", folder);
            let reply = payment.buyer.get(&elsewhere);
            payment.leads_to(&reply, page);
            assert_eq!(reply.diagnosis(), "page/other-lender");
            let reply = payment.buyer.get(&format!("{elsewhere}&lang=en"));
            assert_eq!(reply.location(), format!("{}&lang=en", payment.url(page)), "the language goes with it");
            if page != "result" {
                let reply = payment.buyer.post(&elsewhere, &[("phone", "081291891818"), ("pin", "414141")]);
                payment.leads_to(&reply, page);
            }
        }
    }
    assert_eq!(payment.shown(&sim)["step"], "plan", "nothing happened");
}

#[test]
fn every_lender_has_a_folder_of_its_own() {
    let sim = Simulator::start();
    for (folder, name) in [("kredivo", "Kredivo"), ("akulaku", "Akulaku"), ("indodana", "Indodana")] {
        let reply = sim.http().get(&format!("/{folder}/v2/signin?tk=none&lang=en"));
        assert_eq!(notice(&reply), (404, "link-unknown".to_owned()));
        assert!(
            reply.header("set-cookie").unwrap().contains("Path=/;"),
            "a chosen language follows: {:?}",
            reply.headers
        );
        let page = html(&reply);
        assert_eq!(one(&page, "body").attr("data-skin"), Some(folder));
        assert_eq!(text(one(&page, ".brand")), format!("{name} (simulated)"));
        assert!(text(one(&page, "title")).ends_with(&format!("– {name} (simulated)")));
        for asset in ["partner.css", "partner.js"] {
            assert_eq!(sim.http().get(&format!("/{folder}/assets/{asset}")).status, 200, "{folder} {asset}");
        }
    }
    for asset in ["nicepay.css", "return.js"] {
        assert_eq!(sim.http().get(&format!("/nicepay/assets/{asset}")).status, 200, "{asset}");
    }
}
