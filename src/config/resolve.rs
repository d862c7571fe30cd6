//! Validates settings. The simulator does not start with an invalid value.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use bytesize::{ByteSize, GIB, MIB};
use jiff::SignedDuration;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};
use url::Host;

use super::merchants;
use super::settings::Settings;
use crate::clock;
use crate::domain::{
    BindingFieldNames, CallbackSchemes, Egress, EgressRuleError, Merchant, NotificationKind, Profile, ResourceLimits,
    TokenFixture, UndocumentedBehavior, UnknownNameError,
};

/// All settings, validated.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The https listener.
    pub tls: TlsConfig,
    /// The forward proxy.
    pub proxy: ProxyConfig,
    /// The reverse proxies whose headers count.
    pub trusted_proxies: Vec<IpAddr>,
    /// Scheme and host of absolute URLs, without a slash at the end.
    pub public_url: Option<String>,
    /// The merchants that exist at the start.
    pub merchants: Vec<Merchant>,
    /// The demo shop's merchant, which is one of `merchants`. `None`: no demo shop.
    pub demo: Option<Merchant>,
    /// The name of a scenario, or the path of its file.
    pub scenario: String,
    /// The folder of scenario files.
    pub scenarios: Option<PathBuf>,
    /// How strictly requests are checked.
    pub profile: Profile,
    /// The choices where the public documents are silent.
    pub undocumented: UndocumentedBehavior,
    /// The seed of all random values. `None`: a random seed.
    pub seed: Option<u64>,
    /// `system`, `manual`, or the start time of a manual clock.
    pub clock: String,
    /// The user tokens that exist at the start.
    pub tokens: Vec<TokenFixture>,
    /// The events that merchants are notified of.
    pub notify_on: Vec<NotificationKind>,
    /// How often a failed notification is retried.
    pub retries: u32,
    /// The time between two attempts.
    pub retry_interval: SignedDuration,
    /// Where notifications may go.
    pub egress: Egress,
    /// PEM files with certificates that are trusted when notifications go to https.
    pub notification_ca: Vec<PathBuf>,
    /// Names and addresses of which any certificate is accepted.
    pub notification_insecure: Vec<String>,
    /// Host names that are served, in addition to local names.
    pub allow_host: Vec<String>,
    /// Whether log lines are JSON.
    pub json_logs: bool,
    /// The log level or filter.
    pub log_level: String,
    /// Whether the lenders' pages show the test shoppers.
    pub tester_panel: bool,
    /// Whether the program stops when its stdin ends.
    pub stop_with_stdin: bool,
    /// The limits.
    pub limits: ResourceLimits,
}

/// The settings of https.
#[derive(Clone, Debug, Default)]
pub struct TlsConfig {
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// The user's own certificate, and its key.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Where the local CA is.
    pub ca: CaSource,
}

/// Where the local CA comes from.
#[derive(Clone, Debug)]
pub enum CaSource {
    /// A folder, where it stays. `None`: the user's data folder.
    Folder(Option<PathBuf>),
    /// It is made for this run, and its key is never written.
    Memory,
}

impl Default for CaSource {
    fn default() -> Self {
        Self::Folder(None)
    }
}

/// The settings of the forward proxy.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfig {
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// The ports of other hosts that it may reach, besides 443.
    pub ports: Vec<u16>,
    /// How many tunnels may be open.
    pub max_tunnels: usize,
}

/// An invalid setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {detail}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error.
        detail: String,
    },
    /// The file is invalid.
    #[error("{}: {detail}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Line, column and error.
        detail: String,
    },
    /// A value is invalid.
    #[error("{setting}: {detail}")]
    Value {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// A setting has no value, because its default is missing.
    #[error("{setting} is not set")]
    Missing {
        /// The setting's name.
        setting: &'static str,
    },
}

/// The settings file that is read without `--config`.
const DEFAULT_FILE: &str = "nicepay-sim.toml";

fn required<T>(setting: &'static str, value: Option<T>) -> Result<T, ConfigError> {
    value.ok_or(ConfigError::Missing { setting })
}

fn parsed<T: FromStr<Err = UnknownNameError>>(setting: &'static str, text: Option<String>) -> Result<T, ConfigError> {
    required(setting, text)?
        .parse()
        .map_err(|error: UnknownNameError| ConfigError::Value { setting, detail: error.to_string() })
}

fn duration(setting: &'static str, text: Option<String>) -> Result<SignedDuration, ConfigError> {
    let text = required(setting, text)?;
    match clock::parse_duration(&text) {
        Ok(duration) if !duration.is_negative() => Ok(duration),
        Ok(_) => Err(ConfigError::Value { setting, detail: format!("{text:?} is negative") }),
        Err(error) => Err(ConfigError::Value { setting, detail: error.to_string() }),
    }
}

fn limit(setting: &'static str, number: Option<usize>) -> Result<usize, ConfigError> {
    match required(setting, number)? {
        0 => Err(ConfigError::Value { setting, detail: "must be at least 1".into() }),
        number => Ok(number),
    }
}

/// The largest memory budget that is taken without being asked for.
const MAX_AUTO_MEMORY: u64 = 4 * GIB;
/// With less, one large order would leave no room for others.
const MIN_MEMORY: u64 = 16 * MIB;

/// As many as the waits of a `[[retry]]` in a scenario. A notification keeps each attempt.
const MAX_RETRIES: u32 = 1_000;

/// The memory of this machine in bytes; of the container, where that has less.
fn machine_memory() -> u64 {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    // Without /proc, as in a bare chroot, the memory is unknown, and `cgroup_limits` panics: it counts as a small machine's.
    if system.total_memory() == 0 {
        return GIB;
    }
    let container = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    system.total_memory().min(container)
}

fn memory(text: Option<String>) -> Result<usize, ConfigError> {
    let setting = "max-memory";
    let text = required(setting, text)?;
    let bytes = if text == "auto" {
        (machine_memory() / 4).clamp(MIN_MEMORY, MAX_AUTO_MEMORY)
    } else {
        let size: Result<ByteSize, _> = text.parse();
        let bad = |detail| ConfigError::Value { setting, detail };
        let ByteSize(bytes) = size.map_err(|_| bad(format!("{text:?} is not a size such as `512MiB`")))?;
        if bytes < MIN_MEMORY {
            return Err(bad("must be at least 16MiB".to_owned()));
        }
        bytes
    };
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

impl Config {
    /// Merges flags and environment variables (`settings`), the settings file and the defaults, in this order.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn resolve(settings: Settings) -> Result<Self, ConfigError> {
        let file = match &settings.config {
            Some(path) => read_file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read_file(Path::new(DEFAULT_FILE))?,
            None => Settings::default(),
        };
        Self::from_settings(settings.over(file))
    }

    /// Adds the demo shop. Its merchant exists from the start, so that a reset keeps it.
    ///
    /// # Errors
    /// [`ConfigError`]
    #[cfg(feature = "demo")]
    pub fn with_demo(mut self) -> Result<Self, ConfigError> {
        let demo = merchants::demo(&mut self.merchants);
        self.demo = Some(demo.map_err(|detail| ConfigError::Value { setting: "merchant", detail })?);
        Ok(self)
    }

    /// Merges settings and the defaults, without a settings file.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let all = settings.over(Settings::defaults());
        let limits = limits(&all)?;
        let bad = |setting, detail: String| ConfigError::Value { setting, detail };
        let profile = parsed("profile", all.profile)?;
        let public_url = all.public_url.as_deref().map(public_url).transpose()?;
        let json_logs = match required("log-format", all.log_format)?.as_str() {
            "text" => false,
            "json" => true,
            other => return Err(bad("log-format", format!("{other:?} must be `text` or `json`"))),
        };
        let notify_on = match all.notify_on {
            Some(kinds) => {
                kinds.into_iter().map(|kind| parsed("notify-on", Some(kind))).collect::<Result<Vec<_>, _>>()?
            }
            // The live gateway notifies approvals only (`docs/PROTOCOL.md` §2.3).
            None if profile == Profile::Strict => vec![NotificationKind::Approve],
            None => NotificationKind::OF_PAYMENTS.to_vec(),
        };
        let is_other = |setting, text: Option<String>, default: &str, other: &str| match required(setting, text)? {
            text if text == default => Ok(false),
            text if text == other => Ok(true),
            text => Err(bad(setting, format!("{text:?} must be `{default}` or `{other}`"))),
        };
        let undocumented = UndocumentedBehavior {
            callback_method: parsed("callback-method", all.callback_method)?,
            callback_schemes: CallbackSchemes::new(&all.callback_scheme.unwrap_or_default())
                .map_err(|detail| bad("callback-scheme", detail))?,
            request_url: required("request-url", all.request_url)?,
            empty_fields_omitted: is_other("empty-fields", all.empty_fields, "empty", "omit")?,
            expired_status: parsed("expired-status", all.expired_status)?,
            abandoned_fails: is_other("abandoned-status", all.abandoned_status, "9", "8")?,
            inquiry_amt_ignored: is_other("inquiry-amt", all.inquiry_amt, "match", "ignore")?,
            inquiry_keys: parsed("inquiry-keys", all.inquiry_keys)?,
            newer_cancel_keys: is_other("cancel-keys", all.cancel_keys, "8", "11")?,
            binding: BindingFieldNames::new(
                &required("binding-answer", all.binding_answer)?,
                &required("binding-notification", all.binding_notification)?,
                &required("binding-notification-token", all.binding_notification_token)?,
            )
            .map_err(|(setting, detail)| bad(setting, detail))?,
        };
        let allowed = all.allow_egress.unwrap_or_default().iter().map(|text| text.parse()).collect::<Result<_, _>>();
        let egress = Egress::new(allowed.map_err(|error: EgressRuleError| bad("allow-egress", error.to_string()))?);
        let merchants = merchants::merchants(&all.merchant.unwrap_or_default()).map_err(|e| bad("merchant", e))?;
        let merchants = merchants::named(merchants, &all.merchant_name.unwrap_or_default())
            .map_err(|detail| bad("merchant-name", detail))?;
        if merchants.len() > limits.merchants {
            let (max, start) = (limits.merchants, merchants.len());
            return Err(bad(
                "max-merchants",
                format!("{max} is less than the {start} merchants that exist at the start"),
            ));
        }
        Ok(Self {
            listen: required("listen", all.listen)?,
            tls: tls(all.tls_listen, (all.tls_cert, all.tls_key), all.ca_dir)?,
            proxy: ProxyConfig {
                listen: all.proxy_listen,
                ports: all.proxy_port.unwrap_or_default(),
                max_tunnels: limit("max-tunnels", all.max_tunnels)?,
            },
            trusted_proxies: all.trusted_proxy.unwrap_or_default(),
            public_url,
            merchants,
            demo: None,
            tokens: merchants::published_token().into_iter().collect(),
            scenario: required("scenario", all.scenario)?,
            scenarios: all.scenarios,
            profile,
            undocumented,
            seed: all.seed,
            clock: required("clock", all.clock)?,
            notify_on,
            retries: match required("retries", all.retries)? {
                many if many > MAX_RETRIES => return Err(bad("retries", format!("must be at most {MAX_RETRIES}"))),
                retries => retries,
            },
            retry_interval: duration("retry-interval", all.retry_interval)?,
            egress,
            notification_ca: all.notification_ca.unwrap_or_default(),
            notification_insecure: insecure_hosts(&all.notification_insecure.unwrap_or_default())?,
            allow_host: allowed_hosts(&all.allow_host.unwrap_or_default())?,
            json_logs,
            log_level: required("log-level", all.log_level)?,
            tester_panel: required("tester-panel", all.tester_panel)?,
            stop_with_stdin: required("stop-with-stdin", all.stop_with_stdin)?,
            limits,
        })
    }
}

/// The limits. Their names are those of the settings.
fn limits(all: &Settings) -> Result<ResourceLimits, ConfigError> {
    let real_time = |setting, text: &Option<String>| {
        let duration = duration(setting, text.clone())?;
        Duration::try_from(duration).map_err(|error| ConfigError::Value { setting, detail: error.to_string() })
    };
    Ok(ResourceLimits {
        body_bytes: limit("max-body-bytes", all.max_body_bytes)?,
        header_bytes: limit("max-header-bytes", all.max_header_bytes)?,
        connections: limit("max-connections", all.max_connections)?,
        waiters: limit("max-waiters", all.max_waiters)?,
        streams: limit("max-streams", all.max_streams)?,
        merchants: limit("max-merchants", all.max_merchants)?,
        transactions: limit("max-transactions", all.max_transactions)?,
        notifications: limit("max-notifications", all.max_notifications)?,
        inbox: limit("max-inbox", all.max_inbox)?,
        notifications_in_flight: limit("max-notifications-in-flight", all.max_notifications_in_flight)?,
        events: limit("max-events", all.max_events)?,
        event_bytes: limit("max-event-bytes", all.max_event_bytes)?,
        memory_bytes: memory(all.max_memory.clone())?,
        slow_client_timeout: match real_time("slow-client-timeout", &all.slow_client_timeout)? {
            // A busy machine needs as long for a good client.
            short if short < Duration::from_secs(1) => {
                let detail = "must be at least 1s".to_owned();
                return Err(ConfigError::Value { setting: "slow-client-timeout", detail });
            }
            timeout => timeout,
        },
        notification_timeout: real_time("notification-timeout", &all.notification_timeout)?,
    })
}

fn tls(
    listen: Option<SocketAddr>,
    certificate: (Option<PathBuf>, Option<PathBuf>),
    ca_dir: Option<PathBuf>,
) -> Result<TlsConfig, ConfigError> {
    let bad = |setting, detail: &str| Err(ConfigError::Value { setting, detail: detail.to_owned() });
    let certificate = match certificate {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) => return bad("tls-key", "--tls-cert needs its key"),
        (None, Some(_)) => return bad("tls-cert", "--tls-key needs its certificate"),
    };
    Ok(TlsConfig { listen, certificate, ca: CaSource::Folder(ca_dir) })
}

fn read_file(path: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| ConfigError::Unreadable { path: path.into(), detail: e.to_string() })?;
    Settings::from_toml(&text).map_err(|detail| ConfigError::File { path: path.into(), detail })
}

/// Checks that each text is one host, and returns them as certificates name them.
fn insecure_hosts(texts: &[String]) -> Result<Vec<String>, ConfigError> {
    let host = |text: &String| {
        let detail =
            || format!("{text:?} is not the name or the address of one host; there is no setting for all hosts");
        let wrong = || ConfigError::Value { setting: "notification-insecure", detail: detail() };
        if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(address.to_string());
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if !name.contains('*') => Ok(name.trim_end_matches('.').to_owned()),
            _ => Err(wrong()),
        }
    };
    texts.iter().map(host).collect()
}

/// Checks that each text is a host, and returns them without their ports: of a `Host` header only the name is compared.
fn allowed_hosts(texts: &[String]) -> Result<Vec<String>, ConfigError> {
    let host = |text: &String| {
        let name = match text.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => text,
        };
        match Host::parse(name) {
            Ok(host) if !name.contains('*') => Ok(host.to_string().trim_end_matches('.').to_owned()),
            _ => {
                let detail = format!("{text:?} is not a name such as shop.test");
                Err(ConfigError::Value { setting: "allow-host", detail })
            }
        }
    };
    texts.iter().map(host).collect()
}

/// Checks that a URL is `http://host[:port]`: the simulator's paths are appended to it.
fn public_url(text: &str) -> Result<String, ConfigError> {
    let wrong = |why: &str| ConfigError::Value { setting: "public-url", detail: format!("{text:?} {why}") };
    let url = url::Url::parse(text).map_err(|_| wrong("is not a URL such as http://nicepay.test:8606"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("must begin with http:// or https:// and have a host"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("must have only a scheme, a host and a port"));
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
    fn the_strict_profile_notifies_approvals_only() {
        assert_eq!(from_toml("profile = 'strict'").unwrap().notify_on, [NotificationKind::Approve]);
        assert_eq!(from_toml("").unwrap().notify_on, NotificationKind::OF_PAYMENTS);
        assert_eq!(
            from_toml("profile = 'strict'\nnotify-on = ['reject']").unwrap().notify_on,
            [NotificationKind::Reject]
        );
    }

    #[test]
    fn an_allowed_host_has_no_port() {
        let config =
            from_toml("allow-host = ['Shop.test:8606', 'shop.test.', 'toko-budi', '10.0.0.5', '[::1]:80']").unwrap();
        assert_eq!(config.allow_host, ["shop.test", "shop.test", "toko-budi", "10.0.0.5", "[::1]"]);
    }

    #[test]
    fn invalid_values_are_refused() {
        for (text, setting) in [
            ("profile = 'loose'", "profile"),
            ("log-format = 'xml'", "log-format"),
            ("retries = 1001", "retries: must be at most 1000"),
            ("retry-interval = '-1s'", "retry-interval"),
            ("notification-timeout = 'soon'", "notification-timeout"),
            ("max-events = 0", "max-events"),
            ("max-streams = 0", "max-streams"),
            ("max-merchants = 0", "max-merchants"),
            ("max-merchants = 2\nmerchant = ['SHOP000001=its-merchantKey']", "max-merchants"),
            ("merchant = ['SHOP000001=7-chars']", "merchant: this merchantKey has 7 characters"),
            ("merchant-name = ['Toko Saya']", "merchant-name: \"Toko Saya\" is not IMID=NAME"),
            ("merchant-name = ['SHOP000001=Toko Saya']", "merchant-name: there is no merchant SHOP000001"),
            ("merchant-name = ['IONPAYTEST=']", "merchant-name: MerchantName must be 1 to 60 characters"),
            ("slow-client-timeout = '200ms'", "slow-client-timeout"),
            ("notify-on = ['paid']", "notify-on"),
            ("callback-method = 'put'", "callback-method"),
            ("callback-scheme = ['javascript']", "callback-scheme"),
            ("notification-insecure = ['*']", "notification-insecure"),
            ("notification-insecure = ['*.shop.test']", "notification-insecure"),
            ("notification-insecure = ['shop.test:8443']", "notification-insecure"),
            ("notification-insecure = ['0.0.0.0/0']", "notification-insecure"),
            ("notification-insecure = ['']", "notification-insecure"),
            ("allow-host = ['http://shop.test']", "allow-host: \"http://shop.test\" is not a name such as shop.test"),
            ("allow-host = ['*.shop.test']", "allow-host"),
            ("allow-host = ['shop.test:many']", "allow-host"),
            ("allow-host = ['']", "allow-host"),
            ("empty-fields = 'null'", "empty-fields"),
            ("expired-status = '7'", "expired-status"),
            ("abandoned-status = '3'", "abandoned-status"),
            ("inquiry-amt = 'no'", "inquiry-amt"),
            ("inquiry-keys = '41'", "inquiry-keys"),
            ("cancel-keys = '9'", "cancel-keys"),
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
