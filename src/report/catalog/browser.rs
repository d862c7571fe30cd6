//! The checks of the return of the customer's browser.

use super::{CheckInfo, Group, Severity};

pub(super) const CHECKS: &[CheckInfo] = &[
    CheckInfo {
        id: "NP-22",
        group: Group::Browser,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.4",
        title: "A return without a notification does not pay the order, unless an inquiry confirms it",
        title_id: "Browser kembali tanpa notifikasi: pesanan tidak lunas, kecuali dikonfirmasi lewat inquiry",
        reason: "The return has no merchantToken: anybody can type the address of your callBackUrl with resultCd=0000.",
        reason_id: "Callback tidak memiliki merchantToken: siapa pun bisa mengetik alamat callBackUrl Anda dengan \
                    resultCd=0000.",
        advice: "Show a page at callBackUrl and change nothing because of its fields. To show the result at once, send \
                 an inquiry there, and use its status.",
        advice_id: "Di callBackUrl cukup tampilkan halaman; jangan mengubah pesanan berdasarkan field-nya. Jika hasilnya \
                    ingin langsung ditampilkan, kirim inquiry dan pakai status dari jawabannya.",
        example: "examples/python/shop.py: come_back",
    },
    CheckInfo {
        id: "NP-23",
        group: Group::Browser,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.4",
        title: "A return before the notification does not pay the order, unless an inquiry confirms it",
        title_id: "Browser kembali sebelum notifikasi: pesanan tidak lunas, kecuali dikonfirmasi lewat inquiry",
        reason: "The browser usually returns before the notification arrives. What it carries is not proved yet.",
        reason_id: "Browser biasanya kembali sebelum notifikasi sampai. Data yang dibawanya belum terbukti benar.",
        advice: "Show \"we are checking your payment\" until a notification or an inquiry confirms it. Let the page ask \
                 your own server again after some seconds.",
        advice_id: "Tampilkan \"pembayaran sedang kami periksa\" sampai dikonfirmasi notifikasi atau inquiry. Biarkan \
                    halaman itu bertanya lagi ke server Anda setelah beberapa detik.",
        example: "examples/python/shop.py: come_back",
    },
    CheckInfo {
        id: "NP-24",
        group: Group::Browser,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.4",
        title: "A return after the notification changes nothing",
        title_id: "Browser yang kembali setelah notifikasi tidak mengubah apa pun",
        reason: "The order is paid already. A return that handles it again ships twice, or sets the order back to \
                 unpaid.",
        reason_id: "Pesanan sudah lunas. Jika callback memprosesnya lagi, barang terkirim dua kali atau pesanan kembali \
                    menjadi belum lunas.",
        advice: "Let the return, the notification and the poller call one function that changes the order once: only \
                 from pending to paid, in one database transaction.",
        advice_id: "Pakai satu fungsi untuk callback, notifikasi, dan pengecekan berkala. Fungsi itu mengubah pesanan \
                    satu kali saja: hanya dari pending ke lunas, dalam satu transaksi database.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-25",
        group: Group::Browser,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.4",
        title: "resultCd 9030 at the return is not paid",
        title_id: "resultCd 9030 saat browser kembali berarti belum lunas",
        reason: "The customer was rejected or left. A shop that takes every return as success gives the goods away.",
        reason_id: "Pelanggan ditolak atau meninggalkan halaman. Toko yang menganggap setiap callback sukses akan \
                    mengirim barang tanpa dibayar.",
        advice: "Keep the order unpaid and offer to pay again. The order stays payable until it expires.",
        advice_id: "Biarkan pesanan belum lunas dan tawarkan untuk membayar lagi. Pesanan masih bisa dibayar sampai \
                    kedaluwarsa.",
        example: "examples/python/shop.py: come_back",
    },
    CheckInfo {
        id: "NP-26",
        group: Group::Browser,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.4",
        title: "A payment under review is not paid",
        title_id: "Pembayaran yang sedang ditinjau belum lunas",
        reason: "While the lender reviews, the browser returns with resultCd 0000. Only the status of the inquiry (3) \
                 says that nothing is paid, and the lender may still reject.",
        reason_id: "Selama peninjauan, browser kembali dengan resultCd 0000. Hanya status dari inquiry (3) yang \
                    menunjukkan bahwa pembayaran belum lunas, dan penyedia cicilan masih bisa menolak.",
        advice: "Take status 0 as paid and nothing else. Show status 3 as \"under review\", and wait for the next \
                 notification.",
        advice_id: "Anggap lunas hanya jika status 0. Tampilkan status 3 sebagai \"sedang ditinjau\", lalu tunggu \
                    notifikasi berikutnya.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-27",
        group: Group::Browser,
        severity: Severity::Critical,
        clause: "PROTOCOL §3.2",
        title: "An expired payment is not paid",
        title_id: "Pembayaran yang kedaluwarsa tidak lunas",
        reason: "No message tells that a payment has expired. Goods that were reserved for it stay reserved.",
        reason_id: "Tidak ada pesan yang memberitahukan bahwa pembayaran kedaluwarsa. Stok yang dipesan untuknya tetap \
                    tertahan.",
        advice: "Ask by inquiry for orders that are open longer than their lifetime, close them, and release their \
                 goods.",
        advice_id: "Kirim inquiry untuk pesanan yang masih terbuka setelah batas waktunya, tutup pesanan itu, dan \
                    lepaskan stoknya.",
        example: "examples/python/shop.py: poll",
    },
];
