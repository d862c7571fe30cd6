//! The checks of user tokens.

use super::{CheckInfo, Group, Severity};

pub(super) const CHECKS: &[CheckInfo] = &[
    CheckInfo {
        id: "NP-28",
        group: Group::Tokens,
        severity: Severity::Major,
        clause: "PROTOCOL §1.4",
        title: "A userToken is stored for the right customer and used again",
        title_id: "userToken disimpan untuk pelanggan yang benar dan dipakai lagi",
        reason: "The userToken comes once, in the notification. If it is lost, the customer logs in again at each \
                 purchase; if it is changed, one-click payments are refused (9920).",
        reason_id: "userToken hanya dikirim sekali, di notifikasi. Jika hilang, pelanggan harus login lagi di setiap \
                    pembelian; jika berubah, pembayaran sekali klik ditolak (9920).",
        advice: "When a paid notification has a userToken, store it with its clientUserKey, unchanged and in a column of \
                 255 characters. Do not check its form. When this customer buys again, send it with tokenizeUser 2.",
        advice_id: "Jika notifikasi lunas berisi userToken, simpan bersama clientUserKey-nya, tanpa diubah, di kolom \
                    sepanjang 255 karakter. Jangan memeriksa formatnya. Saat pelanggan itu membeli lagi, kirim dengan \
                    tokenizeUser 2.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-29",
        group: Group::Tokens,
        severity: Severity::Major,
        clause: "PROTOCOL §1.7",
        title: "A userToken is not used after its removal or revocation",
        title_id: "userToken tidak dipakai setelah dihapus atau dicabut",
        reason: "Such a token never works again. The customer meets the same refusal (9920) at every purchase.",
        reason_id: "Token seperti itu tidak akan berlaku lagi. Pelanggan mendapat penolakan yang sama (9920) di setiap \
                    pembelian.",
        advice: "Delete the stored token when remove-token was accepted, and also when a seamless registration was \
                 refused with 9920.",
        advice_id: "Hapus token yang tersimpan setelah remove-token diterima, dan juga setelah registration seamless \
                    ditolak dengan 9920.",
        example: "examples/python/shop.py: forget",
    },
    CheckInfo {
        id: "NP-30",
        group: Group::Tokens,
        severity: Severity::Major,
        clause: "PROTOCOL §1.6",
        title: "9920 leads back to linking the account",
        title_id: "9920 mengarahkan pelanggan untuk menghubungkan akun lagi",
        reason: "A customer can revoke a token in the lender's app, and nobody tells your server. The refusal is the \
                 first sign, and the customer still wants to buy.",
        reason_id: "Pelanggan bisa mencabut token di aplikasi penyedia cicilan, dan server Anda tidak diberi tahu. \
                    Penolakan itu tanda pertamanya, sementara pelanggan tetap ingin membeli.",
        advice: "On 9920, forget the token and register the order again with tokenizeUser 1 and a new referenceNo, or \
                 call userAccountBinding.",
        advice_id: "Jika mendapat 9920, hapus token lalu daftarkan lagi pesanan dengan tokenizeUser 1 dan referenceNo \
                    baru, atau panggil userAccountBinding.",
        example: "examples/python/shop.py: one_click",
    },
    CheckInfo {
        id: "NP-31",
        group: Group::Tokens,
        severity: Severity::Major,
        clause: "PROTOCOL §1.6",
        title: "An inquiry confirms each seamless payment",
        title_id: "Setiap pembayaran seamless dikonfirmasi dengan inquiry",
        reason: "The 0000 of a seamless registration says that the order is stored. The lender can still decline it, \
                 for example over the limit.",
        reason_id: "0000 pada registration seamless hanya berarti pesanan tersimpan. Penyedia cicilan masih bisa \
                    menolak, misalnya karena melebihi limit.",
        advice: "Wait for the notification, then send an inquiry, and take status 0 as paid. Do not ship on the answer \
                 to the registration.",
        advice_id: "Tunggu notifikasi, lalu kirim inquiry, dan anggap lunas hanya jika status 0. Jangan mengirim barang \
                    hanya berdasarkan jawaban registration.",
        example: "examples/python/shop.py: settle",
    },
];
