//! One transaction, one binding, one message: what is shown is what the log has.

use nicepay_sim::testing::{Answer, Login, Simulator};
use serde_json::{Value, json};

use super::{API, Page, buyer, lively, press, register, select, text};
use crate::common::scene::Scene;
use crate::diagram::arrows_of;

/// The messages that an order's events are, in their order: `12`, and `12a` for the answer.
fn expected(sim: &Simulator, query: &str) -> Vec<String> {
    let events = sim.http().get(&format!("{API}/events?limit=10000&{query}")).json();
    let messages = events.as_array().unwrap().iter().flat_map(|event| {
        let id = event["id"].as_u64().unwrap();
        [format!("{id}"), format!("{id}a")].into_iter().take(arrows_of(event))
    });
    messages.collect()
}

fn arrows(page: &Page) -> Vec<String> {
    page.all("[data-testid=arrow][data-event]")
        .iter()
        .map(|arrow| arrow.attr("data-event").unwrap().to_owned())
        .collect()
}

fn transaction(t_xid: &str) -> String {
    format!("/__sim/transactions/{t_xid}")
}

#[test]
fn the_arrows_of_a_page_are_the_events_of_the_log() {
    let (sim, t_xids) = lively();
    for t_xid in &t_xids {
        let page = Page::open(&sim, &transaction(t_xid));
        let expected = expected(&sim, &format!("tXid={t_xid}"));
        assert!(expected.len() >= 2);
        assert_eq!(arrows(&page), expected, "{t_xid}");
        for arrow in page.tested("arrow") {
            let key = arrow.attr("data-key").unwrap();
            let link = arrow.select(&select("a")).next();
            match arrow.attr("data-event") {
                Some(event) => {
                    assert_eq!(key, event);
                    let href = format!("{}?event={event}#arrow-{event}", transaction(t_xid));
                    assert_eq!(link.unwrap().attr("href"), Some(href.as_str()));
                }
                None => assert!(link.is_none() && arrow.attr("class").unwrap().contains("unseen-hop")),
            }
        }
        // The same that is drawn, line by line.
        let drawn = sim.http().get(&format!("{API}/transactions/{t_xid}/diagram?format=mermaid")).body;
        let drawn = drawn.lines().filter(|line| line.contains(": ")).count();
        assert_eq!(page.tested("arrow").len() + page.tested("pause").len(), drawn, "{t_xid}");
        for format in ["svg", "mermaid"] {
            let link = page.tested(&format!("download-{format}"))[0].attr("href").unwrap().to_owned();
            let file = sim.http().get(&link);
            assert!(file.header("content-disposition").unwrap().starts_with("attachment"), "{link}");
        }
        assert_eq!(page.maybe("forgotten"), None);
        // The timeline has every event.
        let events = sim.http().get(&format!("{API}/events?limit=10000&tXid={t_xid}")).json();
        let events: Vec<_> = events.as_array().unwrap().iter().map(|event| event["id"].to_string()).collect();
        let moments: Vec<_> =
            page.all("#timeline-entries li").iter().map(|m| m.attr("data-key").unwrap().to_owned()).collect();
        assert_eq!(moments, events, "{t_xid}");
    }
    for id in 1..=2 {
        let page = Page::open(&sim, &format!("/__sim/bindings/{id}"));
        assert_eq!(arrows(&page), expected(&sim, &format!("referenceNo=binding-{id}")), "binding {id}");
    }
}

#[test]
fn a_timeline_has_the_refusals_before_it() {
    let scene = Scene::new();
    let wrong = "0".repeat(64);
    // An order and a binding have the same number.
    scene.shop.register(&scene.order("same").with("merchantToken", wrong.as_str()));
    let t_xid = scene.begin("same").answer.t_xid();
    let mut binding = scene.shop.binding("same", "081291891818");
    binding["merchantToken"] = wrong.into();
    scene.shop.bind(binding);
    scene.bind("same", None);
    let refusals: Vec<_> =
        scene.sim.events("transaction.refused").iter().map(|refusal| refusal["id"].to_string()).collect();
    assert_eq!(refusals.len(), 2);
    for (page, refusal) in [(transaction(&t_xid), &refusals[0]), ("/__sim/bindings/1".to_owned(), &refusals[1])] {
        let shown = Page::open(&scene.sim, &page);
        let mut moments = shown.all("#timeline-entries li");
        moments.retain(|moment| refusals.iter().any(|refusal| moment.attr("data-key") == Some(refusal.as_str())));
        let keys: Vec<_> = moments.iter().map(|moment| moment.attr("data-key").unwrap()).collect();
        assert_eq!(keys, [refusal.as_str()], "{page}");
    }
}

#[test]
fn marks_and_dashes_say_what_is_unusual() {
    let scene = Scene::new();
    let mut first = true;
    scene.mailbox.answer_with(move |_| Answer::status(if std::mem::take(&mut first) { 500 } else { 200 }));
    let paid = scene.begin("paid");
    let mut browser = scene.sim.buyer();
    let tk = browser.open(&paid.payment);
    browser.sign_in(&tk, Login { pin: "000000", ..Login::default() });
    browser.sign_in(&tk, Login::default());
    browser.choose(&tk, "1");
    browser.enter_otp(&tk, "4567");
    browser.return_to_shop(&tk);
    let t_xid = paid.answer.t_xid();
    scene.sim.advance("1h");
    scene.sim.notify(&t_xid, &json!({ "variant": "changed-amount" }));
    scene.sim.drain();
    scene.sim.rule(&json!({
        "id": "broken", "times": 1, "when": { "operation": "inquiry" }, "then": { "answer": "reset" },
    }));
    let fields = json!({ "tXid": t_xid, "referenceNo": "paid", "amt": "25145" });
    let body = scene.shop.signed(&["timeStamp", "iMid", "referenceNo", "amt"], fields);
    let host = scene.sim.url().trim_start_matches("http://");
    let request = format!(
        "POST /nicepay/direct/v2/inquiry HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.to_string().len()
    );
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    // It is broken off: what is read does not matter, that it ends does.
    let mut read = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut read);
    assert!(read.is_empty(), "{}", String::from_utf8_lossy(&read));
    scene.sim.wait_for("exchange.recorded").t_xid(&t_xid).field("fault", "broken").within("10s");

    let page = Page::open(&scene.sim, &transaction(&t_xid));
    assert_eq!(arrows(&page), expected(&scene.sim, &format!("tXid={t_xid}")));
    for (mark, word) in [("failed", "failed"), ("faulted", "fault"), ("resent", "resent"), ("forged", "forged")] {
        let marked = page.all(&format!("[data-testid=arrow].{mark} .mark.{mark}"));
        assert!(!marked.is_empty() && marked.iter().all(|mark| text(*mark) == word), "{mark}");
        assert_eq!(
            marked.len(),
            page.all(&format!(".mark.{mark}")).len() - page.all(&format!(".notifications .mark.{mark}")).len()
        );
    }
    let dashed: Vec<_> = page.all(".unseen-hop .label").into_iter().map(text).collect();
    assert_eq!(dashed.len(), 2, "{dashed:?}");
    assert!(dashed[0].contains("redirect to") && dashed[1].contains("callBackUrl"), "{dashed:?}");
    let forged = page.all(".arrows .forged a")[0].attr("href").unwrap();
    let opened = Page::open(&scene.sim, forged.split('#').next().unwrap());
    assert!(
        opened.text().contains("changed-amount") && opened.says("message-rule") == "control/notify",
        "{}",
        opened.text()
    );
    let faulted = page.all(".arrows .faulted a")[0].attr("href").unwrap();
    assert_eq!(Page::open(&scene.sim, faulted.split('#').next().unwrap()).says("message-rule"), "broken");
}

/// Opens a message on its transaction's page and holds it against the log.
fn opened(sim: &Simulator, t_xid: &str, event: &Value) {
    let id = event["id"].as_u64().unwrap();
    for key in [format!("{id}"), format!("{id}a")].iter().take(arrows_of(event)) {
        let page = Page::open(sim, &format!("{}?event={key}", transaction(t_xid)));
        let current: Vec<_> = page.all("[data-testid=arrow] [aria-current=true]");
        assert_eq!(current.len(), 1, "{key}");
        assert_eq!(page.all(".arrows .selected")[0].attr("data-event"), Some(key.as_str()));
        assert_eq!(page.says("message-type"), event["type"].as_str().unwrap());
        if event["type"] != "exchange.recorded" {
            continue;
        }
        let says = |name: &str| event[name].as_str().unwrap_or_default();
        // A parser of HTML passes over the first line end of a <pre>, and reads CR LF as LF.
        let same = |shown: Option<String>, sent: &str, what: &str| {
            let sent = sent.replace("\r\n", "\n");
            assert_eq!(shown.unwrap_or_default(), sent.strip_prefix('\n').unwrap_or(&sent), "{what} of {key}");
        };
        assert_eq!(page.says("request-line"), [says("method"), " ", says("target")].concat());
        assert_eq!(page.says("answer-line"), format!("HTTP {}", event["httpStatus"]));
        same(page.maybe("request-headers"), says("requestHeaders"), "headers");
        same(page.maybe("answer-headers"), says("responseHeaders"), "headers of the answer");
        same(page.maybe("request-body"), says("request"), "body");
        same(page.maybe("answer-body"), says("response"), "body of the answer");
    }
}

#[test]
fn an_opened_arrow_shows_what_was_said_byte_for_byte() {
    let (sim, t_xids) = lively();
    let shop = sim.shop();
    let order = shop.order("open", 25_145);
    let odd = "\n  two\r\nlines <b>&amp;</b> \"quoted\" \u{1f600}";
    let registered = shop.register(&shop.order("odd", 25_145).with("goodsNm", odd));
    let mut browser = sim.buyer();
    let tk = browser.open(&shop.payment_url(&shop.order("odd", 25_145), &registered, "http://shop.test/?a=1&b=<c>"));
    browser.sign_in(&tk, Login::default());
    shop.inquire(&order, &registered);
    shop.inquire(&shop.order("odd", 25_145), &registered);
    for t_xid in t_xids.iter().chain([&registered.t_xid()]) {
        let events = sim.http().get(&format!("{API}/events?limit=10000&tXid={t_xid}")).json();
        events.as_array().unwrap().iter().for_each(|event| opened(&sim, t_xid, event));
    }
}

#[test]
fn a_sent_notification_is_shown_as_it_arrived() {
    let scene = Scene::new();
    scene.mailbox.answer_with(|_| Answer {
        status: 404,
        headers: vec!["X-Mine: <i>".to_owned()],
        body: "not <here>".to_owned(),
    });
    let paid = scene.begin("paid & <told>");
    let t_xid = paid.answer.t_xid();
    buyer(&scene.sim, &t_xid, &json!({}));
    scene.sim.advance("2s");
    let received = scene.mailbox.received();
    let event = scene.sim.events("notification.attempted")[0]["id"].as_u64().unwrap();
    let page = Page::open(&scene.sim, &format!("{}?event={event}a", transaction(&t_xid)));
    assert_eq!(page.says("request-body"), received[0].body);
    assert_eq!(page.says("request-line"), format!("POST {}", scene.mailbox.url()));
    // What is shown of the head was sent so; which of a client's headers come first is its own matter.
    let sent = received[0].head.to_ascii_lowercase();
    for line in page.says("request-headers").lines() {
        assert!(sent.contains(&line.to_ascii_lowercase()), "{line} was not sent: {sent}");
    }
    assert_eq!((page.says("answer-line"), page.says("answer-body")), ("HTTP 404".into(), "not <here>".into()));
    assert!(
        page.says("answer-headers").to_ascii_lowercase().contains("x-mine: <i>"),
        "{}",
        page.says("answer-headers")
    );
    let fields: Vec<_> = page.all("#message dl.facts dt").into_iter().map(text).collect();
    assert!(received[0].fields().iter().all(|(name, _)| fields.contains(name)), "{fields:?}");
    let attempts: Vec<_> = page.tested("attempt").into_iter().map(text).collect();
    assert_eq!(attempts.len(), received.len());
    assert!(attempts[0].contains("HTTP 404"), "{attempts:?}");
}

#[test]
fn a_transaction_says_where_it_stands_and_why() {
    let (sim, t_xids) = lively();
    for t_xid in &t_xids {
        let known = sim.http().get(&format!("{API}/transactions/{t_xid}")).json();
        let page = Page::open(&sim, &transaction(t_xid));
        assert_eq!(page.says("t-xid"), *t_xid);
        assert_eq!(page.says("stage"), known["stage"].as_str().unwrap());
        assert_eq!(page.says("rule"), known["explain"]["rule"].as_str().unwrap());
        assert_eq!(page.says("because"), known["explain"]["because"].as_str().unwrap());
        let fields = page.says("fields");
        for (name, value) in known.as_object().unwrap() {
            if let Some(value) = value.as_str().filter(|_| name != "explain" && name != "timeline") {
                assert!(fields.contains(name) && fields.contains(value), "{name}: {value}");
            }
        }
        let notified = known["notifications"].as_array().map_or(0, Vec::len);
        assert_eq!(page.tested("notification").len(), notified, "{t_xid}");
    }
    let with_token = Page::open(&sim, &transaction(&t_xids[5]));
    let token = sim.http().get(&format!("{API}/tokens")).json();
    assert!(
        token
            .as_array()
            .unwrap()
            .iter()
            .any(|token| with_token.says("about").contains(token["userToken"].as_str().unwrap()))
    );
    let reviewed = register(&sim, "by rule");
    buyer(&sim, &reviewed, &json!({}));
    let page = Page::open(&sim, &transaction(&reviewed));
    assert_eq!((page.says("rule"), page.says("stage")), ("reject-next".to_owned(), "declined".to_owned()));
}

#[test]
fn numbers_that_are_no_message_of_it_open_nothing() {
    let (sim, t_xids) = lively();
    let here = transaction(&t_xids[0]);
    let others = sim.http().get(&format!("{API}/events?tXid={}", t_xids[1])).json()[0]["id"].as_u64().unwrap();
    let max = u64::MAX;
    for event in [
        "abc",
        "0",
        "0a",
        "a",
        "",
        "-1",
        "1.5",
        "999999",
        "18446744073709551616",
        "+1",
        "%00",
        "12aa",
        &format!("{max}"),
        &format!("{max}a"),
        &format!("{}", max - 1),
        &format!("{others}"),
        &format!("{others}a"),
    ] {
        let page = Page::open(&sim, &format!("{here}?event={event}"));
        assert_eq!(page.all("[aria-current=true]").len(), 0, "{event}");
        assert_eq!(page.maybe("message-type"), None, "{event} is nothing that it said");
        assert!(page.text().contains("Select an arrow"), "{event}");
    }
    for event in ["abc", "0", "-1", "999999", "18446744073709551615", "18446744073709551616", "%20", "1a", "..%2f"] {
        let reply = sim.http().send("GET", &format!("/__sim/events/{event}"), &[("accept-language", "en")], "");
        let page = Page::of(&sim, event, &reply);
        assert_eq!((page.status, page.says("problem").as_str()), (404, "Not found"), "{event}");
    }
}

#[test]
fn what_is_not_there_is_a_page_with_a_way_back() {
    let (sim, _) = lively();
    let long = "x".repeat(10_000);
    for path in [
        "/__sim/transactions/none".to_owned(),
        "/__sim/transactions/%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
        "/__sim/transactions/%E2%80%AE".to_owned(),
        "/__sim/transactions/%FF%00".to_owned(),
        format!("/__sim/transactions/{long}"),
        "/__sim/bindings/99".to_owned(),
        "/__sim/bindings/none".to_owned(),
        "/__sim/bindings/-1".to_owned(),
        "/__sim/bindings/18446744073709551616".to_owned(),
        "/__sim/events/77777".to_owned(),
    ] {
        for (language, heading) in [("id", "Tidak ditemukan"), ("en", "Not found")] {
            let reply = sim.http().send("GET", &path, &[("accept-language", language)], "");
            let page = Page::of(&sim, &path, &reply);
            assert_eq!((page.status, page.says("problem").as_str()), (404, heading), "{path}");
            assert!(page.says("problem-detail").len() < 500, "{path}");
            let back = page.tested("problem-back")[0].attr("href").unwrap().to_owned();
            Page::open(&sim, &back);
        }
    }
}

#[test]
fn a_reset_leaves_pages_that_say_so() {
    let (sim, t_xids) = lively();
    let page = Page::open(&sim, &transaction(&t_xids[4]));
    let (pay, advance) = (page.form("do-pay"), page.form("advance-2s"));
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    let gone = sim.http().send("GET", &page.path, &[("accept-language", "en")], "");
    assert_eq!(Page::of(&sim, &page.path, &gone).status, 404);
    let refused = Page::of(&sim, &pay.action, &pay.send(&sim));
    assert_eq!((refused.status, refused.says("problem").as_str()), (404, "Action failed"));
    // What does not need it goes on; the page that it comes back to is gone, which it says.
    let reply = advance.send(&sim);
    assert_eq!(reply.status, 303);
    assert_eq!(sim.http().get(reply.location()).status, 404);
    for path in super::PAGES {
        Page::open(&sim, path);
    }
}

#[test]
fn what_was_pushed_out_is_said_to_be_forgotten() {
    let sim = Simulator::builder().settings("max-events = 12\nmax-transactions = 6").start();
    let first = register(&sim, "first");
    (0..4).for_each(|i| drop(register(&sim, &format!("later-{i}"))));
    assert_eq!(Page::open(&sim, &transaction(&first)).maybe("forgotten"), None, "all of it is there");
    buyer(&sim, &first, &json!({ "do": "reject" }));
    let page = Page::open(&sim, &transaction(&first));
    assert!(page.says("forgotten").contains("--max-events"));
    assert_eq!(arrows(&page), expected(&sim, &format!("tXid={first}")));
    assert!(Page::open(&sim, "/__sim/log").says("extent").contains("deleted"));
    (4..6).for_each(|i| drop(register(&sim, &format!("later-{i}"))));
    let gone = sim.http().send("GET", &transaction(&first), &[("accept-language", "en")], "");
    let gone = Page::of(&sim, "an evicted one", &gone);
    assert!(gone.status == 404 && gone.says("problem-detail").contains("save memory"), "{}", gone.text());
    let list = Page::open(&sim, "/__sim/");
    assert_eq!((list.tested("transaction").len(), list.says("count").trim()), (6, "6"));
}

#[test]
fn a_message_whose_bytes_were_forgotten_says_so() {
    let sim = Simulator::builder().settings("max-event-bytes = 60000").start();
    let t_xid = register(&sim, "first");
    let mut later = 0;
    let exchange = loop {
        let events = sim.http().get(&format!("{API}/events?type=exchange.recorded&tXid={t_xid}")).json();
        if events[0]["request"].is_null() {
            break events[0]["id"].as_u64().expect("its event outlives its bytes");
        }
        later += 1;
        let shop = sim.shop();
        shop.register(&shop.order(&format!("later-{later}"), 25_145).with("goodsNm", "x".repeat(15_000)));
    };
    for key in [format!("{exchange}"), format!("{exchange}a")] {
        let page = Page::open(&sim, &format!("{}?event={key}", transaction(&t_xid)));
        assert!(page.text().contains("--max-event-bytes"), "{}", page.text());
        assert_eq!((page.maybe("request-line"), page.maybe("answer-body")), (None, None));
        assert_eq!(arrows(&page), expected(&sim, &format!("tXid={t_xid}")));
    }
    assert!(Page::open(&sim, &format!("/__sim/events/{exchange}")).text().contains("--max-event-bytes"));
}

#[test]
fn the_inbox_shows_what_came_and_whether_its_token_is_right() {
    let sim = Simulator::start();
    let empty = Page::open(&sim, "/__sim/inbox");
    assert!(empty.says("empty").contains("No notifications yet"));
    assert_eq!(empty.says("inbox-address"), format!("{}/__sim/inbox", sim.url()));
    let shop = sim.shop();
    let order = shop.order("<b>order</b>", 25_145).notify(&empty.says("inbox-address"));
    let t_xid = shop.register(&order).t_xid();
    buyer(&sim, &t_xid, &json!({ "do": "approve" }));
    sim.advance("2s");
    sim.http().send("POST", "/__sim/inbox/suite-1", &[], "tXid=x&referenceNo=forged&amt=%3Ci%3E");
    let page = Page::open(&sim, "/__sim/inbox");
    let orders: Vec<_> = page.all("[data-testid=inbox-message] .what bdi").into_iter().map(text).collect();
    assert_eq!(orders, ["forged", "<b>order</b>"], "the newest first");
    assert_eq!((page.tested("token-wrong").len(), page.tested("token-right").len()), (1, 1));
    assert!(page.says("diagnosis").contains("iMid/unknown"));
    assert!(page.links().contains(&format!("/__sim/transactions/{t_xid}")));
    assert!(page.text().contains(&t_xid), "the fields are there");
    let named = Page::open(&sim, "/__sim/inbox/suite-1");
    assert_eq!(named.tested("inbox-message").len(), 1);
    let page = press(&sim, &named.form("empty-inbox"));
    assert!(page.says("empty").contains("No notifications yet"));
    assert_eq!(Page::open(&sim, "/__sim/inbox").tested("inbox-message").len(), 1, "the other inbox keeps its own");
    press(&sim, &Page::open(&sim, "/__sim/inbox").form("empty-inbox"));
    assert_eq!(sim.http().get(&format!("{API}/inbox")).json(), json!([]));
}

#[test]
fn the_page_of_a_refusal_shows_the_request_that_was_refused() {
    let sim = Simulator::start();
    let shop = sim.shop();
    // Alike in everything but what is wrong with them, and without an order at all.
    for (reference_no, amt) in [("order-1", "nothing"), ("order-1", "0"), ("order-2", "0")] {
        shop.register(&shop.order(reference_no, 25_145).with("amt", amt));
    }
    sim.http().send("POST", "/nicepay/direct/v2/registration", &[("content-type", "application/json")], "{\"a\":");
    let refusals = sim.events("transaction.refused");
    assert_eq!(refusals.len(), 4);
    for (refusal, sent) in refusals.iter().zip(["\"nothing\"", "\"amt\":\"0\"", "order-2", "{\"a\":"]) {
        let page = Page::open(&sim, &format!("/__sim/events/{}", refusal["id"]));
        assert!(page.says("request-body").contains(sent), "{sent}: {}", page.says("request-body"));
        assert_eq!(page.says("request-line"), "POST /nicepay/direct/v2/registration");
        assert!(page.says("answer-body").contains(refusal["resultCd"].as_str().unwrap()));
        let slug = refusal["diagnosis"].as_str().unwrap().split(':').next().unwrap();
        assert!(page.says("diagnosis").contains(slug), "{slug}");
        let exchange = page.tested("refused-request")[0].attr("href").unwrap();
        assert_eq!(Page::open(&sim, exchange).says("request-body"), page.says("request-body"));
    }
    // In the diagram of a transaction, a refusal is the answer to its request.
    let order = shop.order("order-3", 25_145);
    let registered = shop.register(&order);
    shop.inquire(&order.with("amt", "1"), &registered);
    let refusal = sim.events("transaction.refused").pop().unwrap();
    let page = Page::open(&sim, &format!("/__sim/events/{}", refusal["id"]));
    let to_diagram = page.all("a[href*='?event=']")[0].attr("href").unwrap().to_owned();
    let (path, arrow) = to_diagram.split_once('#').unwrap();
    let diagram = Page::open(&sim, path);
    assert_eq!(diagram.all(&format!("#{arrow}.refused.selected")).len(), 1, "{to_diagram}");
}

#[test]
fn refused_requests_are_counted_as_long_as_the_log_has_them() {
    let sim = Simulator::builder().settings("max-events = 12").start();
    let counted = || {
        let page = Page::open(&sim, "/__sim/");
        ["nav-refused", "last-refused", "refusal"].map(|testid| page.tested(testid).len())
    };
    assert_eq!(counted(), [0, 0, 0]);
    let shop = sim.shop();
    shop.register(&shop.order("refused", 25_145).with("amt", "nothing"));
    assert_eq!(counted(), [1, 1, 1]);
    (0..8).for_each(|i| drop(register(&sim, &format!("later-{i}"))));
    assert_eq!(counted(), [0, 0, 0], "the refusal is no longer in the log");
}

#[test]
fn a_browser_gets_a_page_where_there_is_none_and_a_program_a_problem() {
    let sim = Simulator::start();
    let browser = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for path in ["/__sim/nothing", "/__sim/transactions", "/__sim/a/b/c", "/__sim/%3Cb%3E"] {
        let page = sim.http().send("GET", path, &[browser, ("accept-language", "en")], "");
        let page = Page::of(&sim, path, &page);
        assert_eq!((page.status, page.says("problem").as_str()), (404, "Not found"), "{path}");
        for headers in [&[][..], &[("accept", "application/json")], &[("accept", "*/*")]] {
            let problem = sim.http().send("GET", path, headers, "");
            assert_eq!(
                (problem.status, problem.header("content-type")),
                (404, Some("application/problem+json")),
                "{path}"
            );
        }
    }
    for method in ["POST", "PUT", "DELETE"] {
        let reply = sim.http().send(method, "/", &[browser, ("accept-language", "en")], "a=1");
        assert_eq!(reply.header("allow"), Some("GET, HEAD"));
        let page = Page::of(&sim, "/", &reply);
        assert_eq!(page.status, 405);
        assert!(page.says("problem-detail").contains("/nicepay"), "{}", page.says("problem-detail"));
        let problem = sim.http().send(method, "/", &[], "a=1");
        assert_eq!((problem.status, problem.header("content-type")), (404, Some("application/problem+json")));
    }
    // The API and NICEPAY answer as before, whoever asks.
    for path in ["/__sim/api/nothing", "/nicepay/nothing", "/direct/v2/registration"] {
        let reply = sim.http().send("GET", path, &[browser], "");
        assert!(reply.header("content-type").unwrap().contains("json"), "{path}: {}", reply.body);
    }
}
