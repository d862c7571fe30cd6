//! The settings as they are written, in any of the places.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::merchants::{WrittenMerchant, written};

macro_rules! settings {
    ($($(#[doc = $doc:tt])+ #[arg($($arg:tt)+)] $(#[serde($serde:meta)])? $name:ident: $type:ty,)+) => {
        /// What was set in one place; absent where nothing was.
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

        impl Settings {
            /// These settings, and `weaker` where these say nothing.
            #[must_use]
            pub fn over(self, weaker: Self) -> Self {
                Self { $($name: self.$name.or(weaker.$name),)+ }
            }
        }
    };
}

settings! {
    /// Where to listen; port 0 takes a free one
    #[arg(long, env = "NICEPAY_SIM_LISTEN", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// How others reach us, where that is not the Host they send
    #[arg(long, env = "NICEPAY_SIM_PUBLIC_URL", value_name = "URL")]
    public_url: String,
    /// A merchant beside the built-in ones (repeatable)
    #[arg(long, env = "NICEPAY_SIM_MERCHANT", value_name = "IMID=KEY", value_delimiter = ',', hide_env_values = true)]
    #[serde(deserialize_with = "written")]
    merchant: Vec<WrittenMerchant>,
    /// What happens: a built-in scenario (approve, instant, reject, …: the README lists them), or a .toml file
    #[arg(long, env = "NICEPAY_SIM_SCENARIO", value_name = "NAME|FILE")]
    scenario: String,
    /// A folder of scenarios: they have their files' names, and are read again when a file changes
    #[arg(long, env = "NICEPAY_SIM_SCENARIOS", value_name = "DIR")]
    scenarios: PathBuf,
    /// lenient or strict
    #[arg(long, env = "NICEPAY_SIM_PROFILE", value_name = "PROFILE")]
    profile: String,
    /// What chance is drawn from
    #[arg(long, env = "NICEPAY_SIM_SEED", value_name = "N")]
    seed: u64,
    /// system, manual, or the instant at which a manual clock starts
    #[arg(long, env = "NICEPAY_SIM_CLOCK", value_name = "CLOCK")]
    clock: String,
    /// Of what merchants are notified: approve,pending,reject
    #[arg(long, env = "NICEPAY_SIM_NOTIFY_ON", value_name = "KINDS", value_delimiter = ',')]
    notify_on: Vec<String>,
    /// How browsers go back to the merchant: partner (as each lender does), get or post
    #[arg(long, env = "NICEPAY_SIM_CALLBACK_METHOD", value_name = "METHOD")]
    callback_method: String,
    /// Whether a registration's requestURL is filled
    #[arg(long, env = "NICEPAY_SIM_REQUEST_URL", value_name = "BOOL")]
    request_url: bool,
    /// Fields without a value in notifications: empty or omit
    #[arg(long, env = "NICEPAY_SIM_EMPTY_FIELDS", value_name = "HOW")]
    empty_fields: String,
    /// The status of an expired order: 8, 9 or 4
    #[arg(long, env = "NICEPAY_SIM_EXPIRED_STATUS", value_name = "DIGIT")]
    expired_status: String,
    /// The status of an order whose customer went away: 9 or 8
    #[arg(long, env = "NICEPAY_SIM_ABANDONED_STATUS", value_name = "DIGIT")]
    abandoned_status: String,
    /// An inquiry's amt that is not the registered one: match (refused) or ignore
    #[arg(long, env = "NICEPAY_SIM_INQUIRY_AMT", value_name = "HOW")]
    inquiry_amt: String,
    /// Names under which the answer of userAccountBinding has the redirect URL
    #[arg(long, env = "NICEPAY_SIM_BINDING_ANSWER", value_name = "NAMES", value_delimiter = ',')]
    binding_answer: Vec<String>,
    /// Fields of a binding's notification, in order, each `NAME` or `NAME=WIRE_NAME`
    #[arg(long, env = "NICEPAY_SIM_BINDING_NOTIFICATION", value_name = "NAMES", value_delimiter = ',')]
    binding_notification: Vec<String>,
    /// Fields that the merchantToken of a binding's notification covers
    #[arg(long, env = "NICEPAY_SIM_BINDING_NOTIFICATION_TOKEN", value_name = "NAMES", value_delimiter = ',')]
    binding_notification_token: Vec<String>,
    /// How often a notification is sent again until the answer is 200
    #[arg(long, env = "NICEPAY_SIM_RETRIES", value_name = "N")]
    retries: u32,
    /// How long after the attempt before
    #[arg(long, env = "NICEPAY_SIM_RETRY_INTERVAL", value_name = "DURATION")]
    retry_interval: String,
    /// Where notifications may go beside loopback and private networks (repeatable)
    #[arg(long, env = "NICEPAY_SIM_ALLOW_EGRESS", value_name = "HOST|CIDR|public", value_delimiter = ',')]
    allow_egress: Vec<String>,
    /// A name that may stand in Host (repeatable)
    #[arg(long, env = "NICEPAY_SIM_ALLOW_HOST", value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// text or json
    #[arg(long, env = "NICEPAY_SIM_LOG_FORMAT", value_name = "FORMAT")]
    log_format: String,
    /// error, warn, info, debug or trace
    #[arg(long, env = "NICEPAY_SIM_LOG_LEVEL", value_name = "LEVEL")]
    log_level: String,
    /// Whether the partner's pages show the panel with the shoppers that exist
    #[arg(long, env = "NICEPAY_SIM_TESTER_PANEL", value_name = "BOOL")]
    tester_panel: bool,
    /// Bytes of a request's body
    #[arg(long, env = "NICEPAY_SIM_MAX_BODY_BYTES", value_name = "N")]
    max_body_bytes: usize,
    /// Bytes of a request's headers
    #[arg(long, env = "NICEPAY_SIM_MAX_HEADER_BYTES", value_name = "N")]
    max_header_bytes: usize,
    /// Connections at once
    #[arg(long, env = "NICEPAY_SIM_MAX_CONNECTIONS", value_name = "N")]
    max_connections: usize,
    /// Requests that wait for an event at once
    #[arg(long, env = "NICEPAY_SIM_MAX_WAITERS", value_name = "N")]
    max_waiters: usize,
    /// Streams of events that are open at once
    #[arg(long, env = "NICEPAY_SIM_MAX_STREAMS", value_name = "N")]
    max_streams: usize,
    /// Transactions that are remembered
    #[arg(long, env = "NICEPAY_SIM_MAX_TRANSACTIONS", value_name = "N")]
    max_transactions: usize,
    /// Notifications that are remembered
    #[arg(long, env = "NICEPAY_SIM_MAX_NOTIFICATIONS", value_name = "N")]
    max_notifications: usize,
    /// Notifications that are sent at once
    #[arg(long, env = "NICEPAY_SIM_MAX_NOTIFICATIONS_IN_FLIGHT", value_name = "N")]
    max_notifications_in_flight: usize,
    /// Events in the log
    #[arg(long, env = "NICEPAY_SIM_MAX_EVENTS", value_name = "N")]
    max_events: usize,
    /// Bytes that the log keeps
    #[arg(long, env = "NICEPAY_SIM_MAX_EVENT_BYTES", value_name = "N")]
    max_event_bytes: usize,
    /// How long a client may take to send a request
    #[arg(long, env = "NICEPAY_SIM_SLOW_CLIENT_TIMEOUT", value_name = "DURATION")]
    slow_client_timeout: String,
    /// How long a merchant may take to answer a notification
    #[arg(long, env = "NICEPAY_SIM_NOTIFICATION_TIMEOUT", value_name = "DURATION")]
    notification_timeout: String,
    /// A file with settings; ./nicepay-sim.toml where there is one
    #[arg(long, env = "NICEPAY_SIM_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: PathBuf,
}

/// The defaults, with a comment each.
const DEFAULTS: &str = include_str!("defaults.toml");

impl Settings {
    /// The defaults that are built in.
    ///
    /// # Panics
    /// When `defaults.toml` is wrong, which a unit test rules out.
    pub fn defaults() -> Self {
        match Self::from_toml(DEFAULTS) {
            Ok(settings) => settings,
            Err(error) => unreachable!("config/defaults.toml: {error}"),
        }
    }

    /// What the environment alone says, for commands that take no settings as flags.
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

    /// Reads a file's text.
    ///
    /// # Errors
    /// Line, column and reason.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            // Without the line itself, which could be one with a key.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let (line, column) =
                (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1);
            format!("line {line}, column {column}: {}", error.message())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_defaults_are_right() {
        assert_eq!(Settings::from_toml(DEFAULTS).unwrap().listen.unwrap().port(), 8606);
    }

    #[test]
    fn a_wrong_key_is_refused_with_its_place() {
        let error = Settings::from_toml("listen = \"127.0.0.1:1\"\nlisten-on = 5\n").unwrap_err();
        assert!(error.contains("line 2, column 1") && error.contains("listen-on"), "{error}");
    }

    #[test]
    fn the_stronger_place_wins() {
        let settings = |seed| Settings { seed, ..Settings::default() };
        assert_eq!(settings(Some(1)).over(settings(Some(2))).seed, Some(1));
        assert_eq!(settings(None).over(settings(Some(2))).seed, Some(2));
    }
}
