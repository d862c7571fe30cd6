//! Rules that take one click.

use serde_json::{Value, json};

use super::Lang;
use super::form::server_operations;

/// A rule that takes one click.
pub(super) struct Preset {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) hint: &'static str,
    /// The fields that it sets, as JSON.
    pub(super) json: String,
}

pub(super) fn presets(lang: Lang) -> Vec<Preset> {
    let preset = |name, (en, id): (&'static str, &'static str), hint: (&'static str, &'static str), rule: &Value| {
        Preset { name, text: lang.t(en, id), hint: lang.t(hint.0, hint.1), json: rule.to_string() }
    };
    vec![
        preset(
            "reject",
            ("Reject", "Tolak"),
            ("The lender declines the payment.", "Penyedia cicilan menolak pembayaran."),
            &json!({ "then": { "outcome": "reject" } }),
        ),
        preset(
            "review",
            ("Review until decided", "Tinjau sampai diputuskan"),
            ("The payment waits until you decide.", "Pembayaran menunggu keputusan Anda."),
            &json!({ "then": { "outcome": "review" } }),
        ),
        preset(
            "twice",
            ("Notify twice", "Notifikasi dua kali"),
            ("Your server must fulfil the order once only.", "Server Anda hanya boleh memproses pesanan satu kali."),
            &json!({ "then": { "notify": { "variant": "duplicate" } } }),
        ),
        preset(
            "forge",
            ("Forge", "Palsukan"),
            (
                "The lender declines, and a notification says that it is paid.",
                "Penyedia cicilan menolak, tetapi notifikasi menyatakan lunas.",
            ),
            &json!({ "then": { "outcome": "reject", "notify": { "variant": "changed-status", "status": "0" } } }),
        ),
        preset(
            "late",
            ("Notify 20 s late", "Notifikasi terlambat 20 detik"),
            ("The browser is back before the notification comes.", "Browser kembali sebelum notifikasi datang."),
            &json!({ "then": { "notify": { "variant": "late", "after": "20s" } } }),
        ),
        preset(
            "answer",
            ("Answer 503", "Jawab 503"),
            (
                "NICEPAY answers your server's next request with an error.",
                "NICEPAY menjawab permintaan server Anda berikutnya dengan kesalahan.",
            ),
            &json!({ "when": { "operation": server_operations() }, "then": { "answer": { "status": 503 } } }),
        ),
    ]
}
