//! The integration report as a file, in a real Chromium: anybody can read it, on a phone and on a computer.

use serde_json::json;

use crate::accessibility::everywhere;
use crate::chromium::{Customer, HEIGHT};
use crate::common::process::Folder;
use crate::common::scene::Scene;

#[test]
fn anybody_can_read_the_report() {
    let scene = Scene::new();
    let paid = scene.begin("<b>ORD-1</b>");
    scene.sim.buyer().pay(&paid.payment);
    scene.sim.advance("2s");
    scene.sim.notify(&paid.answer.t_xid(), &json!({ "variant": "wrong-token" }));
    scene.sim.drain();
    scene.shop.register(&scene.order("<b>ORD-1</b>"));
    let (customer, folder) = (Customer::new(), Folder::new());
    for lang in ["en", "id"] {
        // Served, it runs no script, also none that checks it. So it is opened as the file that it is.
        let report = scene.sim.http().get(&format!("/__sim/api/report?format=html&lang={lang}"));
        std::fs::write(folder.0.join("report.html"), report.body).unwrap();
        customer.open(&format!("file://{}", folder.0.join("report.html").display()));
        assert_eq!(customer.language(), lang);
        everywhere(&customer);
        let drawings = customer.run("return document.querySelectorAll('[data-testid=drawing] svg').length", vec![]);
        assert_eq!(drawings, 1);
        customer.at_width(320, HEIGHT);
        let overhang = customer.run("return document.scrollingElement.scrollWidth - innerWidth", vec![]);
        assert!(overhang.as_i64().is_some_and(|pixels| pixels <= 0), "{overhang}");
    }
}
