//! A person at a real Chromium: what they see and press.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::common::command::{Command as WebCommand, ExtensionCommand};
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

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
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.flatMap(({ id, help, nodes }) => nodes.map((node) => {
    const why = node.failureSummary.replace(/\s+/g, " ").trim();
    return `${id} (${help})\n  at ${node.target.flat().join(" ")}: ${node.html.slice(0, 160)}\n  ${why}`;
  }))),
  (error) => done([`axe-core failed: ${error.stack ?? error}`]),
);
"#;

/// What the page that is shown asked for at another origin than its own, or would ask for.
const FOREIGN: &str = r#"
return [...performance.getEntriesByType("resource").map((entry) => entry.name), ...[...document.querySelectorAll(
  "[src], link[href], object[data]")].map((el) => el.src || el.href || el.data)]
  .filter((url) => new URL(url, location.href).origin !== location.origin && !url.startsWith("data:"));
"#;

/// The program that drives Chromium, with a home of its own: nothing of it is left when it is dropped.
pub(crate) struct Chromedriver {
    process: Child,
    // Closing it would end the program at the next line that it prints.
    _stdout: BufReader<ChildStdout>,
    url: String,
    home: PathBuf,
}

impl Chromedriver {
    pub(crate) fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let name = format!("nicepay-sim-{}-{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
        let home = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&home).unwrap();
        let mut process = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("XDG_CONFIG_HOME", &home)
            .env("XDG_CACHE_HOME", &home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need chromium and chromedriver (Debian: apt install chromium chromium-driver)");
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "chromedriver ended before it said its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        Self { process, _stdout: stdout, url: format!("http://127.0.0.1:{port}"), home }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// A command of Chromium's own protocol, which chromedriver passes on.
#[derive(Debug)]
pub(crate) struct DevTools(&'static str, Value);

impl ExtensionCommand for DevTools {
    fn parameters_json(&self) -> Option<Value> {
        Some(json!({ "cmd": self.0, "params": self.1 }))
    }

    fn method(&self) -> reqwest::Method {
        reqwest::Method::POST
    }

    fn endpoint(&self) -> Arc<str> {
        "/goog/cdp/execute".into()
    }
}

/// A customer with a phone and a fresh Chromium on it.
pub(crate) struct Customer {
    pub(crate) runtime: tokio::runtime::Runtime,
    // Dropped by hand: the session ends while there is still somebody to end it.
    driver: Option<WebDriver>,
    _chromedriver: Chromedriver,
}

impl Customer {
    /// One who reads Indonesian.
    pub(crate) fn new() -> Self {
        Self::with("id-ID", true)
    }

    /// One who reads `language`, with or without JavaScript.
    pub(crate) fn with(language: &str, javascript: bool) -> Self {
        let chromedriver = Chromedriver::start();
        let mut options = DesiredCapabilities::chrome();
        let mut set = || {
            for flag in [
                "--headless=new",
                "--in-process-gpu",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--disable-sync",
                "--no-first-run",
                "--hide-scrollbars",
                "--no-default-browser-check",
                "--no-proxy-server",
                "--password-store=basic",
            ] {
                options.add_arg(flag)?;
            }
            options.add_arg(&format!("--lang={language}"))?;
            options.add_arg(&format!("--accept-lang={language}"))?;
            options.add_arg(&format!("--user-data-dir={}", chromedriver.home.join("profile").display()))?;
            if !javascript {
                let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
                options.add_experimental_option("prefs", off)?;
            }
            options.set_browser_log_level(LoggingPrefsLogLevel::All)
        };
        set().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let driver = runtime.block_on(async {
            let poller = ElementPollerWithTimeout::new(PATIENCE, LOOK);
            WebDriver::builder(&chromedriver.url, options).poller(Arc::new(poller)).await
        });
        let customer = Self { runtime, driver: Some(driver.expect("Chromium starts")), _chromedriver: chromedriver };
        // Not as chromedriver's own mobile emulation: it would be put back with every page that is opened.
        customer.at_width(WIDTH, HEIGHT);
        customer
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("taken by drop only")
    }

    #[track_caller]
    pub(crate) fn wait<T>(&self, what: impl Future<Output = WebDriverResult<T>>) -> T {
        match self.runtime.block_on(what) {
            Ok(done) => done,
            Err(error) => panic!("at {}: {error:?}", self.url()),
        }
    }

    pub(crate) fn url(&self) -> String {
        self.runtime.block_on(self.driver().current_url()).map_or_else(|e| e.to_string(), Into::into)
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

    #[track_caller]
    pub(crate) fn fill(&self, test_id: &str, text: &str) {
        let element = self.element(test_id);
        self.wait(async {
            element.clear().await?;
            element.send_keys(text).await
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
        let command = WebCommand::ExtensionCommand(Box::new(DevTools(command, parameters)));
        self.wait(async { self.driver().cmd(command).await?.value() })
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
        self.press_id("plan-submit");
    }

    #[track_caller]
    pub(crate) fn enter_otp(&self, otp: &str) {
        self.fill("otp-input", otp);
        self.press_id("otp-submit");
    }

    /// Signs in at a lender, chooses a tenor and enters the OTP.
    #[track_caller]
    pub(crate) fn pay_as(&self, (phone, pin, otp): Account, months: u8) {
        self.sign_in(phone, pin);
        self.choose(months);
        self.enter_otp(otp);
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

    /// Asserts that axe-core finds nothing that keeps somebody from using the page that is shown: WCAG 2.x A and AA, and
    /// its best practices. It looks at the page as it is now, at its width and in its colours.
    #[track_caller]
    pub(crate) fn accessible(&self) {
        let found = self.violations();
        assert!(found.is_empty(), "{} violations at {}:\n{}", found.len(), self.url(), found.join("\n"));
    }

    /// What axe-core finds: the rule, where, and why.
    #[track_caller]
    pub(crate) fn violations(&self) -> Vec<String> {
        if self.run("return typeof axe", vec![]) == "undefined" {
            self.run(AXE, vec![]);
        }
        let found = self.wait(async { Ok(self.driver().execute_async(CHECK, vec![]).await?.json().clone()) });
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
        if let Some(driver) = self.driver.take() {
            let _ = self.runtime.block_on(driver.quit());
        }
    }
}
