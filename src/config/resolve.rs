//! From what was written to what is meant. A wrong value refuses to start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;

use super::merchants;
use super::settings::Settings;
use crate::clock;
use crate::domain::{BindingFieldNames, Merchant, NotificationKind, Profile, TokenFixture, UndocumentedBehavior};

/// Everything that can be set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Scheme and host for absolute URLs, without a slash at the end.
    pub public_url: Option<String>,
    /// The namespaces to begin with.
    pub merchants: Vec<Merchant>,
    /// The demo shop's merchant, one of `merchants`; nothing where there is no demo shop.
    pub demo: Option<Merchant>,
    /// A story's name, or the path of one.
    pub scenario: String,
    /// A folder of scenarios.
    pub scenarios: Option<PathBuf>,
    /// How exact the gateway is.
    pub profile: Profile,
    /// What no document says.
    pub assumed: UndocumentedBehavior,
    /// What chance is drawn from, where it was said.
    pub seed: Option<u64>,
    /// `system`, `manual` or an instant.
    pub clock: String,
    /// Tokens that exist from the start.
    pub tokens: Vec<TokenFixture>,
    /// Of what merchants are notified.
    pub notify_on: Vec<NotificationKind>,
    /// How often a notification is sent again.
    pub retries: u32,
    /// How long after the attempt before.
    pub retry_interval: SignedDuration,
    /// Exceptions to the egress rule.
    pub allow_egress: Vec<String>,
    /// Names that may stand in Host.
    pub allow_host: Vec<String>,
    /// Whether logs are JSON.
    pub json_logs: bool,
    /// What is logged.
    pub log_level: String,
    /// Whether the pages show who can log in.
    pub tester_panel: bool,
    /// How much of everything.
    pub limits: Limits,
}

/// How much of everything.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub body_bytes: usize,
    pub header_bytes: usize,
    pub connections: usize,
    pub waiters: usize,
    pub streams: usize,
    pub transactions: usize,
    pub notifications: usize,
    pub notifications_in_flight: usize,
    pub events: usize,
    pub event_bytes: usize,
    pub slow_client: Duration,
    pub notification_timeout: Duration,
}

/// A setting that cannot be meant.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {detail}", path.display())]
    JsonError {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The file is not right.
    #[error("{}: {detail}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Line, column and reason.
        detail: String,
    },
    /// A value is not right.
    #[error("{setting}: {detail}")]
    Value {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// A setting has no value at all: a default is missing.
    #[error("{setting} is not set")]
    Missing {
        /// The setting's name.
        setting: &'static str,
    },
}

/// Looked for where no `--config` names another.
const USUAL_FILE: &str = "nicepay-sim.toml";

fn value<T>(setting: &'static str, value: Option<T>) -> Result<T, ConfigError> {
    value.ok_or(ConfigError::Missing { setting })
}

fn duration(setting: &'static str, text: Option<String>) -> Result<SignedDuration, ConfigError> {
    let text = value(setting, text)?;
    match clock::duration(&text) {
        Ok(duration) if !duration.is_negative() => Ok(duration),
        Ok(_) => Err(ConfigError::Value { setting, detail: format!("{text:?} is negative") }),
        Err(detail) => Err(ConfigError::Value { setting, detail }),
    }
}

fn limit(setting: &'static str, number: Option<usize>) -> Result<usize, ConfigError> {
    match value(setting, number)? {
        0 => Err(ConfigError::Value { setting, detail: "must be at least 1".into() }),
        number => Ok(number),
    }
}

impl Config {
    /// Resolves flags and environment (`strongest`) over a file over the defaults.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn resolve(strongest: Settings) -> Result<Self, ConfigError> {
        let file = match &strongest.config {
            Some(path) => read_file(path)?,
            None if Path::new(USUAL_FILE).exists() => read_file(Path::new(USUAL_FILE))?,
            None => Settings::default(),
        };
        Self::from_settings(strongest.over(file))
    }

    /// With the demo shop. Its merchant is there from the start, so that a reset keeps it.
    ///
    /// # Errors
    /// [`ConfigError`]
    #[cfg(feature = "demo")]
    pub fn with_demo(mut self) -> Result<Self, ConfigError> {
        let demo = merchants::demo(&mut self.merchants);
        self.demo = Some(demo.map_err(|detail| ConfigError::Value { setting: "merchant", detail })?);
        Ok(self)
    }

    /// Resolves settings over the defaults, without looking for a file.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let all = settings.over(Settings::defaults());
        let bad = |setting, detail: String| ConfigError::Value { setting, detail };
        let profile: Profile = value("profile", all.profile)?.parse().map_err(|e| bad("profile", e))?;
        let public_url = all.public_url.as_deref().map(public_url).transpose()?;
        let json_logs = match value("log-format", all.log_format)?.as_str() {
            "text" => false,
            "json" => true,
            other => return Err(bad("log-format", format!("{other:?} is neither `text` nor `json`"))),
        };
        let notify_on = match all.notify_on {
            Some(kinds) => {
                kinds.iter().map(|kind| kind.parse()).collect::<Result<_, _>>().map_err(|e| bad("notify-on", e))?
            }
            // The live gateway was seen to notify success only (`docs/PROTOCOL.md` §2.3).
            None if profile == Profile::Strict => vec![NotificationKind::Approve],
            None => NotificationKind::OF_PAYMENTS.to_vec(),
        };
        let one_of = |setting, text: Option<String>, usual: &str, other: &str| match value(setting, text)? {
            text if text == usual => Ok(false),
            text if text == other => Ok(true),
            text => Err(bad(setting, format!("{text:?} is neither `{usual}` nor `{other}`"))),
        };
        let assumed = UndocumentedBehavior {
            callback_method: value("callback-method", all.callback_method)?
                .parse()
                .map_err(|e| bad("callback-method", e))?,
            request_url: value("request-url", all.request_url)?,
            empty_fields_omitted: one_of("empty-fields", all.empty_fields, "empty", "omit")?,
            expired_status: value("expired-status", all.expired_status)?
                .parse()
                .map_err(|e| bad("expired-status", e))?,
            abandoned_fails: one_of("abandoned-status", all.abandoned_status, "9", "8")?,
            inquiry_amt_ignored: one_of("inquiry-amt", all.inquiry_amt, "match", "ignore")?,
            binding: BindingFieldNames::new(
                &value("binding-answer", all.binding_answer)?,
                &value("binding-notification", all.binding_notification)?,
                &value("binding-notification-token", all.binding_notification_token)?,
            )
            .map_err(|(setting, detail)| bad(setting, detail))?,
        };
        let wall = |setting, text| {
            let duration = duration(setting, text)?;
            Duration::try_from(duration).map_err(|e| bad(setting, e.to_string()))
        };
        Ok(Self {
            listen: value("listen", all.listen)?,
            public_url,
            merchants: merchants::merchants(&all.merchant.unwrap_or_default()).map_err(|e| bad("merchant", e))?,
            demo: None,
            tokens: merchants::published_token().into_iter().collect(),
            scenario: value("scenario", all.scenario)?,
            scenarios: all.scenarios,
            profile,
            assumed,
            seed: all.seed,
            clock: value("clock", all.clock)?,
            notify_on,
            retries: value("retries", all.retries)?,
            retry_interval: duration("retry-interval", all.retry_interval)?,
            allow_egress: all.allow_egress.unwrap_or_default(),
            allow_host: all.allow_host.unwrap_or_default(),
            json_logs,
            log_level: value("log-level", all.log_level)?,
            tester_panel: value("tester-panel", all.tester_panel)?,
            limits: Limits {
                body_bytes: limit("max-body-bytes", all.max_body_bytes)?,
                header_bytes: limit("max-header-bytes", all.max_header_bytes)?,
                connections: limit("max-connections", all.max_connections)?,
                waiters: limit("max-waiters", all.max_waiters)?,
                streams: limit("max-streams", all.max_streams)?,
                transactions: limit("max-transactions", all.max_transactions)?,
                notifications: limit("max-notifications", all.max_notifications)?,
                notifications_in_flight: limit("max-notifications-in-flight", all.max_notifications_in_flight)?,
                events: limit("max-events", all.max_events)?,
                event_bytes: limit("max-event-bytes", all.max_event_bytes)?,
                slow_client: match wall("slow-client-timeout", all.slow_client_timeout)? {
                    // The server's own clock for this ticks twice a second.
                    short if short < Duration::from_secs(1) => {
                        return Err(bad("slow-client-timeout", "must be at least 1s".to_owned()));
                    }
                    patience => patience,
                },
                notification_timeout: wall("notification-timeout", all.notification_timeout)?,
            },
        })
    }
}

fn read_file(path: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| ConfigError::JsonError { path: path.into(), detail: e.to_string() })?;
    Settings::from_toml(&text).map_err(|detail| ConfigError::File { path: path.into(), detail })
}

/// `http://host[:port]`, and nothing behind it: it stands before our paths.
fn public_url(text: &str) -> Result<String, ConfigError> {
    let wrong = |why: &str| ConfigError::Value { setting: "public-url", detail: format!("{text:?} {why}") };
    let url = url::Url::parse(text).map_err(|_| wrong("is not a URL such as http://nicepay.test:8606"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("must begin with http:// or https:// and name a host"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("must have nothing but scheme, host and port"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_toml(text: &str) -> Result<Config, String> {
        Config::from_settings(Settings::from_toml(text)?).map_err(|e| e.to_string())
    }

    #[test]
    fn the_strict_profile_notifies_what_was_seen_live() {
        assert_eq!(from_toml("profile = 'strict'").unwrap().notify_on, [NotificationKind::Approve]);
        assert_eq!(from_toml("").unwrap().notify_on, NotificationKind::OF_PAYMENTS);
        assert_eq!(
            from_toml("profile = 'strict'\nnotify-on = ['reject']").unwrap().notify_on,
            [NotificationKind::Reject]
        );
    }

    #[test]
    fn wrong_values_refuse_to_start() {
        for (text, setting) in [
            ("profile = 'loose'", "profile"),
            ("log-format = 'xml'", "log-format"),
            ("retry-interval = '-1s'", "retry-interval"),
            ("notification-timeout = 'soon'", "notification-timeout"),
            ("max-events = 0", "max-events"),
            ("max-streams = 0", "max-streams"),
            ("slow-client-timeout = '200ms'", "slow-client-timeout"),
            ("notify-on = ['paid']", "notify-on"),
            ("callback-method = 'put'", "callback-method"),
            ("empty-fields = 'null'", "empty-fields"),
            ("expired-status = '7'", "expired-status"),
            ("abandoned-status = '3'", "abandoned-status"),
            ("inquiry-amt = 'no'", "inquiry-amt"),
            ("binding-notification = ['nonsense']", "binding-notification: "),
            ("public-url = 'nicepay.test'", "public-url"),
            ("public-url = 'http://nicepay.test/x'", "public-url"),
        ] {
            let error = from_toml(text).unwrap_err();
            assert!(error.starts_with(setting), "{text}: {error}");
        }
        assert!(from_toml("merchant = ['nonsense']").is_err());
    }
}
