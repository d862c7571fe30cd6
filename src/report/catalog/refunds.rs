//! The checks of cancels and refunds.

use super::{CheckInfo, Group, Severity};

pub(super) const CHECKS: &[CheckInfo] = &[
    CheckInfo {
        id: "NP-32",
        group: Group::Refunds,
        severity: Severity::Major,
        clause: "PROTOCOL §2.6",
        title: "A full refund is accepted",
        title_id: "Pengembalian dana penuh diterima",
        reason: "A customer who returns the goods waits for the money. Try it before the first customer asks.",
        reason_id: "Pelanggan yang mengembalikan barang menunggu dananya. Uji sebelum ada pelanggan yang memintanya.",
        advice: "Call cancel with cancelType 1, the tXid and the whole amount. Its merchantToken covers timeStamp, iMid, \
                 tXid and amt.",
        advice_id: "Panggil cancel dengan cancelType 1, tXid, dan seluruh jumlah. merchantToken-nya dihitung dari \
                    timeStamp, iMid, tXid, dan amt.",
        example: "examples/python/shop.py: send_refund",
    },
    CheckInfo {
        id: "NP-33",
        group: Group::Refunds,
        severity: Severity::Major,
        clause: "PROTOCOL §2.6",
        title: "Partial refunds are accepted",
        title_id: "Pengembalian dana sebagian diterima",
        reason: "An order of several pieces is often returned in part. The order then stays paid, with status 0.",
        reason_id: "Pesanan berisi beberapa barang sering dikembalikan sebagian. Status pesanan tetap 0 (lunas).",
        advice: "Call cancel with cancelType 2 and the amount to give back. Read what was refunded so far from cancelAmt \
                 of the inquiry.",
        advice_id: "Panggil cancel dengan cancelType 2 dan jumlah yang dikembalikan. Baca jumlah yang sudah dikembalikan \
                    dari cancelAmt pada inquiry.",
        example: "examples/python/shop.py: send_refund",
    },
    CheckInfo {
        id: "NP-34",
        group: Group::Refunds,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.6",
        title: "A refund is not sent twice",
        title_id: "Pengembalian dana tidak dikirim dua kali",
        reason: "NICEPAY knows no key for repeats: two equal partial cancels are two refunds. Only after a full refund \
                 does it refuse another one.",
        reason_id: "NICEPAY tidak mengenali pengulangan: dua cancel sebagian yang sama berarti dua pengembalian dana. \
                    Penolakan baru terjadi setelah dana dikembalikan seluruhnya.",
        advice: "Store the refund before you send it, and lock its order. When an answer is lost, read cancelAmt by \
                 inquiry before you send again.",
        advice_id: "Simpan pengembalian dana sebelum dikirim, dan kunci pesanannya. Jika jawabannya tidak diterima, baca \
                    cancelAmt lewat inquiry sebelum mengirim lagi.",
        example: "examples/python/shop.py: send_refund",
    },
    CheckInfo {
        id: "NP-35",
        group: Group::Refunds,
        severity: Severity::Major,
        clause: "PROTOCOL §2.6",
        title: "9302 (too early) is repeated later",
        title_id: "9302 (terlalu dini) diulang beberapa waktu kemudian",
        reason: "In the first minutes after a payment the gateway refuses refunds with 9302. A shop that gives up then \
                 never pays the money back.",
        reason_id: "Pada menit-menit pertama setelah pembayaran, gateway menolak pengembalian dana dengan 9302. Jika toko \
                    berhenti di situ, dana tidak pernah kembali.",
        advice: "On 9302, keep the refund open and send it again after ten minutes, from a job that survives a restart.",
        advice_id: "Jika mendapat 9302, biarkan pengembalian dana tetap terbuka dan kirim lagi setelah sepuluh menit, \
                    lewat job yang tetap berjalan setelah restart.",
        example: "examples/python/shop.py: poll",
    },
    CheckInfo {
        id: "NP-36",
        group: Group::Refunds,
        severity: Severity::Major,
        clause: "PROTOCOL §2.6",
        title: "A refund is not larger than what is left",
        title_id: "Pengembalian dana tidak melebihi sisa pembayaran",
        reason: "A refund of more than is left is refused (9319), and so is a full one after a partial one (9320).",
        reason_id: "Pengembalian dana yang melebihi sisa ditolak (9319), begitu juga pengembalian penuh setelah sebagian \
                    (9320).",
        advice: "Compare the amount with the paid amount minus all refunds so far. To give back the rest after a part, \
                 use cancelType 2.",
        advice_id: "Bandingkan jumlahnya dengan pembayaran dikurangi semua pengembalian sebelumnya. Untuk mengembalikan \
                    sisanya setelah sebagian, pakai cancelType 2.",
        example: "examples/python/shop.py: refund",
    },
];
