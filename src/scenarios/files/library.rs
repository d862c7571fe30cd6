//! Finds scenarios by name: the built-in ones, and those of a folder, which take precedence.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::source::Source;

macro_rules! built_in {
    ($($name:literal)+; audit: $($drill:literal)+) => {
        /// The built-in scenarios: name, path below `scenarios/`, and TOML text.
        const BUILT_IN: &[(&str, &str, &str)] = &[
            $(($name, concat!($name, ".toml"), include_str!(concat!("../../../scenarios/", $name, ".toml"))),)+
            $((
                concat!("audit-", $drill),
                concat!("audit/", $drill, ".toml"),
                include_str!(concat!("../../../scenarios/audit/", $drill, ".toml")),
            ),)+
        ];
    };
}

built_in! {
    "approve" "instant" "review-then-approve" "review-then-reject" "review-forever" "reject" "reject-limit"
    "reject-inactive" "fails-then-works" "customer-abandons" "wrong-pin-locks" "otp-expires" "link-expires"
    "answer-code" "answer-content-type" "answer-cut" "answer-delay" "answer-delay-varies" "answer-empty"
    "answer-reset" "answer-slow" "answer-status" "answer-truncated" "answer-unreliable" "binding-rejected"
    "cancel-too-early" "cancel-voids" "notification-after-return" "notification-before-answer"
    "notification-before-return" "notification-changed-amount" "notification-changed-status"
    "notification-duplicate" "notification-late" "notification-lost" "notification-missing-field" "notification-no-answer"
    "notification-out-of-order" "notification-reset" "notification-retries" "notification-reversal"
    "notification-slow" "notification-unknown-txid" "notification-wrong-content-type"
    "notification-wrong-token" "partial-refund" "seamless-falls-back-to-login" "seamless-inactive-account"
    "seamless-limit" "seamless-needs-otp" "seamless-other-customer" "seamless-other-merchant"
    "seamless-removed-token" "seamless-unknown-token" "token-revoked";
    audit: "broken-connection" "changed-amount" "changed-status" "declined" "duplicate" "expired" "genuine"
    "missing-field" "pending-after-paid" "notifications-lost" "return-before-notification" "return-without-notification"
    "review-then-approve" "review-then-reject" "unknown-txid" "wrong-content-type" "wrong-token"
}

/// All scenarios that can be found by name.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub(super) by_name: BTreeMap<Arc<str>, Source>,
    folder: Option<Arc<str>>,
}

impl Library {
    /// The built-in scenarios.
    pub fn built_in() -> Self {
        let all = BUILT_IN.iter().map(|(name, file, text)| Source {
            name: (*name).into(),
            file: format!("{file} (built in)").into(),
            text: (*text).into(),
        });
        Self::default().with_sources(all)
    }

    /// Adds scenarios; they replace those with the same name.
    #[must_use]
    pub fn with_sources(mut self, others: impl IntoIterator<Item = Source>) -> Self {
        self.by_name.extend(others.into_iter().map(|source| (Arc::clone(&source.name), source)));
        self
    }

    /// Sets the path of the folder with scenario files.
    #[must_use]
    pub fn with_folder(self, folder: Option<&str>) -> Self {
        Self { folder: folder.map(Into::into), ..self }
    }

    /// The path of the folder with scenario files.
    pub fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    /// Whether a scenario with this name exists.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|name| &**name)
    }

    /// Finds a scenario by its name, with or without `.toml`.
    pub(in crate::scenarios) fn find(&self, name: &str) -> Result<Source, String> {
        let plain = name.strip_suffix(".toml").unwrap_or(name);
        self.by_name.get(plain).cloned().ok_or_else(|| self.unknown_name(name))
    }

    /// The error message for a name that does not exist.
    pub fn unknown_name(&self, name: &str) -> String {
        let names = self.names().collect::<Vec<_>>().join(", ");
        format!("no scenario is called {name:?}; use one of {names}, or the path of a .toml file")
    }

    /// All scenarios' texts, in alphabetical order of their names.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.by_name.values()
    }
}
