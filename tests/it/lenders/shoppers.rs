//! Every lender's shoppers: the magic ones, and those that a tester makes.

use nicepay_sim::testing::{Login, Order, Simulator};
use serde_json::{Value, json};

use super::{AKULAKU, INDODANA, LENDERS, Payment, error, outcome, plans, told};

#[test]
fn magic_shoppers_of_every_lender_do_what_they_say() {
    let shoppers = [(AKULAKU, "087700000", "123456"), (INDODANA, "083800000", "999999")];
    // Number, outcome on the last page, inquiry, what the shop is told, what it is told later.
    let rows = [
        ("001", "under-review", "3", "0000", &["3", "0"][..]),
        ("003", "under-review", "3", "0000", &["3"][..]),
        ("004", "declined", "8", "9030", &["8"][..]),
        ("005", "declined", "8", "9030", &["8"][..]),
    ];
    for (lender, prefix, otp) in shoppers {
        for (number, word, status, code, notifications) in rows {
            let what = format!("{} {number}", lender.slug);
            let sim = Simulator::start();
            let receiver = sim.receiver();
            let order = lender.order(&sim.shop(), "magic", 1_000_000).notify(receiver.url());
            let mut payment = Payment::begin(&sim, lender, order);
            let phone = format!("{prefix}{number}");
            let signed_in = payment.sign_in(&phone, "123456");
            if number == "005" {
                payment.leads_to(&signed_in, "result");
            } else {
                payment.leads_to(&signed_in, lender.steps[0]);
                payment.pay(Login { phone: &phone, pin: "123456", months: "6", otp });
            }
            assert_eq!(outcome(&payment.get("result")), word, "{what}");
            assert_eq!(payment.status(&sim), status, "{what}");
            let callback = told(&payment.back());
            assert_eq!(callback[0].1, code, "{what}");
            assert_eq!(callback.iter().find(|(name, _)| name == "mitraCd").unwrap().1, lender.mitra_cd);
            let events = payment.events(&sim, "transaction.declined");
            let reason = events.first().map_or(Value::Null, |event| event["reason"].clone());
            let expected = match number {
                "004" => json!("risk"),
                "005" => json!("limit"),
                _ => Value::Null,
            };
            assert_eq!(reason, expected, "{what}");
            sim.advance("29s");
            assert_eq!(payment.status(&sim), status, "{what}");
            sim.advance("3s");
            let received = receiver.received();
            assert_eq!(received.iter().map(|n| n.field("status")).collect::<Vec<_>>(), notifications, "{what}");
            assert!(received.iter().all(|n| n.field("mitraCd") == lender.mitra_cd), "{what}");
            if number == "001" {
                assert_eq!(payment.status(&sim), "0", "{what}");
            }
            if number == "003" {
                sim.advance("48h");
                assert_eq!(payment.status(&sim), "3", "{what}: until somebody decides");
                let url = format!("/__sim/api/transactions/{}/partner", payment.registered.t_xid());
                assert_eq!(sim.http().post_json(&url, &json!({ "do": "approve" })).json()["stage"], "approved");
            }
        }
    }
}

#[test]
fn the_buyer_is_the_lenders_own_customer() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let play = |order: &Order, body: &Value| {
        let t_xid = shop.register(order).t_xid();
        (sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), body), t_xid)
    };
    for lender in LENDERS {
        let (played, t_xid) = play(&lender.order(&shop, &format!("{}-default", lender.slug), 1_000_000), &json!({}));
        assert_eq!((played.status, &played.json()["stage"]), (200, &json!("approved")), "{}", lender.slug);
        let approved = sim.events(&format!("transaction.approved&tXid={t_xid}")).remove(0);
        let phone = approved["phone"].as_str().unwrap();
        assert!(phone.ends_with(lender.login.phone.trim_start_matches('0')), "{}: {phone}", lender.slug);
        let sent = sim.events(&format!("partner.otp-sent&tXid={t_xid}")).remove(0);
        assert_eq!(sent["otp"], lender.login.otp, "{}", lender.slug);

        for other in LENDERS {
            let order = lender.order(&shop, &format!("{}-{}", lender.slug, other.slug), 1_000_000);
            let (played, t_xid) = play(&order, &json!({ "phone": other.login.phone }));
            if other.slug == lender.slug {
                assert_eq!((played.status, &played.json()["stage"]), (200, &json!("approved")));
                continue;
            }
            assert_eq!((played.status, &played.json()["type"]), (422, &json!("urn:nicepay-sim:problem:bad-value")));
            let shown = sim.http().get(&format!("/__sim/api/transactions/{t_xid}")).json();
            assert_eq!((&shown["stage"], &shown["mitraCd"]), (&json!("registered"), &json!(lender.mitra_cd)));
        }
    }
}

#[test]
fn shoppers_of_every_lender_can_be_made() {
    let sim = Simulator::start();
    let put = |phone: &str, body: &Value| sim.http().put_json(&format!("/__sim/api/shoppers/{phone}"), body);
    for (i, lender) in LENDERS.into_iter().enumerate() {
        let phone = format!("08110000000{i}");
        let made = put(&phone, &json!({ "partner": lender.mitra_cd }));
        assert_eq!(made.status, 201, "{}", made.body);
        let made = made.json();
        assert_eq!((&made["partner"], &made["otp"]), (&json!(lender.mitra_cd), &json!(lender.login.otp)));
        let tenors: Vec<_> = made["tenors"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
        let sold =
            if lender.slug == "indodana" { &["1", "3", "6", "12", "18", "24"][..] } else { &["1", "3", "6", "12"] };
        assert_eq!(tenors, sold);
        let mut payment = Payment::begin(&sim, lender, lender.order(&sim.shop(), lender.slug, 1_000_000));
        payment.pay(Login { phone: &phone, pin: "123456", months: "6", otp: lender.login.otp });
        assert_eq!(payment.status(&sim), "0", "{}", lender.slug);
        // A code has the lender's digits.
        let (short, long) = (json!({ "otp": "4321" }), json!({ "otp": "654321" }));
        let (good, bad) = if lender.digits == "4" { (short, long) } else { (long, short) };
        assert_eq!((put(&phone, &good).status, put(&phone, &bad).status), (200, 422), "{}", lender.slug);
    }
    // Kredivo's, unless somebody says otherwise.
    assert_eq!(put("081100000009", &json!({})).json()["partner"], "KDVI");
    // A phone is one lender's customer for good.
    assert_eq!(put("081100000009", &json!({ "partner": "IDNA" })).status, 422);
    let mut payment = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "moved", 25_145));
    assert_eq!(error(&payment.sign_in("081100000009", "123456")), "Nomor HP ini belum terdaftar.");
    // What stays where it is keeps what it has.
    let kept = put("0838499610", &json!({ "partner": "IDNA", "name": "Renamed" })).json();
    assert_eq!((&kept["pin"], &kept["name"]), (&json!("123654"), &json!("Renamed")));
    for (body, status) in [
        (json!({ "partner": "NOPE" }), 400),
        (json!({ "partner": "IDNA", "tenors": ["9"] }), 422),
        (json!({ "partner": "AKLP", "tenors": [18] }), 422),
        (json!({ "partner": "AKLP", "limits": { "24_months": 1000 } }), 422),
        (json!({ "partner": "IDNA", "otp": "4567" }), 422),
    ] {
        let refused = put("081100000010", &body);
        assert_eq!(refused.status, status, "{body}: {}", refused.body);
        assert_eq!(sim.http().get("/__sim/api/shoppers/081100000010").status, 404, "{body}");
    }
    let listed = sim.http().get("/__sim/api/shoppers").json();
    let of = |mitra_cd: &str| listed.as_array().unwrap().iter().filter(|s| s["partner"] == mitra_cd).count();
    assert_eq!((of("KDVI"), of("AKLP"), of("IDNA")), (15, 6, 6));
}

#[test]
fn a_limit_of_a_shopper_keeps_the_range_of_its_tenor() {
    let sim = Simulator::start();
    let limits = json!({ "partner": "IDNA", "limits": { "1_months": 5 } });
    let unknown = sim.http().put_json("/__sim/api/shoppers/081100000011", &limits);
    assert_eq!(unknown.status, 422, "it is called 30_days");
    let limits = json!({ "partner": "IDNA", "tenors": ["3"], "limits": { "6_months": "400000000" } });
    assert_eq!(sim.http().put_json("/__sim/api/shoppers/081100000011", &limits).status, 201);
    let order = INDODANA.order(&sim.shop(), "ranges", 400_000);
    let mut payment = Payment::begin(&sim, INDODANA, order);
    payment.sign_in("081100000011", "123456");
    payment.fill_in("otp");
    let (open, shut, _) = plans(&payment.get("plan"));
    assert_eq!((open, shut.len()), (vec!["3".to_owned()], 1), "six months begin at 500,000");
}
