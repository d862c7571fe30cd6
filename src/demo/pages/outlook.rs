//! What an order's card says beside its state: the moment of a demo option, and what the order waits for. Some of it a
//! merchant cannot know: that comes from the control API.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::demo::catalog::rupiah;
use crate::demo::chaos::{Chaos, REVIEW_TIME};
use crate::demo::exchange_text::status_word;
use crate::demo::orders::Order;
use crate::demo::simulator::{Coming, Insight};
use crate::page::Lang;

/// What the demo option has shown.
pub(super) struct Moment {
    /// In `data-moment`.
    pub(super) slug: &'static str,
    /// `bad`, `good` or `plain`.
    pub(super) tone: &'static str,
    pub(super) title: String,
    pub(super) text: String,
    /// Whether "Start over" helps.
    pub(super) may_start_over: bool,
}

/// What an order waits for, and what happens then.
pub(super) struct Awaits {
    pub(super) what: &'static str,
    pub(super) then: &'static str,
    /// The seconds until then, if they are known.
    pub(super) due: Option<u64>,
    /// The number of the notification that can be delivered now.
    pub(super) deliver: Option<String>,
    /// Whether the script loads the page again without a sign from NICEPAY.
    pub(super) look_again: bool,
}

/// An order as its page explains it.
pub(super) struct Outlook<'a> {
    pub(super) order: &'a Order,
    pub(super) state: &'static str,
    pub(super) insight: &'a Insight,
    pub(super) now: Timestamp,
    pub(super) lang: Lang,
}

impl Outlook<'_> {
    pub(super) fn moment(&self) -> Option<Moment> {
        let lang = self.lang;
        let moment = |slug, tone, (title, text): (String, String)| {
            Some(Moment { slug, tone, title, text, may_start_over: false })
        };
        let text = |[title, text]: [&str; 2]| (title.to_owned(), text.to_owned());
        match (self.state, self.order.chaos) {
            ("paid", _) if self.order.forged.is_some() => moment(
                "forged-before",
                "plain",
                text(lang.t(
                    [
                        "Forged notification ignored",
                        "A forged notification came, too. The shop asked NICEPAY and believed NICEPAY only.",
                    ],
                    [
                        "Notifikasi palsu diabaikan",
                        "Sempat datang notifikasi palsu. Toko mengecek ke NICEPAY dan hanya mempercayai NICEPAY.",
                    ],
                )),
            ),
            (_, _) if self.order.forged.is_some() => moment("forged", "bad", self.forged()),
            ("paid", chaos) if chaos == Chaos::Duplicate || self.order.times_confirmed("0") > 1 => {
                moment("duplicate", "good", self.repeated())
            }
            ("paid", Chaos::Late) => moment(
                "late",
                "good",
                text(lang.t(
                    [
                        "The notification came late",
                        "The customer was back long before. The shop waited for the notification, and packed only then.",
                    ],
                    [
                        "Notifikasinya terlambat",
                        "Pelanggan sudah lama kembali ke toko. Toko menunggu notifikasi, dan baru mengemas setelah itu.",
                    ],
                )),
            ),
            ("paid", Chaos::Review) => moment(
                "review",
                "good",
                text(lang.t(
                    [
                        "First reviewed, then approved",
                        "During the review nothing was packed. The shop packed when NICEPAY confirmed the approval.",
                    ],
                    [
                        "Ditinjau dulu, lalu disetujui",
                        "Selama ditinjau, tidak ada yang dikemas. Toko mengemas setelah NICEPAY mengonfirmasi \
                         persetujuan.",
                    ],
                )),
            ),
            ("rejected", Chaos::Forged) => None,
            ("rejected", _) => self.declined(),
            _ => None,
        }
    }

    fn forged(&self) -> (String, String) {
        let (lang, total) = (self.lang, rupiah(self.order.total()));
        let (claimed, real) =
            self.order.forged.as_ref().map_or(("", ""), |forged| (forged.claimed.as_str(), forged.real.as_str()));
        let title = lang.t("Forged notification", "Notifikasi palsu").to_owned();
        if claimed == "0" {
            let text = lang.t(
                format!(
                    "A forged notification said that this was paid. We asked NICEPAY: it is not. {total} were not \
                     shipped."
                ),
                format!(
                    "Notifikasi palsu menyatakan pesanan ini lunas. Kami mengecek ke NICEPAY: belum lunas. Barang \
                     senilai {total} tidak dikirim."
                ),
            );
            return (title, text);
        }
        let (claimed, real) = (status_word(claimed, lang), status_word(real, lang));
        let text = lang.t(
            format!("A forged notification said: {claimed}. We asked NICEPAY: {real}. Only NICEPAY's answer counts."),
            format!(
                "Notifikasi palsu menyatakan: {claimed}. Kami mengecek ke NICEPAY: {real}. Hanya jawaban NICEPAY yang \
                 berlaku."
            ),
        );
        (title, text)
    }

    fn repeated(&self) -> (String, String) {
        let (lang, times) = (self.lang, self.order.times_confirmed("0"));
        let number = match times {
            0 | 1 => lang.t("One", "Satu").to_owned(),
            2 => lang.t("Two", "Dua").to_owned(),
            3 => lang.t("Three", "Tiga").to_owned(),
            _ => times.to_string(),
        };
        let title = match times {
            0 | 1 => lang.t("One notification, packed", "Satu notifikasi, sudah dikemas").to_owned(),
            _ => lang
                .t(format!("{number} notifications, packed once"), format!("{number} notifikasi, dikemas satu kali")),
        };
        let text = lang.t(
            "The same notification can come several times. The shop answers each with 200, and packs at the first.",
            "Notifikasi yang sama dapat datang beberapa kali. Toko menjawab semuanya dengan 200, dan mengemas hanya pada \
             yang pertama.",
        );
        (title, text.to_owned())
    }

    /// Why the lender declined. NICEPAY tells a merchant only that.
    fn declined(&self) -> Option<Moment> {
        let lang = self.lang;
        let (slug, en, id) = match (self.insight.reason.as_str(), self.order.chaos) {
            ("limit", _) => (
                "limit",
                "The account's limit is too low for this amount. After “Start over”, the limits are full again.",
                "Limit akun tidak cukup untuk jumlah ini. Setelah “Mulai ulang demo”, limit kembali penuh.",
            ),
            ("inactive", _) => ("inactive", "The account at Kredivo is not active.", "Akun di Kredivo tidak aktif."),
            (_, Chaos::Reject) => (
                "reject",
                "You chose this outcome at checkout: for Kredivo, the risk was too high. NICEPAY tells the shop only \
                 status 8, failed. Nothing was charged, and nothing was packed.",
                "Anda memilih hasil ini di checkout: menurut Kredivo, risikonya terlalu tinggi. NICEPAY hanya memberi \
                 tahu toko status 8, gagal. Tidak ada yang ditagih, dan tidak ada yang dikemas.",
            ),
            (_, Chaos::Review) => (
                "review",
                "Kredivo reviewed the payment first, and then declined it. During the review nothing was packed.",
                "Kredivo meninjau pembayaran ini dulu, lalu menolaknya. Selama ditinjau, tidak ada yang dikemas.",
            ),
            ("risk", _) => (
                "risk",
                "For Kredivo, the risk was too high. NICEPAY tells the shop only status 8, failed.",
                "Menurut Kredivo, risikonya terlalu tinggi. NICEPAY hanya memberi tahu toko status 8, gagal.",
            ),
            _ => return None,
        };
        Some(Moment {
            slug,
            tone: "bad",
            title: lang.t("Why it was declined", "Alasan penolakan").to_owned(),
            text: lang.t(en, id).to_owned(),
            may_start_over: slug == "limit",
        })
    }

    pub(super) fn awaits(&self) -> Option<Awaits> {
        let coming = self.insight.coming.first();
        match self.state {
            "registering" => Some(self.anything(
                ["NICEPAY's answer to the registration.", "Then your browser goes to Kredivo."],
                ["Jawaban NICEPAY atas registrasi.", "Setelah itu, browser Anda dialihkan ke Kredivo."],
            )),
            "waiting" | "early" | "abandoned" | "settling" if coming.is_some() => coming.map(|coming| {
                if self.order.chaos == Chaos::Forged {
                    self.forged_notification(coming)
                } else {
                    self.next_notification(coming)
                }
            }),
            "waiting" => Some(Awaits {
                look_again: false,
                ..self.anything(
                    ["Your payment at Kredivo. The order is kept for 24 hours.", "NICEPAY then notifies the shop."],
                    [
                        "Pembayaran Anda di Kredivo. Pesanan disimpan selama 24 jam.",
                        "Setelah itu, NICEPAY memberi tahu toko.",
                    ],
                )
            }),
            "early" if self.insight.has_notifications => Some(Awaits {
                look_again: false,
                ..self.anything(
                    [
                        "NICEPAY's notification, but none is on its way: it was lost.",
                        "One minute after the payment, press “Check status”: the shop then packs without it.",
                    ],
                    [
                        "Notifikasi NICEPAY, tetapi tidak ada yang akan datang: notifikasinya hilang.",
                        "Satu menit setelah pembayaran, tekan “Cek status”: toko lalu mengemas tanpa notifikasi.",
                    ],
                )
            }),
            "early" => Some(self.anything(
                ["NICEPAY's notification.", "The shop asks NICEPAY for the status once more, and packs."],
                ["Notifikasi NICEPAY.", "Toko mengecek status ke NICEPAY sekali lagi, lalu mengemas."],
            )),
            "settling" => Some(self.anything(
                ["Kredivo's decision and NICEPAY's notification.", "The shop asks NICEPAY for the status, and packs."],
                ["Keputusan Kredivo dan notifikasi NICEPAY.", "Toko mengecek status ke NICEPAY, lalu mengemas."],
            )),
            "under-review" => Some(self.review()),
            "rejected" if self.order.chaos == Chaos::Forged && self.order.forged.is_none() => {
                coming.map(|coming| self.forged_notification(coming))
            }
            "paid" => coming.map(|coming| self.repeat(coming)),
            _ => None,
        }
    }

    fn anything(&self, en: [&'static str; 2], id: [&'static str; 2]) -> Awaits {
        let [what, then] = self.lang.t(en, id);
        Awaits { what, then, due: None, deliver: None, look_again: true }
    }

    fn notification(&self, coming: &Coming, en: [&'static str; 2], id: [&'static str; 2]) -> Awaits {
        Awaits {
            due: coming.due.map(|due| self.seconds_until(due)),
            deliver: Some(coming.id.clone()),
            look_again: false,
            ..self.anything(en, id)
        }
    }

    fn next_notification(&self, coming: &Coming) -> Awaits {
        let (en, id) = match (self.order.chaos, coming.due) {
            (Chaos::Late, _) => (
                "NICEPAY's notification, which is late: you chose that at checkout.",
                "Notifikasi NICEPAY yang terlambat: itu yang Anda pilih di checkout.",
            ),
            (_, None) => (
                "NICEPAY's notification, which a rule of the simulator holds back.",
                "Notifikasi NICEPAY yang ditahan oleh aturan di simulator.",
            ),
            _ => ("NICEPAY's notification.", "Notifikasi NICEPAY."),
        };
        self.notification(
            coming,
            [en, "The shop asks NICEPAY for the status, and packs if it is paid. Until then it packs nothing."],
            [id, "Toko mengecek status ke NICEPAY, lalu mengemas jika lunas. Sebelum itu, tidak ada yang dikemas."],
        )
    }

    fn forged_notification(&self, coming: &Coming) -> Awaits {
        self.notification(
            coming,
            [
                "A forged notification: it will say “paid”, with a valid merchantToken.",
                "The shop asks NICEPAY before it believes it. Watch this card.",
            ],
            [
                "Notifikasi palsu: isinya akan menyatakan “lunas”, dengan merchantToken yang valid.",
                "Toko mengecek ke NICEPAY sebelum mempercayainya. Perhatikan kartu ini.",
            ],
        )
    }

    fn repeat(&self, coming: &Coming) -> Awaits {
        self.notification(
            coming,
            ["The same notification once more.", "The shop answers with 200, and packs nothing again."],
            ["Notifikasi yang sama sekali lagi.", "Toko menjawab dengan 200, dan tidak mengemas lagi."],
        )
    }

    fn review(&self) -> Awaits {
        let then = (
            "NICEPAY notifies the shop, which asks for the status. It packs only after an approval.",
            "NICEPAY memberi tahu toko, lalu toko mengecek status. Barang hanya dikemas jika disetujui.",
        );
        match (&self.insight.review, self.insight.coming.first()) {
            // Kredivo has decided.
            (None, Some(coming)) => self.notification(
                coming,
                [
                    "NICEPAY's notification of Kredivo's decision.",
                    "The shop asks NICEPAY for the status. It packs only after an approval.",
                ],
                [
                    "Notifikasi NICEPAY tentang keputusan Kredivo.",
                    "Toko mengecek status ke NICEPAY. Barang hanya dikemas jika disetujui.",
                ],
            ),
            (Some(review), _) if review.ends && self.order.chaos == Chaos::Review => Awaits {
                due: Some(self.seconds_until(review.since + REVIEW_TIME)),
                ..self.anything(["Kredivo's decision.", then.0], ["Keputusan Kredivo.", then.1])
            },
            _ => self.anything(
                ["Kredivo's decision. You can make it below.", then.0],
                ["Keputusan Kredivo. Anda dapat memutuskannya di bawah.", then.1],
            ),
        }
    }

    /// Whole seconds, rounded up; 0 for what is over.
    fn seconds_until(&self, due: Timestamp) -> u64 {
        let millis = due.duration_since(self.now).as_millis().max(0);
        u64::try_from(millis).unwrap_or(u64::MAX).div_ceil(1000)
    }
}

impl Awaits {
    /// `18 s`, then `now`.
    pub(super) fn due_text(&self, lang: Lang) -> String {
        match self.due.unwrap_or_default() {
            0 => lang.t("now", "sekarang").to_owned(),
            seconds => lang.duration(Duration::from_secs(seconds)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::catalog::PRODUCTS;
    use crate::demo::nicepay::Mode;
    use crate::demo::orders::{Forged, Stage};
    use crate::demo::simulator::Review;

    fn order(chaos: Chaos) -> Order {
        let names = ("TT-1".to_owned(), String::new());
        let mut order = Order::new(names, (&PRODUCTS[2], 1), (Mode::Login, 1), chaos, Timestamp::UNIX_EPOCH);
        order.stage = Stage::Waiting;
        order
    }

    /// Every state that is amber says what it waits for and what happens then, in both languages.
    #[test]
    fn no_amber_state_is_without_an_explanation() {
        let coming = Coming { id: "7".to_owned(), due: Some(Timestamp::from_second(18).unwrap()) };
        let due = Insight { coming: vec![coming], has_notifications: true, ..Insight::default() };
        let review = Review { since: Timestamp::UNIX_EPOCH, ends: false };
        let reviewed = Insight { review: Some(review), ..Insight::default() };
        for chaos in Chaos::ALL {
            let order = order(chaos);
            for insight in [&Insight::default(), &due, &reviewed] {
                for state in ["registering", "waiting", "early", "settling", "under-review"] {
                    for lang in [Lang::En, Lang::Id] {
                        let outlook = Outlook { order: &order, state, insight, now: Timestamp::UNIX_EPOCH, lang };
                        let awaits = outlook.awaits().unwrap_or_else(|| panic!("{state} {chaos:?}"));
                        assert!(!awaits.what.is_empty() && !awaits.then.is_empty(), "{state} {chaos:?}");
                        if state == "early" && !insight.coming.is_empty() {
                            assert_eq!((awaits.due, awaits.deliver.as_deref()), (Some(18), Some("7")));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_forged_notification_is_told_with_the_amount() {
        let mut order = order(Chaos::Forged);
        order.forged = Some(Forged { claimed: "0".to_owned(), real: "8".to_owned() });
        let insight = Insight::default();
        let outlook =
            Outlook { order: &order, state: "rejected", insight: &insight, now: Timestamp::UNIX_EPOCH, lang: Lang::En };
        let moment = outlook.moment().unwrap();
        assert_eq!((moment.slug, moment.tone), ("forged", "bad"));
        assert_eq!(
            moment.text,
            "A forged notification said that this was paid. We asked NICEPAY: it is not. Rp\u{a0}425.000 were not shipped."
        );
    }
}
