//! The demo options at checkout: each adds a rule for one order through the control API. **A merchant does not need this
//! file**: leave it out when you port the shop.

use std::time::Duration;

use serde_json::{Value, json};

use crate::page::Lang;
use crate::paths;

/// Short, because the simulator is on this machine.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A demo option: what happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chaos {
    Normal,
    Reject,
    Review,
    Late,
    Duplicate,
    Forged,
}

impl Chaos {
    pub(super) const ALL: [Self; 6] =
        [Self::Normal, Self::Reject, Self::Review, Self::Late, Self::Duplicate, Self::Forged];

    /// The value in forms.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Normal => "usual",
            Self::Reject => "reject",
            Self::Review => "review",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Forged => "forged",
        }
    }

    pub(super) fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chaos| chaos.slug() == slug)
    }

    pub(super) fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Reject => lang.t("Kredivo declines", "Kredivo menolak"),
            Self::Review => lang.t("Kredivo reviews first", "Kredivo meninjau dulu"),
            Self::Late => lang.t("Late notification", "Notifikasi terlambat"),
            Self::Duplicate => lang.t("Notification sent three times", "Notifikasi dikirim tiga kali"),
            Self::Forged => lang.t("Forged notification", "Notifikasi palsu"),
        }
    }

    pub(super) fn description(self, lang: Lang) -> &'static str {
        let (en, id) = match self {
            Self::Normal => ("The account decides the outcome.", "Akun menentukan hasilnya."),
            Self::Reject => ("The payment fails and the shop is notified.", "Pembayaran gagal dan toko diberi tahu."),
            Self::Review => (
                "Approved after 30 seconds. You can also decide on the order page.",
                "Disetujui setelah 30 detik. Anda juga dapat memutuskannya di halaman pesanan.",
            ),
            Self::Late => (
                "Paid, but the notification arrives 20 seconds later.",
                "Lunas, tetapi notifikasinya tiba 20 detik kemudian.",
            ),
            Self::Duplicate => (
                "Paid and notified three times. The goods are packed once.",
                "Lunas dan diberitahukan tiga kali. Barang dikemas sekali saja.",
            ),
            Self::Forged => (
                "Declined, but the notification claims that the order is paid. Its token is valid.",
                "Ditolak, tetapi notifikasinya mengaku lunas. Tokennya valid.",
            ),
        };
        lang.t(en, id)
    }

    /// The effects of the rule, as in a scenario file (`docs/guides/scenarios.md`).
    fn effects(self) -> Option<Value> {
        Some(match self {
            Self::Normal => return None,
            Self::Reject => json!({ "outcome": "reject", "reason": "risk" }),
            Self::Review => json!({ "outcome": "review", "review": { "after": "30s", "verdict": "approve" } }),
            Self::Late => json!({ "notify": { "variant": "late", "after": "20s" } }),
            Self::Duplicate => json!({ "notify": { "variant": "duplicate", "times": 3, "every": "2s" } }),
            Self::Forged => json!({
                "outcome": "reject", "reason": "risk",
                "notify": { "variant": "changed-status", "of": ["reject"], "status": "0" },
            }),
        })
    }
}

/// A call to the control API.
#[derive(Debug)]
pub(super) struct ControlCall {
    pub(super) request_line: String,
    pub(super) request: String,
    /// The HTTP status and the body, or an error.
    pub(super) response: Result<(u16, String), String>,
}

impl ControlCall {
    pub(super) fn succeeded(&self) -> bool {
        matches!(self.response, Ok((200..=299, _)))
    }
}

/// A client for the control API.
#[derive(Clone, Debug)]
pub(super) struct Simulator {
    http: reqwest::Client,
    base: String,
}

impl Simulator {
    pub(super) fn new(base: String) -> Result<Self, reqwest::Error> {
        Ok(Self { http: reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?, base })
    }

    /// Adds the rule for one order; none for [`Chaos::Normal`].
    pub(super) async fn add_rule(&self, chaos: Chaos, i_mid: &str, reference_no: &str) -> Option<ControlCall> {
        let rule = json!({
            "times": 1, "when": { "iMid": i_mid, "referenceNo": reference_no }, "then": chaos.effects()?,
        });
        Some(self.post(format!("{}/rules", paths::API), &rule).await)
    }

    /// Decides a payment under review.
    pub(super) async fn decide(&self, t_xid: &str, approve: bool) -> ControlCall {
        let decision = json!({ "do": if approve { "approve" } else { "reject" } });
        self.post(format!("{}/transactions/{t_xid}/partner", paths::API), &decision).await
    }

    async fn post(&self, path: String, body: &Value) -> ControlCall {
        let sent = body.to_string();
        let request = self.http.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        let response = async {
            let response = request.body(sent.clone()).send().await?;
            Ok((response.status().as_u16(), response.text().await?))
        };
        let response = response.await.map_err(|error: reqwest::Error| error.to_string());
        ControlCall { request_line: format!("POST {path}"), request: sent, response }
    }
}
