//! The checks of how the merchant handles notifications.

use super::{CheckInfo, Group, Severity};

pub(super) const CHECKS: &[CheckInfo] = &[
    CheckInfo {
        id: "NP-09",
        group: Group::Notifications,
        severity: Severity::Major,
        clause: "PROTOCOL §2.3",
        title: "Notifications are answered with HTTP 200 in under 5 seconds",
        title_id: "Notifikasi dijawab HTTP 200 dalam waktu kurang dari 5 detik",
        reason: "NICEPAY counts HTTP 200 and nothing else as received, also not 204 or a redirect. After three \
                 repetitions it gives up, and the payment stays unknown to you.",
        reason_id: "NICEPAY hanya menganggap HTTP 200 sebagai tanda diterima; 204 atau redirect tidak dihitung. Setelah \
                    tiga kali pengulangan notifikasi dihentikan, dan Anda tidak tahu bahwa pembayaran terjadi.",
        advice: "Check, store and answer 200 in one short handler. Send e-mails and call other systems after the answer, \
                 from a queue. Exclude dbProcessUrl from login, CSRF checks and redirects.",
        advice_id: "Periksa, simpan, dan jawab 200 dalam satu handler yang singkat. Kirim e-mail dan panggil sistem lain \
                    setelah menjawab, lewat antrean. Kecualikan dbProcessUrl dari login, pemeriksaan CSRF, dan redirect.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-10",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A wrong merchantToken is refused",
        title_id: "merchantToken yang salah ditolak",
        reason: "Your dbProcessUrl can be called by anybody. The merchantToken is the only proof that a notification \
                 comes from somebody who knows your key.",
        reason_id: "dbProcessUrl Anda bisa dipanggil siapa pun. merchantToken adalah satu-satunya bukti bahwa notifikasi \
                    berasal dari pihak yang mengetahui key Anda.",
        advice: "First of all, compute SHA-256 of iMid, tXid, amt and merchantKey, with your own iMid, and compare it \
                 with the merchantToken in constant time. If it differs, answer 403 and do nothing else.",
        advice_id: "Paling awal, hitung SHA-256 dari iMid, tXid, amt, dan merchantKey, dengan iMid Anda sendiri, lalu \
                    bandingkan dengan merchantToken secara constant-time. Jika berbeda, jawab 403 dan jangan lakukan apa \
                    pun.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-11",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A changed status does not change the order",
        title_id: "Status yang diubah tidak mengubah pesanan",
        reason: "The merchantToken does not cover status. Whoever has seen one notification of an unpaid order can send \
                 it again with status 0.",
        reason_id: "merchantToken tidak mencakup status. Siapa pun yang pernah melihat satu notifikasi pesanan yang belum \
                    lunas bisa mengirimnya lagi dengan status 0.",
        advice: "Never take the status from the notification. Send an inquiry from inside the handler, and act on its \
                 status only.",
        advice_id: "Jangan pernah memakai status dari notifikasi. Kirim inquiry dari dalam handler, dan bertindak hanya \
                    berdasarkan status dari jawabannya.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-12",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A changed amount does not change the order",
        title_id: "Jumlah yang diubah tidak mengubah pesanan",
        reason: "A notification about a small amount must not pay a large order.",
        reason_id: "Notifikasi dengan jumlah kecil tidak boleh melunasi pesanan bernilai besar.",
        advice: "Compare amt and referenceNo of the notification, and of the answer to the inquiry, with the order in \
                 your database. If they differ, change nothing and raise an alarm.",
        advice_id: "Bandingkan amt dan referenceNo pada notifikasi, dan pada jawaban inquiry, dengan pesanan di database \
                    Anda. Jika berbeda, jangan mengubah apa pun dan kirim peringatan.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-13",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A notification with an unknown tXid changes nothing",
        title_id: "Notifikasi dengan tXid yang tidak dikenal tidak mengubah apa pun",
        reason: "The payment of the notification is then not the payment of the order, although the referenceNo fits.",
        reason_id: "Pembayaran pada notifikasi itu bukan pembayaran untuk pesanan tersebut, walaupun referenceNo-nya \
                    cocok.",
        advice: "Store the tXid of the registration with the order, and compare it with the tXid of the notification. Do \
                 not look for the order by referenceNo alone.",
        advice_id: "Simpan tXid dari registration bersama pesanan, lalu bandingkan dengan tXid pada notifikasi. Jangan \
                    mencari pesanan hanya berdasarkan referenceNo.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-14",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A missing field changes nothing",
        title_id: "Notifikasi dengan field yang hilang tidak mengubah apa pun",
        reason: "A missing field that counts as empty, as 0 or as equal lets a notification pass the checks.",
        reason_id: "Field hilang yang dianggap kosong, 0, atau sama membuat notifikasi lolos dari pemeriksaan.",
        advice: "Refuse a notification without tXid, merchantToken, referenceNo, amt or status with 400, before you \
                 compare anything.",
        advice_id: "Tolak notifikasi tanpa tXid, merchantToken, referenceNo, amt, atau status dengan 400, sebelum \
                    membandingkan apa pun.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-15",
        group: Group::Notifications,
        severity: Severity::Major,
        clause: "PROTOCOL §2.3",
        title: "A wrong content type changes nothing",
        title_id: "Notifikasi dengan Content-Type yang salah tidak mengubah apa pun",
        reason: "NICEPAY sends a form. A handler that reads any body as it guesses can be given one that other checks, \
                 such as a firewall, read in another way.",
        reason_id: "NICEPAY mengirim form. Handler yang menebak isi body bisa menerima body yang dibaca berbeda oleh \
                    pemeriksaan lain, misalnya firewall.",
        advice: "Accept application/x-www-form-urlencoded at dbProcessUrl, and answer 415 to everything else.",
        advice_id: "Terima hanya application/x-www-form-urlencoded di dbProcessUrl, dan jawab 415 untuk selainnya.",
        example: "examples/python/shop.py: notify",
    },
    CheckInfo {
        id: "NP-16",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A repeated notification is answered with 200 and fulfilled once",
        title_id: "Notifikasi ulang dijawab 200 dan pesanan dipenuhi satu kali",
        reason: "The same notification comes again whenever an answer is late or lost. A shop that handles each one \
                 ships twice; one that refuses a repeat gets it again and again.",
        reason_id: "Notifikasi yang sama datang lagi jika jawabannya terlambat atau hilang. Toko yang memproses semuanya \
                    mengirim barang dua kali; toko yang menolaknya akan terus menerima notifikasi ulang.",
        advice: "Change the order from pending to paid in one database transaction (`UPDATE … WHERE status = 'pending'`), \
                 fulfil only when a row was changed, and answer 200 in both cases.",
        advice_id: "Ubah pesanan dari pending ke lunas dalam satu transaksi database (`UPDATE … WHERE status = \
                    'pending'`), penuhi pesanan hanya jika ada baris yang berubah, dan jawab 200 pada kedua kasus.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-17",
        group: Group::Notifications,
        severity: Severity::Major,
        clause: "PROTOCOL §2.3",
        title: "\"pending\" after \"paid\" leaves the order paid",
        title_id: "\"pending\" setelah \"lunas\" tidak mengubah pesanan yang sudah lunas",
        reason: "A repetition of an old notification can arrive after a newer one. NICEPAY does not withdraw it.",
        reason_id: "Pengulangan notifikasi lama bisa datang setelah notifikasi yang lebih baru. NICEPAY tidak menariknya \
                    kembali.",
        advice: "Allow only these changes: pending or under review to paid or failed, and paid to refunded. Ignore \
                 anything else, and answer 200.",
        advice_id: "Izinkan hanya perubahan ini: pending atau sedang ditinjau menjadi lunas atau gagal, dan lunas menjadi \
                    dikembalikan. Abaikan yang lain, dan jawab 200.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-18",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §1.8",
        title: "A rejection after a review ends the order unpaid",
        title_id: "Penolakan setelah peninjauan membuat pesanan berakhir tidak lunas",
        reason: "The lender decides some payments minutes later. Goods that were shipped during the review are lost when \
                 it rejects.",
        reason_id: "Beberapa pembayaran baru diputuskan beberapa menit kemudian. Barang yang dikirim selama peninjauan \
                    hilang jika penyedia cicilan menolak.",
        advice: "On a notification after status 3, send an inquiry. Status 8 ends the order unpaid: release the goods and \
                 tell the customer.",
        advice_id: "Saat ada notifikasi setelah status 3, kirim inquiry. Status 8 berarti pesanan berakhir tidak lunas: \
                    lepaskan stok dan beri tahu pelanggan.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-19",
        group: Group::Notifications,
        severity: Severity::Critical,
        clause: "PROTOCOL §2.3",
        title: "A notification repeated after a broken connection is answered with 200 and fulfilled once",
        title_id: "Notifikasi ulang setelah koneksi terputus dijawab 200 dan pesanan dipenuhi satu kali",
        reason: "Your server may have read the notification although NICEPAY never got its answer. So the repeat meets an \
                 order that is half handled.",
        reason_id: "Server Anda mungkin sudah membaca notifikasi walaupun NICEPAY tidak menerima jawabannya. Notifikasi \
                    ulang lalu menemui pesanan yang baru setengah diproses.",
        advice: "Do not remember a notification as handled before its effect is stored: store both in one database \
                 transaction. Then a repeat finishes the work or finds it done.",
        advice_id: "Jangan menandai notifikasi sebagai selesai sebelum hasilnya tersimpan: simpan keduanya dalam satu \
                    transaksi database. Dengan begitu notifikasi ulang menyelesaikan pekerjaan itu atau mendapati bahwa \
                    semuanya sudah selesai.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-20",
        group: Group::Notifications,
        severity: Severity::Major,
        clause: "PROTOCOL §2.3",
        title: "A payment whose notifications are all lost is found by inquiry",
        title_id: "Pembayaran yang semua notifikasinya hilang ditemukan lewat inquiry",
        reason: "Four attempts within a few minutes, then NICEPAY is silent. If your server was down meanwhile, the \
                 customer has paid and gets nothing.",
        reason_id: "Notifikasi dikirim empat kali dalam beberapa menit, lalu berhenti. Jika server Anda mati saat itu, \
                    pelanggan sudah membayar tetapi tidak menerima apa-apa.",
        advice: "Run a job that sends an inquiry for every open order: some minutes after the registration, then less \
                 often, and once after the order has expired.",
        advice_id: "Jalankan job yang mengirim inquiry untuk setiap pesanan yang masih terbuka: beberapa menit setelah \
                    registration, lalu makin jarang, dan sekali lagi setelah pesanan kedaluwarsa.",
        example: "examples/python/shop.py: poll",
    },
    CheckInfo {
        id: "NP-21",
        group: Group::Notifications,
        severity: Severity::Major,
        clause: "PROTOCOL §2.3",
        title: "An inquiry confirms each payment",
        title_id: "Setiap pembayaran dikonfirmasi dengan inquiry",
        reason: "A right merchantToken proves tXid and amt, not status. The inquiry is the only answer that comes from \
                 NICEPAY for certain.",
        reason_id: "merchantToken yang benar membuktikan tXid dan amt, bukan status. Hanya jawaban inquiry yang pasti \
                    berasal dari NICEPAY.",
        advice: "Send an inquiry for every accepted notification, before you fulfil the order. nicepay-sim and NICEPAY \
                 answer it also from inside the handler.",
        advice_id: "Kirim inquiry untuk setiap notifikasi yang diterima, sebelum pesanan dipenuhi. nicepay-sim dan NICEPAY \
                    menjawabnya juga dari dalam handler.",
        example: "examples/python/shop.py: settle",
    },
    CheckInfo {
        id: "NP-37",
        group: Group::Notifications,
        severity: Severity::Major,
        clause: "PROTOCOL §2.3",
        title: "A notification that is answered with 200 makes the order paid",
        title_id: "Notifikasi yang dijawab 200 membuat pesanan lunas",
        reason: "After HTTP 200 NICEPAY does not send the notification again. An order that stays open then is paid, and \
                 nobody ships it.",
        reason_id: "Setelah HTTP 200, NICEPAY tidak mengirim ulang notifikasi. Pesanan yang masih terbuka sebenarnya sudah \
                    dibayar, tetapi tidak dikirim.",
        advice: "Store the new status of the order first, and answer 200 after that. A notification may be the second one of \
                 an order: \"under review\" comes before \"paid\".",
        advice_id: "Simpan dulu status baru pesanan, lalu jawab 200. Notifikasi bisa menjadi yang kedua untuk satu pesanan: \
                    \"sedang ditinjau\" datang sebelum \"lunas\".",
        example: "examples/python/shop.py: notify",
    },
];
