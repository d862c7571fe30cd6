//! Other ways than the page: a direct payment, and the control API.

use serde_json::{Value, json};

use super::{CALLBACK, LENDERS, Till, choose, offered, page_of, pay_at, wide};

// The direct payment

#[test]
fn a_direct_payment_of_an_order_of_checkout_leads_to_the_page() {
    let till = Till::new();
    let order = till.order("direct");
    let registered = till.take(&order);
    let elsewhere = "http://elsewhere.test/back";
    let fields = till.shop.payment_fields(&order, &registered, elsewhere);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut buyer = till.sim.buyer();
    for opened in [
        buyer.get(&till.shop.payment_url(&order, &registered, elsewhere)),
        buyer.post("/nicepay/direct/v2/payment", &fields),
    ] {
        let page = till.sim.url().to_owned() + &page_of(&registered);
        assert_eq!((opened.status, opened.location()), (302, page.as_str()));
        assert_eq!(offered(&buyer.get(opened.location())).0.len(), 3);
    }
    let json =
        buyer.get(&format!("{}&returnJsonFormat=1", till.shop.payment_url(&order, &registered, elsewhere))).json();
    assert_eq!(json["resultCd"], "0000");
    assert_eq!(json["redirectUrlHttp"], format!("{}{}", till.sim.url(), page_of(&registered)));
    assert_eq!(till.story(&registered), ["transaction.registered"]);
    // Whoever was sent that way goes back where that way leads.
    let back = pay_at(&mut buyer, &registered, "KDVI", LENDERS[0].3);
    assert_eq!(
        back,
        wide(&registered, "direct", "KDVI", "1", "1").replace(CALLBACK, &format!("{elsewhere}?")).replace("?&", "?")
    );
    // A wrong token is refused as ever.
    let bad = buyer.get(&till.shop.payment_url(&order.with("amt", "1"), &registered, elsewhere));
    assert!(bad.location().starts_with(&format!("{elsewhere}?resultCd=9010&")), "{}", bad.location());
}

#[test]
fn once_a_lender_is_chosen_a_direct_payment_leads_there() {
    let till = Till::new();
    let order = till.order("chosen");
    let registered = till.take(&order);
    let mut buyer = till.sim.buyer();
    let chosen = choose(&mut buyer, &registered, "AKLP");
    let opened = buyer.get(&till.shop.payment_url(&order, &registered, CALLBACK));
    assert_eq!((opened.status, opened.location()), (302, chosen.location()));
}

// The control API

#[test]
fn the_buyer_pays_before_anybody_chose() {
    let indodana = json!({ "phone": "0838499610" });
    let rows: [(&str, &[&str], Value, &str, &str); 6] = [
        ("nobody said", &["KDVI", "AKLP", "IDNA"], json!({}), "KDVI", "81291891818"),
        ("the first that is on", &["IDNA", "AKLP"], json!({}), "AKLP", "87700000000"),
        ("Indodana's customer", &["KDVI", "AKLP", "IDNA"], indodana, "IDNA", "838499610"),
        ("Akulaku's customer", &["KDVI", "AKLP"], json!({ "phone": "087700000000" }), "AKLP", "87700000000"),
        ("three months", &["KDVI", "AKLP"], json!({ "instmntMon": 3 }), "KDVI", "81291891818"),
        ("approved", &["IDNA"], json!({ "do": "approve" }), "IDNA", "838499610"),
    ];
    for (what, partners, body, mitra_cd, phone) in rows {
        let till = Till::new();
        let receiver = till.sim.receiver();
        till.put_partners(partners);
        let order = till.order("played").notify(receiver.url());
        let registered = till.take(&order);
        let played = till.play(&registered, &body);
        assert_eq!(played.status, 200, "{what}: {}", played.body);
        let months = if body["instmntMon"] == 3 { "3" } else { "1" };
        let played = played.json();
        assert_eq!(played["stage"], "approved", "{what}");
        assert_eq!(played["callbackUrl"], wide(&registered, "played", mitra_cd, "1", months), "{what}");
        assert_eq!(till.shop.inquire(&order, &registered).json()["mitraCd"], mitra_cd, "{what}");
        let approved = till.events("transaction.approved", &registered).remove(0);
        let paid_by = approved["phone"].as_str().unwrap();
        assert!(paid_by.ends_with(phone), "{what}: {paid_by}");
        till.sim.advance("2s");
        assert_eq!(receiver.only().field("mitraCd"), mitra_cd, "{what}");
    }
}

#[test]
fn a_buyer_who_cannot_pay_changes_nothing() {
    let till = Till::new();
    till.put_partners(&["KDVI", "AKLP"]);
    let any = till.take(&till.order("any"));
    let one = till.take(&till.order_at("one", "AKLP"));
    let token = till.take(&till.order("token").tokenize("customer-7"));
    let rows = [
        ("switched off", &any, json!({ "phone": "0838499610" })),
        ("unknown", &any, json!({ "phone": "081200000000" })),
        ("another lender's", &one, json!({ "phone": "081291891818" })),
        ("one without tokens", &token, json!({ "phone": "087700000000" })),
        ("a tenor of nobody's", &any, json!({ "instmntMon": 5 })),
    ];
    for (what, registered, body) in rows {
        let refused = till.play(registered, &body);
        assert_eq!(
            (refused.status, refused.json()["type"].as_str()),
            (422, Some("urn:nicepay-sim:problem:bad-value")),
            "{what}"
        );
        till.stage(registered, "registered");
        assert_eq!(till.story(registered), ["transaction.registered"], "{what}");
        let mitra_cd =
            if registered.t_xid() == one.t_xid() { json!("AKLP") } else { till.shown(registered)["mitraCd"].clone() };
        assert_eq!(till.shown(registered)["mitraCd"], mitra_cd, "{what}");
    }
    assert_eq!(till.shown(&any)["mitraCd"], Value::Null);
}

#[test]
fn the_control_api_shows_the_choice() {
    let till = Till::new();
    let registered = till.take(&till.order("shown"));
    let shown = till.shown(&registered);
    for (key, value) in [("mitraCd", Value::Null), ("partnerUrl", Value::Null), ("payMethod", "00".into())] {
        assert_eq!(shown[key], value, "{key}");
    }
    let chosen = choose(&mut till.sim.buyer(), &registered, "IDNA");
    let shown = till.shown(&registered);
    assert_eq!(
        (&shown["mitraCd"], &shown["partnerUrl"]),
        (&json!("IDNA"), &json!(chosen.location().strip_prefix(till.sim.url())))
    );
}
