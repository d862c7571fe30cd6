//! The first page: the two questions of every day, the search, the filters, and a refused request.

use serde_json::json;

use super::{LIVE, ROW, call, choose, click, developer, get, go, sees, sees_no, until, usable};
use crate::chromium::{Customer, HEIGHT, WIDTH};
use crate::common::scene::{Registered, Scene};

fn row_of(registered: &Registered) -> String {
    format!("[data-testid=transaction][data-txid='{}']", registered.answer.t_xid())
}

/// What the first element says.
#[track_caller]
fn said(customer: &Customer, css: &str) -> String {
    sees(customer, css);
    get(customer, &format!("document.querySelector(\"{css}\").textContent")).as_str().unwrap().trim().to_owned()
}

/// The order numbers in the list.
fn listed(customer: &Customer) -> Vec<String> {
    let script = format!("[...document.querySelectorAll('{ROW} .what bdi')].map((row) => row.textContent)");
    serde_json::from_value(get(customer, &script)).unwrap()
}

/// Searches as people do.
#[track_caller]
fn search(customer: &Customer, text: &str) {
    customer.fill("search", text);
    customer.press_enter();
    sees(customer, LIVE);
    assert_eq!(customer.value("search"), text);
}

/// A payment that was approved, and whose notification was attempted once.
fn pay(scene: &Scene, reference_no: &str) -> Registered {
    let registered = scene.begin(reference_no);
    call(&scene.sim, &registered, "buyer", &json!({ "do": "pay" }));
    scene.sim.advance("2s");
    registered
}

#[test]
fn was_the_notification_delivered_and_if_not_why() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "");
    scene.mailbox.answer(502);
    let order = scene.begin("order-7");
    let delivery = format!("{} [data-testid=delivery]", row_of(&order));
    assert!(said(&customer, &delivery).ends_with("no notification"));
    call(&scene.sim, &order, "buyer", &json!({ "do": "pay" }));
    let says = |text: &str| {
        until(&customer, &format!("document.querySelector(\"{delivery}\").textContent.includes('{text}')"));
    };
    says("first attempt in 2 s");
    scene.sim.advance("2s");
    says("retry 1 of 3 in");
    says("(HTTP 502)");
    sees(&customer, &format!("{}[data-stage=approved][data-delivery=pending]", row_of(&order)));
    for _ in 0..3 {
        scene.sim.advance("10m");
    }
    // No click: the answer stands in the row, which kept up. One click: what the merchant answered each time.
    says("gave up after 4 attempts (HTTP 502)");
    sees(&customer, &format!("{}[data-delivery=failed]", row_of(&order)));
    click(&customer, &format!("{} a", row_of(&order)));
    sees(&customer, "[data-testid=attempt]");
    assert!(said(&customer, "#notifications").matches("HTTP 502").count() >= 4);
    customer.no_complaints();
}

#[test]
fn why_was_the_last_request_refused_and_what_was_sent() {
    let scene = Scene::new();
    let order = scene.begin("order-8");
    let customer = developer(&scene.sim, "");
    assert!(!customer.shows("nav-refused") && !customer.shows("last-refused"));
    // It appears at once: in the navigation, above the list and in the list.
    let sent = scene.order("order-8").with("amt", "25.145");
    scene.shop.register(&sent);
    sees(&customer, "[data-testid=last-refused]");
    let banner = customer.text("last-refused");
    for part in ["Last refused request: just now", "registration", "order-8", "Malformed amount"] {
        assert!(banner.contains(part), "{part}: {banner}");
    }
    assert_eq!(said(&customer, "[data-testid=nav-refused] .badge"), "1");
    assert!(said(&customer, "[data-testid=refusal][data-event]").contains("amt/format"));

    // One click: the reason, and beside it the request with the field.
    click(&customer, "[data-testid=last-refused]");
    assert!(customer.text("diagnosis").contains("Malformed amount"));
    assert!(customer.text("wrong-field").contains("You sent amt") && customer.text("wrong-field").contains("25.145"));
    assert_eq!(said(&customer, "[data-testid=marked-field]"), "amt25.145");
    assert_eq!(said(&customer, "[data-testid=request-body] mark"), "\"amt\":\"25.145\"");
    assert_eq!(customer.text("request-line"), "POST /nicepay/direct/v2/registration");
    let place = |css: &str, side: &str| {
        get(&customer, &format!("document.querySelector('{css}').getBoundingClientRect().{side}")).as_f64().unwrap()
    };
    customer.at_width(1280, 900);
    assert!((place(".why", "top") - place(".sent", "top")).abs() < 2.0, "side by side");
    assert!(place(".why", "right") <= place(".sent", "left"));
    customer.at_width(WIDTH, HEIGHT);
    assert!(place(".why", "bottom") <= place(".sent", "top"), "one below the other on a phone");
    usable(&customer);
    customer.at_width(1280, 900);
    let explanation = customer.attribute("explanation", "href");
    assert!(explanation.ends_with("#amt-format"), "{explanation}");
    // The order has a transaction: the first request with its number was accepted.
    customer.press_id("to-order");
    assert!(customer.url().contains(&order.answer.t_xid()));
    sees(&customer, "[data-testid=arrow].selected");
    customer.text("diagnosis");

    // A field that was not sent, a wrong name, a body that is no JSON, and the query of a browser.
    for (order, wrong, marks) in [
        (scene.order("gone").without("goodsNm"), "You sent goodsNm", 0),
        (scene.order("named").without("goodsNm").with("goodsnm", "Rice"), "You sent goodsnm", 1),
        (scene.order("forged").with("merchantToken", "0".repeat(64)), "You sent merchantToken", 1),
    ] {
        scene.shop.register(&order);
        go(&customer, &scene.sim, "");
        click(&customer, "[data-testid=last-refused]");
        let why = customer.text("why");
        assert!(why.contains(wrong), "{wrong}: {why}");
        let count = "document.querySelectorAll('[data-testid=request-body] mark').length";
        assert_eq!(get(&customer, count), marks, "{wrong}");
    }
    customer.no_complaints();
}

#[test]
fn one_box_finds_everything() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let linked = scene.register(scene.order("Linked-1").tokenize("customer-7"));
    sim.buyer().pay(&linked.payment);
    let token = sim.events("token.issued")[0]["userToken"].as_str().unwrap().to_owned();
    scene.register(scene.order("seamless").seamless(&token));
    for n in 0..3 {
        scene.register(scene.order(&format!("bulk-{n}")).with("billingPhone", "+62-82112345678"));
    }
    scene.register(scene.order("goods").with("goodsNm", "Kopi Gayo 100%"));
    scene.shop.register(&scene.order("bulk-refused").with("amt", "x"));
    let customer = developer(sim, "");
    let t_xid = linked.answer.t_xid();
    for (text, found) in [
        (&*t_xid, &["Linked-1"][..]),
        ("LINKED", &["Linked-1"]),
        ("linked-*", &["Linked-1"]),
        ("081291891818", &["seamless", "Linked-1"]),
        ("082112345678", &["bulk-2", "bulk-1", "bulk-0"]),
        ("+62 821-1234", &["bulk-2", "bulk-1", "bulk-0"]),
        ("customer-7", &["seamless", "Linked-1"]),
        (&token, &["seamless", "Linked-1"]),
        ("kopi gayo", &["goods"]),
        ("100%", &["goods"]),
        ("bulk-1*", &["bulk-1"]),
        ("*-1", &["bulk-1", "Linked-1"]),
    ] {
        search(&customer, text);
        assert_eq!(listed(&customer), found, "{text}");
    }
    // A refused request is found by its order number, and stands in the list.
    search(&customer, "bulk-*");
    assert_eq!(get(&customer, "document.querySelectorAll('#rows > li').length"), 4);
    assert!(said(&customer, "[data-testid=refusal]").contains("bulk-refused"));
    for nothing in ["%", ".*", "bulk.1", "^bulk", "[a-z]+", "<img src=x onerror=alert(1)>", "'; DROP TABLE"] {
        search(&customer, nothing);
        if nothing == "%" {
            assert_eq!(listed(&customer), ["goods"]);
            continue;
        }
        assert!(customer.text("empty").contains("No matches") && customer.text("empty").contains(nothing), "{nothing}");
    }
    customer.run("document.querySelector('[data-testid=search]').value = 'x'.repeat(10000)", vec![]);
    customer.press_id("filter-submit");
    assert!(customer.text("empty").contains("No matches"));
    usable(&customer);
    customer.no_complaints();
}

/// A payment whose notification a rule sends so.
fn pay_with(scene: &Scene, variant: &str) -> Registered {
    scene.sim.rule(&json!({ "id": format!("make-{variant}"), "times": 1, "then": { "notify": variant } }));
    pay(scene, variant)
}

#[test]
fn the_delivery_stands_in_each_row_and_can_be_filtered() {
    let scene = Scene::new();
    let sim = &scene.sim;
    scene.begin("open");
    pay(&scene, "delivered");
    for variant in ["lost", "after-return", "wrong-token", "duplicate"] {
        pay_with(&scene, variant);
    }
    let nowhere = scene.register(scene.order("public").notify("http://merchant.example/notify"));
    call(sim, &nowhere, "buyer", &json!({ "do": "pay" }));
    sim.advance("2s");
    scene.mailbox.answer(500);
    pay(&scene, "retried");
    scene.shop.register(&scene.order("refused").with("amt", "x"));
    let customer = developer(sim, "");
    let state = |reference_no: &str| {
        let row = format!(
            "[...document.querySelectorAll('{ROW}')].find((row) => row.querySelector('.what bdi').textContent === '{reference_no}')"
        );
        let said = get(
            &customer,
            &format!(
                "{row}.dataset.delivery + ': ' + [...{row}.querySelectorAll('.delivery, [data-testid=row-rule]')].map((one) => one.textContent).join(' ')"
            ),
        );
        said.as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (reference_no, says) in [
        ("open", "none: Notification: no notification"),
        ("delivered", "delivered: Notification: delivered"),
        ("lost", "skipped: Notification: not sent: dropped by rule make-lost on purpose: lost make-lost"),
        (
            "after-return",
            "held: Notification: held until the browser returns (rule make-after-return) on purpose: after-return make-after-return",
        ),
        ("wrong-token", "delivered: Notification: delivered forged: wrong-token make-wrong-token"),
        ("public", "skipped: Notification: not sent: its address is not called (--allow-egress)"),
    ] {
        assert_eq!(state(reference_no), says);
    }
    assert!(state("duplicate").starts_with("delivered: Notification: delivered"), "{}", state("duplicate"));
    assert!(state("duplicate").contains("times on purpose make-duplicate"), "{}", state("duplicate"));
    assert!(state("retried").starts_with("pending: Notification: retry 1 of 3 in"), "{}", state("retried"));
    usable(&customer);
    go(&customer, sim, "?lang=id");
    usable(&customer);
    go(&customer, sim, "?lang=en");
    for (delivery, found) in [
        ("delivered", &["duplicate", "wrong-token", "delivered"][..]),
        ("pending", &["retried"]),
        ("held", &["after-return"]),
        ("not sent", &["public", "lost"]),
        ("no notification", &["open"]),
        ("unusual on purpose", &["duplicate", "wrong-token", "after-return", "lost"]),
        ("gave up", &[]),
    ] {
        choose(&customer, "filter-delivery", delivery);
        until(&customer, "location.search.startsWith('?delivery=')");
        until(&customer, &format!("document.querySelectorAll('{ROW}').length === {}", found.len()));
        assert_eq!(listed(&customer), found, "{delivery}");
        assert!(!customer.shows("refusal"), "a refused request has no notification");
    }
    // What a rule has touched.
    go(&customer, sim, "?rule=make-lost");
    assert_eq!(customer.text("rule-filter"), "Rule make-lost touched 1 transaction. All rules · Remove this filter");
    assert_eq!(listed(&customer), ["lost"]);
    customer.press_id("clear-rule");
    sees(&customer, "[data-testid=refusal]");
    // From the count in the navigation to the refused requests.
    customer.press_id("nav-refused");
    sees_no(&customer, ROW);
    assert_eq!(get(&customer, "document.querySelectorAll('[data-testid=refusal]').length"), 1);
    assert_eq!(customer.attribute("nav-refused", "aria-current"), "page");
    customer.no_complaints();
}

#[test]
fn filters_act_on_change_and_the_way_back_keeps_them() {
    let scene = Scene::new();
    let sim = &scene.sim;
    let delivered = pay(&scene, "delivered");
    let customer = developer(sim, "");
    choose(&customer, "filter-delivery", "delivered");
    until(&customer, "location.search === '?delivery=delivered'");
    sees(&customer, LIVE);
    assert_eq!(listed(&customer), ["delivered"]);
    until(&customer, "document.activeElement.dataset.testid === 'filter-delivery'");
    search(&customer, "deliv");
    until(&customer, "location.search === '?q=deliv&delivery=delivered'");
    click(&customer, &format!("{} a", row_of(&delivered)));
    customer.text("stage");
    customer.press_id("to-list");
    assert_eq!(customer.url(), format!("{}/__sim/?q=deliv&delivery=delivered", sim.url()));
    assert_eq!((listed(&customer).len(), customer.value("search").as_str()), (1, "deliv"));
    customer.press_id("show-all");
    assert_eq!(customer.url(), format!("{}/__sim/", sim.url()));
    customer.no_complaints();

    // A browser that stores nothing filters, too.
    let nothing =
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('nothing is stored'); } })";
    customer.run(nothing, vec![]);
    choose(&customer, "filter-delivery", "delivered");
    until(&customer, "location.search === '?delivery=delivered'");

    // Without a script there is a button.
    let plain = Customer::with("en-US", false);
    plain.open(&format!("{}/__sim/?kind=transactions", sim.url()));
    plain.fill("search", "nobody");
    plain.press_id("filter-submit");
    assert!(plain.text("empty").contains("No matches") && plain.url().contains("kind=transactions"));
    plain.open(&format!("{}/__sim/?q=deliv", sim.url()));
    plain.press(super::By::Css(format!("{} a", row_of(&delivered))));
    plain.press_id("to-list");
    assert_eq!(plain.url(), format!("{}/__sim/?q=deliv", sim.url()));
}
