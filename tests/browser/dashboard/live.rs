//! One stream for all pages of a browser, none for those that nobody looks at; and nothing that is typed is lost.

use std::io::{Read, Write};

use super::*;

/// How many streams the simulator serves.
#[track_caller]
fn streams(sim: &Simulator) -> u64 {
    sim.http().get(&format!("{API}/info")).json()["streams"].as_u64().unwrap()
}

/// Waits until the simulator serves so many streams.
#[track_caller]
fn serves(sim: &Simulator, count: u64) {
    let until = std::time::Instant::now() + PATIENCE;
    while streams(sim) != count {
        assert!(std::time::Instant::now() < until, "{} streams, not {count}", streams(sim));
    }
}

/// Another window of the same browser, on a page of the dashboard. Chromium without a screen shows all windows.
#[track_caller]
fn window(customer: &Customer, sim: &Simulator, page: &str) -> WindowHandle {
    let window = customer.wait(customer.driver().new_window());
    look_at(customer, &window);
    go(customer, sim, page);
    window
}

#[track_caller]
fn look_at(customer: &Customer, window: &WindowHandle) {
    customer.wait(customer.driver().switch_to_window(window.clone()));
}

/// The page is put behind another window, or before it again. A browser without a screen has no such windows.
#[track_caller]
fn hide(customer: &Customer, is_hidden: bool) {
    customer.run(
        "const [hidden] = arguments; Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true }); \
         document.dispatchEvent(new Event('visibilitychange'))",
        vec![json!(is_hidden)],
    );
}

#[test]
fn twelve_windows_show_one_order_and_go_on_working() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = developer(sim, "");
    let mut windows = vec![customer.wait(customer.driver().window())];
    windows.extend((1..12).map(|_| window(&customer, sim, "")));
    assert_eq!(streams(sim), 1, "one for all");
    for window in &windows {
        look_at(&customer, window);
        let script = "window.shown = new Promise((done) => { const look = () => { \
            if (document.querySelector('[data-testid=transaction]')) done(Date.now()); }; \
            new MutationObserver(look).observe(document.body, { childList: true, subtree: true }); })";
        customer.run(script, vec![]);
    }
    let began = get(&customer, "Date.now()").as_f64().unwrap();
    scene.begin("order-7");
    let took = windows.iter().map(|window| {
        look_at(&customer, window);
        let script = "const done = arguments[arguments.length - 1]; window.shown.then(done)";
        let shown = customer.wait(async { Ok(customer.driver().execute_async(script, vec![]).await?.json().clone()) });
        shown.as_f64().unwrap() - began
    });
    let took = took.fold(0.0, f64::max);
    assert!(took < 2_000.0, "the last window showed it after {took} ms");
    // Every navigation works, from all windows, to all kinds of pages.
    for (window, page) in windows.iter().zip(["log", "rules", "tokens", "", "shoppers", "inbox"].into_iter().cycle()) {
        look_at(&customer, window);
        go(&customer, sim, page);
        assert_eq!(streams(sim), 1);
    }
    customer.no_foreign_requests();
    // Whoever is left keeps the stream, and the last one ends it.
    let (last, others) = windows.split_last().unwrap();
    for window in others {
        look_at(&customer, window);
        customer.wait(customer.driver().close_window());
    }
    look_at(&customer, last);
    go(&customer, sim, "");
    assert_eq!(streams(sim), 1);
    scene.begin("order-8");
    until(&customer, &format!("document.querySelectorAll('{ROW}').length === 2"));
    customer.open("about:blank");
    serves(sim, 0);
}

#[test]
fn nobody_looks_and_there_is_no_stream() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = developer(sim, "");
    customer.run("window.kept = true", vec![]);
    let list = customer.wait(customer.driver().window());
    let first = scene.begin("first");
    sees(&customer, ROW);
    let order = window(&customer, sim, &page_of(&first));
    hide(&customer, true);
    assert_eq!(streams(sim), 1, "the list is looked at");
    look_at(&customer, &list);
    hide(&customer, true);
    serves(sim, 0);
    // It catches up at once, whatever happened meanwhile.
    call(sim, &first, "buyer", &json!({ "do": "reject" }));
    hide(&customer, false);
    sees(&customer, &[ROW, " .stage.declined"].concat());
    serves(sim, 1);
    // The other page was hidden while the stream went on.
    scene.begin("second");
    until(&customer, &format!("document.querySelectorAll('{ROW}').length === 2"));
    look_at(&customer, &order);
    assert_eq!(customer.text("stage"), "registered", "it waits until somebody looks");
    hide(&customer, false);
    sees(&customer, "[data-testid=stage].declined");
    // More than a message can name, and more messages than are kept.
    hide(&customer, true);
    look_at(&customer, &list);
    hide(&customer, true);
    serves(sim, 0);
    for n in 0..100 {
        scene.begin(&format!("many-{n}"));
    }
    hide(&customer, false);
    until(&customer, "document.querySelector('[data-testid=count]').textContent.includes('of 102')");
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    sees(&customer, "[data-testid=empty]");
    assert_eq!(get(&customer, "window.kept"), true);
    // A reset is no event.
    look_at(&customer, &order);
    hide(&customer, false);
    assert!(customer.text("problem-detail").contains(&first.answer.t_xid()));
    customer.no_foreign_requests();
}

#[test]
fn a_page_loads_itself_again_for_its_own_order_only() {
    let scene = Scene::new();
    let registered = scene.begin("mine");
    let customer = developer(&scene.sim, &page_of(&registered));
    customer.run(
        "window.loads = 0; const { fetch } = window; window.fetch = (...all) => { window.loads += 1; return fetch(...all); }",
        vec![],
    );
    // The list hears of the other order, and so has this page.
    let list = window(&customer, &scene.sim, "");
    let mine = customer.wait(customer.driver().windows()).into_iter().find(|window| *window != list).unwrap();
    for name in ["other-1", "other-2"] {
        let other = scene.begin(name);
        sees(&customer, &format!("[data-key='{}']", other.answer.t_xid()));
    }
    look_at(&customer, &mine);
    assert_eq!(get(&customer, "window.loads"), 0);
    call(&scene.sim, &registered, "buyer", &json!({ "do": "reject" }));
    sees(&customer, "[data-testid=stage].declined");
    assert_ne!(get(&customer, "window.loads"), 0);
}

#[test]
fn a_browser_without_shared_workers_has_a_stream_for_each_page_that_is_looked_at() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = Customer::with("en-US", true);
    let without = json!({ "source": "delete window.SharedWorker" });
    customer.dev_tools("Page.addScriptToEvaluateOnNewDocument", without.clone());
    go(&customer, sim, "");
    assert_eq!(get(&customer, "'SharedWorker' in window"), false);
    let first = customer.wait(customer.driver().window());
    let second = customer.wait(customer.driver().new_window());
    look_at(&customer, &second);
    customer.dev_tools("Page.addScriptToEvaluateOnNewDocument", without);
    go(&customer, sim, "");
    serves(sim, 2);
    hide(&customer, true);
    serves(sim, 1);
    scene.begin("order-7");
    look_at(&customer, &first);
    sees(&customer, ROW);
    look_at(&customer, &second);
    hide(&customer, false);
    sees(&customer, ROW);
    serves(sim, 2);
    customer.wait(customer.driver().close_window());
    serves(sim, 1);
    look_at(&customer, &first);
    customer.open("about:blank");
    serves(sim, 0);
}

/// Takes one of the simulator's streams, until it is dropped.
fn take_stream(sim: &Simulator) -> TcpStream {
    let address = sim.url().strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(stream, "GET /__sim/live HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    stream
}

#[test]
fn more_streams_than_there_may_be_are_refused_and_the_page_says_so() {
    let sim = Simulator::builder().settings("max-streams = 2").start();
    let customer = developer(&sim, "log");
    // Going on makes room for itself.
    for page in ["rules", "tokens", ""] {
        go(&customer, &sim, page);
    }
    customer.open("about:blank");
    serves(&sim, 0);
    let (one, _other) = (take_stream(&sim), take_stream(&sim));
    customer.open(&format!("{}/__sim/", sim.url()));
    sees(&customer, "[data-testid=live][data-state=off]");
    assert_eq!(customer.text("live"), "Live updates off: too many open pages");
    // It works without news; what one does oneself is seen.
    let registered = sim.shop().register(&sim.shop().order("order", 25_145));
    customer.open(&format!("{}/__sim/transactions/{}", sim.url(), registered.t_xid()));
    sees(&customer, "[data-testid=live][data-state=off]");
    click(&customer, "[data-testid=arrow] a");
    customer.text("request-line");
    assert_eq!(customer.attribute("live", "data-state"), "off");
    // Somebody leaves.
    drop(one);
    sees(&customer, LIVE);
}

/// Waits until a field has a text.
#[track_caller]
fn has(customer: &Customer, test_id: &str, text: &str) {
    until(customer, &format!("document.querySelector('[data-testid={test_id}]').value === {}", json!(text)));
}

#[test]
fn what_is_typed_outlives_the_simulator() {
    let folder = Folder::new();
    let args = ["--seed", "1", "--clock", "manual"];
    let program = folder.serve(&args);
    let address = program.address.clone();
    let customer = Customer::with("en-US", true);
    customer.open(&format!("http://{address}/__sim/rules"));
    sees(&customer, LIVE);
    customer.fill("rule-reference", "order-7*");
    customer.run("window.kept = true", vec![]);
    stops(program);
    sees(&customer, "[data-testid=live][data-state=lost]");
    let program = folder.serve_at(&address, &args);
    sees(&customer, "[data-testid=live][data-state=held]");
    assert_eq!(customer.text("live"), "New data: shown when you leave the form");
    assert_eq!((customer.value("rule-reference"), get(&customer, "window.kept")), ("order-7*".into(), json!(true)));
    // Leaving it with its text loses nothing, either.
    customer.type_keys(Key::Tab);
    assert_eq!((customer.value("rule-reference"), get(&customer, "window.kept")), ("order-7*".into(), json!(true)));
    // It can be sent: the new run takes it, and then the page is new.
    choose(&customer, "rule-outcome", "reject");
    click(&customer, "[data-testid=rule-submit]");
    until(&customer, "window.kept === undefined && document.querySelector('[data-testid=rule-added]')");
    assert!(customer.text("rule-added").contains("order-7*"));
    sees(&customer, LIVE);
    stops(program);
}

#[test]
fn what_is_typed_outlives_a_reset_and_another_form() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let registered = scene.begin("forms");
    call(sim, &registered, "buyer", &json!({ "do": "approve" }));
    let customer = developer(sim, &page_of(&registered));
    customer.fill("cancel-amt", "777");
    // Another form is sent, by mouse and by key.
    press_done(&customer, "notify", "The notification is being sent.");
    has(&customer, "cancel-amt", "777");
    // A form that is refused, while another one is filled in.
    click(&customer, "[data-testid=clock]");
    customer.fill("advance-by", "an hour or so");
    click(&customer, "[data-testid=advance]");
    assert!(!customer.text("form-error").is_empty());
    has(&customer, "advance-by", "an hour or so");
    has(&customer, "cancel-amt", "777");
    customer.fill("advance-by", "");
    click(&customer, "[data-testid=clock]");
    // What the page shows is deleted.
    assert_eq!(sim.http().post_json(&format!("{API}/reset"), &json!({})).status, 204);
    sees(&customer, "[data-testid=live][data-state=held]");
    has(&customer, "cancel-amt", "777");
    // What can no longer be sent is refused, and stays.
    click(&customer, "[data-testid=cancel]");
    assert!(customer.text("form-error").contains(&registered.answer.t_xid()));
    has(&customer, "cancel-amt", "777");
    // Once it is given up, the page says what happened.
    let input = customer.element("cancel-amt");
    customer.wait(async { input.send_keys(Key::Backspace + Key::Backspace + Key::Backspace + Key::Tab).await });
    assert!(customer.text("problem-detail").contains(&registered.answer.t_xid()));
}

#[test]
fn what_is_typed_while_a_form_is_on_its_way_stays() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "tokens");
    customer.fill("token-customer", "somebody");
    // The answer waits until more was typed.
    customer.run(
        "const { fetch } = window; window.fetch = async (...all) => { const answer = await fetch(...all); \
         if (all[1].method === 'POST') { window.sent = (window.sent ?? 0) + 1; await new Promise((done) => { window.go = done; }); } \
         return answer; }",
        vec![],
    );
    click(&customer, "[data-testid=token-submit]");
    until(&customer, "window.go");
    customer.fill("token-customer", "somebody else");
    // Pressing again sends nothing while the first is on its way.
    click(&customer, "[data-testid=token-submit]");
    customer.run("window.go()", vec![]);
    says_done(&customer, "The token is issued.");
    has(&customer, "token-customer", "somebody else");
    assert_eq!(get(&customer, "window.sent"), 1);
    sees(&customer, "[data-testid=token]");
}

#[test]
fn a_filter_a_selected_text_and_a_scrolled_panel_stay() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let customer = developer(sim, "log");
    customer.at_width(WIDE.0, WIDE.1);
    let reference = "document.querySelector('[name=referenceNo]')";
    customer.run(&format!("{reference}.focus()"), vec![]);
    customer.type_keys("ord");
    let registered = scene.begin("order-7");
    let shown =
        |kind: &str| until(&customer, &format!("document.getElementById('rows').textContent.includes('{kind}')"));
    shown("transaction.registered");
    customer.type_keys("er");
    assert_eq!(get(&customer, &format!("{reference}.value")), "order");
    assert_eq!(get(&customer, &format!("document.activeElement === {reference}")), true);
    // A text is marked to be copied.
    customer.run(
        &format!(
            "{reference}.blur(); getSelection().selectAllChildren(document.querySelector('[data-testid=event] code'))"
        ),
        vec![],
    );
    let selected = get(&customer, "getSelection().toString()");
    assert_ne!(selected, "");
    call(sim, &registered, "buyer", &json!({ "do": "reject" }));
    shown("transaction.declined");
    assert_eq!(get(&customer, "getSelection().toString()"), selected);

    // A long message is scrolled, and a panel open, while more happens.
    let event = super::registered_as(sim, &registered.answer);
    go(&customer, sim, &format!("{}?event={event}", page_of(&registered)));
    click(&customer, "#timeline summary");
    let body = "document.querySelector('[data-testid=request-body]')";
    customer.run(&format!("{body}.style.maxHeight = '60px'; {body}.scrollTop = 20; window.body = {body}"), vec![]);
    let top = get(&customer, &format!("{body}.scrollTop"));
    scene.shop.inquire(&registered.order, &registered.answer);
    draws_the_log(&customer, sim, "order-7");
    assert_eq!(get(&customer, &format!("{body} === window.body && {body}.scrollTop")), top);
    assert_eq!(get(&customer, "document.getElementById('timeline').open"), true);

    // One account is edited while another one changes.
    go(&customer, sim, "shoppers");
    click(&customer, "[data-key='081291891818'] summary");
    let owes = "document.querySelector(\"[data-key='081291891818'] [data-testid=shopper-owes]\")";
    customer.run(&format!("{owes}.focus()"), vec![]);
    customer.type_keys("1000");
    let put = sim.http().put_json(&format!("{API}/shoppers/081513114262"), &json!({ "state": "inactive" }));
    assert_eq!(put.status, 200, "{}", put.body);
    scene.begin("news");
    until(&customer, "document.querySelector(\"[data-key='081513114262'] .stage\").textContent === 'inactive'");
    assert_eq!(get(&customer, &format!("{owes}.value")), "1000");
    customer.no_foreign_requests();
}

#[test]
fn times_say_how_long_ago_and_what_it_is_elsewhere() {
    let scene = Scene::new();
    let sim = &scene.sim;
    scene.bind("binding", None);
    let customer = developer(sim, "bindings");
    let time = "document.querySelector('[data-testid=binding] time')";
    assert_eq!(get(&customer, &format!("{time}.textContent")), "just now");
    // A clock that is stopped makes nothing older; one that is moved does.
    sim.advance("2m 10s");
    until(&customer, &format!("{time}.textContent === '2 min ago'"));
    let title = get(&customer, &format!("{time}.title"));
    let title = title.as_str().unwrap();
    let lines: Vec<_> = title.lines().collect();
    assert!(lines[0].ends_with(" WIB") && lines[1].ends_with(" UTC") && lines.len() == 3, "{title}");
    assert_eq!(lines[0], "2026-01-01 00:00:00.000 WIB");
    // It runs: the script says what the simulator would say.
    assert_eq!(sim.http().post_json(&format!("{API}/clock"), &json!({ "freeze": false })).status, 200);
    sim.advance("52m");
    until(&customer, &format!("{time}.textContent === '54 min ago'"));
    customer.run(
        "document.getElementById('now').dataset.at = Number(document.getElementById('now').dataset.at) + 3600000",
        vec![],
    );
    until(&customer, &format!("{time}.textContent === '1 h ago'"));
    customer.press_id("lang-switch");
    until(&customer, &format!("{time}.textContent === '54 menit lalu'"));
    customer.no_foreign_requests();
}
