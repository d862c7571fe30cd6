//! NICEPAY's own page: what it offers, in which language, and what it says when there is nothing to choose.

use nicepay_sim::testing::{Order, Reply};
use serde_json::json;

use super::{
    CALLBACK, FAILED, LEAVE, LENDERS, PAGE, REGISTRATION, Till, attrs, by_the_link, choose, html, narrow, notice,
    offered, page_of, pay_at, texts, wide,
};

#[test]
fn the_page_shows_the_order_and_every_lender() {
    let till = Till::new();
    let hostile = "<script>alert(1)</script>\"'&amp;";
    let registered = till.take(&till.order("<b>1</b>").with("goodsNm", hostile));
    let reply = till.sim.http().get(&page_of(&registered));
    assert_eq!(offered(&reply), (vec!["KDVI".into(), "AKLP".into(), "IDNA".into()], vec![]));
    // Whoever leaves is redirected to the shop, and browsers count that as the form's.
    for (name, value) in [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value));
    }
    let page = html(&reply);
    assert_eq!(texts(&page, ".lender-name"), ["Kredivo", "Akulaku", "Indodana"]);
    assert_eq!(texts(&page, ".plan-costs"), ["30 hari – 12 bulan", "30 hari – 12 bulan", "30 hari – 24 bulan"]);
    assert_eq!(texts(&page, "dd"), ["PAYLOANTES", hostile, "<b>1</b>"]);
    assert_eq!(texts(&page, ".order-amount strong"), ["Rp 25.145"]);
    assert_eq!(attrs(&page, "form", "action"), [PAGE, LEAVE]);
    assert_eq!(attrs(&page, "form", "method"), ["post", "post"]);
    assert_eq!(attrs(&page, "form input[type=hidden][name=tXid]", "value"), [registered.t_xid(), registered.t_xid()]);
    assert_eq!(texts(&page, "script, b, [data-testid=page-error]"), Vec::<String>::new());
    for id in ["simulator-mark", "lang-switch", "checkout-submit", "page-abandon"] {
        assert_eq!(texts(&page, &format!("[data-testid={id}]")).len(), 1, "{id}");
    }
    for asset in attrs(&page, "link[rel=stylesheet]", "href") {
        assert_eq!(till.sim.http().get(&asset).status, 200, "{asset}");
    }
    // To look is not to do.
    assert_eq!(till.story(&registered), ["transaction.registered"]);
    till.stage(&registered, "registered");
}

type Names<'n> = &'n [&'n str];

#[test]
fn the_page_offers_what_can_be_chosen() {
    let till = Till::new();
    let all = ["KDVI", "AKLP", "IDNA"].as_slice();
    let rows: [(&str, Order, Names<'_>, Names<'_>, Names<'_>); 8] = [
        ("nothing said", till.order("1"), all, all, &[]),
        ("one suggested", till.order("2").with("mitraCd", "IDNA"), all, all, &["IDNA"]),
        ("one ordered", till.order_at("3", "AKLP"), all, &["AKLP"], &["AKLP"]),
        ("two switched on", till.order("4"), &["KDVI", "IDNA"], &["KDVI", "IDNA"], &[]),
        ("one switched on", till.order("5"), &["IDNA"], &["IDNA"], &["IDNA"]),
        ("in another order", till.order("6"), &["IDNA", "AKLP"], &["AKLP", "IDNA"], &[]),
        ("a token wanted", till.order("7").tokenize("customer-7"), all, &["KDVI"], &["KDVI"]),
        (
            "a token wanted of Kredivo",
            till.order_at("8", "KDVI").tokenize("customer-8"),
            &["KDVI", "IDNA"],
            &["KDVI"],
            &["KDVI"],
        ),
    ];
    for (what, order, switched_on, expected, chosen) in rows {
        till.put_partners(switched_on);
        let registered = till.take(&order);
        let page = till.sim.http().get(&page_of(&registered));
        let (options, checked) = offered(&page);
        assert_eq!((options.as_slice(), checked.as_slice()), (&strings(expected)[..], &strings(chosen)[..]), "{what}");
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

#[test]
fn the_page_speaks_the_customers_language_and_remembers_it() {
    let till = Till::new();
    let registered = till.take(&till.order("words"));
    let address = page_of(&registered);
    let title = |reply: &Reply| {
        let page = html(reply);
        (attrs(&page, "html", "lang").concat(), texts(&page, "h1").concat())
    };
    let indonesian = ("id".to_owned(), "Pilih penyedia cicilan".to_owned());
    let english = ("en".to_owned(), "Choose a lender".to_owned());
    let mut buyer = till.sim.buyer();
    let first = buyer.get(&address);
    assert_eq!((title(&first), first.header("set-cookie")), (indonesian.clone(), None));
    let preferred = till.sim.http().send("GET", &address, &[("accept-language", "en-GB,id;q=0.5")], "");
    assert_eq!(title(&preferred), english);
    assert_eq!(attrs(&html(&first), "[data-testid=lang-switch]", "href"), [format!("{address}&lang=en")]);
    let switched = buyer.get(&format!("{address}&lang=en"));
    assert_eq!(title(&switched), english);
    assert_eq!(switched.header("set-cookie"), Some("sim_lang=en; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"));
    assert_eq!(title(&buyer.get(&address)), english);
    // Also at the lender's, and in what goes wrong.
    assert_eq!(texts(&html(&choose(&mut buyer, &registered, "")), "[data-testid=page-error]"), ["Choose a lender."]);
    let chosen = choose(&mut buyer, &registered, "IDNA");
    assert_eq!(title(&buyer.get(chosen.location())).0, "en");
}

#[test]
fn a_doubled_question_mark_is_no_harm() {
    let till = Till::new();
    let registered = till.take(&till.order("doubled"));
    let t_xid = registered.t_xid();
    for query in [
        format!("tXid={t_xid}?tXid={t_xid}"),
        format!("tXid={t_xid}%3FtXid%3D{t_xid}"),
        format!("x=1&tXid={t_xid}&y=2"),
        format!("tXid={t_xid}?tXid={t_xid}&lang=en"),
    ] {
        let page = till.sim.http().get(&format!("{PAGE}?{query}"));
        assert_eq!(offered(&page).0.len(), 3, "{query}");
        assert_eq!(attrs(&html(&page), "input[type=hidden]", "value"), [t_xid.clone(), t_xid.clone()], "{query}");
    }
}

#[test]
fn other_verbs_are_405() {
    let till = Till::new();
    let registered = till.take(&till.order("verbs"));
    for (address, verbs, allow) in [
        (page_of(&registered), ["PUT", "DELETE", "PATCH", "TRACE"], "GET, POST"),
        (LEAVE.to_owned(), ["GET", "PUT", "DELETE", "HEAD"], "POST"),
        (REGISTRATION.to_owned(), ["GET", "PUT", "DELETE", "HEAD"], "POST"),
    ] {
        for verb in verbs {
            let answer = till.sim.http().send(verb, &address, &[], "");
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)), "{verb} {address}");
            assert_eq!(answer.diagnosis(), "path/wrong-verb");
            assert_eq!(answer.body.is_empty(), verb == "HEAD", "{verb} {address}");
        }
    }
    assert_eq!(till.story(&registered), ["transaction.registered"]);
}

#[test]
fn an_order_that_is_not_one_of_checkout_gets_a_page_that_says_so() {
    let till = Till::new();
    let direct = till.shop.order("direct", 25_145);
    let direct = till.shop.register(&direct).t_xid();
    let gone = till.take(&till.order("gone")).t_xid();
    let cleared = till.sim.http().post_json("/__sim/api/reset", &json!({}));
    assert!(cleared.status < 300, "{}", cleared.body);
    let direct_again = till.shop.register(&till.shop.order("direct", 25_145)).t_xid();
    let unknown = ("transaction-unknown", 404, "9528", "tXid/unknown");
    let rows = [
        ("a direct order", direct_again.as_str(), ("not-checkout", 409, "9502", "tXid/not-checkout")),
        ("forgotten", &gone, unknown),
        ("forgotten, too", &direct, unknown),
        ("nobody's", "PAYLOANTES00209901010000000000", unknown),
        ("empty", "", unknown),
        ("markup", "<script>alert(1)</script>", unknown),
        ("half of one", &gone[..20], unknown),
    ];
    for (what, t_xid, (word, status, code, slug)) in rows {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("tXid", t_xid).finish();
        let mut buyer = till.sim.buyer();
        for (how, reply) in [
            ("GET", buyer.get(&format!("{PAGE}?{query}"))),
            ("POST", buyer.post(PAGE, &[("tXid", t_xid), ("mitraCd", "KDVI")])),
            ("leave", buyer.post(LEAVE, &[("tXid", t_xid)])),
        ] {
            let what = format!("{what}, {how}");
            assert_eq!((reply.status, notice(&reply).as_str(), reply.diagnosis()), (status, word, slug), "{what}");
            assert!(!reply.body.contains("<script>"), "{what}");
            let logged = till.sim.events("transaction.refused").pop().unwrap();
            assert_eq!((&logged["endpoint"], &logged["resultCd"]), (&json!("checkout"), &json!(code)), "{what}");
        }
    }
    // Without a tXid at all.
    let bare = till.sim.http().get(PAGE);
    assert_eq!((bare.status, notice(&bare).as_str(), bare.diagnosis()), (404, "transaction-unknown", "tXid/unknown"));
    let english = till.sim.http().get(&format!("{PAGE}?tXid=x&lang=en"));
    assert_eq!(texts(&html(&english), "h1"), ["Unknown transaction"]);
    // Nobody touched the direct order.
    let stage = till.sim.http().get(&format!("/__sim/api/transactions/{direct_again}")).json()["stage"].clone();
    assert_eq!(stage, "registered");
}

#[test]
fn whoever_comes_when_it_is_over_goes_back_to_the_shop() {
    type Bring = fn(&Till, &Reply);
    let paid: Bring = |till, registered| {
        let (mitra_cd, _, _, login) = LENDERS[0];
        pay_at(&mut till.sim.buyer(), registered, mitra_cd, login);
    };
    let already = "&resultCd=9126&resultMsg=Transaction+already+approved.";
    let rows: [(&str, Bring, Option<&str>, &str, &str); 6] = [
        ("approved", paid, Some(already), "9126", "KDVI"),
        (
            "cancelled",
            |till, registered| {
                assert_eq!(till.play(registered, &json!({})).status, 200);
                assert_eq!(till.shop.cancel(registered, "1", "25145").result_cd(), "0000");
            },
            Some(already),
            "9126",
            "KDVI",
        ),
        (
            "declined",
            |till, registered| assert_eq!(till.play(registered, &json!({ "do": "reject" })).status, 200),
            Some(FAILED),
            "9030",
            "KDVI",
        ),
        (
            "under-review",
            |till, registered| assert_eq!(till.play(registered, &json!({ "do": "review" })).status, 200),
            None,
            "0000",
            "KDVI",
        ),
        ("expired", |till, _| till.sim.advance("24h"), Some("&resultCd=9129&resultMsg="), "9129", ""),
        (
            "expired after the choice",
            |till, registered| {
                choose(&mut till.sim.buyer(), registered, "IDNA");
                till.sim.advance("24h");
            },
            Some("&resultCd=9129&resultMsg="),
            "9129",
            "IDNA",
        ),
    ];
    for (what, bring, result, code, mitra_cd) in rows {
        let till = Till::new();
        let registered = till.take(&till.order("over"));
        bring(&till, &registered);
        let before = till.events("callback.sent", &registered).len();
        let stage = till.shown(&registered)["stage"].clone();
        assert!(what.starts_with(stage.as_str().unwrap()), "{what}: {stage}");
        let mut buyer = till.sim.buyer();
        let chosen = choose(&mut buyer, &registered, "IDNA");
        let left = buyer.post(LEAVE, &[("tXid", &registered.t_xid())]);
        let headline = match stage.as_str().unwrap() {
            "approved" => "Pembayaran sudah selesai",
            "cancelled" => "Dana dikembalikan",
            "under-review" => "Pembayaran sedang ditinjau",
            "declined" => "Pembayaran ditolak",
            _ => "Waktu pembayaran sudah habis",
        };
        for form in [&chosen, &left] {
            assert_eq!((form.status, notice(form).as_str()), (409, "over"), "{what}");
            assert_eq!(texts(&html(form), "h1"), [headline], "{what}");
            assert_eq!(texts(&html(form), ".order-amount strong, dd"), ["Rp 25.145", "PAYLOANTES", "over"], "{what}");
        }
        let ways = [
            ("GET", buyer.get(&page_of(&registered))),
            ("POST", by_the_link(&mut buyer, &chosen)),
            ("leave", by_the_link(&mut buyer, &left)),
        ];
        for (how, reply) in &ways {
            let what = format!("{what}, {how}");
            assert_eq!(reply.status, 302, "{what}: {}", reply.body);
            match result {
                None => assert_eq!(reply.location(), wide(&registered, "over", mitra_cd, "1", "1"), "{what}"),
                Some(result) => {
                    assert!(
                        reply.location().starts_with(&format!("{CALLBACK}{result}")),
                        "{what}: {}",
                        reply.location()
                    );
                    let rest = narrow("", &registered, "over", mitra_cd);
                    let rest = rest.strip_prefix(CALLBACK).unwrap();
                    assert!(reply.location().ends_with(rest), "{what}: {}", reply.location());
                }
            }
        }
        let sent = till.events("callback.sent", &registered);
        assert_eq!(sent.len(), before + ways.len(), "{what}");
        let last = sent.last().unwrap();
        assert_eq!((&last["resultCd"], &last["method"]), (&json!(code), &json!("GET")), "{what}");
        assert_eq!(last["url"], ways[2].1.location());
        assert_eq!(till.shown(&registered)["stage"], stage, "{what}: nothing has changed");
    }
}

#[test]
fn the_language_switch_of_a_notice_works_both_ways() {
    let till = Till::new();
    let mut buyer = till.sim.buyer();
    let switch = scraper::Selector::parse("[data-testid=lang-switch]").unwrap();
    let mut page = buyer.get(&format!("{PAGE}?tXid=nothing"));
    for title in ["Unknown transaction", "Transaksi tidak dikenal", "Unknown transaction"] {
        let href = html(&page).select(&switch).next().and_then(|link| link.attr("href")).unwrap().to_owned();
        page = buyer.get(&href);
        assert_eq!(texts(&html(&page), "h1"), [title], "{href}");
    }
}

#[test]
fn a_link_without_a_lender_leads_to_the_choice() {
    let till = Till::new();
    let registered = till.take(&till.order("nobody"));
    let mut buyer = till.sim.buyer();
    let left = buyer.post(LEAVE, &[("tXid", &registered.t_xid())]);
    let page = html(&left);
    let back = scraper::Selector::parse("[data-testid=return]").unwrap();
    let href = page.select(&back).next().and_then(|link| link.attr("href")).unwrap();
    let tk = href.split_once("tk=").unwrap().1;
    let at_a_lender = buyer.get(&format!("/kredivo/v2/signin?tk={tk}"));
    assert_eq!((at_a_lender.status, at_a_lender.location()), (303, page_of(&registered).as_str()));
}
