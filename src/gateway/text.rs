//! Every word of NICEPAY's own pages, in Indonesian and English.

use crate::page::Lang;

/// The words of one language.
#[derive(Debug)]
pub struct Text {
    // The order
    pub order_heading: &'static str,
    pub amount: &'static str,
    pub merchant: &'static str,
    pub goods: &'static str,
    pub reference_no: &'static str,
    pub lender: &'static str,
    pub return_to_shop: &'static str,

    // The choice of a lender
    pub choose_title: &'static str,
    pub only_title: &'static str,
    pub only_lead: &'static str,
    pub choose_lead: &'static str,
    pub choose_legend: &'static str,
    pub choose_note: &'static str,
    pub choose_submit: &'static str,
    pub nothing_chosen: &'static str,
    pub abandon: &'static str,
    pub one_month: &'static str,
    pub months: &'static str,
    pub to: &'static str,

    // The way back by a form
    pub post_back_title: &'static str,
    pub post_back_lead: &'static str,
    pub post_back_going: &'static str,

    // After a binding
    pub linked_title: &'static str,
    pub linked_lead: &'static str,
    pub link_cancelled_title: &'static str,
    pub link_expired_title: &'static str,
    pub link_declined_title: &'static str,
    pub not_linked_lead: &'static str,
    pub may_close: &'static str,

    // Notices
    pub unknown_title: &'static str,
    pub unknown_lead: &'static str,
    pub not_checkout_title: &'static str,
    pub not_checkout_lead: &'static str,
    pub nothing_offered_title: &'static str,
    pub nothing_offered_lead: &'static str,
    pub left_title: &'static str,
    pub left_lead: &'static str,
    pub over_linked_title: &'static str,
    pub over_linked_lead: &'static str,
    pub over_paid_title: &'static str,
    pub over_paid_lead: &'static str,
    pub over_refunded_title: &'static str,
    pub over_refunded_lead: &'static str,
    pub over_review_title: &'static str,
    pub over_review_lead: &'static str,
    pub over_declined_title: &'static str,
    pub over_declined_lead: &'static str,
    pub over_expired_title: &'static str,
    pub over_expired_lead: &'static str,
}

impl Text {
    /// The words of a language.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Id => &ID,
            Lang::En => &EN,
        }
    }

    /// The tenors from the shortest to the longest: `30 days to 12 months`. There is not every one between them.
    pub fn terms(&self, shortest: u8, longest: u8) -> String {
        let tenor = |months: u8| match months {
            1 => self.one_month.to_owned(),
            _ => self.months.replace("{}", &months.to_string()),
        };
        if shortest == longest { tenor(shortest) } else { format!("{}{}{}", tenor(shortest), self.to, tenor(longest)) }
    }

    /// Which account is linked to whom now, or is not.
    pub fn binding(&self, linked: bool, lender: &str, merchant: &str) -> String {
        let sentence = if linked { self.linked_lead } else { self.not_linked_lead };
        // The merchant's name comes last: it may contain anything.
        sentence.replacen("{}", lender, 1).replacen("{}", merchant, 1)
    }
}

const ID: Text = Text {
    order_heading: "Ringkasan pesanan",
    amount: "Total pesanan",
    merchant: "Merchant",
    goods: "Barang",
    reference_no: "No. referensi",
    lender: "Penyedia cicilan",
    return_to_shop: "Kembali ke toko",

    choose_title: "Pilih penyedia cicilan",
    only_title: "Bayar dengan {}",
    only_lead: "Toko menerima pembayaran penuh sekarang; Anda mencicil ke {}.",
    choose_lead: "Toko menerima pembayaran penuh sekarang; Anda mencicil ke penyedia yang Anda pilih.",
    choose_legend: "Penyedia cicilan",
    choose_note: "Anda akan masuk dengan akun simulasi Anda di halaman penyedia itu.",
    choose_submit: "Lanjut",
    nothing_chosen: "Pilih salah satu penyedia cicilan.",
    abandon: "Batalkan dan kembali ke toko",
    one_month: "30 hari",
    months: "{} bulan",
    to: " – ",

    post_back_title: "Satu langkah lagi",
    post_back_lead: "Tekan tombol di bawah untuk kembali ke",
    post_back_going: "Anda sedang dialihkan ke",

    linked_title: "Akun terhubung",
    linked_lead: "Akun {} Anda sekarang terhubung ke {}.",
    link_cancelled_title: "Akun batal dihubungkan",
    link_expired_title: "Tautan sudah kedaluwarsa",
    link_declined_title: "Penghubungan akun ditolak",
    not_linked_lead: "Kali ini akun {} Anda tidak jadi dihubungkan ke {}.",
    may_close: "Anda boleh menutup halaman ini.",

    unknown_title: "Transaksi tidak dikenal",
    unknown_lead: "Tidak ada transaksi untuk alamat ini. Mulai lagi dari toko.",
    not_checkout_title: "Bukan pembayaran Checkout",
    not_checkout_lead: "Transaksi ini tidak didaftarkan lewat NICEPAY Checkout sehingga tidak dapat dibayar di halaman ini.",
    nothing_offered_title: "Tidak ada penyedia cicilan",
    nothing_offered_lead: "Semua penyedia cicilan sedang tidak aktif untuk toko ini.",
    left_title: "Pembayaran dibatalkan",
    left_lead: "Anda membatalkan pembayaran ini. Tidak ada tagihan untuk Anda.",
    over_linked_title: "Tidak ada yang perlu dipilih",
    over_linked_lead: "Pembayaran ini memakai akun yang sudah terhubung.",
    over_paid_title: "Pembayaran sudah selesai",
    over_paid_lead: "Pembayaran ini sudah diproses. Anda tidak perlu membayar lagi.",
    over_refunded_title: "Pembayaran dikembalikan",
    over_refunded_lead: "Toko membatalkan pesanan ini dan pembayarannya sudah dikembalikan. Tidak ada tagihan untuk Anda.",
    over_review_title: "Pembayaran sedang ditinjau",
    over_review_lead: "Toko akan diberi tahu begitu ada keputusan.",
    over_declined_title: "Pembayaran ditolak",
    over_declined_lead: "Pembayaran ini tidak dapat dilanjutkan. Tidak ada tagihan untuk Anda.",
    over_expired_title: "Waktu pembayaran sudah habis",
    over_expired_lead: "Tidak ada yang dibayar. Mulai lagi dari toko.",
};

const EN: Text = Text {
    order_heading: "Order summary",
    amount: "Order total",
    merchant: "Merchant",
    goods: "Goods",
    reference_no: "Reference no.",
    lender: "Lender",
    return_to_shop: "Return to the shop",

    choose_title: "Choose a lender",
    only_title: "Pay with {}",
    only_lead: "The shop is paid in full now; you pay back to {}.",
    choose_lead: "The shop is paid in full now; you pay back to the lender you choose.",
    choose_legend: "Lender",
    choose_note: "You will sign in with your simulated account on that lender's page.",
    choose_submit: "Continue",
    nothing_chosen: "Choose a lender.",
    abandon: "Cancel and return to the shop",
    one_month: "30 days",
    months: "{} months",
    to: " to ",

    post_back_title: "One more step",
    post_back_lead: "Press the button below to return to",
    post_back_going: "You are being taken to",

    linked_title: "Account linked",
    linked_lead: "Your {} account is now linked to {}.",
    link_cancelled_title: "Linking cancelled",
    link_expired_title: "This link has expired",
    link_declined_title: "Linking declined",
    not_linked_lead: "This time your {} account was not linked to {}.",
    may_close: "You may close this page.",

    unknown_title: "Unknown transaction",
    unknown_lead: "No transaction belongs to this address. Start again from the shop.",
    not_checkout_title: "Not a Checkout payment",
    not_checkout_lead: "This transaction was not registered through NICEPAY Checkout, so it cannot be paid on this page.",
    nothing_offered_title: "No lender available",
    nothing_offered_lead: "Every lender is switched off for this shop.",
    left_title: "Payment cancelled",
    left_lead: "You cancelled this payment. You will not be charged.",
    over_linked_title: "There is nothing to choose",
    over_linked_lead: "This payment uses an account that is linked already.",
    over_paid_title: "This payment is complete",
    over_paid_lead: "This payment has already been processed. You do not need to pay again.",
    over_refunded_title: "Payment refunded",
    over_refunded_lead: "The shop cancelled this order and the payment was returned. You will not be charged.",
    over_review_title: "Payment under review",
    over_review_lead: "The shop will hear as soon as there is a decision.",
    over_declined_title: "Payment declined",
    over_declined_lead: "This payment cannot go ahead. You will not be charged.",
    over_expired_title: "This payment has expired",
    over_expired_lead: "Nothing was paid. Start again from the shop.",
};
