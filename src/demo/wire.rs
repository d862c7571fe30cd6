//! What the shop's server sent and received, to be looked at: the panel "Behind the shop". A real shop has a log instead.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::nicepay::{Asked, Trouble};
use super::orders::Effect;
use crate::page::Lang;

/// So many messages of one customer are kept,
const MOST_ENTRIES: usize = 200;
/// of so many bytes together,
const MOST_BYTES: usize = 128 * 1024;
/// and of each text so much.
const LONGEST_TEXT: usize = 8 * 1024;

/// Which message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
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

/// What the shop made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A request was taken: 0000.
    Taken,
    /// A request was refused.
    Refused { code: String, message: String },
    /// No answer to go by.
    NoAnswer(String),
    /// The sales engineer's order is in force.
    InForce,
    /// The browser leaves for NICEPAY.
    Leaves,
    /// The browser says something, without a proof.
    Claims(String),
    /// The merchantToken fits.
    TokenFits,
    /// It does not, or names another merchant.
    TokenWrong,
    /// The amount is not the order's.
    AmountWrong,
    /// It speaks of something that this shop does not know so.
    NotOurs,
    /// The inquiry says where the order stands.
    Says(String),
    /// The inquiry does not speak of this order and amount.
    DoesNotFit,
    /// The notification's status is not the inquiry's.
    Forged { claimed: String, real: String },
    /// What came of it.
    Effect(Effect),
    /// A notification that was confirmed before.
    SeenBefore,
    /// One of an earlier state.
    OutOfDate,
    /// The user token is kept.
    TokenKept,
    /// It is not: Kredivo does not vouch for it.
    TokenNotKept,
    /// The user token is forgotten.
    TokenForgotten,
    /// Answered so that NICEPAY tells it again.
    AskedAgain,
}

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Counts up, for one customer.
    pub(super) no: u64,
    pub(super) at: Timestamp,
    /// The order, or attempt to link, that it is about.
    pub(super) about: String,
    pub(super) kind: Kind,
    /// `POST /nicepay/direct/v2/registration`
    pub(super) line: String,
    /// The body of the request.
    pub(super) sent: String,
    /// The body of the answer.
    pub(super) answered: String,
    /// The HTTP status of the answer; nothing before there is one.
    pub(super) status: Option<u16>,
    pub(super) diagnosis: Option<String>,
    pub(super) verdicts: Vec<Verdict>,
}

/// One customer's messages, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire {
    entries: VecDeque<Entry>,
    count: u64,
    revision: u64,
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let mut end = LONGEST_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}\u{2026}", &text[..end])
}

impl Entry {
    pub(super) fn new(at: Timestamp, kind: Kind, about: &str, line: &str, sent: &str) -> Self {
        Self {
            no: 0,
            at,
            about: about.to_owned(),
            kind,
            line: cut(line),
            sent: cut(sent),
            answered: String::new(),
            status: None,
            diagnosis: None,
            verdicts: Vec::new(),
        }
    }

    /// A call of NICEPAY.
    pub(super) fn of(at: Timestamp, kind: Kind, about: &str, asked: &Asked) -> Self {
        let mut entry = Self::new(at, kind, about, &format!("POST {}", asked.path), &asked.sent);
        match &asked.answer {
            Ok(answer) => {
                (entry.status, entry.answered) = (Some(200), cut(&answer.body));
                entry.diagnosis.clone_from(&answer.diagnosis);
            }
            Err(Trouble::Unreachable(_)) => {}
            Err(Trouble::JsonError { status, body }) => (entry.status, entry.answered) = (Some(*status), cut(body)),
        }
        entry.verdicts.push(if asked.taken().is_some() { Verdict::Taken } else { refused(asked) });
        entry
    }

    pub(super) fn answered(mut self, status: u16, body: &str) -> Self {
        (self.status, self.answered) = (Some(status), cut(body));
        self
    }

    pub(super) fn judged(mut self, verdicts: Vec<Verdict>) -> Self {
        self.verdicts = verdicts;
        self
    }

    fn bytes(&self) -> usize {
        self.sent.len() + self.answered.len() + self.line.len()
    }
}

/// What a call that was not taken is called.
pub(super) fn refused(asked: &Asked) -> Verdict {
    match &asked.answer {
        Ok(answer) => Verdict::Refused { code: cut(answer.text("resultCd")), message: cut(answer.text("resultMsg")) },
        Err(trouble) => Verdict::NoAnswer(trouble.to_string()),
    }
}

impl Wire {
    /// Keeps a message, and answers with its number.
    pub(super) fn push(&mut self, mut entry: Entry) -> u64 {
        self.touch();
        self.count += 1;
        entry.no = self.count;
        self.entries.push_back(entry);
        let mut bytes: usize = self.entries.iter().map(Entry::bytes).sum();
        while self.entries.len() > MOST_ENTRIES || bytes > MOST_BYTES {
            bytes -= self.entries.pop_front().map_or(0, |gone| gone.bytes());
        }
        self.count
    }

    /// What became of a message that was kept before.
    pub(super) fn conclude(&mut self, no: u64, status: u16, body: &str, verdicts: Vec<Verdict>) {
        self.touch();
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.no == no) {
            (entry.status, entry.answered, entry.verdicts) = (Some(status), body.to_owned(), verdicts);
        }
    }

    /// Newest first; of one order, where it is named.
    pub(super) fn entries(&self, about: Option<&str>) -> Vec<Entry> {
        let wanted = |entry: &&Entry| about.is_none_or(|about| entry.about == about);
        self.entries.iter().rev().filter(wanted).cloned().collect()
    }

    /// Changes whenever anything of this customer's does.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }
}

impl Kind {
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

    /// Who speaks to whom.
    pub(super) fn way(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Rule, Lang::Id) => "tenaga penjual → simulator",
            (Self::Rule, Lang::En) => "sales engineer → simulator",
            (Self::Redirect, _) => "browser → NICEPAY",
            (Self::Callback, Lang::Id) => "browser → toko",
            (Self::Callback, Lang::En) => "browser → shop",
            (Self::Notification, Lang::Id) => "NICEPAY → toko",
            (Self::Notification, Lang::En) => "NICEPAY → shop",
            (_, Lang::Id) => "toko → NICEPAY",
            (_, Lang::En) => "shop → NICEPAY",
        }
    }

    pub(super) fn name(self, lang: Lang) -> &'static str {
        let [id, en] = match self {
            Self::Rule => ["Skenario dipesan", "A scenario is ordered"],
            Self::Registration => ["Pendaftaran pesanan", "Registration"],
            Self::Redirect => ["Browser dikirim membayar", "The browser is sent to pay"],
            Self::Callback => ["Browser kembali", "The browser comes back"],
            Self::Notification => ["Notifikasi", "Notification"],
            Self::Inquiry => ["Cek status", "Inquiry"],
            Self::Binding => ["Penautan akun", "Account binding"],
            Self::UserDetails => ["Rincian akun", "User details"],
            Self::RemoveToken => ["Penghapusan token", "Remove token"],
        };
        lang.t(en, id)
    }

    /// Why a good merchant does this.
    pub(super) fn why(self, lang: Lang) -> &'static str {
        let [id, en] = match self {
            Self::Rule => [
                "Bukan bagian dari integrasi: tombol di halaman bayar memesan apa yang akan terjadi pada pesanan ini.",
                "Not part of an integration: the switch at checkout orders what shall happen to this order.",
            ],
            Self::Registration => [
                "Server, bukan browser, mendaftarkan pesanan: hanya server yang tahu kunci merchant, dan harga tidak bisa diubah pembeli.",
                "The server registers the order, not the browser: only the server has the merchant key, and no customer can change the price.",
            ],
            Self::Redirect => [
                "Alamatnya ditandatangani dengan nomor, jumlah, dan waktu pesanan, jadi hanya toko ini yang bisa membuatnya.",
                "The address is signed over the order's number, amount and time, so that nobody but this shop can make one.",
            ],
            Self::Callback => [
                "Alamat ini tidak membawa merchantToken: siapa pun bisa mengetiknya. Toko hanya menampilkan halaman dan bertanya sendiri; tidak ada yang dikemas karenanya.",
                "This address carries no merchantToken: anybody can type it. The shop shows a page and asks for itself; nothing is packed because of it.",
            ],
            Self::Notification => [
                "merchantToken membuktikan pengirimnya, tetapi tidak mencakup status: karena itu jumlah dibandingkan dan status ditanyakan sebelum barang dikemas.",
                "The merchantToken proves who sent it but does not cover the status: so the amount is compared, and the status is asked for before anything is packed.",
            ],
            Self::Inquiry => [
                "Jawaban atas pertanyaan sendiri tidak bisa dipalsukan orang luar. resultCd 0000 hanya berarti pertanyaannya dijawab; yang menentukan adalah status, jumlah, dan nomor pesanan.",
                "An answer to one's own question cannot be forged from outside. resultCd 0000 only says that it was answered; what counts are status, amount and order number.",
            ],
            Self::Binding => [
                "Menautkan tanpa membeli: pelanggan masuk di Kredivo, dan token datang lewat notifikasi, tidak pernah lewat browser.",
                "Linking without buying: the customer signs in at Kredivo, and the token comes by notification, never through the browser.",
            ],
            Self::UserDetails => [
                "userToken tidak dicakup merchantToken: toko bertanya pada Kredivo apakah token itu benar sebelum menyimpannya, dan berapa limitnya.",
                "The merchantToken does not cover the userToken: the shop asks Kredivo whether it is a true one before keeping it, and how much may be spent.",
            ],
            Self::RemoveToken => [
                "Token dimatikan di NICEPAY dulu, baru dilupakan di sini: kalau hanya dilupakan, ia masih bisa dipakai.",
                "The token is ended at NICEPAY first and forgotten here afterwards: one that is only forgotten could still be used.",
            ],
        };
        lang.t(en, id)
    }
}

/// An inquiry's status in words (`docs/PROTOCOL.md` §4.1).
pub(super) fn status_word(status: &str, lang: Lang) -> &'static str {
    let [id, en] = match status {
        "0" => ["lunas", "paid"],
        "1" | "2" => ["dikembalikan", "given back"],
        "3" => ["ditinjau", "under review"],
        "8" => ["gagal", "failed"],
        "9" => ["belum dibayar", "not paid yet"],
        _ => ["tidak dikenal", "unknown"],
    };
    lang.t(en, id)
}

impl Verdict {
    /// `good`, `bad`, or `plain`.
    pub(super) fn tone(&self) -> &'static str {
        match self {
            Self::Taken | Self::TokenFits | Self::TokenKept | Self::Effect(Effect::Fulfilled) => "good",
            Self::Refused { .. }
            | Self::NoAnswer(_)
            | Self::TokenWrong
            | Self::AmountWrong
            | Self::NotOurs
            | Self::DoesNotFit
            | Self::Forged { .. }
            | Self::TokenNotKept => "bad",
            _ => "plain",
        }
    }

    pub(super) fn says(&self, lang: Lang) -> String {
        let t = |en: &str, id: &str| lang.t(en, id).to_owned();
        match self {
            Self::Taken => t("taken: 0000", "diterima: 0000"),
            Self::Refused { code, message } => {
                format!("{} {code}: {message}", t("refused", "ditolak"))
            }
            Self::NoAnswer(why) => format!("{} ({why})", t("no answer", "tidak ada jawaban")),
            Self::InForce => t("in force for this order only", "berlaku untuk pesanan ini saja"),
            Self::Leaves => t("303 to NICEPAY", "303 ke NICEPAY"),
            Self::Claims(code) => {
                format!(
                    "{} {code}",
                    t("no token, so it is only shown: resultCd", "tanpa token, jadi hanya ditampilkan: resultCd")
                )
            }
            Self::TokenFits => t("token fits", "token cocok"),
            Self::TokenWrong => t("token does not fit: ignored", "token tidak cocok: diabaikan"),
            Self::AmountWrong => {
                t("the amount is not the order's: ignored", "jumlahnya bukan jumlah pesanan: diabaikan")
            }
            Self::NotOurs => t("not this order's transaction: ignored", "bukan transaksi pesanan ini: diabaikan"),
            Self::Says(status) => {
                format!("{} {status}: {}", t("inquiry says", "cek status menjawab"), status_word(status, lang))
            }
            Self::DoesNotFit => t("the answer does not fit the order", "jawaban tidak cocok dengan pesanan"),
            Self::Forged { claimed, real } if lang == Lang::En => {
                format!("forged: it claims {claimed}, the inquiry says {real}")
            }
            Self::Forged { claimed, real } => format!("palsu: mengaku {claimed}, cek status menjawab {real}"),
            Self::Effect(Effect::Fulfilled) => t("the goods are being packed", "barang dikemas"),
            Self::Effect(Effect::AlreadyFulfilled) => t("packed already, not twice", "sudah dikemas, tidak dua kali"),
            Self::Effect(Effect::Reviewing) => t("waiting for Kredivo's decision", "menunggu keputusan Kredivo"),
            Self::Effect(Effect::Rejected) => t("not fulfilled", "tidak dikemas"),
            Self::Effect(Effect::Refunded) => t("the parcel is stopped", "pengiriman dihentikan"),
            Self::Effect(Effect::Nothing) => t("nothing changes", "tidak ada yang berubah"),
            Self::SeenBefore => {
                t("seen before: answered 200, not fulfilled again", "sudah pernah: dijawab 200, tidak dikemas lagi")
            }
            Self::OutOfDate => t("out of date: the order is paid already", "terlambat: pesanan sudah lunas"),
            Self::TokenKept => t("userToken kept", "userToken disimpan"),
            Self::TokenNotKept => t("userToken not kept", "userToken tidak disimpan"),
            Self::TokenForgotten => t("userToken forgotten", "userToken dilupakan"),
            Self::AskedAgain => t("answered 503, so that NICEPAY repeats it", "dijawab 503, supaya NICEPAY mengulang"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_in_number_and_in_bytes() {
        let mut wire = Wire::default();
        let entry = |sent: &str| Entry::new(Timestamp::UNIX_EPOCH, Kind::Inquiry, "TT-1", "POST /", sent);
        for _ in 0..MOST_ENTRIES + 5 {
            wire.push(entry("x"));
        }
        assert_eq!(wire.entries(None).len(), MOST_ENTRIES);
        assert_eq!(wire.entries(Some("TT-2")).len(), 0);
        for _ in 0..50 {
            wire.push(entry(&"\u{e9}".repeat(1_000_000)));
        }
        assert!(wire.entries(None).iter().map(Entry::bytes).sum::<usize>() <= MOST_BYTES);
    }
}
