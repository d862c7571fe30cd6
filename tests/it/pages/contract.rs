//! What every page keeps to, so that a browser test can rely on it.

use nicepay_sim::testing::{Reply, Simulator};
use scraper::ElementRef;

use super::{CALLBACK, Payment, all, attrs, by_id, error_above, html, one, text, texts};

#[test]
fn every_step_keeps_the_contract_that_browser_tests_rely_on() {
    let sim = Simulator::start();
    for (step, form, action, fields, ids) in [
        ("signin", "login-form", "signin", vec!["phone", "pin"], vec!["login-phone", "login-pin", "login-submit"]),
        ("plan", "plan-form", "plan", vec!["instmntMon"], vec!["plan-submit"]),
        ("otp", "otp-form", "otp", vec!["otp"], vec!["otp-input", "otp-submit"]),
    ] {
        let mut payment = Payment::at(&sim, step, step);
        let reply = payment.get(step);
        assert_eq!(reply.status, 200, "{step}");
        let page = html(&reply);

        let forms = all(&page, "form");
        assert_eq!(forms[0].attr("data-testid"), Some(form), "{step}: the main form comes first");
        let actions: Vec<_> = forms.iter().map(|form| form.attr("action").unwrap()).collect();
        assert_eq!(actions[0], payment.url(action), "{step}");
        let mut others = vec![payment.url("cancel")];
        if step == "otp" {
            others.insert(0, payment.url("otp/resend"));
        }
        assert_eq!(actions[1..], others, "{step}: every action is its own form");
        assert!(forms.iter().all(|form| form.attr("method") == Some("post")), "{step}");

        let mut names = attrs(&page, &format!("[data-testid={form}] [name]"), "name");
        names.dedup();
        assert_eq!(names, fields, "{step}");
        let everywhere = all(&page, "input, select, textarea, button").len();
        let inside = all(&page, "form input, form select, form textarea, form button").len();
        assert_eq!(everywhere, inside, "{step}: everything lies inside its form");
        assert!(attrs(&page, "button", "name").is_empty(), "{step}: buttons carry no name");
        assert!(attrs(&page, "button", "type").iter().all(|kind| kind == "submit"), "{step}");
        for name in attrs(&page, "input[type=hidden]", "name") {
            for word in ["phone", "pin", "otp", "mon", "tenor", "plan"] {
                assert!(!name.to_lowercase().contains(word), "{step}: a hidden input is called {name}");
            }
        }
        for id in ids {
            let element = by_id(&page, id);
            let owner = element.ancestors().filter_map(ElementRef::wrap).find(|parent| parent.value().name() == "form");
            assert_eq!(owner.unwrap().attr("data-testid"), Some(form), "{step}: {id}");
        }
        by_id(&page, "page-abandon");
        assert_eq!(by_id(&page, "lang-switch").value().name(), "a", "{step}: no form");
        assert!(all(&page, "[data-testid=tester-panel] form, [data-testid=tester-panel] button").is_empty());
        assert!(all(&page, "[data-testid=page-error]").is_empty(), "{step}: nothing is wrong yet");
        let mark = text(by_id(&page, "simulator-mark"));
        assert!(mark.contains("SIMULATOR — no real money") && mark.contains("bukan uang sungguhan"), "{mark}");
        for label in attrs(&page, "label[for]", "for") {
            one(&page, &format!("#{label}"));
        }
    }
}

#[test]
fn the_plan_page_offers_every_tenor_with_its_price() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("order", 25_145).with("instmntMon", "3"));
    payment.in_english();
    payment.sign_in("081291891818", "414141");
    let page = html(&payment.get("plan"));
    assert_eq!(attrs(&page, "[data-testid=plan-option]", "value"), ["1", "3", "6", "12"]);
    assert_eq!(attrs(&page, "[data-testid=plan-option]", "type"), ["radio"; 4]);
    assert_eq!(attrs(&page, "[data-testid=plan-option][checked]", "value"), ["3"], "as registered");
    assert!(all(&page, "[data-testid=plan-option][disabled]").is_empty());
    assert_eq!(
        texts(&page, "label.plan"),
        [
            "30 days Rp 26.145 one payment Fee Rp 1.000 Total Rp 26.145",
            "3 months Rp 8.634 /month Fee Rp 755 Total Rp 25.900",
            "6 months Rp 4.845 /month Fee Rp 3.923 Total Rp 29.068",
            "12 months Rp 2.750 /month Fee Rp 7.846 Total Rp 32.991",
        ]
    );
}

#[test]
fn the_plan_page_offers_what_the_account_covers() {
    let sim = Simulator::start();
    let mut payment = Payment::begin(&sim, sim.shop().order("dear", 5_000_000).with("instmntMon", "1"));
    payment.in_english();
    payment.sign_in("081291891818", "414141");
    let page = html(&payment.get("plan"));
    assert_eq!(attrs(&page, "[data-testid=plan-option][disabled]", "value"), ["1"]);
    let what_it_would_cost = texts(&page, "label:has(input[disabled])");
    assert_eq!(
        what_it_would_cost,
        ["30 days Limit too low Remaining limit Rp 3.500.000"],
        "no price of what is not sold"
    );
    assert_eq!(attrs(&page, "[data-testid=plan-option][checked]", "value"), ["3"], "the shortest that covers it");
    for (months, message) in [
        ("1", "The remaining limit is too low for this tenor. Choose another tenor."),
        ("2", "Choose a tenor."),
        ("", "Choose a tenor."),
        ("abc", "Choose a tenor."),
        ("-3", "Choose a tenor."),
        ("300", "Choose a tenor."),
    ] {
        assert_eq!(error_above(&payment.post("plan", &[("instmntMon", months)]), "plan-form"), message, "{months:?}");
    }
    assert_eq!(error_above(&payment.post("plan", &[]), "plan-form"), "Choose a tenor.");
    assert_eq!(payment.shown(&sim)["step"], "plan");
    let chosen = payment.post("plan", &[("instmntMon", " 3 ")]);
    payment.leads_to(&chosen, "otp");
}

#[test]
fn the_result_page_has_no_form_but_a_link_back() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "result");
    let reply = payment.get("result");
    let page = html(&reply);
    assert!(all(&page, "form, input, button").is_empty());
    let back = by_id(&page, "return");
    assert_eq!((back.value().name(), back.attr("href").unwrap()), ("a", payment.return_url().as_str()));
    assert!(text(page.root_element()).contains(&payment.registered.t_xid()));
    let returned = payment.buyer.get(back.attr("href").unwrap());
    assert_eq!(returned.status, 302);
    assert!(returned.location().starts_with(&format!("{CALLBACK}&resultCd=0000")), "{}", returned.location());
    assert_eq!(sim.http().get(&payment.url("result")).status, 200, "to any browser");
}

#[test]
fn a_clock_that_stands_is_not_counted_down() {
    let sim = Simulator::start();
    for (language, expires, resend, stands) in [
        (
            "id",
            "Kode berlaku sampai pukul 00.02.00 WIB.",
            "Kode baru dapat diminta mulai pukul 00.00.30 WIB. Sisa 3 kali kirim ulang.",
            "Jam simulator berhenti pada pukul 00.00.00 WIB: menunggu tidak akan membantu.",
        ),
        (
            "en",
            "The code is valid until 00:02:00 WIB.",
            "You can ask for a new code from 00:00:30 WIB. 3 resends left.",
            "The simulator clock is stopped at 00:00:00 WIB: waiting does not help.",
        ),
    ] {
        let mut payment = Payment::at(&sim, language, "otp");
        let url = format!("{}&lang={language}", payment.url("otp"));
        let page = html(&payment.buyer.get(&url));
        assert_eq!(text(by_id(&page, "otp-expires")), expires);
        assert_eq!(text(one(&page, "#resend-hint")), resend);
        assert_eq!(text(by_id(&page, "clock-stands")), stands);
        assert!(all(&page, "[data-countdown]").is_empty(), "{}", page.html());
    }
    // Moved, it stands somewhere else.
    let mut payment = Payment::at(&sim, "moved", "otp");
    payment.in_english();
    sim.advance("30s");
    let page = html(&payment.get("otp"));
    assert_eq!(text(one(&page, "#resend-hint")), "3 resends left.");
    assert!(text(by_id(&page, "clock-stands")).contains("00:00:30"));
    for _ in 0..3 {
        payment.otp("0000");
    }
    assert_eq!(text(by_id(&html(&payment.get("otp")), "otp-expires")), "This code is no longer valid.");
    sim.advance("90s");
    payment.post("otp/resend", &[]);
    sim.advance("2m");
    assert_eq!(text(by_id(&html(&payment.get("otp")), "otp-expires")), "The code has expired.");
}

#[test]
fn a_clock_that_goes_is_counted_down_where_there_is_a_script() {
    let sim = Simulator::builder().clock("system").start();
    let mut payment = Payment::at(&sim, "order", "otp");
    payment.in_english();
    let page = html(&payment.get("otp"));
    assert!(all(&page, "[data-testid=clock-stands]").is_empty());
    for (id, least, most) in [("otp-countdown", 60, 120), ("resend-countdown", 1, 30)] {
        let seconds: u64 = by_id(&page, id).attr("data-countdown").unwrap().parse().unwrap();
        assert!((least..=most).contains(&seconds), "{id}: {seconds}");
    }
    assert_eq!(all(&page, "[data-left][hidden]").len(), 2, "without the script, only the time of day is shown");
    let expires = text(by_id(&page, "otp-expires"));
    assert!(expires.starts_with("The code is valid until ") && expires.contains(" WIB. Time left "), "{expires}");
    // Its end, by the day's time, is that of the log.
    let until = sim.events("partner.otp-sent")[0]["expiresAt"].as_str().unwrap().to_owned();
    assert!(expires.contains(&until[13..19]), "{expires} {until}");
}

#[test]
fn a_message_marks_the_field_that_it_is_about() {
    let sim = Simulator::start();
    let mut payment = Payment::at(&sim, "order", "signin");
    let marked = |reply: &Reply| attrs(&html(reply), "[aria-invalid=true]", "id");
    assert!(marked(&payment.get("signin")).is_empty());
    for (phone, pin, field) in [
        ("", "414141", Some("phone")),
        ("089912345678", "414141", Some("phone")),
        ("081291891818", "4141", Some("pin")),
        ("081291891818", "000000", Some("pin")),
        ("089900000006", "123456", Some("phone")),
        ("089900000007", "123456", None),
    ] {
        assert_eq!(marked(&payment.sign_in(phone, pin)), field.into_iter().collect::<Vec<_>>(), "{phone} {pin}");
    }
    payment.sign_in("081291891818", "414141");
    payment.post("plan", &[("instmntMon", "1")]);
    assert!(marked(&payment.get("otp")).is_empty());
    assert_eq!(marked(&payment.otp("0000")), ["otp"]);
    assert!(marked(&payment.post("otp/resend", &[])).is_empty(), "too early is not the code's fault");
}

#[test]
fn every_page_carries_the_headers_that_keep_it_safe() {
    let sim = Simulator::start();
    let mut pages: Vec<(&str, u16, Reply)> = Vec::new();
    for step in ["signin", "plan", "otp", "result"] {
        pages.push((step, 200, Payment::at(&sim, step, step).get(step)));
    }
    let mut payment = Payment::at(&sim, "wrong", "signin");
    pages.push(("wrong PIN", 200, payment.sign_in("081291891818", "000000")));
    pages.push(("unreadable", 413, payment.post("signin", &[("phone", &"x".repeat(20_000))])));
    pages.push(("other session", 403, sim.http().post_form(&Payment::at(&sim, "s", "plan").url("plan"), &[], &[])));
    pages.push(("unknown link", 404, sim.http().get("/kredivo/v2/signin?tk=none")));
    pages.push(("unknown page", 404, sim.http().get("/kredivo/none")));
    pages.push(("wrong verb", 404, sim.http().send("DELETE", "/kredivo/v2/signin", &[], "")));
    pages.push(("decided", 409, Payment::at(&sim, "decided", "result").get("signin")));
    let mut old = Payment::at(&sim, "old", "signin");
    sim.advance("24h");
    pages.push(("expired", 410, old.get("signin")));
    for (name, status, reply) in pages {
        assert_eq!(reply.status, status, "{name}");
        html(&reply);
        let policy = reply.header("content-security-policy").unwrap();
        for directive in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.split("; ").any(|one| one == directive), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        for (header, value) in
            [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin")]
        {
            assert_eq!(reply.header(header), Some(value), "{name}: {header}");
        }
        assert!(reply.header("content-length").is_some(), "{name}");
        // No inline script or style, and nothing from elsewhere: the policy would stop it.
        let page = html(&reply);
        assert!(all(&page, "script:not([src]), style, [style], [onclick], [onload]").is_empty(), "{name}");
        for link in attrs(&page, "[href]", "href").iter().chain(&attrs(&page, "[src]", "src")) {
            assert!(link.starts_with(['/', '#']) && !link.starts_with("//"), "{name}: {link}");
        }
    }
}

#[test]
fn what_the_pages_load_is_there() {
    let sim = Simulator::start();
    let page = html(&Payment::at(&sim, "order", "signin").get("signin"));
    let mut assets = attrs(&page, "link[href]", "href");
    assets.extend(attrs(&page, "script[src]", "src"));
    assert_eq!(assets.len(), 3, "{assets:?}");
    for asset in assets {
        let reply = sim.http().get(&asset);
        assert_eq!((reply.status, reply.header("x-content-type-options")), (200, Some("nosniff")), "{asset}");
    }
}

#[test]
fn a_file_that_the_browser_has_is_not_sent_again() {
    let sim = Simulator::start();
    let page = html(&sim.http().get("/__sim/"));
    let mut assets = attrs(&page, "link[href]", "href");
    assets.extend(attrs(&page, "script[src]", "src"));
    assert!(assets.len() > 10, "{assets:?}");
    let mut tags = Vec::new();
    for asset in assets {
        let first = sim.http().get(&asset);
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!((first.status, first.header("cache-control")), (200, Some("no-cache")), "{asset}");
        let again = |known: &str| sim.http().send("GET", &asset, &[("if-none-match", known)], "");
        for known in [&*tag, &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
            let reply = again(known);
            assert_eq!(
                (reply.status, reply.body.len(), reply.header("etag")),
                (304, 0, Some(&*tag)),
                "{asset}: {known}"
            );
        }
        for unknown in ["\"other\"", "", "\"", &tag[1..]] {
            let reply = again(unknown);
            assert_eq!((reply.status, &reply.body), (200, &first.body), "{asset}: {unknown}");
        }
        tags.push(tag);
    }
    tags.sort_unstable();
    let count = tags.len();
    tags.dedup();
    assert_eq!(tags.len(), count, "each file has a tag of its own");
}

#[test]
fn redirects_after_a_form_are_303_relative_and_not_kept() {
    let sim = Simulator::start();
    for (step, page, fields, target) in [
        ("signin", "signin", vec![("phone", "081291891818"), ("pin", "414141")], "plan"),
        ("plan", "plan", vec![("instmntMon", "3")], "otp"),
        ("otp", "otp", vec![("otp", "4567")], "result"),
        ("signin", "cancel", vec![], "result"),
        ("plan", "cancel", vec![], "result"),
        ("otp", "cancel", vec![], "result"),
    ] {
        let mut payment = Payment::at(&sim, &format!("{step}-{page}"), step);
        let reply = payment.post(page, &fields);
        payment.leads_to(&reply, target);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert!(reply.body.is_empty());
    }
}
