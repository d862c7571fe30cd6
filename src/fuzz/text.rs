//! Texts that are not JSON: forms, queries, hosts, URLs, TOML, and the answer of a merchant's server.

use std::net::IpAddr;
use std::sync::LazyLock;

use url::{Host, Url};

use super::json::{register, registration};
use super::{check_diagnosis, config};
use crate::config::{Config, Settings};
use crate::connection;
use crate::domain::{Egress, Profile};
use crate::protocol::{Field, Findings, PaymentRequest, RequestFields};
use crate::scenarios::{LenderCatalog, Library, Scenario, Source};
use crate::{audit, control, delivery};

/// A form of `/payment`, and of the dashboard.
pub(super) fn form(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let fields = RequestFields::form(&text);
    let mut findings = Findings::new(Profile::Lenient);
    let request = PaymentRequest::read(&fields, &text, &config().undocumented, &mut findings);
    if let Err(refusal) = request.callback_url {
        check_diagnosis(&refusal.diagnosis);
    }
    findings.into_notes().iter().for_each(|note| check_diagnosis(&note.diagnosis));
    register(&fields);
    #[cfg(feature = "dashboard")]
    crate::dashboard::read_form(bytes);
}

/// The query of a call that searches events.
pub(super) fn query(bytes: &[u8]) {
    control::read_event_query(&String::from_utf8_lossy(bytes));
}

/// A `Host`: whatever counts as one is the same host, and nothing else, to other parsers.
pub(super) fn host(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some(host) = connection::parse_host(&text) else { return };
    let authority: http::uri::Authority = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert!(!text.contains('@') && text.starts_with(authority.host()), "{text:?}");
    // The URL parser knows more about international names.
    if text.to_ascii_lowercase().contains("xn--") {
        return;
    }
    let url = Url::parse(&format!("http://{text}/nicepay")).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!((url.username(), url.password(), url.path()), ("", None, "/nicepay"), "{text:?}");
    let same = match (host, url.host()) {
        (Host::Domain(ours), Some(Host::Domain(theirs))) => {
            ours.eq_ignore_ascii_case(theirs.strip_suffix('.').unwrap_or(theirs))
        }
        (Host::Ipv4(ours), Some(Host::Ipv4(theirs))) => ours == theirs,
        (Host::Ipv6(ours), Some(Host::Ipv6(theirs))) => ours == theirs,
        _ => false,
    };
    assert!(same, "{text:?} is another host in a URL: {:?}", url.host());
}

/// A `dbProcessUrl` and a `callBackUrl`: how they are read, and whether they may be called.
pub(super) fn url(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    register(&registration([(Field::DbProcessUrl, &*text), (Field::CallBackUrl, &*text)]));
    let fields = RequestFields::pairs([(Field::CallBackUrl, &*text)]);
    let mut findings = Findings::new(Profile::Strict);
    let _ = PaymentRequest::read(&fields, &text, &config().undocumented, &mut findings);
    let closed = Egress::default();
    let never = closed.never_called(&text);
    let Ok(url) = Url::parse(&text) else { return };
    if closed.check_url(&url).is_err() {
        assert!(
            never.is_some_and(|reason| reason.contains("--allow-egress") || reason.contains("no host")),
            "{text:?}"
        );
        return;
    }
    let is_near = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(Host::Ipv6(ip)) => match ip.to_canonical() {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
        },
        // Its addresses are judged when they are known.
        Some(Host::Domain(_)) => true,
        None => false,
    };
    assert!(is_near, "{text:?} is called by default");
}

/// A settings file, and a scenario file with its examples.
pub(super) fn toml(bytes: &[u8]) {
    static BUILT_IN: LazyLock<(Library, LenderCatalog)> =
        LazyLock::new(|| (Library::built_in(), LenderCatalog::built_in()));
    if let Ok(text) = str::from_utf8(bytes) {
        match Settings::from_toml(text) {
            Ok(settings) => drop(Config::from_settings(settings)),
            Err(sentence) => assert!(sentence.starts_with("line "), "{sentence:?}"),
        }
    }
    let (library, catalog) = &*BUILT_IN;
    let Ok(source) = Source::from_bytes("fuzzed", "fuzzed.toml", bytes.to_vec()) else { return };
    match Scenario::from_source(&source, library) {
        Ok(scenario) => drop(scenario.run_examples(catalog)),
        Err(error) => assert!(!error.message.is_empty()),
    }
}

/// What a merchant answers when the audit makes an order, and when it asks about one.
pub(super) fn order(bytes: &[u8]) {
    if let Some(url) = audit::find_payment_url(&String::from_utf8_lossy(bytes)) {
        assert!(matches!(url.scheme(), "http" | "https") && url.path().contains("/payment"), "{url}");
    }
    audit::read_probe(bytes);
}

/// What a merchant's server answers: the same, in whatever pieces it arrives.
pub(super) fn answer(bytes: &[u8]) {
    let whole = delivery::read_answer(bytes, bytes.len().max(1));
    for piece in [1, 2, 7] {
        assert_eq!(delivery::read_answer(bytes, piece), whole, "in pieces of {piece}");
    }
}
