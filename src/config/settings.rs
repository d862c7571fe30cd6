//! The settings as they are written: as flags, environment variables or in a file.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use super::merchants::{MerchantSetting, deserialize_merchants};
use crate::domain::nearest;

macro_rules! settings {
    ($($(#[doc = $doc:tt])+ #[arg($($arg:tt)+)] $(#[serde($serde:meta)])? $name:ident: $type:ty,)+) => {
        /// The settings from one source; `None` where the source does not set a value.
        #[derive(Clone, Debug, Default, Deserialize)]
        #[cfg_attr(feature = "cli", derive(clap::Args))]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct Settings {
            $(
                $(#[doc = $doc])+
                #[cfg_attr(feature = "cli", arg($($arg)+))]
                $(#[serde($serde)])?
                pub $name: Option<$type>,
            )+
        }

        /// The names as a file has them.
        const NAMES: &[&str] = &[$(stringify!($name)),+];

        impl Settings {
            /// These settings, and those of `weaker` where these have no value.
            #[must_use]
            pub fn over(self, weaker: Self) -> Self {
                Self { $($name: self.$name.or(weaker.$name),)+ }
            }
        }
    };
}

settings! {
    /// Address to listen on; port 0 takes a free port
    #[arg(long, env = "NICEPAY_SIM_LISTEN", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Address on which the same service is https, with a certificate for NICEPAY's hosts
    #[arg(long, env = "NICEPAY_SIM_TLS_LISTEN", value_name = "ADDRESS:PORT")]
    tls_listen: SocketAddr,
    /// Your own certificate for https, as PEM; default: one of the local CA
    #[arg(long, env = "NICEPAY_SIM_TLS_CERT", value_name = "FILE")]
    tls_cert: PathBuf,
    /// The private key of --tls-cert, as PEM
    #[arg(long, env = "NICEPAY_SIM_TLS_KEY", value_name = "FILE")]
    tls_key: PathBuf,
    /// Folder of the local CA; default: nicepay-sim in the user's data folder
    #[arg(long, env = "NICEPAY_SIM_CA_DIR", value_name = "DIR")]
    ca_dir: PathBuf,
    /// Address of a forward proxy that leads NICEPAY's hosts to the simulator
    #[arg(long, env = "NICEPAY_SIM_PROXY_LISTEN", value_name = "ADDRESS:PORT")]
    proxy_listen: SocketAddr,
    /// Port of other hosts that the proxy may reach, besides 443 (repeatable)
    #[arg(long, env = "NICEPAY_SIM_PROXY_PORT", value_name = "PORT", value_delimiter = ',')]
    proxy_port: Vec<u16>,
    /// Address of a reverse proxy whose Forwarded and X-Forwarded-Proto headers count (repeatable)
    #[arg(long, env = "NICEPAY_SIM_TRUSTED_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    trusted_proxy: Vec<IpAddr>,
    /// Base URL for absolute links, when it differs from the Host header
    #[arg(long, env = "NICEPAY_SIM_PUBLIC_URL", value_name = "URL")]
    public_url: String,
    /// Adds a merchant to the built-in ones; a key has at least 8 characters (repeatable)
    #[arg(long, env = "NICEPAY_SIM_MERCHANT", value_name = "IMID=KEY", value_delimiter = ',', hide_env_values = true)]
    #[serde(deserialize_with = "deserialize_merchants")]
    merchant: Vec<MerchantSetting>,
    /// Name of a merchant that customers see instead of its iMid (repeatable)
    #[arg(long, env = "NICEPAY_SIM_MERCHANT_NAME", value_name = "IMID=NAME", value_delimiter = ',')]
    merchant_name: Vec<String>,
    /// Active scenario: a built-in name (approve, instant, reject, …; docs/reference/scenarios.md has all), or a .toml file
    #[arg(long, env = "NICEPAY_SIM_SCENARIO", value_name = "NAME|FILE")]
    scenario: String,
    /// Folder of scenario files; they are reloaded when they change
    #[arg(long, env = "NICEPAY_SIM_SCENARIOS", value_name = "DIR")]
    scenarios: PathBuf,
    /// How strictly requests are checked: lenient or strict
    #[arg(long, env = "NICEPAY_SIM_PROFILE", value_name = "PROFILE")]
    profile: String,
    /// Seed of all random values
    #[arg(long, env = "NICEPAY_SIM_SEED", value_name = "N")]
    seed: u64,
    /// Clock: system, manual, or the start time of a manual clock
    #[arg(long, env = "NICEPAY_SIM_CLOCK", value_name = "CLOCK")]
    clock: String,
    /// Events that merchants are notified of: approve,pending,reject
    #[arg(long, env = "NICEPAY_SIM_NOTIFY_ON", value_name = "KINDS", value_delimiter = ',')]
    notify_on: Vec<String>,
    /// How the browser returns to the merchant: partner (as each lender does), get or post
    #[arg(long, env = "NICEPAY_SIM_CALLBACK_METHOD", value_name = "METHOD")]
    callback_method: String,
    /// Allows callBackUrl to open an app: NAME://… and intent: URLs for it (repeatable)
    #[arg(long, env = "NICEPAY_SIM_CALLBACK_SCHEME", value_name = "NAME", value_delimiter = ',')]
    callback_scheme: Vec<String>,
    /// Whether a registration's response has a requestURL
    #[arg(long, env = "NICEPAY_SIM_REQUEST_URL", value_name = "BOOL")]
    request_url: bool,
    /// Notification fields without a value: empty or omit
    #[arg(long, env = "NICEPAY_SIM_EMPTY_FIELDS", value_name = "HOW")]
    empty_fields: String,
    /// Status of an expired order: 8, 9 or 4
    #[arg(long, env = "NICEPAY_SIM_EXPIRED_STATUS", value_name = "DIGIT")]
    expired_status: String,
    /// Status of an order after the customer left without paying: 9 or 8
    #[arg(long, env = "NICEPAY_SIM_ABANDONED_STATUS", value_name = "DIGIT")]
    abandoned_status: String,
    /// Whether an inquiry's amt must be the registered one: match or ignore
    #[arg(long, env = "NICEPAY_SIM_INQUIRY_AMT", value_name = "HOW")]
    inquiry_amt: String,
    /// How many keys the response to an inquiry has: 40, 46 or 47
    #[arg(long, env = "NICEPAY_SIM_INQUIRY_KEYS", value_name = "N")]
    inquiry_keys: String,
    /// How many keys the response to a cancel has: 8 or 11
    #[arg(long, env = "NICEPAY_SIM_CANCEL_KEYS", value_name = "N")]
    cancel_keys: String,
    /// Field names of the redirect URL in the response of userAccountBinding
    #[arg(long, env = "NICEPAY_SIM_BINDING_ANSWER", value_name = "NAMES", value_delimiter = ',')]
    binding_answer: Vec<String>,
    /// Fields of a binding's notification, in order; each is `NAME` or `NAME=WIRE_NAME`
    #[arg(long, env = "NICEPAY_SIM_BINDING_NOTIFICATION", value_name = "NAMES", value_delimiter = ',')]
    binding_notification: Vec<String>,
    /// Fields that are hashed into the merchantToken of a binding's notification
    #[arg(long, env = "NICEPAY_SIM_BINDING_NOTIFICATION_TOKEN", value_name = "NAMES", value_delimiter = ',')]
    binding_notification_token: Vec<String>,
    /// How often a failed notification is retried; at most 1,000
    #[arg(long, env = "NICEPAY_SIM_RETRIES", value_name = "N")]
    retries: u32,
    /// Time between two attempts of a notification
    #[arg(long, env = "NICEPAY_SIM_RETRY_INTERVAL", value_name = "DURATION")]
    retry_interval: String,
    /// Allows notifications to go beyond loopback and private networks (repeatable)
    #[arg(long, env = "NICEPAY_SIM_ALLOW_EGRESS", value_name = "HOST|CIDR|public", value_delimiter = ',')]
    allow_egress: Vec<String>,
    /// Trusts the certificates in this PEM file when notifications go to https (repeatable)
    #[arg(long, env = "NICEPAY_SIM_NOTIFICATION_CA", value_name = "FILE", value_delimiter = ',')]
    notification_ca: Vec<PathBuf>,
    /// Accepts any certificate of this one host when notifications go to https (repeatable)
    #[arg(long, env = "NICEPAY_SIM_NOTIFICATION_INSECURE", value_name = "HOST", value_delimiter = ',')]
    notification_insecure: Vec<String>,
    /// Allows a name in the Host header (repeatable)
    #[arg(long, env = "NICEPAY_SIM_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Format of log lines: text or json
    #[arg(long, env = "NICEPAY_SIM_LOG_FORMAT", value_name = "FORMAT")]
    log_format: String,
    /// Log level: error, warn, info, debug or trace
    #[arg(long, env = "NICEPAY_SIM_LOG_LEVEL", value_name = "LEVEL")]
    log_level: String,
    /// Whether the lenders' pages show the test shoppers
    #[arg(long, env = "NICEPAY_SIM_TESTER_PANEL", value_name = "BOOL")]
    tester_panel: bool,
    /// Maximum bytes of a request's body
    #[arg(long, env = "NICEPAY_SIM_MAX_BODY_BYTES", value_name = "N")]
    max_body_bytes: usize,
    /// Maximum bytes of a request's headers
    #[arg(long, env = "NICEPAY_SIM_MAX_HEADER_BYTES", value_name = "N")]
    max_header_bytes: usize,
    /// Maximum connections at the same time; for a new one, the one that is idle for the longest time is closed
    #[arg(long, env = "NICEPAY_SIM_MAX_CONNECTIONS", value_name = "N")]
    max_connections: usize,
    /// Maximum tunnels of the proxy at the same time
    #[arg(long, env = "NICEPAY_SIM_MAX_TUNNELS", value_name = "N")]
    max_tunnels: usize,
    /// Maximum requests that wait for events at the same time
    #[arg(long, env = "NICEPAY_SIM_MAX_WAITERS", value_name = "N")]
    max_waiters: usize,
    /// Maximum event streams that are open at the same time
    #[arg(long, env = "NICEPAY_SIM_MAX_STREAMS", value_name = "N")]
    max_streams: usize,
    /// Maximum merchants; a further one is refused
    #[arg(long, env = "NICEPAY_SIM_MAX_MERCHANTS", value_name = "N")]
    max_merchants: usize,
    /// Maximum transactions in memory
    #[arg(long, env = "NICEPAY_SIM_MAX_TRANSACTIONS", value_name = "N")]
    max_transactions: usize,
    /// Maximum notifications in memory
    #[arg(long, env = "NICEPAY_SIM_MAX_NOTIFICATIONS", value_name = "N")]
    max_notifications: usize,
    /// Maximum notifications in the built-in inbox
    #[arg(long, env = "NICEPAY_SIM_MAX_INBOX", value_name = "N")]
    max_inbox: usize,
    /// Maximum notifications that are sent at the same time; one merchant has an eighth of them for each host
    #[arg(long, env = "NICEPAY_SIM_MAX_NOTIFICATIONS_IN_FLIGHT", value_name = "N")]
    max_notifications_in_flight: usize,
    /// Maximum events in the log
    #[arg(long, env = "NICEPAY_SIM_MAX_EVENTS", value_name = "N")]
    max_events: usize,
    /// Maximum bytes of the log
    #[arg(long, env = "NICEPAY_SIM_MAX_EVENT_BYTES", value_name = "N")]
    max_event_bytes: usize,
    /// Memory for orders, notifications, explanations and events together, such as 512MiB; auto is a quarter of the
    /// machine's memory, at most 4 GiB
    #[arg(long, env = "NICEPAY_SIM_MAX_MEMORY", value_name = "SIZE")]
    max_memory: String,
    /// Time that a client has to send the head of a request, to send its body, and to take a part of a response
    #[arg(long, env = "NICEPAY_SIM_SLOW_CLIENT_TIMEOUT", value_name = "DURATION")]
    slow_client_timeout: String,
    /// Time that a merchant has to answer a notification
    #[arg(long, env = "NICEPAY_SIM_NOTIFICATION_TIMEOUT", value_name = "DURATION")]
    notification_timeout: String,
    /// Whether serve and demo stop when stdin ends: a simulator that a test runner started stops with it
    #[arg(long, env = "NICEPAY_SIM_STOP_WITH_STDIN", value_name = "BOOL")]
    stop_with_stdin: bool,
    /// Settings file; default: ./nicepay-sim.toml, if it exists
    #[arg(long, env = "NICEPAY_SIM_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: PathBuf,
}

/// The default values, with comments.
const DEFAULTS: &str = include_str!("defaults.toml");

impl Settings {
    /// The built-in defaults.
    ///
    /// # Panics
    /// When `defaults.toml` is wrong, which a unit test rules out.
    pub fn defaults() -> Self {
        match Self::from_toml(DEFAULTS) {
            Ok(settings) => settings,
            Err(error) => unreachable!("config/defaults.toml: {error}"),
        }
    }

    /// The settings from environment variables only, for commands that have no flags for them.
    #[cfg(feature = "cli")]
    pub fn from_environment() -> Self {
        #[derive(clap::Parser)]
        struct OnlyEnvironment {
            #[command(flatten)]
            settings: Settings,
        }
        <OnlyEnvironment as clap::Parser>::try_parse_from(["nicepay-sim"])
            .map_or_else(|_| Self::default(), |it| it.settings)
    }

    /// Parses a settings file.
    ///
    /// # Errors
    /// Line, column and error.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            // The line itself is not shown: it could contain a merchantKey.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let (line, column) =
                (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
            let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
            let message = unknown_setting(key).filter(|_| error.message().starts_with("unknown field"));
            format!("line {line}, column {column}: {}", message.as_deref().unwrap_or(error.message()))
        })
    }
}

/// A sentence about a key of a file that is no setting.
fn unknown_setting(key: &str) -> Option<String> {
    let key = key.trim_matches(['"', '\'']);
    // `config` names the file itself.
    let names: Vec<_> = NAMES.iter().filter(|name| **name != "config").map(|name| name.replace('_', "-")).collect();
    if names.iter().any(|name| name == key) {
        return None;
    }
    let hint = nearest(&key.replace('_', "-"), names.iter().map(String::as_str));
    let hint = hint.map_or_else(String::new, |nearest| format!("the nearest is `{nearest}`; "));
    let key: String = key.chars().take(64).collect();
    Some(format!("there is no setting {key:?}; {hint}docs/reference/settings.md lists all settings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_defaults_are_right() {
        assert_eq!(Settings::from_toml(DEFAULTS).unwrap().listen.unwrap().port(), 8606);
    }

    #[test]
    fn an_unknown_setting_is_refused_with_its_position() {
        let error = Settings::from_toml("listen = \"127.0.0.1:1\"\nlisten-on = 5\n").unwrap_err();
        assert!(error.contains("line 2, column 1") && error.contains("listen-on"), "{error}");
    }

    #[test]
    fn the_nearest_setting_is_named() {
        for (text, key, nearest) in [
            ("sed = 1", "sed", "the nearest is `seed`; "),
            ("'listne' = '127.0.0.1:1'", "listne", "the nearest is `listen`; "),
            ("allow_egress = ['public']", "allow_egress", "the nearest is `allow-egress`; "),
            ("max-transaction = 5", "max-transaction", "the nearest is `max-transactions`; "),
            ("\"notification-timout\" = '5s'", "notification-timout", "the nearest is `notification-timeout`; "),
            ("config = 'x.toml'", "config", ""),
            ("[xyzzy]\na = 1", "xyzzy", ""),
        ] {
            let expected =
                format!("there is no setting {key:?}; {nearest}docs/reference/settings.md lists all settings");
            let error = Settings::from_toml(text).unwrap_err();
            let message = error.split_once(": ").map(|(_, message)| message);
            assert!(
                message.is_some_and(
                    |message| message == expected || nearest.is_empty() && message.starts_with(&expected[..30])
                ),
                "{error}"
            );
        }
        let error = Settings::from_toml("seed = 'x'").unwrap_err();
        assert!(error.contains("invalid type"), "{error}");
    }

    #[test]
    fn the_stronger_source_takes_precedence() {
        let settings = |seed| Settings { seed, ..Settings::default() };
        assert_eq!(settings(Some(1)).over(settings(Some(2))).seed, Some(1));
        assert_eq!(settings(None).over(settings(Some(2))).seed, Some(2));
    }
}
