//! The sales engineer's switches: what shall happen to one order, ordered by the control API, over HTTP like everybody
//! else's tests. **No merchant has this**: whoever ports the shop leaves the file out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::page::Lang;
use crate::paths;

/// The simulator is on this machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// What shall happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chaos {
    AsUsual,
    Reject,
    Review,
    Late,
    Duplicate,
    Forged,
}

impl Chaos {
    pub(super) const ALL: [Self; 6] =
        [Self::AsUsual, Self::Reject, Self::Review, Self::Late, Self::Duplicate, Self::Forged];

    /// In forms.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::AsUsual => "usual",
            Self::Reject => "reject",
            Self::Review => "review",
            Self::Late => "late",
            Self::Duplicate => "duplicate",
            Self::Forged => "forged",
        }
    }

    pub(super) fn of(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chaos| chaos.slug() == slug)
    }

    pub(super) fn name(self, lang: Lang) -> &'static str {
        let [id, en] = match self {
            Self::AsUsual => ["Seperti biasa", "As usual"],
            Self::Reject => ["Kredivo menolak", "Kredivo rejects"],
            Self::Review => ["Kredivo meninjau dulu", "Kredivo takes a look first"],
            Self::Late => ["Notifikasi terlambat", "The notification is late"],
            Self::Duplicate => ["Notifikasi datang tiga kali", "The notification comes three times"],
            Self::Forged => ["Notifikasi palsu", "A forged notification"],
        };
        lang.t(en, id)
    }

    pub(super) fn says(self, lang: Lang) -> &'static str {
        let [id, en] = match self {
            Self::AsUsual => ["Siapa yang bisa membayar, membayar.", "Whoever can pay, pays."],
            Self::Reject => ["Pembayaran gagal, toko diberi tahu.", "The payment fails, and the shop is told."],
            Self::Review => [
                "Disetujui setelah 30 detik, atau putuskan sendiri di halaman pesanan.",
                "Approved after 30 seconds; or decide on the order's page.",
            ],
            Self::Late => [
                "Lunas, tetapi notifikasinya baru datang 20 detik kemudian.",
                "Paid, but the notification takes 20 seconds more.",
            ],
            Self::Duplicate => [
                "Lunas, dan diberitahukan tiga kali. Barang dikemas sekali.",
                "Paid, and told three times. The goods are packed once.",
            ],
            Self::Forged => [
                "Ditolak, tetapi notifikasinya mengaku lunas, dengan token yang sah.",
                "Rejected, but the notification claims that it is paid, with a token that fits.",
            ],
        };
        lang.t(en, id)
    }

    /// What is ordered, as in a scenario file (`docs/SCENARIOS.md`).
    fn then(self) -> Option<Value> {
        Some(match self {
            Self::AsUsual => return None,
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

/// What the control API was told.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) line: String,
    pub(super) sent: String,
    pub(super) answer: Result<(u16, String), String>,
}

impl Told {
    pub(super) fn worked(&self) -> bool {
        matches!(self.answer, Ok((200..=299, _)))
    }
}

/// A way to the control API.
#[derive(Clone, Debug)]
pub(super) struct Simulator {
    http: reqwest::Client,
    base: String,
}

impl Simulator {
    pub(super) fn new(base: String) -> Result<Self, reqwest::Error> {
        Ok(Self { http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?, base })
    }

    /// Orders what shall happen to one order; nothing where it goes as usual.
    pub(super) async fn order(&self, chaos: Chaos, i_mid: &str, reference_no: &str) -> Option<Told> {
        let rule = json!({
            "times": 1, "when": { "iMid": i_mid, "referenceNo": reference_no }, "then": chaos.then()?,
        });
        Some(self.tell(format!("{}/rules", paths::API), &rule).await)
    }

    /// Decides what is under review.
    pub(super) async fn decide(&self, t_xid: &str, approve: bool) -> Told {
        let verdict = json!({ "do": if approve { "approve" } else { "reject" } });
        self.tell(format!("{}/transactions/{t_xid}/partner", paths::API), &verdict).await
    }

    async fn tell(&self, path: String, body: &Value) -> Told {
        let sent = body.to_string();
        let request = self.http.post(format!("{}{path}", self.base)).header("content-type", "application/json");
        let answer = async {
            let response = request.body(sent.clone()).send().await?;
            Ok((response.status().as_u16(), response.text().await?))
        };
        let answer = answer.await.map_err(|error: reqwest::Error| error.to_string());
        Told { line: format!("POST {path}"), sent, answer }
    }
}
