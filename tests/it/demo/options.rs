//! The demo options: what happens, and what the order's card says of it.

use serde_json::json;

use super::{Page, Scene, attributes, findings, no_check_fails, texts};

#[test]
fn every_switch_does_what_it_says_and_the_merchant_does_right() {
    let mut scene = Scene::new();
    let fits = "merchantToken valid";
    let packed = ["merchantToken valid", "inquiry status 0: paid", "order is being packed"].map(str::to_owned).to_vec();
    for (chaos, early, after, state) in [
        ("usual", "early", "2s", "paid"),
        ("reject", "rejected", "2s", "rejected"),
        ("review", "under-review", "32s", "paid"),
        ("late", "early", "20s", "paid"),
        ("duplicate", "early", "10s", "paid"),
        ("forged", "rejected", "2s", "rejected"),
    ] {
        let payment = scene.buy(&[("product", "teko-moka"), ("quantity", "2"), ("chaos", chaos)]);
        let page = scene.pay(&payment);
        assert_eq!(page.state, early, "{chaos}");
        if chaos == "late" {
            scene.sim.advance("19s");
            assert_eq!(scene.again(&page).state, "early", "still not packed");
        }
        scene.sim.advance(after);
        let page = scene.again(&page);
        assert_eq!(page.state, state, "{chaos}");
        let told = findings(&page.body, "notification");
        let rejected = [fits, "inquiry status 8: failed", "not fulfilled"].map(str::to_owned).to_vec();
        let again = [fits, "repeat: answered 200, not fulfilled again"].map(str::to_owned).to_vec();
        let forged = [fits, "inquiry status 8: failed", "forged: claims 0, inquiry status 8", "not fulfilled"];
        let review = [fits, "inquiry status 3: under review", "waiting for Kredivo's decision"];
        match chaos {
            "reject" => assert_eq!(told, [rejected]),
            "review" => assert_eq!(told, [review.map(str::to_owned).to_vec(), packed.clone()]),
            "duplicate" => assert_eq!(told, [packed.clone(), again.clone(), again]),
            "forged" => assert_eq!(told, [forged.map(str::to_owned).to_vec()]),
            _ => assert_eq!(told, [packed.as_slice()]),
        }
        let delivered = scene.sim.events(&["notification.delivered&referenceNo=", &page.reference_no].concat());
        assert_eq!(delivered.len(), told.len(), "{chaos}: each was answered with 200");
    }
    no_check_fails(&scene.sim);
    if std::env::var_os("RENEW_DOCS").is_some() {
        let report = scene.sim.http().get("/__sim/api/report?iMid=TOKODEMO01&format=md").body;
        std::fs::write("docs/samples/report-demo.md", report).unwrap();
    }
}

#[test]
fn a_review_can_be_decided_on_the_order_s_page() {
    let mut scene = Scene::new();
    for (button, state, wait) in [("approve", "paid", "0s"), ("approve", "paid", "2s"), ("reject", "rejected", "0s")] {
        let payment = scene.buy(&[("product", "teko-moka"), ("chaos", "review")]);
        let page = scene.pay(&payment);
        scene.sim.advance(wait);
        assert_eq!(texts(&scene.again(&page).body, button).len(), 1);
        let pressed = scene.customer.post(&format!("/demo/orders/{}/{button}", page.reference_no), &[]);
        assert_eq!(pressed.status, 303);
        scene.sim.advance("2s");
        assert_eq!(scene.again(&page).state, state);
        // The notification of the review comes at the same time as that of the decision: nobody has lied.
        assert!(attributes(&scene.again(&page).body, "wire-notification", "data-forged").is_empty());
    }
}

#[test]
fn every_switch_has_its_moment() {
    let mut scene = Scene::new();
    let moment = |page: &Page| attributes(&page.body, "moment", "data-moment").pop().unwrap_or_default();
    let buy = |scene: &mut Scene, chaos: &str| {
        let payment = scene.buy(&[("product", "teko-moka"), ("chaos", chaos)]);
        scene.pay(&payment)
    };

    let page = buy(&mut scene, "forged");
    assert!(texts(&page.body, "awaits")[0].contains("A forged notification"), "{}", page.body);
    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert_eq!(moment(&page), "forged");
    let told = &texts(&page.body, "moment")[0];
    let sentence =
        "A forged notification said that this was paid. We asked NICEPAY: it is not. Rp\u{a0}425.000 were not shipped.";
    assert!(told.contains(sentence), "{told}");
    assert_eq!(attributes(&page.body, "wire-notification", "data-forged").len(), 1);
    assert!(page.body.contains("somebody → shop"));
    assert!(scene.page(&format!("/demo/orders/{}?lang=id", page.reference_no)).body.contains("seseorang → toko"));
    scene.page("/demo/?lang=en");

    let page = buy(&mut scene, "duplicate");
    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert!(texts(&page.body, "moment")[0].contains("One notification, packed"), "{}", page.body);
    assert!(texts(&page.body, "awaits")[0].contains("The same notification once more."));
    scene.sim.advance("10s");
    let page = scene.again(&page);
    assert!(texts(&page.body, "moment")[0].contains("Three notifications, packed once"));
    assert!(texts(&page.body, "awaits").is_empty());

    let page = buy(&mut scene, "reject");
    assert_eq!(moment(&page), "reject");
    let page = buy(&mut scene, "review");
    assert!(texts(&page.body, "due")[0].contains("30 s"), "{:?}", texts(&page.body, "due"));
    scene.sim.advance("12s");
    assert!(texts(&scene.again(&page).body, "due")[0].contains("18 s"));
    scene.sim.advance("20s");
    assert_eq!(moment(&scene.again(&page)), "review");
    let page = buy(&mut scene, "usual");
    scene.sim.advance("2s");
    let page = scene.again(&page);
    assert_eq!((page.state.as_str(), moment(&page).as_str()), ("paid", ""));
}

#[test]
fn a_late_notification_can_be_delivered_now_and_only_one_s_own() {
    let mut scene = Scene::new();
    let late = [("product", "teko-moka"), ("chaos", "late")];
    let deliver = |scene: &mut Scene, page: &Page, id: &str| {
        let path = format!("/demo/orders/{}/deliver", page.reference_no);
        let pressed = scene.customer.post(&path, &[("notification", id)]);
        assert_eq!(pressed.status, 303, "{}", pressed.body);
        scene.again(page).state
    };
    let id_of = |scene: &Scene, page: &Page| {
        let sent = scene.sim.http().get(&["/__sim/api/notifications?tXid=", &page.t_xid].concat()).json();
        sent[0]["id"].as_str().unwrap().to_owned()
    };
    let payment = scene.buy(&late);
    let first = scene.pay(&payment);
    let payment = scene.buy(&late);
    let second = scene.pay(&payment);
    assert!(texts(&first.body, "due")[0].contains("22 s"), "{:?}", texts(&first.body, "due"));
    assert_eq!(texts(&first.body, "deliver").len(), 1);
    // Somebody else's, and nonsense.
    let others = id_of(&scene, &second);
    for id in [others.as_str(), "", "0", "99999", "../reset", "<script>", &"9".repeat(300)] {
        assert_eq!(deliver(&mut scene, &first, id), "early", "{id}");
    }
    assert_eq!(scene.again(&second).state, "early");
    let id = id_of(&scene, &first);
    assert_eq!(deliver(&mut scene, &first, &id), "paid");
    // Pressed once more, and after somebody on the dashboard was faster.
    assert_eq!(deliver(&mut scene, &first, &id), "paid");
    let by_hand = format!("/__sim/api/notifications/{others}/deliver");
    assert_eq!(scene.sim.http().post_json(&by_hand, &json!({})).status, 202);
    scene.sim.advance("0s");
    assert_eq!(deliver(&mut scene, &second, &others), "paid");
    assert_eq!(attributes(&scene.again(&first).body, "moment", "data-moment"), ["late"]);
}
