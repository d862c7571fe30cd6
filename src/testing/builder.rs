//! Configures a simulator for a test.

use super::Simulator;
use crate::config::{Config, Settings};

/// Configures a simulator. Every method has the name of the setting that it sets.
#[derive(Debug)]
#[must_use = "nothing runs before start"]
pub struct Builder {
    settings: Settings,
    #[cfg(feature = "demo")]
    demo: bool,
    workers: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            #[cfg(feature = "demo")]
            demo: false,
            workers: 1,
        }
    }
}

impl Builder {
    /// The scenario: a built-in name, or the path of a `.toml` file. Default `approve`.
    pub fn scenario(mut self, name: &str) -> Self {
        self.settings.scenario = Some(name.to_owned());
        self
    }

    /// `lenient` (default) or `strict`.
    pub fn profile(mut self, profile: &str) -> Self {
        self.settings.profile = Some(profile.to_owned());
        self
    }

    /// The seed of all random values. Default 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// `manual` (default, 2026-01-01T00:00:00+07:00), `system`, or the start time of a manual clock.
    pub fn clock(mut self, clock: &str) -> Self {
        self.settings.clock = Some(clock.to_owned());
        self
    }

    /// Adds the demo shop at `/demo/`, like `nicepay-sim demo`.
    #[cfg(feature = "demo")]
    pub fn demo(mut self) -> Self {
        self.demo = true;
        self
    }

    /// How many threads answer requests, 1 or more. Default 1, which starts fastest but answers requests one after
    /// another. A test of concurrent requests needs more.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Any settings, as in a `nicepay-sim.toml`.
    ///
    /// # Panics
    /// When the text is invalid.
    #[track_caller]
    pub fn settings(mut self, toml: &str) -> Self {
        match Settings::from_toml(toml) {
            Ok(settings) => self.settings = settings.over(self.settings),
            Err(error) => panic!("{error}"),
        }
        self
    }

    /// Starts the simulator on a free port of loopback.
    ///
    /// # Panics
    /// When a setting is invalid or the simulator cannot start.
    #[track_caller]
    pub fn start(self) -> Simulator {
        let defaults = Settings {
            listen: Some(([127, 0, 0, 1], 0).into()),
            clock: Some("manual".to_owned()),
            seed: Some(1),
            ..Settings::default()
        };
        let config = Config::from_settings(self.settings.over(defaults));
        #[cfg(feature = "demo")]
        let config = if self.demo { config.and_then(Config::with_demo) } else { config };
        let config = match config {
            Ok(config) => config,
            Err(error) => panic!("{error}"),
        };
        Simulator::launch(config, self.workers)
    }
}
