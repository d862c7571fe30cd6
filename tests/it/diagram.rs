//! Sequence diagrams: that they show what happened and nothing else, and that no text breaks out of them.

use nicepay_sim::testing::{Answer, Login, Reply, Simulator};
use serde_json::{Value, json};

use crate::common::scene::Scene;

const API: &str = "/__sim/api";
const KEY: &str = "a-merchant-key-that-nobody-may-ever-see";
const CALLBACK: &str = "http://shop.test/thanks";

/// What nobody would send who means well: markup, Mermaid's own words, what turns the direction of writing.
const HOSTILE: &[&str] = &[
    "a;b#c#59;d",
    "<img src=x onerror=alert(1)>",
    "]]></title><script>alert(1)</script>",
    "%%{init:{}}%%",
    "end",
    "x: end --> note over N",
    "`${1}` \"quoted\" 'single' & &amp;",
    "\u{202e}evil\u{2066}",
    "\u{feff}\u{ffff}",
];

fn draw(sim: &Simulator, of: &str, query: &str) -> Reply {
    sim.http().get(&format!("{API}/{of}/diagram{query}"))
}

fn mermaid(sim: &Simulator, of: &str) -> String {
    let reply = draw(sim, of, "?format=mermaid");
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("text/plain; charset=utf-8")),
        "{}",
        reply.body
    );
    well_formed(&reply.body);
    reply.body
}

fn svg(sim: &Simulator, of: &str) -> String {
    let reply = draw(sim, of, "");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("image/svg+xml")), "{}", reply.body);
    let document = roxmltree::Document::parse(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.body));
    let known = ["svg", "title", "desc", "style", "rect", "line", "text", "g", "path"];
    for element in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(known.contains(&element.tag_name().name()), "{element:?} was not drawn by us");
        assert!(element.attributes().all(|attribute| !attribute.name().starts_with("on")), "{element:?}");
    }
    reply.body
}

/// A pause, across all lanes.
const PAUSE: &str = "Note over C,P: +";

/// Every line of a Mermaid diagram is one that we write.
fn well_formed(text: &str) {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    for line in lines {
        let line = line.strip_prefix("    ").unwrap_or_else(|| panic!("{line:?} has no indent"));
        if line.starts_with("participant ") {
            continue;
        }
        let (who, said) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?} says nothing"));
        let known = who
            .strip_prefix("Note over ")
            .map_or_else(|| ["->>", "-->>", "--)"].iter().any(|arrow| who.split(arrow).all(is_lane)), is_lane)
            || line.starts_with(PAUSE);
        assert!(known, "{line:?} is of an unknown kind");
        assert!(said.chars().count() < 2_500, "{line:?} is long");
        let outside: String =
            said.split('#').enumerate().map(|(i, part)| if i == 0 { part } else { after(part) }).collect();
        let harmless = |c: char| c.is_alphanumeric() || " .,-/()+':→…".contains(c);
        assert!(outside.chars().all(harmless), "{said:?} has signs that mean something");
    }
}

/// What comes after an entity code.
fn after(code: &str) -> &str {
    let (digits, rest) = code.split_once(';').unwrap_or_else(|| panic!("{code:?} is no code"));
    assert!(digits.parse::<u32>().is_ok(), "{code:?} is no code");
    rest
}

fn is_lane(id: &str) -> bool {
    ["C", "M", "N", "P"].contains(&id)
}

/// The messages, without the head.
fn messages(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("participant") && *line != "sequenceDiagram").collect()
}

/// A payment with a wrong PIN and a wrong password, to the inquiry at its end.
fn tokenized() -> (Simulator, String) {
    let scene = Scene::new();
    let order = scene.order("order").tokenize("customer-7");
    let registered = scene.shop.register(&order);
    let mut browser = scene.sim.buyer();
    let tk = browser.open(&scene.shop.payment_url(&order, &registered, CALLBACK));
    browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
    browser.sign_in(&tk, Login::default());
    browser.choose(&tk, "3");
    browser.enter_otp(&tk, "0000");
    browser.enter_otp(&tk, "4567");
    browser.return_to_shop(&tk);
    scene.sim.advance("2s");
    scene.shop.inquire(&order, &registered);
    (scene.sim, format!("transactions/{}", registered.t_xid()))
}

#[test]
fn a_tokenized_payment_as_text() {
    let (sim, of) = tokenized();
    insta::assert_snapshot!(mermaid(&sim, &of));
}

#[test]
fn a_tokenized_payment_as_a_drawing() {
    let (sim, of) = tokenized();
    insta::assert_snapshot!(svg(&sim, &of));
}

#[test]
fn a_drawing_is_served_so_that_it_can_do_nothing() {
    let (sim, of) = tokenized();
    for (query, place) in [("", "inline"), ("?format=svg&download=1", "attachment"), ("?download=0", "inline")] {
        let reply = draw(&sim, &of, query);
        let name = of.split('/').next_back().unwrap();
        assert_eq!(reply.header("content-disposition"), Some(format!("{place}; filename=\"{name}.svg\"").as_str()));
        let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
        assert_eq!(reply.header("content-security-policy"), Some(policy));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
    let text = draw(&sim, &of, "?format=mermaid&download=1");
    assert!(text.header("content-disposition").unwrap().ends_with(".mmd\""));
    assert_eq!(draw(&sim, &of, "?format=png").status, 422);
    assert_eq!(draw(&sim, &of, "?download=yes").status, 422);
}

#[test]
fn what_nobody_knows_has_no_diagram() {
    let (sim, of) = tokenized();
    for unknown in ["transactions/none", "bindings/99", "bindings/none"] {
        assert_eq!(draw(&sim, unknown, "").status, 404, "{unknown}");
    }
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    assert_eq!(draw(&sim, &of, "").status, 404, "forgotten");
}

#[test]
fn nobody_is_at_a_browser_of_a_seamless_payment() {
    let scene = Scene::new();
    let paying = scene.shop.register(&scene.order("first").tokenize("c"));
    scene.sim.http().post_json(&format!("{API}/transactions/{}/buyer", paying.t_xid()), &json!({}));
    let token = scene.sim.events("token.issued").pop().unwrap()["userToken"].as_str().unwrap().to_owned();
    let registered = scene.shop.register(&scene.order("seamless").seamless(&token));
    scene.sim.advance("1m");
    let drawn = mermaid(&scene.sim, &format!("transactions/{}", registered.t_xid()));
    assert_eq!(
        messages(&drawn),
        [
            "M->>N: POST registration, tokenizeUser 2",
            "N-->>M: 0000 SUCCESS",
            "N--)P: asks for the payment",
            "P->>N: approved, 1 month",
            "Note over N: paid with the userToken",
            "Note over C,P: +2 s",
            "N->>M: notification approve",
            "M-->>N: 200 OK",
        ]
    );
    let played = mermaid(&scene.sim, &format!("transactions/{}", paying.t_xid()));
    assert!(played.contains("C->>N: opens the payment (control)") && !played.contains("--)"), "{played}");
}

#[test]
fn a_binding_has_a_diagram_and_is_in_none_of_a_payment() {
    let scene = Scene::new();
    let paid = scene.begin("same");
    let link = scene.bind("same", Some("/bound"));
    let mut browser = scene.sim.buyer();
    let tk = browser.arrive(&link);
    browser.sign_in(&tk, Login::default());
    browser.enter_otp(&tk, "4567");
    browser.get(&format!("/nicepay/v2/userAccountBinding/return?tk={tk}"));
    scene.sim.advance("1m");
    let drawn = mermaid(&scene.sim, "bindings/1");
    svg(&scene.sim, "bindings/1");
    let said = messages(&drawn);
    assert_eq!(
        said[..5],
        [
            "M->>N: POST userAccountBinding",
            "N-->>M: 0000 SUCCESS",
            "M--)C: redirect to the lender's page",
            "C->>P: signs in as 081291891818",
            "P->>C: OTP 4567 by SMS (simulated)",
        ],
        "{drawn}"
    );
    for (text, times) in [("account bound", 1), ("callBackUrl", 2), ("notification binding", 1), ("registration", 0)] {
        assert_eq!(drawn.matches(text).count(), times, "{text}: {drawn}");
    }
    let payment = mermaid(&scene.sim, &format!("transactions/{}", paid.answer.t_xid()));
    assert_eq!(messages(&payment), ["M->>N: POST registration", "N-->>M: 0000 SUCCESS"]);
}

#[test]
fn a_refused_registration_comes_before_the_accepted_one() {
    let scene = Scene::new();
    scene.shop.register(&scene.order("order").with("merchantToken", "0".repeat(64)));
    let registered = scene.begin("order");
    scene.begin("other");
    let (order, answer) = (&registered.order, &registered.answer);
    let body = json!({ "tXid": answer.t_xid(), "referenceNo": "order", "amt": "1" });
    let body = scene.shop.signed(&["timeStamp", "iMid", "referenceNo", "amt"], body);
    assert_ne!(scene.sim.http().post_json("/nicepay/direct/v2/inquiry", &body).result_cd(), "0000");
    scene.shop.inquire(order, answer);
    let drawn = mermaid(&scene.sim, &format!("transactions/{}", answer.t_xid()));
    let said = messages(&drawn);
    assert_eq!(said.len(), 8, "{drawn}");
    assert!(said[1].starts_with("N-->>M: 9010 ") && said[1].ends_with("(refused)"), "{drawn}");
    assert_eq!(said[3], "N-->>M: 0000 SUCCESS");
    assert_eq!(said[4], "M->>N: POST inquiry");
    assert!(said[5].ends_with("(refused)"), "{drawn}");
    assert!(said[7].ends_with(", status 9"), "{drawn}");
}

#[test]
fn what_goes_wrong_is_marked() {
    let scene = Scene::new();
    let registered = scene.begin("order");
    let t_xid = registered.answer.t_xid();
    scene.sim.rule(&json!({
        "id": "cut-off", "times": 1, "when": { "operation": "inquiry" }, "then": { "answer": { "broken": "reset" } },
    }));
    let body = json!({ "tXid": t_xid, "referenceNo": "order", "amt": "25145" });
    let body = scene.shop.signed(&["timeStamp", "iMid", "referenceNo", "amt"], body).to_string();
    drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        scene.sim.http().send("POST", "/nicepay/direct/v2/inquiry", &[("content-type", "application/json")], body)
    })));
    scene.sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({}));
    scene.mailbox.answer(500);
    scene.sim.advance("2s");
    scene.mailbox.answer(200);
    scene.sim.advance("2h");
    scene.sim.notify(&t_xid, &json!({ "variant": "changed-status" }));
    scene.sim.notify(&t_xid, &json!({}));
    scene.sim.drain();
    let copy = json!({ "fields": { "status": "8", "amt": "1" } });
    assert_eq!(scene.sim.http().post_json(&format!("{API}/notifications/1/send"), &copy).status, 200);
    let drawn = mermaid(&scene.sim, &format!("transactions/{t_xid}"));
    for line in [
        "N-->>M: no answer (rule cut-off) (fault)",
        "N->>M: notification approve\n    M-->>N: HTTP 500 (failed)",
        "N->>M: notification approve (attempt 2) (resent)\n    M-->>N: 200 OK",
        "N->>M: notification approve, changed-status, manual (forged, says 8, true is 0)",
        "N->>M: notification approve, manual (resent)",
        "N->>M: notification approve, manual (forged, says 8, true is 0, says amt 1, true is 25145)",
    ] {
        assert!(drawn.contains(&[line, "\n"].concat()), "{line}\n{drawn}");
    }
    let drawing = svg(&scene.sim, &format!("transactions/{t_xid}"));
    for class in ["row faulted", "row failed", "row resent", "row forged"] {
        assert!(drawing.contains(&format!("class=\"{class}\"")), "{class}");
    }
}

#[test]
fn what_the_merchant_asks_before_it_answers_comes_between() {
    let scene = Scene::new();
    let order = scene.order("asks");
    let registered = scene.shop.register(&order);
    let (shop, asked) = (scene.shop.clone(), (order, registered.clone()));
    scene.mailbox.answer_with(move |_| {
        assert_eq!(shop.inquire(&asked.0, &asked.1).json()["status"], "0");
        Answer { status: 200, headers: Vec::new(), body: "OK".into() }
    });
    let t_xid = registered.t_xid();
    scene.sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({}));
    scene.sim.advance("2s");
    let drawn = mermaid(&scene.sim, &format!("transactions/{t_xid}"));
    let talk =
        "N->>M: notification approve\n    M->>N: POST inquiry\n    N-->>M: 0000 paid, status 0\n    M-->>N: 200 OK\n";
    assert!(drawn.contains(talk), "{drawn}");
}

/// How many arrows an event has, by its type: said once more, by somebody else.
pub(crate) fn arrows_of(event: &Value) -> usize {
    let by = |who: &str| event["by"] == who;
    match event["type"].as_str().unwrap() {
        "exchange.recorded" | "notification.attempted" => 2,
        "payment.opened" => usize::from(!by("browser")),
        "transaction.cancelled" => usize::from(!by("merchant")),
        "transaction.registered"
        | "transaction.refused"
        | "transaction.receipt-confirmed"
        | "binding.registered"
        | "callback.sent"
        | "inquiry.answered"
        | "notification.scheduled"
        | "notification.held"
        | "notification.delivered"
        | "rule.hit" => 0,
        _ => 1,
    }
}

#[test]
fn the_arrows_are_the_events_of_the_log() {
    let (sim, of) = tokenized();
    let shop = sim.shop();
    let mut all = vec![of];
    for act in ["pay", "review", "reject", "abandon"] {
        let t_xid = shop.register(&shop.order(act, 25_145)).t_xid();
        sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({ "do": act }));
        sim.http().post_json(&format!("{API}/transactions/{t_xid}/cancel"), &json!({ "amt": "145" }));
        all.push(format!("transactions/{t_xid}"));
    }
    let t_xid = shop.register(&shop.order("expired", 25_145)).t_xid();
    all.push(format!("transactions/{t_xid}"));
    sim.advance("3d");
    for of in all {
        let t_xid = of.split('/').next_back().unwrap();
        let expected: usize = sim.events("").iter().filter(|event| event["tXid"] == t_xid).map(arrows_of).sum();
        let drawn = mermaid(&sim, &of);
        let seen = messages(&drawn).iter().filter(|line| !line.contains("--)") && !line.starts_with(PAUSE)).count();
        assert_eq!(seen, expected, "{drawn}");
        assert!(drawn.matches("M--)C").count() <= 1, "{drawn}");
    }
}

#[test]
fn no_text_breaks_out() {
    let sim = Simulator::start();
    let shop = sim.shop();
    let long = "long end;".repeat(1_000);
    for (i, hostile) in HOSTILE.iter().copied().chain([long.as_str(), "a\r\nb\u{0}\u{1b}[31m"]).enumerate() {
        let short: String = hostile.chars().take(30).collect();
        let number = format!("{i} {short}");
        for field in ["goodsNm", "billingNm", "description", "merchantToken", "timeStamp", "mitraCd", "callBackUrl"] {
            shop.register(&shop.order(&number, 25_145).with(field, hostile));
        }
        let mut order = shop.order(&number, 25_145).tokenize(hostile);
        let mut registered = shop.register(&order);
        if registered.result_cd() != "0000" {
            order = shop.order(&format!("safe {i}"), 25_145);
            registered = shop.register(&order);
        }
        let t_xid = registered.t_xid();
        let mut browser = sim.buyer();
        let tk = browser.open(&shop.payment_url(&order, &registered, CALLBACK));
        browser.sign_in(&tk, Login { phone: hostile, ..Login::default() });
        sim.rule(&json!({
            "id": format!("r{i}"), "times": 1, "when": { "operation": "inquiry" },
            "then": { "answer": { "body": json!({ "resultCd": hostile, "resultMsg": hostile }).to_string() } },
        }));
        shop.inquire(&order, &registered);
        sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({}));
        let of = format!("transactions/{t_xid}");
        let (drawing, text) = (svg(&sim, &of), mermaid(&sim, &of));
        for drawn in [&drawing, &text] {
            assert!(!drawn.contains("<script") && !drawn.contains("<img") && !drawn.contains('\u{202e}'), "{drawn}");
            assert!(!drawn.contains(|c: char| c.is_control() && c != '\n'), "{drawn:?}");
        }
    }
}

#[test]
fn no_diagram_shows_a_key() {
    let sim = Simulator::start();
    let shop = sim.new_shop("MYSHOP0001", KEY);
    let order = shop.order("order", 25_145).tokenize(KEY);
    let registered = shop.register(&order);
    let t_xid = registered.t_xid();
    sim.http().post_json(&format!("{API}/transactions/{t_xid}/buyer"), &json!({}));
    let of = format!("transactions/{t_xid}");
    for drawn in [svg(&sim, &of), mermaid(&sim, &of)] {
        assert!(drawn.contains("userToken for") && !drawn.contains("a-merchant-key"), "{drawn}");
    }
}
