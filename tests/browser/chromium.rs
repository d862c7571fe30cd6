//! A person at a real Chromium: what they see and press.

use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::browser::{Browser, Kind, Place, dev_tools};

/// The published shopper with every tenor.
pub(crate) const PHONE: &str = "081291891818";
pub(crate) const PIN: &str = "414141";
pub(crate) const OTP: &str = "4567";
/// The PIN of the shoppers that are ours.
pub(crate) const OUR_PIN: &str = "123456";
/// Phone, PIN and OTP of somebody who can pay.
pub(crate) type Account = (&'static str, &'static str, &'static str);
pub(crate) const AKULAKU: Account = ("087700000000", "123456", "123456");
pub(crate) const INDODANA: Account = ("838499610", "123654", "999999");
/// A phone's screen.
pub(crate) const WIDTH: u32 = 390;
pub(crate) const HEIGHT: u32 = 844;
/// A busy machine may need long; a good page never makes a test wait for all of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const LOOK: Duration = Duration::from_millis(20);

/// The accessibility checker, see `tests/vendor/README.md`.
pub(crate) const AXE: &str = include_str!("../vendor/axe.min.js");

/// Puts the checker into the page, once, and lists what it finds: a line each. The script is the driver's, not the
/// page's, so no policy of the page stops it.
const CHECK: &str = r#"
const done = arguments[arguments.length - 1];
axe.run(document, { runOnly: arguments[0], resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.flatMap(({ id, help, nodes }) => nodes.map((node) => {
    const why = node.failureSummary.replace(/\s+/g, " ").trim();
    return `${id} (${help})\n  at ${node.target.flat().join(" ")}: ${node.html.slice(0, 160)}\n  ${why}`;
  }))),
  (error) => done([`axe-core failed: ${error.stack ?? error}`]),
);
"#;

/// Which of axe-core's rules are checked.
#[derive(Clone, Copy)]
pub(crate) enum Rules {
    /// WCAG 2.x A and AA, and the best practices.
    All,
    /// The contrast of texts: the only one that colours can break.
    Contrast,
}

impl Rules {
    fn run_only(self) -> Value {
        match self {
            Self::All => json!({
                "type": "tag",
                "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            }),
            Self::Contrast => json!({ "type": "rule", "values": ["color-contrast"] }),
        }
    }
}

/// What the page that is shown asked for at another origin than its own, or would ask for.
const FOREIGN: &str = r#"
return [...performance.getEntriesByType("resource").map((entry) => entry.name), ...[...document.querySelectorAll(
  "[src], link[href], object[data]")].map((el) => el.src || el.href || el.data)]
  .filter((url) => new URL(url, location.href).origin !== location.origin && !url.startsWith("data:"));
"#;

/// A customer with a phone and a Chromium on it that remembers nothing.
pub(crate) struct Customer {
    // Given back when it is dropped, before the place.
    browser: Option<Browser>,
    _place: Place,
}

impl Customer {
    /// One who reads Indonesian.
    pub(crate) fn new() -> Self {
        Self::with("id-ID", true)
    }

    /// One who reads `language`, with or without JavaScript.
    pub(crate) fn with(language: &str, javascript: bool) -> Self {
        let place = Place::take();
        let kind = Kind { language: language.to_owned(), javascript };
        let customer = Self { browser: Some(Browser::take(kind)), _place: place };
        // Not as chromedriver's own mobile emulation: it would be put back with every page that is opened.
        customer.at_width(WIDTH, HEIGHT);
        customer
    }

    fn browser(&self) -> &Browser {
        self.browser.as_ref().expect("taken by drop only")
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        self.browser().driver()
    }

    #[track_caller]
    pub(crate) fn wait<T>(&self, what: impl Future<Output = WebDriverResult<T>>) -> T {
        match self.browser().wait(what) {
            Ok(done) => done,
            Err(error) => panic!("at {}: {error:?}", self.url()),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.browser().wait(self.driver().current_url()).map_or_else(|e| e.to_string(), Into::into)
    }

    /// The last part of the page's path.
    pub(crate) fn page(&self) -> String {
        let url = self.url();
        let path = url.split('?').next().unwrap_or_default();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// The code with which the browser came back to the shop.
    #[track_caller]
    pub(crate) fn result_cd(&self) -> String {
        let url = self.url();
        assert!(url.starts_with("http://shop.localhost:"), "not at the shop: {url}");
        let url = url::Url::parse(&url).unwrap();
        url.query_pairs().find(|(name, _)| name == "resultCd").map(|(_, code)| code.into_owned()).unwrap()
    }

    #[track_caller]
    pub(crate) fn open(&self, url: &str) {
        self.wait(self.driver().goto(url));
    }

    /// Goes back, and waits until the page is another: Chromium says that it has gone before it has.
    #[track_caller]
    pub(crate) fn back(&self) {
        let page = self.wait(self.driver().find(By::Tag("html")));
        self.wait(async {
            self.driver().back().await?;
            page.wait_until().stale().await
        });
    }

    #[track_caller]
    pub(crate) fn element(&self, test_id: &str) -> WebElement {
        self.wait(self.driver().query(By::Testid(test_id)).first())
    }

    #[track_caller]
    pub(crate) fn text(&self, test_id: &str) -> String {
        let element = self.element(test_id);
        self.wait(element.text())
    }

    #[track_caller]
    pub(crate) fn attribute(&self, test_id: &str, name: &str) -> String {
        let element = self.element(test_id);
        self.wait(element.attr(name.to_owned())).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn value(&self, test_id: &str) -> String {
        let element = self.element(test_id);
        self.wait(element.prop("value")).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn shows(&self, test_id: &str) -> bool {
        !self.wait(self.driver().find_all(By::Testid(test_id))).is_empty()
    }

    /// Writes a text into a field at once, as a keyboard's suggestion or a password manager does.
    #[track_caller]
    pub(crate) fn fill(&self, test_id: &str, text: &str) {
        let element = self.element(test_id);
        self.wait(async {
            element.clear().await?;
            element.focus().await?;
            dev_tools(self.driver(), "Input.insertText", json!({ "text": text })).await
        });
    }

    /// Types a text into the field that has the focus, key by key.
    #[track_caller]
    pub(crate) fn type_keys(&self, keys: impl Into<TypingData>) {
        let keys = keys.into();
        self.wait(async { self.driver().active_element().await?.send_keys(keys).await });
    }

    /// Sends the form of the field that has the focus with the Enter key, and waits until its page is gone.
    #[track_caller]
    pub(crate) fn press_enter(&self) {
        let field = self.wait(self.driver().active_element());
        self.wait(async {
            field.send_keys(Key::Enter).await?;
            field.wait_until().stale().await
        });
    }

    /// Presses what leads to another page, and waits until this one is gone.
    #[track_caller]
    pub(crate) fn press(&self, by: By) {
        let element = self.wait(self.driver().query(by).first());
        self.wait(async {
            element.click().await?;
            element.wait_until().stale().await
        });
    }

    #[track_caller]
    pub(crate) fn press_id(&self, test_id: &str) {
        self.press(By::Testid(test_id));
    }

    #[track_caller]
    pub(crate) fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(async { Ok(self.driver().execute(script, arguments).await?.json().clone()) })
    }

    /// Gives Chromium a command of its own protocol: what it answers.
    #[track_caller]
    pub(crate) fn dev_tools(&self, command: &'static str, parameters: Value) -> Value {
        self.wait(dev_tools(self.driver(), command, parameters))
    }

    #[track_caller]
    pub(crate) fn language(&self) -> String {
        let html = self.wait(self.driver().find(By::Tag("html")));
        self.wait(html.attr("lang")).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn sign_in(&self, phone: &str, pin: &str) {
        self.fill("login-phone", phone);
        self.fill("login-pin", pin);
        self.press_id("login-submit");
    }

    /// The radio button of a tenor.
    pub(crate) fn tenor(months: u8) -> By {
        By::Css(format!("[data-testid=plan-option][value='{months}']"))
    }

    #[track_caller]
    pub(crate) fn choose(&self, months: u8) {
        let option = self.wait(self.driver().query(Self::tenor(months)).first());
        self.wait(option.click());
        if self.shows("plan-consent") {
            self.wait(self.element("plan-consent").click());
        }
        self.press_id("plan-submit");
    }

    #[track_caller]
    pub(crate) fn enter_otp(&self, otp: &str) {
        self.fill("otp-input", otp);
        self.press_id("otp-submit");
    }

    /// Confirms with the PIN.
    #[track_caller]
    pub(crate) fn confirm(&self, pin: &str) {
        self.fill("pin-input", pin);
        self.press_id("pin-submit");
    }

    /// Goes through a lender's pages, in its own order, to the result.
    #[track_caller]
    pub(crate) fn pay_as(&self, (phone, pin, otp): Account, months: u8) {
        self.sign_in(phone, pin);
        loop {
            match self.page().as_str() {
                "plan" => self.choose(months),
                "otp" => self.enter_otp(otp),
                "pin" => self.confirm(pin),
                _ => return,
            }
        }
    }

    /// Chooses a lender on NICEPAY's page.
    #[track_caller]
    pub(crate) fn choose_lender(&self, mitra_cd: &str) {
        let option = By::Css(format!("[data-testid=checkout-option][value='{mitra_cd}']"));
        let option = self.wait(self.driver().query(option).first());
        self.wait(option.click());
        self.press_id("checkout-submit");
    }

    /// The folder below which the page is: the lender's, or NICEPAY's.
    pub(crate) fn folder(&self) -> String {
        self.url().split('/').nth(3).unwrap_or_default().to_owned()
    }

    /// Asserts that Chromium had nothing to complain about since it was asked last.
    #[track_caller]
    pub(crate) fn no_complaints(&self) {
        let log = self.wait(self.driver().browser_log());
        assert!(log.is_empty(), "{log:#?}");
    }

    /// Asserts that axe-core finds nothing that keeps somebody from using the page that is shown, as it is now, at its
    /// width and in its colours.
    #[track_caller]
    pub(crate) fn accessible(&self, rules: Rules) {
        let found = self.violations(rules);
        assert!(found.is_empty(), "{} violations at {}:\n{}", found.len(), self.url(), found.join("\n"));
    }

    /// What axe-core finds: the rule, where, and why.
    #[track_caller]
    pub(crate) fn violations(&self, rules: Rules) -> Vec<String> {
        if self.run("return typeof axe", vec![]) == "undefined" {
            self.run(AXE, vec![]);
        }
        let found =
            self.wait(async { Ok(self.driver().execute_async(CHECK, vec![rules.run_only()]).await?.json().clone()) });
        serde_json::from_value(found).unwrap()
    }

    /// The screen is this wide and high from now on, in CSS pixels: a phone's below 1000, a computer's from there.
    #[track_caller]
    pub(crate) fn at_width(&self, width: u32, height: u32) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 1000 });
        self.dev_tools("Emulation.setDeviceMetricsOverride", screen);
    }

    /// The customer prefers dark colours from now on, or light ones; and no motion, so that nothing is seen half way
    /// from one colour to the other.
    #[track_caller]
    pub(crate) fn in_the_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.dev_tools("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Asserts that the page that is shown asked nothing of another origin, and that Chromium had nothing to complain
    /// about since it was asked last: a page that wanted to but was not allowed to by its policy is a complaint. That a
    /// page's own status is one of 4xx is none.
    #[track_caller]
    pub(crate) fn no_foreign_requests(&self) {
        let url = self.url();
        assert_eq!(self.run(FOREIGN, vec![]), json!([]), "{url} asked somebody else");
        let log = self.wait(self.driver().browser_log());
        let own_status =
            |message: &str| message.contains(" - Failed to load resource: the server responded with a status of 4");
        let complaints: Vec<_> = log.iter().filter(|entry| !own_status(&entry.message)).collect();
        assert!(complaints.is_empty(), "at {url}: {complaints:#?}");
    }

    #[track_caller]
    pub(crate) fn error(&self) -> String {
        self.text("page-error")
    }

    #[track_caller]
    pub(crate) fn outcome(&self) -> String {
        assert_eq!(self.page(), "result");
        self.attribute("result-status", "data-outcome")
    }

    /// Goes back to the shop. The demo's page goes there by itself after a while: then there is nothing to press any more.
    #[track_caller]
    pub(crate) fn come_back(&self) {
        drop(self.browser().wait(async { self.driver().find(By::Testid("return")).await?.click().await }));
        assert!(self.wait(self.driver().query(By::Testid("return")).not_exists()), "still at {}", self.url());
    }

    #[track_caller]
    pub(crate) fn notice(&self) -> String {
        self.attribute("notice", "data-notice")
    }

    /// From the result page to the shop.
    #[track_caller]
    pub(crate) fn return_to_shop(&self) -> String {
        self.press_id("return");
        self.result_cd()
    }
}

impl Drop for Customer {
    fn drop(&mut self) {
        if let Some(browser) = self.browser.take()
            && !std::thread::panicking()
        {
            browser.give_back();
        }
    }
}
