//! Chromium's processes. Starting one takes longer than most tests, so the next test uses it again, with nothing left of
//! the test before.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use thirtyfour::common::command::{Command as WebCommand, ExtensionCommand};
use thirtyfour::extensions::query::ElementPollerWithTimeout;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel};

use crate::chromium::{LOOK, PATIENCE};

const FLAGS: &[&str] = &[
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
];

/// The program that drives Chromium, with a home of its own: nothing of it is left when it is dropped.
struct Chromedriver {
    process: Child,
    // Closing it would end the program at the next line that it prints.
    stdout: BufReader<ChildStdout>,
    url: String,
    home: PathBuf,
}

impl Chromedriver {
    /// It takes a free port of IPv4, and ends when something has the same port of IPv6: then another one is started.
    fn start() -> Self {
        let started = (0..10).find_map(|_| Self::try_start());
        started.expect("chromedriver ended ten times before it said its port")
    }

    fn try_start() -> Option<Self> {
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
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let mut driver = Self { process, stdout, url: String::new(), home };
        let mut line = String::new();
        while driver.stdout.read_line(&mut line).unwrap() > 0 {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                driver.url = format!("http://127.0.0.1:{}", port.trim().trim_end_matches('.'));
                return Some(driver);
            }
            line.clear();
        }
        None
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
struct DevTools(&'static str, Value);

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

/// Gives Chromium a command of its own protocol: what it answers.
pub(crate) async fn dev_tools(driver: &WebDriver, command: &'static str, parameters: Value) -> WebDriverResult<Value> {
    let command = WebCommand::ExtensionCommand(Box::new(DevTools(command, parameters)));
    driver.cmd(command).await?.value()
}

/// What is chosen when Chromium starts, and stays.
#[derive(PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) language: String,
    pub(crate) javascript: bool,
}

/// A Chromium with one tab.
pub(crate) struct Browser {
    kind: Kind,
    runtime: tokio::runtime::Runtime,
    // Dropped by hand: the session ends while there is still somebody to end it.
    driver: Option<WebDriver>,
    _chromedriver: Chromedriver,
}

impl Browser {
    /// One that remembers nothing.
    pub(crate) fn take(kind: Kind) -> Self {
        let idle = {
            let mut pool = pool();
            let found = pool.idle.iter().position(|browser| browser.kind == kind);
            found.map(|at| pool.idle.swap_remove(at))
        };
        match idle {
            Some(browser) => {
                browser.wait(browser.forget()).expect("Chromium forgets");
                browser
            }
            None => Self::start(kind),
        }
    }

    /// Leaves it to the next test.
    pub(crate) fn give_back(self) {
        pool().idle.push(self);
    }

    fn start(kind: Kind) -> Self {
        let chromedriver = Chromedriver::start();
        let options = kind.options(&chromedriver).expect("these are options of Chromium's");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let driver = runtime.block_on(async {
            let poller = ElementPollerWithTimeout::new(PATIENCE, LOOK);
            WebDriver::builder(&chromedriver.url, options).poller(Arc::new(poller)).await
        });
        Self { kind, runtime, driver: Some(driver.expect("Chromium starts")), _chromedriver: chromedriver }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("taken by drop only")
    }

    pub(crate) fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// A new tab has no history, and nothing that was emulated. The rest belongs to all tabs.
    async fn forget(&self) -> WebDriverResult<()> {
        let driver = self.driver();
        let before = driver.windows().await?;
        let tab = driver.new_tab().await?;
        for window in before {
            driver.switch_to_window(window).await?;
            driver.close_window().await?;
        }
        driver.switch_to_window(tab).await?;
        dev_tools(driver, "Network.clearBrowserCookies", json!({})).await?;
        dev_tools(driver, "Network.clearBrowserCache", json!({})).await?;
        dev_tools(driver, "Storage.clearDataForOrigin", json!({ "origin": "*", "storageTypes": "all" })).await?;
        driver.browser_log().await?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = self.runtime.block_on(driver.quit());
        }
    }
}

impl Kind {
    fn options(&self, chromedriver: &Chromedriver) -> WebDriverResult<ChromeCapabilities> {
        let mut options = DesiredCapabilities::chrome();
        for flag in FLAGS {
            options.add_arg(flag)?;
        }
        options.add_arg(&format!("--lang={}", self.language))?;
        options.add_arg(&format!("--accept-lang={}", self.language))?;
        options.add_arg(&format!("--user-data-dir={}", chromedriver.home.join("profile").display()))?;
        if !self.javascript {
            let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
            options.add_experimental_option("prefs", off)?;
        }
        options.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        Ok(options)
    }
}

/// Who uses a browser, and the browsers that nobody uses.
struct Pool {
    taken: usize,
    idle: Vec<Browser>,
}

fn pool() -> MutexGuard<'static, Pool> {
    static POOL: Mutex<Pool> = Mutex::new(Pool { taken: 0, idle: Vec::new() });
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place at a browser. When the last one is left, every browser ends: nobody does that at the end of all tests.
pub(crate) struct Place(());

impl Place {
    pub(crate) fn take() -> Self {
        pool().taken += 1;
        Self(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut pool = pool();
        pool.taken -= 1;
        let ended = if pool.taken == 0 { std::mem::take(&mut pool.idle) } else { Vec::new() };
        // They end while others may take a place.
        drop(pool);
        drop(ended);
    }
}
