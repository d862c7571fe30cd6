//! The demo options at checkout, and the rule that each means for its order. **A merchant does not need this file**: leave it
//! out when you port the shop.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::page::Lang;

/// How long a review of [`Chaos::Review`] takes.
pub(super) const REVIEW_TIME: SignedDuration = SignedDuration::from_secs(30);

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
                "Ditolak, tetapi notifikasinya menyatakan lunas. Tokennya valid.",
            ),
        };
        lang.t(en, id)
    }

    /// The effects of the rule, as in a scenario file (`docs/guides/scenarios.md`).
    pub(super) fn effects(self) -> Option<Value> {
        Some(match self {
            Self::Normal => return None,
            Self::Reject => json!({ "outcome": "reject", "reason": "risk" }),
            Self::Review => {
                json!({ "outcome": "review", "review": { "after": format!("{}s", REVIEW_TIME.as_secs()), "verdict": "approve" } })
            }
            Self::Late => json!({ "notify": { "variant": "late", "after": "20s" } }),
            Self::Duplicate => json!({ "notify": { "variant": "duplicate", "times": 3, "every": "2s" } }),
            Self::Forged => json!({
                "outcome": "reject", "reason": "risk",
                "notify": { "variant": "changed-status", "of": ["reject"], "status": "0" },
            }),
        })
    }
}
