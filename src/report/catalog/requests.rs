//! The checks of the requests that the merchant sends.

use super::{CheckInfo, Group, Severity};

pub(super) const CHECKS: &[CheckInfo] = &[
    CheckInfo {
        id: "NP-01",
        group: Group::Requests,
        severity: Severity::Major,
        clause: "PROTOCOL §2.0",
        title: "Every merchantToken is right",
        title_id: "Setiap merchantToken benar",
        reason: "NICEPAY refuses a request with a wrong merchantToken (9010). A mistake that shows only with some \
                 amounts or order numbers stops those payments in production.",
        reason_id: "NICEPAY menolak permintaan dengan merchantToken yang salah (9010). Kesalahan yang hanya muncul pada \
                    jumlah atau nomor pesanan tertentu akan menggagalkan pembayaran itu di produksi.",
        advice: "Compute SHA-256 in lower-case hex over the values of that endpoint and the merchantKey, joined without \
                 separators. Take each value from the same variable that goes into the body, as the same text. \
                 `nicepay-sim explain` names the mistake in a token.",
        advice_id: "Hitung SHA-256 (hex huruf kecil) dari nilai-nilai endpoint tersebut dan merchantKey, digabung tanpa \
                    pemisah. Ambil setiap nilai dari variabel yang sama dengan yang dikirim di body, sebagai teks yang \
                    sama. `nicepay-sim explain` menunjukkan kesalahan pada sebuah token.",
        example: "examples/python/shop.py: sign",
    },
    CheckInfo {
        id: "NP-02",
        group: Group::Requests,
        severity: Severity::Major,
        clause: "PROTOCOL §4.9",
        title: "The live gateway would accept every request",
        title_id: "Setiap permintaan akan diterima gateway live",
        reason: "A field that is missing, too long or in another format is refused. The lenient profile accepts some \
                 requests that the live gateway was seen to refuse, and this check reports those, too.",
        reason_id: "Field yang kosong, terlalu panjang, atau formatnya salah akan ditolak. Profil lenient menerima \
                    beberapa permintaan yang ditolak gateway live, dan pemeriksaan ini melaporkannya juga.",
        advice: "Correct the field that the evidence names. Then run your tests with `--profile strict`, which refuses \
                 what the live gateway refuses.",
        advice_id: "Perbaiki field yang disebut dalam bukti. Setelah itu jalankan pengujian dengan `--profile strict`, \
                    yang menolak apa yang ditolak gateway live.",
        example: "examples/python/shop.py: register",
    },
    CheckInfo {
        id: "NP-03",
        group: Group::Requests,
        severity: Severity::Major,
        clause: "PROTOCOL §2.1.1",
        title: "A referenceNo is used for one payment only",
        title_id: "Satu referenceNo hanya dipakai untuk satu pembayaran",
        reason: "NICEPAY refuses a referenceNo that it knows (9009). Where it does not, two payments belong to one \
                 order, and the customer may pay twice.",
        reason_id: "NICEPAY menolak referenceNo yang sudah pernah dipakai (9009). Jika tidak ditolak, satu pesanan \
                    memiliki dua pembayaran dan pelanggan bisa membayar dua kali.",
        advice: "Make a new referenceNo for each attempt to pay, such as the order number and a counter, and store it \
                 before you send the registration. To let a customer continue, open `/payment` of the same tXid again.",
        advice_id: "Buat referenceNo baru untuk setiap percobaan bayar, misalnya nomor pesanan ditambah penghitung, dan \
                    simpan sebelum mengirim registration. Agar pelanggan bisa melanjutkan, buka lagi `/payment` dengan \
                    tXid yang sama.",
        example: "examples/python/shop.py: register",
    },
    CheckInfo {
        id: "NP-04",
        group: Group::Requests,
        severity: Severity::Major,
        clause: "PROTOCOL §3.3",
        title: "Amounts are whole rupiah",
        title_id: "Jumlah selalu dalam rupiah bulat",
        reason: "`25145.00`, `25,145` and `2.5e4` are refused (9008), and the merchantToken covers the amount as text.",
        reason_id: "`25145.00`, `25.145`, dan `2.5e4` ditolak (9008), dan merchantToken dihitung dari jumlah sebagai teks.",
        advice: "Keep amounts as integers in rupiah, round once where the price is computed, and write them without \
                 decimals and separators.",
        advice_id: "Simpan jumlah sebagai bilangan bulat dalam rupiah, bulatkan sekali saat harga dihitung, dan tulis \
                    tanpa desimal dan tanpa pemisah ribuan.",
        example: "examples/python/shop.py: register",
    },
    CheckInfo {
        id: "NP-05",
        group: Group::Requests,
        severity: Severity::Major,
        clause: "PROTOCOL §2.1.2",
        title: "The cart adds up to the amount",
        title_id: "Isi keranjang sesuai dengan jumlah pembayaran",
        reason: "NICEPAY multiplies goods_amt by goods_quantity. A cart with another sum than amt is refused (9907), \
                 and one with a negative line too (1002).",
        reason_id: "NICEPAY mengalikan goods_amt dengan goods_quantity. Keranjang yang totalnya berbeda dari amt ditolak \
                    (9907), begitu juga baris bernilai negatif (1002).",
        advice: "Put the price of one piece in goods_amt. Send shipping and fees as lines of their own, take discounts \
                 off the prices, and compute amt from the same lines.",
        advice_id: "Isi goods_amt dengan harga satuan. Kirim ongkos kirim dan biaya sebagai baris tersendiri, potong \
                    diskon dari harga barang, dan hitung amt dari baris yang sama.",
        example: "examples/python/shop.py: register",
    },
    CheckInfo {
        id: "NP-06",
        group: Group::Requests,
        severity: Severity::Minor,
        clause: "PROTOCOL §1.2",
        title: "A customer keeps one clientUserKey",
        title_id: "Satu pelanggan memakai satu clientUserKey",
        reason: "A userToken belongs to a clientUserKey. With a new key each time, the stored token is not found, and \
                 the customer has to log in again.",
        reason_id: "userToken terikat pada clientUserKey. Jika key selalu baru, token yang tersimpan tidak ditemukan dan \
                    pelanggan harus login lagi.",
        advice: "Use the id of the customer in your database. Do not use a session id, an order number or a random \
                 value.",
        advice_id: "Pakai id pelanggan di database Anda. Jangan memakai id sesi, nomor pesanan, atau nilai acak.",
        example: "examples/python/shop.py: register",
    },
    CheckInfo {
        id: "NP-07",
        group: Group::Requests,
        severity: Severity::Critical,
        clause: "PROTOCOL §1.2",
        title: "A userToken pays only for its own customer",
        title_id: "userToken hanya dipakai untuk pelanggannya sendiri",
        reason: "A payment with a userToken asks nobody for a PIN. With the token of another customer, a stranger pays \
                 for the order.",
        reason_id: "Pembayaran dengan userToken tidak meminta PIN. Jika token milik pelanggan lain yang dipakai, orang \
                    lain yang membayar pesanan itu.",
        advice: "Store the userToken in the row of the customer whose clientUserKey is in the notification. Read it by \
                 the customer who is logged in, never from a request of the browser.",
        advice_id: "Simpan userToken pada data pelanggan yang clientUserKey-nya ada di notifikasi. Ambil berdasarkan \
                    pelanggan yang sedang login, jangan dari permintaan browser.",
        example: "examples/python/shop.py: one_click",
    },
    CheckInfo {
        id: "NP-08",
        group: Group::Requests,
        severity: Severity::Minor,
        clause: "good practice",
        title: "Requests are not repeated in a tight loop",
        title_id: "Permintaan tidak diulang terus-menerus tanpa jeda",
        reason: "The answer does not change within a second. Such a loop loads both servers, and it can get your \
                 address blocked.",
        reason_id: "Jawabannya tidak berubah dalam satu detik. Pengulangan seperti ini membebani kedua server, dan alamat \
                    IP Anda bisa diblokir.",
        advice: "Wait longer before each repetition (for example 1, 5 and 30 seconds, then every few minutes), and stop \
                 after a fixed number. The notification tells you about a change.",
        advice_id: "Beri jeda yang makin lama sebelum mengulang (misalnya 1, 5, dan 30 detik, lalu setiap beberapa \
                    menit), dan batasi jumlahnya. Perubahan status diberitahukan lewat notifikasi.",
        example: "examples/python/shop.py: poll",
    },
];
