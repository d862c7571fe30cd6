//! The keyboard: what each key does, and where it does nothing.

use super::*;

/// Presses a key wherever the focus is.
#[track_caller]
fn press(customer: &Customer, keys: &str) {
    customer.wait(async {
        let page = customer.driver().active_element().await?;
        page.send_keys(keys).await
    });
}

/// The key of the row that has the focus.
fn row(customer: &Customer) -> Value {
    get(customer, "document.activeElement.closest('[data-key]')?.dataset.key ?? null")
}

#[test]
fn j_and_k_go_through_a_list_and_enter_opens() {
    let scene = Scene::new();
    let orders: Vec<_> = (0..30).map(|n| scene.begin(&format!("order-{n}"))).collect();
    let t_xid = |n: usize| json!(orders[n].answer.t_xid());
    let customer = developer(&scene.sim, "");
    press(&customer, "k");
    assert_eq!(row(&customer), t_xid(29), "the first row");
    press(&customer, "jj");
    assert_eq!(row(&customer), t_xid(27));
    press(&customer, "k");
    assert_eq!(row(&customer), t_xid(28));
    press(&customer, &"j".repeat(15));
    assert_eq!(row(&customer), t_xid(13));
    until(&customer, &in_view("document.activeElement"));
    // The row keeps the focus while rows come in above it.
    let newest = scene.begin("newest");
    sees(&customer, &format!("[data-key='{}']", newest.answer.t_xid()));
    press(&customer, "j");
    assert_eq!(row(&customer), t_xid(12));
    customer.type_keys(Key::Enter);
    until(&customer, &format!("location.pathname === '/__sim/transactions/{}'", orders[12].answer.t_xid()));

    // A diagram's arrows: what is opened is where one goes on from.
    sees(&customer, LIVE);
    press(&customer, "j");
    let first = row(&customer);
    customer.type_keys(Key::Enter);
    customer.text("request-line");
    until(&customer, "document.activeElement.id === 'message'");
    press(&customer, "j");
    assert_ne!(row(&customer), first);
    assert_eq!(get(&customer, "document.activeElement.matches('#arrows a')"), true);
    customer.type_keys(Key::Escape);
    sees_no(&customer, "[data-testid=request-line]");
    until(&customer, &format!("document.activeElement.closest('[data-key]')?.dataset.key === {first}"));
    press(&customer, "j");
    customer.type_keys(Key::Enter);
    customer.text("answer-line");
    customer.no_foreign_requests();

    // Every list has its rows.
    for page in ["log", "shoppers", "merchants", "report"] {
        go(&customer, &scene.sim, page);
        press(&customer, "j");
        let first = row(&customer);
        assert_ne!(first, Value::Null, "{page}");
        press(&customer, "k");
        assert_eq!(row(&customer), first, "nothing comes before the first: {page}");
        until(&customer, &in_view("document.activeElement"));
    }
    // A row without a link has no button that Enter would press.
    go(&customer, &scene.sim, "merchants");
    press(&customer, "j");
    assert_eq!(get(&customer, "document.activeElement.matches('button')"), false);
    customer.no_foreign_requests();
}

#[test]
fn a_slash_searches() {
    let scene = Scene::new();
    let customer = developer(&scene.sim, "log");
    press(&customer, "/");
    until(&customer, "location.pathname === '/__sim/' && document.activeElement.dataset.testid === 'search'");
    assert_eq!(get(&customer, "location.hash"), "", "the address is the list's own");
    press(&customer, "j/k?");
    assert_eq!(customer.value("search"), "j/k?", "in a field they are letters");
    // Esc leaves it and keeps its text, and the slash comes back to it.
    customer.type_keys(Key::Escape);
    assert_eq!(get(&customer, "document.activeElement === document.body"), true);
    press(&customer, "/");
    assert_eq!(get(&customer, "document.activeElement.dataset.testid"), "search");
    press(&customer, "order-7");
    assert_eq!(customer.value("search"), "order-7", "the old text was selected");
    customer.no_foreign_requests();
}

#[test]
fn a_question_mark_shows_the_keys() {
    let scene = Scene::new();
    scene.begin("order");
    let customer = developer(&scene.sim, "");
    let is_open = |open: bool| until(&customer, &format!("document.getElementById('keys').open === {open}"));
    press(&customer, "j");
    let before = row(&customer);
    press(&customer, "?");
    is_open(true);
    assert_eq!(get(&customer, "document.activeElement.dataset.testid"), "close-keys");
    for (width, height, dark) in [(WIDE.0, WIDE.1, true), (320, HEIGHT, false), (WIDTH, HEIGHT, false)] {
        customer.at_width(width, height);
        customer.in_the_dark(dark);
        assert!(overhang(&customer) <= 0);
        customer.accessible(Rules::All);
    }
    // Behind it, nothing moves.
    press(&customer, "j/");
    assert_eq!(get(&customer, "document.activeElement.dataset.testid"), "close-keys");
    customer.type_keys(Key::Escape);
    is_open(false);
    assert_eq!(row(&customer), before, "one is where one was");
    click(&customer, "[data-testid=open-keys]");
    is_open(true);
    click(&customer, "[data-testid=close-keys]");
    is_open(false);

    // Somebody whose microphone types does not want them.
    click(&customer, "[data-testid=open-keys]");
    click(&customer, "[data-testid=keys-on]");
    customer.type_keys(Key::Escape);
    is_open(false);
    go(&customer, &scene.sim, "");
    press(&customer, "j?");
    assert_eq!((row(&customer), get(&customer, "document.getElementById('keys').open")), (Value::Null, json!(false)));
    click(&customer, "[data-testid=open-keys]");
    click(&customer, "[data-testid=keys-on]");
    click(&customer, "[data-testid=close-keys]");
    press(&customer, "j");
    assert_eq!(row(&customer), before);

    customer.press_id("lang-switch");
    sees(&customer, LIVE);
    press(&customer, "?");
    is_open(true);
    assert!(customer.text("keys").contains("Pintasan keyboard"), "{}", customer.text("keys"));
    customer.accessible(Rules::All);
    customer.no_foreign_requests();
}

#[test]
fn a_key_with_another_key_is_the_browsers() {
    let scene = Scene::new();
    scene.begin("order");
    let customer = developer(&scene.sim, "");
    for with in [Key::Control, Key::Alt, Key::Meta] {
        customer.type_keys(with.clone() + "j");
        customer.type_keys(with + "/");
        assert_eq!(row(&customer), Value::Null);
        assert_eq!(get(&customer, "document.activeElement === document.body"), true);
    }
    // A select has letters of its own.
    customer.run("document.querySelector('[data-testid=filter-outcome]').focus()", vec![]);
    press(&customer, "j");
    assert_eq!(get(&customer, "document.activeElement.dataset.testid"), "filter-outcome");
    customer.type_keys(Key::Escape);
    press(&customer, "j");
    assert_ne!(row(&customer), Value::Null);
    customer.no_foreign_requests();
}
