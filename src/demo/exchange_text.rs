//! The texts of the panel "Behind the scenes": what each exchange is for, and what the shop concluded from it.

use super::exchange_log::{Exchange, ExchangeKind, Finding};
use super::orders::{Effect, Forged};
use crate::page::Lang;

impl ExchangeKind {
    /// Sender and receiver of the request.
    pub(super) fn direction(self, lang: Lang) -> &'static str {
        match self {
            Self::Rule | Self::Button => "demo → simulator",
            Self::Redirect => "browser → NICEPAY",
            Self::Callback => lang.t("browser → shop", "browser → toko"),
            Self::Notification => lang.t("NICEPAY → shop", "NICEPAY → toko"),
            _ => lang.t("shop → NICEPAY", "toko → NICEPAY"),
        }
    }

    pub(super) fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Rule => lang.t("Rule added", "Aturan ditambahkan"),
            Self::Button => lang.t("Demo button", "Tombol demo"),
            Self::Registration => lang.t("Registration", "Registrasi"),
            Self::Redirect => lang.t("Redirect to payment", "Pengalihan ke pembayaran"),
            Self::Callback => "Callback",
            Self::Notification => lang.t("Notification", "Notifikasi"),
            Self::Inquiry => lang.t("Inquiry", "Cek status"),
            Self::Binding => lang.t("Account linking", "Hubungkan akun"),
            Self::UserDetails => lang.t("Account details", "Rincian akun"),
            Self::RemoveToken => lang.t("Remove token", "Hapus token"),
        }
    }

    /// Why a merchant does this, and does it like this.
    pub(super) fn explanation(self, lang: Lang) -> &'static str {
        let (en, id) = match self {
            Self::Rule => (
                "Not part of an integration. The demo option at checkout adds a rule for this order.",
                "Bukan bagian dari integrasi. Opsi demo di halaman checkout menambahkan aturan untuk pesanan ini.",
            ),
            Self::Button => (
                "Not part of an integration. The button plays Kredivo, or lets NICEPAY send a notification now.",
                "Bukan bagian dari integrasi. Tombol ini berperan sebagai Kredivo, atau membuat NICEPAY mengirim \
                 notifikasi sekarang.",
            ),
            Self::Registration => (
                "The server registers the order, not the browser. Only the server has the merchant key, so customers \
                 cannot change the price.",
                "Server yang mendaftarkan pesanan, bukan browser. Hanya server yang memiliki kunci merchant, sehingga \
                 pelanggan tidak dapat mengubah harga.",
            ),
            Self::Redirect => (
                "The URL is signed with the order's number, amount and time. Only this shop can create it.",
                "URL ini ditandatangani dengan nomor, jumlah, dan waktu pesanan. Hanya toko ini yang dapat membuatnya.",
            ),
            Self::Callback => (
                "The callback has no merchantToken: anyone can open this URL. The shop only shows a page and checks \
                 the status itself. It packs nothing because of a callback.",
                "Callback tidak membawa merchantToken: siapa pun dapat membuka URL ini. Toko hanya menampilkan halaman \
                 dan mengecek status sendiri. Barang tidak dikemas karena callback.",
            ),
            Self::Notification => (
                "The merchantToken proves the sender but does not cover the status. So the shop compares the amount \
                 and checks the status before it packs the goods.",
                "merchantToken membuktikan pengirim, tetapi tidak mencakup status. Karena itu, toko membandingkan \
                 jumlah dan mengecek status sebelum mengemas barang.",
            ),
            Self::Inquiry => (
                "The response to the shop's own request cannot be forged from outside. resultCd 0000 only means that \
                 the inquiry was answered. What counts is the status, the amount and the order number.",
                "Respons atas permintaan toko sendiri tidak dapat dipalsukan dari luar. resultCd 0000 hanya berarti \
                 cek status berhasil dijawab. Yang menentukan adalah status, jumlah, dan nomor pesanan.",
            ),
            Self::Binding => (
                "Links an account without a purchase. The customer signs in at Kredivo. The token comes with the \
                 notification, never through the browser.",
                "Menghubungkan akun tanpa pembelian. Pelanggan login di Kredivo. Token datang lewat notifikasi, tidak \
                 pernah lewat browser.",
            ),
            Self::UserDetails => (
                "The merchantToken does not cover the userToken. So the shop checks it with Kredivo before it stores \
                 it, and reads the limits.",
                "merchantToken tidak mencakup userToken. Karena itu, toko memeriksanya ke Kredivo sebelum \
                 menyimpannya, sekaligus membaca limitnya.",
            ),
            Self::RemoveToken => (
                "The token is removed at NICEPAY first and then deleted here. A token that is only deleted here could \
                 still be used.",
                "Token dihapus di NICEPAY dulu, lalu di sini. Token yang hanya dihapus di sini masih dapat dipakai.",
            ),
        };
        lang.t(en, id)
    }
}

/// Name, sender and receiver, and explanation of a notification that NICEPAY did not send.
pub(super) fn from_somebody_else(exchange: &Exchange, lang: Lang) -> [String; 3] {
    let forged = exchange.findings.iter().find_map(|finding| match finding {
        Finding::Forged(forged) => Some(forged),
        _ => None,
    });
    let explanation = match forged {
        Some(Forged { claimed, real }) => {
            let word = |status| format!("{status} ({})", status_word(status, lang));
            let (claimed, real) = (word(claimed), word(real));
            lang.t(
                format!(
                    "This did not come from NICEPAY. It claims status {claimed}; NICEPAY itself answered the shop's \
                     inquiry with {real}. The merchantToken fits, because it does not cover the status: a true \
                     notification can be changed and sent again. Only the inquiry found it out."
                ),
                format!(
                    "Ini bukan dari NICEPAY. Isinya menyatakan status {claimed}; NICEPAY sendiri menjawab cek status toko \
                     dengan {real}. merchantToken-nya cocok, karena tidak mencakup status: notifikasi asli dapat diubah \
                     lalu dikirim lagi. Hanya cek status yang membongkarnya."
                ),
            )
        }
        None => lang
            .t(
                "The merchantToken is wrong: whoever sent this does not have the merchant key. The shop ignores it.",
                "merchantToken salah: pengirimnya tidak memiliki kunci merchant. Toko mengabaikannya.",
            )
            .to_owned(),
    };
    let (name, direction) =
        lang.t(("Forged notification", "somebody → shop"), ("Notifikasi palsu", "seseorang → toko"));
    [name.to_owned(), direction.to_owned(), explanation]
}

/// The meaning of an inquiry's status (`docs/PROTOCOL.md` §4.1).
pub(super) fn status_word(status: &str, lang: Lang) -> &'static str {
    match status {
        "0" => lang.t("paid", "lunas"),
        "1" | "2" => lang.t("refunded", "dana dikembalikan"),
        "3" => lang.t("under review", "ditinjau"),
        "8" => lang.t("failed", "gagal"),
        "9" => lang.t("not paid yet", "belum dibayar"),
        _ => lang.t("unknown", "tidak dikenal"),
    }
}

impl Finding {
    /// `good`, `bad`, or `plain`.
    pub(super) fn tone(&self) -> &'static str {
        match self {
            Self::Accepted | Self::TokenValid | Self::UserTokenStored | Self::Effect(Effect::Fulfilled) => "good",
            Self::Refused { .. }
            | Self::NoResponse(_)
            | Self::TokenInvalid
            | Self::AmountMismatch
            | Self::OrderMismatch
            | Self::InquiryMismatch
            | Self::Forged(_)
            | Self::UserTokenNotStored => "bad",
            _ => "plain",
        }
    }

    pub(super) fn text(&self, lang: Lang) -> String {
        let (en, id) = match self {
            Self::Accepted => ("accepted: 0000", "diterima: 0000"),
            Self::Refused { code, message } => {
                return format!("{} {code}: {message}", lang.t("refused", "ditolak"));
            }
            Self::NoResponse(reason) => {
                return format!("{} ({reason})", lang.t("no response", "tidak ada respons"));
            }
            Self::RuleActive => ("active for this order only", "aktif hanya untuk pesanan ini"),
            Self::CarriedOut => ("carried out", "dijalankan"),
            Self::AlreadyCarriedOut => ("already done by somebody else", "sudah dilakukan oleh orang lain"),
            Self::Redirected => ("redirected to NICEPAY (303)", "dialihkan ke NICEPAY (303)"),
            Self::Unsigned(code) => {
                let text = lang.t("not signed, only displayed", "tidak ditandatangani, hanya ditampilkan");
                return format!("{text}: resultCd {code}");
            }
            Self::TokenValid => ("merchantToken valid", "merchantToken valid"),
            Self::TokenInvalid => ("merchantToken invalid: ignored", "merchantToken tidak valid: diabaikan"),
            Self::AmountMismatch => {
                ("amount does not match the order: ignored", "jumlah tidak cocok dengan pesanan: diabaikan")
            }
            Self::OrderMismatch => ("does not match this order: ignored", "tidak cocok dengan pesanan ini: diabaikan"),
            Self::Status(status) => {
                let text = lang.t("inquiry status", "hasil cek status");
                return format!("{text} {status}: {}", status_word(status, lang));
            }
            Self::InquiryMismatch => {
                ("inquiry does not match the order", "hasil cek status tidak cocok dengan pesanan")
            }
            Self::Forged(Forged { claimed, real }) => {
                return lang.t(
                    format!("forged: claims {claimed}, inquiry status {real}"),
                    format!("palsu: menyatakan {claimed}, hasil cek status {real}"),
                );
            }
            Self::Effect(effect) => return effect_text(*effect, lang).to_owned(),
            Self::Repeat => {
                ("repeat: answered 200, not fulfilled again", "pengulangan: dijawab 200, tidak diproses lagi")
            }
            Self::Outdated => ("outdated: tells an earlier status", "terlambat: status sebelumnya"),
            Self::UserTokenStored => ("userToken stored", "userToken disimpan"),
            Self::UserTokenNotStored => ("userToken not stored", "userToken tidak disimpan"),
            Self::UserTokenDeleted => ("userToken deleted", "userToken dihapus"),
            Self::RetryRequested => {
                ("answered 503, so that NICEPAY sends it again", "dijawab 503 agar NICEPAY mengirim ulang")
            }
        };
        lang.t(en, id).to_owned()
    }
}

fn effect_text(effect: Effect, lang: Lang) -> &'static str {
    match effect {
        Effect::Fulfilled => lang.t("order is being packed", "pesanan dikemas"),
        Effect::AlreadyFulfilled => lang.t("already packed, not repeated", "sudah dikemas, tidak diulang"),
        Effect::Reviewing => lang.t("waiting for Kredivo's decision", "menunggu keputusan Kredivo"),
        Effect::Rejected => lang.t("not fulfilled", "tidak dikemas"),
        Effect::Refunded => lang.t("shipping stopped", "pengiriman dihentikan"),
        Effect::Nothing => lang.t("no change", "tidak ada perubahan"),
    }
}
