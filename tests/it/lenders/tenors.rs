//! Tenors and amounts: what each lender sells, and to whom.

use nicepay_sim::testing::Simulator;
use serde_json::json;

use super::{AKULAKU, INDODANA, Payment, error, outcome, plans, told};

#[test]
fn indodana_sells_the_documented_tenors_for_the_documented_amounts() {
    // docs/PROTOCOL.md §4.6, at every edge.
    let all = ["1", "3", "6", "12", "18", "24"];
    let rows: [(u64, &[&str]); 12] = [
        (10_000, &["1"]),
        (299_999, &["1"]),
        (300_000, &["1", "3"]),
        (499_999, &["1", "3"]),
        (500_000, &["1", "3", "6"]),
        (999_999, &["1", "3", "6"]),
        (1_000_000, &all),
        (2_000_000, &all),
        (2_000_001, &all[1..]),
        (25_000_000, &all[1..]),
        (49_999_999, &all[1..]),
        (50_000_000, &all[1..]),
    ];
    let sim = Simulator::builder().settings("max-transactions = 1000").start();
    for (amt, sold) in rows {
        let order = INDODANA.order(&sim.shop(), &format!("{amt}"), amt).with("instmntMon", "1");
        let mut payment = Payment::begin(&sim, INDODANA, order);
        let signed_in = payment.sign_in("0838499610", "123654");
        payment.leads_to(&signed_in, "otp");
        payment.fill_in("otp");
        let (open, shut, chosen) = plans(&payment.get("plan"));
        assert_eq!(open, sold, "{amt}");
        assert_eq!(open.len() + shut.len(), all.len(), "{amt}");
        assert_eq!(chosen, sold[0], "{amt}: the registered tenor, or the shortest");
        for (months, why) in &shut {
            let bound = match months.as_str() {
                "1" => "Rp 2.000.000",
                "3" => "Rp 300.000",
                "6" => "Rp 500.000",
                _ => "Rp 1.000.000",
            };
            assert!(why.ends_with(bound), "{amt} over {months}: {why}");
        }
        // A form can say what the page does not offer.
        for months in all.iter().filter(|months| !sold.contains(months)) {
            let refused = payment.buyer.choose(&payment.tk, months);
            assert_eq!(
                error(&refused),
                "Tenor ini tidak tersedia untuk jumlah ini. Pilih tenor lain.",
                "{amt} over {months}"
            );
        }
        for nonsense in ["2", "9", "36", "0", "-1", "", "x"] {
            let refused = payment.buyer.choose(&payment.tk, nonsense);
            assert_eq!(error(&refused), "Pilih salah satu tenor.", "{amt} over {nonsense:?}");
        }
        assert!(payment.events(&sim, "partner.plan-chosen").is_empty(), "{amt}");
        assert_eq!(payment.shown(&sim)["step"], "plan");
        let longest = sold[sold.len() - 1];
        let taken = payment.buyer.choose(&payment.tk, longest);
        payment.leads_to(&taken, "pin");
        payment.fill_in("pin");
        let answer = sim.shop().inquire(&payment.order, &payment.registered).json();
        assert_eq!((&answer["status"], &answer["instmntMon"]), (&json!("0"), &json!(longest)), "{amt}");
        // Room for the next.
        assert_eq!(sim.shop().cancel(&payment.registered, "1", &amt.to_string()).result_cd(), "0000");
    }
}

#[test]
fn an_amount_outside_every_range_is_declined_at_the_login() {
    let sim = Simulator::start();
    for amt in [1, 9_999, 50_000_001, 999_999_999_999] {
        let receiver = sim.receiver();
        let order = INDODANA.order(&sim.shop(), &format!("{amt}"), amt).notify(receiver.url());
        let mut payment = Payment::begin(&sim, INDODANA, order);
        let signed_in = payment.sign_in("0838499610", "123654");
        payment.leads_to(&signed_in, "result");
        let result = payment.get("result");
        assert_eq!(outcome(&result), "declined", "{amt}");
        let declined = payment.events(&sim, "transaction.declined");
        assert_eq!((declined.len(), &declined[0]["reason"]), (1, &json!("limit")), "{amt}");
        assert_eq!((payment.status(&sim).as_str(), told(&payment.back())[0].1.as_str()), ("8", "9030"), "{amt}");
        sim.advance("2s");
        assert_eq!((receiver.only().field("status"), receiver.only().field("mitraCd")), ("8", "IDNA"));
        // The same, played.
        let order = INDODANA.order(&sim.shop(), &format!("played-{amt}"), amt);
        let t_xid = sim.shop().register(&order).t_xid();
        let played = sim.http().post_json(&format!("/__sim/api/transactions/{t_xid}/buyer"), &json!({}));
        assert_eq!((played.status, &played.json()["stage"]), (200, &json!("declined")), "{amt}");
    }
    // Nobody owes anything for that.
    let shopper = sim.http().get("/__sim/api/shoppers/0838499610?iMid=PAYLOANTES").json();
    assert_eq!(shopper["owes"], "0");
}

#[test]
fn akulaku_sells_its_tenors_for_any_amount_within_the_limit() {
    let sim = Simulator::start();
    let rows: [(u64, &[&str]); 3] =
        [(1, &["1", "3", "6", "12"]), (25_145, &["1", "3", "6", "12"]), (25_000_000, &["1", "3", "6", "12"])];
    for (amt, sold) in rows {
        let mut payment = Payment::begin(&sim, AKULAKU, AKULAKU.order(&sim.shop(), &format!("{amt}"), amt));
        payment.sign_in("087700000000", "123456");
        assert_eq!(plans(&payment.get("plan")), (sold.iter().map(ToString::to_string).collect(), vec![], "1".into()));
        let refused = payment.buyer.choose(&payment.tk, "24");
        assert_eq!(error(&refused), "Pilih salah satu tenor.");
    }
    let mut payment = Payment::begin(&sim, AKULAKU, AKULAKU.order(&sim.shop(), "too much", 25_000_001));
    payment.sign_in("087700000000", "123456");
    assert_eq!(outcome(&payment.get("result")), "declined");
}

#[test]
fn limits_of_the_lenders_are_used_up_and_given_back() {
    let sim = Simulator::start();
    let mut first = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "first", 49_500_000));
    first.pay(INDODANA.login);
    assert_eq!(first.status(&sim), "0");
    let mut second = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "second", 600_000));
    second.sign_in("0838499610", "123654");
    assert_eq!(outcome(&second.get("result")), "declined", "500,000 are left");
    assert_eq!(sim.shop().cancel(&first.registered, "2", "100000").result_cd(), "0000");
    let mut third = Payment::begin(&sim, INDODANA, INDODANA.order(&sim.shop(), "third", 600_000));
    third.pay(INDODANA.login);
    assert_eq!(third.status(&sim), "0");
    let shopper = sim.http().get("/__sim/api/shoppers/0838499610?iMid=PAYLOANTES").json();
    assert_eq!((&shopper["owes"], &shopper["partner"]), (&json!("50000000"), &json!("IDNA")));
    assert_eq!(shopper["limits"]["24_months"]["remaining"], "0");
}
