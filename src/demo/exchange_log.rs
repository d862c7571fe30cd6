//! The log of a customer's requests: what the shop's server sent and received, for the panel "Behind the scenes". A real
//! shop has a log file instead.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::nicepay::{Call, CallError};
use super::orders::Effect;
use crate::page::Lang;

/// Exchanges of one customer.
const MAX_EXCHANGES: usize = 200;
/// Bytes of all of them.
const MAX_BYTES: usize = 128 * 1024;
/// Bytes of one text.
const MAX_TEXT: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExchangeKind {
    Rule,
    Registration,
    Redirect,
    Callback,
    Notification,
    Inquiry,
    Binding,
    UserDetails,
    RemoveToken,
}

/// What the shop concluded from an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// `resultCd` 0000.
    Accepted,
    Refused {
        code: String,
        message: String,
    },
    /// No usable response.
    NoResponse(String),
    /// The rule of the demo option is active.
    RuleActive,
    /// The browser is redirected to NICEPAY.
    Redirected,
    /// The `resultCd` of a callback, which nothing proves.
    Unsigned(String),
    TokenValid,
    /// The merchantToken is wrong, or names another merchant.
    TokenInvalid,
    AmountMismatch,
    /// It is about another transaction or customer than the order.
    OrderMismatch,
    /// The status in the inquiry's response.
    Status(String),
    /// The inquiry's response is about another order or amount.
    InquiryMismatch,
    /// The notification's status is not the inquiry's.
    Forged {
        claimed: String,
        real: String,
    },
    Effect(Effect),
    /// The same notification was confirmed before.
    Repeat,
    /// The notification is about an earlier status.
    Outdated,
    UserTokenStored,
    /// Kredivo does not confirm the user token.
    UserTokenNotStored,
    UserTokenDeleted,
    /// Answered so that NICEPAY sends it again.
    RetryRequested,
}

/// A request and its response.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    /// Counts up, for one customer.
    pub(super) no: u64,
    pub(super) at: Timestamp,
    /// The `referenceNo` of the order or binding.
    pub(super) reference_no: String,
    pub(super) kind: ExchangeKind,
    /// `POST /nicepay/direct/v2/registration`
    pub(super) request_line: String,
    pub(super) request: String,
    pub(super) response: String,
    /// The HTTP status of the response, if there is one.
    pub(super) status: Option<u16>,
    pub(super) diagnosis: Option<String>,
    pub(super) findings: Vec<Finding>,
}

/// One customer's exchanges, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct ExchangeLog {
    exchanges: VecDeque<Exchange>,
    count: u64,
    revision: u64,
}

fn truncate(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let mut end = MAX_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}\u{2026}", &text[..end])
}

impl Exchange {
    pub(super) fn new(
        at: Timestamp,
        kind: ExchangeKind,
        reference_no: &str,
        request_line: &str,
        request: &str,
    ) -> Self {
        Self {
            no: 0,
            at,
            reference_no: reference_no.to_owned(),
            kind,
            request_line: truncate(request_line),
            request: truncate(request),
            response: String::new(),
            status: None,
            diagnosis: None,
            findings: Vec::new(),
        }
    }

    /// A call to NICEPAY.
    pub(super) fn of(at: Timestamp, kind: ExchangeKind, reference_no: &str, call: &Call) -> Self {
        let mut exchange = Self::new(at, kind, reference_no, &format!("POST {}", call.path), &call.request);
        match &call.result {
            Ok(response) => {
                (exchange.status, exchange.response) = (Some(200), truncate(&response.body));
                exchange.diagnosis.clone_from(&response.diagnosis);
            }
            Err(CallError::Unreachable(_)) => {}
            Err(CallError::JsonError { status, body }) => {
                (exchange.status, exchange.response) = (Some(*status), truncate(body));
            }
        }
        exchange.findings.push(if call.accepted().is_some() { Finding::Accepted } else { not_accepted(call) });
        exchange
    }

    pub(super) fn with_response(mut self, status: u16, body: &str) -> Self {
        (self.status, self.response) = (Some(status), truncate(body));
        self
    }

    pub(super) fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    fn bytes(&self) -> usize {
        self.request.len() + self.response.len() + self.request_line.len()
    }
}

/// The finding for a call that was not accepted.
pub(super) fn not_accepted(call: &Call) -> Finding {
    match &call.result {
        Ok(response) => Finding::Refused {
            code: truncate(response.text("resultCd")),
            message: truncate(response.text("resultMsg")),
        },
        Err(error) => Finding::NoResponse(error.to_string()),
    }
}

impl ExchangeLog {
    /// Adds an exchange and returns its number.
    pub(super) fn push(&mut self, mut exchange: Exchange) -> u64 {
        self.touch();
        self.count += 1;
        exchange.no = self.count;
        self.exchanges.push_back(exchange);
        let mut bytes: usize = self.exchanges.iter().map(Exchange::bytes).sum();
        while self.exchanges.len() > MAX_EXCHANGES || bytes > MAX_BYTES {
            bytes -= self.exchanges.pop_front().map_or(0, |removed| removed.bytes());
        }
        self.count
    }

    /// Adds the response and the findings to an exchange.
    pub(super) fn finish(&mut self, no: u64, status: u16, body: &str, findings: Vec<Finding>) {
        self.touch();
        if let Some(exchange) = self.exchanges.iter_mut().find(|exchange| exchange.no == no) {
            (exchange.status, exchange.response, exchange.findings) = (Some(status), body.to_owned(), findings);
        }
    }

    /// All exchanges, or those of one order; newest first.
    pub(super) fn exchanges(&self, reference_no: Option<&str>) -> Vec<Exchange> {
        let matches = |exchange: &&Exchange| reference_no.is_none_or(|it| exchange.reference_no == it);
        self.exchanges.iter().rev().filter(matches).cloned().collect()
    }

    /// Changes with every change of the customer's data.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }
}

impl ExchangeKind {
    /// In `data-testid`.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Registration => "registration",
            Self::Redirect => "redirect",
            Self::Callback => "callback",
            Self::Notification => "notification",
            Self::Inquiry => "inquiry",
            Self::Binding => "binding",
            Self::UserDetails => "user-details",
            Self::RemoveToken => "remove-token",
        }
    }

    /// Sender and receiver of the request.
    pub(super) fn direction(self, lang: Lang) -> &'static str {
        match self {
            Self::Rule => "demo → simulator",
            Self::Redirect => "browser → NICEPAY",
            Self::Callback => lang.t("browser → shop", "browser → toko"),
            Self::Notification => lang.t("NICEPAY → shop", "NICEPAY → toko"),
            _ => lang.t("shop → NICEPAY", "toko → NICEPAY"),
        }
    }

    pub(super) fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Rule => lang.t("Rule added", "Aturan ditambahkan"),
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
            | Self::Forged { .. }
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
            Self::Forged { claimed, real } => {
                return lang.t(
                    format!("forged: claims {claimed}, inquiry status {real}"),
                    format!("palsu: mengaku {claimed}, hasil cek status {real}"),
                );
            }
            Self::Effect(effect) => return effect_text(*effect, lang).to_owned(),
            Self::Repeat => {
                ("repeat: answered 200, not fulfilled again", "pengulangan: dijawab 200, tidak diproses lagi")
            }
            Self::Outdated => ("outdated: the order is already paid", "terlambat: pesanan sudah lunas"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_in_number_and_in_bytes() {
        let mut log = ExchangeLog::default();
        let exchange =
            |request: &str| Exchange::new(Timestamp::UNIX_EPOCH, ExchangeKind::Inquiry, "TT-1", "POST /", request);
        for _ in 0..MAX_EXCHANGES + 5 {
            log.push(exchange("x"));
        }
        assert_eq!(log.exchanges(None).len(), MAX_EXCHANGES);
        assert_eq!(log.exchanges(Some("TT-2")).len(), 0);
        for _ in 0..50 {
            log.push(exchange(&"\u{e9}".repeat(1_000_000)));
        }
        assert!(log.exchanges(None).iter().map(Exchange::bytes).sum::<usize>() <= MAX_BYTES);
    }
}
