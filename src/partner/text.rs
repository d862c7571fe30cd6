//! Every word a shopper can read at a lender, in Indonesian and English.
//!
//! A sentence with a number or a name in it keeps its place as `{}` and is filled in by the method of the same name.

use super::lender::Lender;
use crate::ledger::Reason;
use crate::page::Lang;

/// The sentence for one, or the sentence for many with the number in its place.
fn counted(number: u64, one: &str, many: &str) -> String {
    let sentence = if number == 1 { one } else { many };
    sentence.replace("{}", &number.to_string())
}

/// Seconds as a clock shows them: `1:05`.
pub fn minutes_and_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The words of one language.
#[derive(Debug)]
pub struct Text {
    // Steps and order summary
    pub steps_label: &'static str,
    pub step_sign_in: &'static str,
    pub step_plan: &'static str,
    pub step_otp: &'static str,
    pub step_done: &'static str,
    pub order_heading: &'static str,
    pub amount: &'static str,
    pub merchant: &'static str,
    pub goods: &'static str,
    pub reference_no: &'static str,
    pub link_steps_label: &'static str,
    pub link_heading: &'static str,
    pub link_to: &'static str,
    pub link_note: &'static str,
    pub pay_link_note: &'static str,

    // Giving up
    pub abandon: &'static str,
    pub abandon_only: &'static str,

    // Testers' panel
    pub panel_heading: &'static str,
    pub panel_lead: &'static str,
    pub panel_phone: &'static str,
    pub panel_pin: &'static str,
    pub panel_otp: &'static str,
    pub panel_use: &'static str,

    // Step 1
    pub sign_in_title: &'static str,
    pub sign_in_lead: &'static str,
    pub taken: &'static str,
    pub phone_label: &'static str,
    pub phone_hint: &'static str,
    pub pin_label: &'static str,
    pub pin_hint: &'static str,
    pub sign_in_submit: &'static str,
    pub link_sign_in_title: &'static str,
    pub link_sign_in_lead: &'static str,
    pub link_sign_in_submit: &'static str,

    // Step 2
    pub plan_title: &'static str,
    pub plan_lead: &'static str,
    pub plan_legend: &'static str,
    pub tenor_30_days: &'static str,
    pub tenor_months: &'static str,
    pub payments_once: &'static str,
    pub per_month: &'static str,
    pub fee: &'static str,
    pub total: &'static str,
    pub remaining_limit: &'static str,
    pub plan_unavailable: &'static str,
    pub plan_below_least: &'static str,
    pub plan_least: &'static str,
    pub plan_above_most: &'static str,
    pub plan_most: &'static str,
    pub plan_submit: &'static str,
    pub plan_note: &'static str,

    // Step 3
    pub otp_title: &'static str,
    pub otp_lead: &'static str,
    pub otp_no_sms: &'static str,
    pub otp_label: &'static str,
    pub otp_expires: &'static str,
    pub time_left: &'static str,
    pub otp_has_expired: &'static str,
    pub otp_no_longer: &'static str,
    pub otp_submit: &'static str,
    pub link_otp_submit: &'static str,
    pub otp_plan: &'static str,
    pub otp_resend: &'static str,
    pub otp_resend_from: &'static str,
    pub resends_left_none: &'static str,
    pub resends_left_last: &'static str,
    pub resends_left: &'static str,

    // Result
    pub approved_title: &'static str,
    pub approved_lead: &'static str,
    pub under_review_title: &'static str,
    pub under_review_lead: &'static str,
    pub declined_title: &'static str,
    pub declined_lead: &'static str,
    pub abandoned_title: &'static str,
    pub abandoned_lead: &'static str,
    pub partly_refunded_title: &'static str,
    pub partly_refunded_lead: &'static str,
    pub refunded_title: &'static str,
    pub refunded_lead: &'static str,
    pub linked_title: &'static str,
    pub linked_lead: &'static str,
    pub not_linked_title: &'static str,
    pub not_linked_lead: &'static str,
    pub link_abandoned_title: &'static str,
    pub link_abandoned_lead: &'static str,
    pub result_reason: &'static str,
    pub result_plan: &'static str,
    pub result_t_xid: &'static str,
    pub return_to_shop: &'static str,
    pub go_on: &'static str,

    // Receipt
    pub receipt_heading: &'static str,
    pub link_receipt_heading: &'static str,
    pub receipt_print: &'static str,
    pub link_receipt_print: &'static str,
    pub receipt_show: &'static str,
    pub receipt_status: &'static str,
    pub receipt_paid_at: &'static str,
    pub receipt_linked_at: &'static str,
    pub receipt_refunded_at: &'static str,
    pub receipt_account: &'static str,
    pub receipt_total: &'static str,
    pub receipt_refunded: &'static str,
    pub receipt_left: &'static str,
    pub receipt_linked_to: &'static str,
    pub status_approved: &'static str,
    pub status_partly_refunded: &'static str,
    pub status_refunded: &'static str,
    pub status_linked: &'static str,

    // Notices
    pub link_unknown_title: &'static str,
    pub link_unknown_lead: &'static str,
    pub link_expired_title: &'static str,
    pub link_expired_lead: &'static str,
    pub already_paid_title: &'static str,
    pub already_paid_lead: &'static str,
    pub session_ended_title: &'static str,
    pub session_ended_lead: &'static str,
    pub codes_used_up_title: &'static str,
    pub codes_expired_title: &'static str,
    pub codes_used_up_lead: &'static str,
    pub bad_request_title: &'static str,
    pub bad_request_lead: &'static str,
    pub broken_title: &'static str,
    pub broken_lead: &'static str,
    pub sign_in_again: &'static str,

    // The clock
    pub clock_stands: &'static str,

    // Messages: sign-in
    pub phone_missing: &'static str,
    pub unknown_phone: &'static str,
    pub pin_format: &'static str,
    pub wrong_pin: &'static str,
    pub wrong_pin_last: &'static str,
    pub locked_now: &'static str,
    pub account_locked: &'static str,
    pub account_locked_last: &'static str,
    pub account_locked_for_good: &'static str,
    pub account_inactive: &'static str,
    pub link_account_inactive: &'static str,

    // Messages: plan
    pub plan_missing: &'static str,
    pub limit_exceeded: &'static str,
    pub plan_out_of_range: &'static str,

    // Messages: OTP
    pub otp_missing: &'static str,
    pub otp_wrong: &'static str,
    pub otp_wrong_last: &'static str,
    pub otp_expired: &'static str,
    pub otp_over: &'static str,
    pub otp_used_up: &'static str,
    pub otp_resent: &'static str,
    pub resend_too_early: &'static str,
    pub resend_too_early_last: &'static str,
    pub resend_used_up: &'static str,

    // Why a payment was declined
    pub reason_limit: &'static str,
    pub reason_risk: &'static str,
    pub link_reason_risk: &'static str,
    pub reason_inactive: &'static str,
    pub reason_ordered: &'static str,
}

impl Text {
    /// The words of a language.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Id => &ID,
            Lang::En => &EN,
        }
    }

    /// The PIN is wrong, and this many tries are left; when none is, the account is locked ([`Text::locked_now`]).
    pub fn wrong_pin(&self, tries_left: u8) -> String {
        counted(tries_left.into(), self.wrong_pin_last, self.wrong_pin)
    }

    /// That was one wrong PIN too many: locked until then.
    pub fn locked_now(&self, until: &str) -> String {
        self.locked_now.replace("{}", until)
    }

    /// The account is locked until then, for this many more minutes.
    pub fn account_locked(&self, until: &str, minutes: u64) -> String {
        let sentence = if minutes == 1 { self.account_locked_last } else { self.account_locked };
        sentence.replacen("{}", until, 1).replacen("{}", &minutes.to_string(), 1)
    }

    /// The simulator's clock stands, at this time.
    pub fn clock_stands(&self, at: &str) -> String {
        self.clock_stands.replace("{}", at)
    }

    /// The OTP is wrong, and this many tries are left; none left is [`Text::otp_used_up`].
    pub fn otp_wrong(&self, tries_left: u8) -> String {
        match tries_left {
            0 => self.otp_used_up.to_owned(),
            _ => counted(tries_left.into(), self.otp_wrong_last, self.otp_wrong),
        }
    }

    /// A new code can be asked for in this many seconds.
    pub fn resend_too_early(&self, seconds: u64) -> String {
        counted(seconds, self.resend_too_early_last, self.resend_too_early)
    }

    /// How many more codes may be asked for.
    pub fn resends_left(&self, left: u8) -> String {
        match left {
            0 => self.resends_left_none.to_owned(),
            _ => counted(left.into(), self.resends_left_last, self.resends_left),
        }
    }

    /// A tenor: `30 days` for one month, else `3 months`.
    pub fn tenor(&self, months: u8) -> String {
        counted(months.into(), self.tenor_30_days, self.tenor_months)
    }

    /// What a phone number looks like: one of this lender's shoppers.
    pub fn phone_hint(&self, lender: Lender) -> String {
        self.phone_hint.replace("{}", lender.example_phone())
    }

    /// What signing in is for, where it links the account to a merchant.
    pub fn link_sign_in_lead(&self, merchant: &str) -> String {
        self.link_sign_in_lead.replace("{}", merchant)
    }

    /// Which account is linked to whom now.
    pub fn linked_lead(&self, lender: Lender, merchant: &str) -> String {
        // The merchant's name comes last: it may contain anything.
        self.linked_lead.replacen("{}", lender.name(), 1).replacen("{}", merchant, 1)
    }

    /// What linking the account with a payment means.
    pub fn pay_link_note(&self, lender: Lender, merchant: &str) -> String {
        self.pay_link_note.replacen("{}", lender.name(), 1).replacen("{}", merchant, 1)
    }

    /// What it means that part of the payment went back.
    pub fn partly_refunded_lead(&self, lender: Lender) -> String {
        self.partly_refunded_lead.replace("{}", lender.name())
    }

    /// The account is locked, and not for a while.
    pub fn account_locked_for_good(&self, lender: Lender) -> String {
        self.account_locked_for_good.replace("{}", lender.name())
    }

    /// The account is switched off.
    pub fn account_inactive(&self, linking: bool) -> &'static str {
        if linking { self.link_account_inactive } else { self.account_inactive }
    }

    /// Why the lender said no.
    pub fn reason(&self, reason: Reason, linking: bool) -> &'static str {
        match reason {
            Reason::Limit => self.reason_limit,
            Reason::Risk if linking => self.link_reason_risk,
            Reason::Risk => self.reason_risk,
            Reason::Inactive => self.reason_inactive,
            Reason::Ordered => self.reason_ordered,
        }
    }

    /// What the OTP field asks for.
    pub fn otp_label(&self, digits: u8) -> String {
        counted(digits.into(), self.otp_label, self.otp_label)
    }
}

/// Bahasa Indonesia.
const ID: Text = Text {
    steps_label: "Langkah pembayaran",
    step_sign_in: "Masuk",
    step_plan: "Tenor",
    step_otp: "OTP",
    step_done: "selesai",
    order_heading: "Ringkasan pesanan",
    amount: "Total pesanan",
    merchant: "Merchant",
    goods: "Barang",
    reference_no: "No. referensi",
    link_steps_label: "Langkah menghubungkan akun",
    link_heading: "Hubungkan akun",
    link_to: "Dihubungkan ke",
    link_note: "Setelah terhubung, toko ini dapat menagih pesanan Anda berikutnya tanpa login lagi.",
    pay_link_note: "Pembayaran ini juga menghubungkan akun {} Anda ke {}. Setelah itu, toko ini dapat menagih pesanan Anda berikutnya tanpa login lagi.",

    abandon: "Batalkan dan kembali ke toko",
    abandon_only: "Batalkan",

    panel_heading: "Untuk penguji: akun simulasi",
    panel_lead: "Setiap akun memberi hasil yang sudah ditentukan.",
    panel_phone: "Nomor HP",
    panel_pin: "PIN",
    panel_otp: "OTP",
    panel_use: "Pakai",

    sign_in_title: "Masuk untuk membayar",
    sign_in_lead: "Gunakan nomor HP dan PIN akun simulasi Anda.",
    taken: "Tautan ini sudah dipakai untuk masuk, mungkin di browser lain. Jika Anda masuk di sini, sesi itu berakhir.",
    phone_label: "Nomor HP",
    phone_hint: "Contoh: {}",
    pin_label: "PIN",
    pin_hint: "6 angka",
    sign_in_submit: "Lanjut",
    link_sign_in_title: "Hubungkan akun Anda",
    link_sign_in_lead: "Masuk dengan nomor HP dan PIN akun simulasi Anda untuk menghubungkannya ke {}.",
    link_sign_in_submit: "Lanjut ke OTP",

    plan_title: "Pilih cara bayar",
    plan_lead: "Toko menerima pembayaran penuh sekarang; Anda membayar sesuai tenor.",
    plan_legend: "Tenor",
    tenor_30_days: "30 hari",
    tenor_months: "{} bulan",
    payments_once: "sekali bayar",
    per_month: "/bulan",
    fee: "Biaya",
    total: "Total",
    remaining_limit: "Sisa limit",
    plan_unavailable: "Limit tidak cukup",
    plan_below_least: "Pesanan terlalu kecil",
    plan_least: "Minimum",
    plan_above_most: "Pesanan terlalu besar",
    plan_most: "Maksimum",
    plan_submit: "Lanjut ke OTP",
    plan_note: "Bunga dan biaya hanya simulasi. Cicilan terakhir bisa lebih kecil karena pembulatan.",

    otp_title: "Masukkan kode OTP",
    otp_lead: "Kode verifikasi dikirim lewat SMS ke",
    otp_no_sms: "Ini simulasi: kodenya ada di panel penguji di bawah.",
    otp_label: "Kode {} angka",
    otp_expires: "Kode berlaku sampai pukul",
    time_left: "Sisa waktu",
    otp_has_expired: "Masa berlaku kode sudah habis.",
    otp_no_longer: "Kode ini tidak berlaku lagi.",
    otp_submit: "Konfirmasi pembayaran",
    link_otp_submit: "Hubungkan akun",
    otp_plan: "Cicilan",
    otp_resend: "Kirim ulang kode",
    otp_resend_from: "Kode baru dapat diminta mulai pukul",
    resends_left_none: "Kode tidak dapat dikirim ulang lagi.",
    resends_left_last: "Sisa 1 kali kirim ulang.",
    resends_left: "Sisa {} kali kirim ulang.",

    approved_title: "Pembayaran disetujui",
    approved_lead: "Terima kasih. Toko akan segera memproses pesanan Anda.",
    under_review_title: "Pembayaran sedang ditinjau",
    under_review_lead: "Kami memerlukan waktu untuk memeriksa pembayaran ini. Toko akan diberi tahu \
                        begitu ada keputusan.",
    declined_title: "Pembayaran ditolak",
    declined_lead: "Pembayaran ini tidak dapat dilanjutkan. Tidak ada tagihan untuk Anda.",
    abandoned_title: "Pembayaran dibatalkan",
    abandoned_lead: "Anda membatalkan pembayaran ini. Tidak ada tagihan untuk Anda.",
    partly_refunded_title: "Pembayaran dikembalikan sebagian",
    partly_refunded_lead: "Toko mengembalikan sebagian pembayaran ini. Cicilan di bawah adalah yang disepakati semula; jumlah yang dikembalikan mengurangi utang Anda ke {}.",
    refunded_title: "Pembayaran dikembalikan",
    refunded_lead: "Toko membatalkan pesanan ini dan pembayarannya sudah dikembalikan. Tidak ada tagihan untuk Anda.",
    linked_title: "Akun terhubung",
    linked_lead: "Akun {} Anda sekarang terhubung ke {}.",
    not_linked_title: "Penghubungan akun ditolak",
    not_linked_lead: "Akun ini tidak dapat dihubungkan. Tidak ada yang berubah pada akun Anda.",
    link_abandoned_title: "Akun batal dihubungkan",
    link_abandoned_lead: "Anda membatalkannya. Kali ini akun Anda tidak jadi dihubungkan ke toko.",
    result_reason: "Alasan",
    result_plan: "Cicilan",
    result_t_xid: "Transaksi",
    return_to_shop: "Kembali ke toko",
    go_on: "Lanjut",

    receipt_heading: "Bukti pembayaran",
    link_receipt_heading: "Bukti penghubungan akun",
    receipt_print: "Cetak bukti",
    link_receipt_print: "Cetak bukti",
    receipt_show: "Lihat bukti pembayaran",
    receipt_status: "Status",
    receipt_paid_at: "Tanggal",
    receipt_linked_at: "Tanggal",
    receipt_refunded_at: "Dikembalikan",
    receipt_account: "Akun",
    receipt_total: "Total cicilan",
    receipt_refunded: "Jumlah dikembalikan",
    receipt_left: "Sisa pesanan",
    receipt_linked_to: "Terhubung ke",
    status_approved: "Disetujui",
    status_partly_refunded: "Dikembalikan sebagian",
    status_refunded: "Dikembalikan",
    status_linked: "Terhubung",

    link_unknown_title: "Tautan tidak dikenal",
    link_unknown_lead: "Tidak ada apa pun untuk tautan ini. Mulai lagi dari toko.",
    link_expired_title: "Tautan sudah kedaluwarsa",
    link_expired_lead: "Waktunya sudah habis. Mulai lagi dari toko.",
    already_paid_title: "Pembayaran sudah selesai",
    already_paid_lead: "Pembayaran ini sudah diproses. Anda tidak perlu membayar lagi.",
    session_ended_title: "Sesi Anda berakhir",
    session_ended_lead: "Demi keamanan, silakan masuk kembali untuk melanjutkan.",
    codes_used_up_title: "Terlalu banyak kode salah",
    codes_expired_title: "Masa berlaku kode sudah habis",
    codes_used_up_lead: "Masuk lagi untuk mendapat kode baru.",
    bad_request_title: "Permintaan tidak dapat dibaca",
    bad_request_lead: "Data dari browser tidak lengkap atau tidak sesuai. Kembali ke halaman \
                       sebelumnya, lalu coba lagi.",
    broken_title: "Terjadi kesalahan",
    broken_lead: "Ini kesalahan simulator, bukan kesalahan Anda. Rinciannya ada di log simulator.",
    sign_in_again: "Masuk kembali",

    clock_stands: "Jam simulator berhenti pada pukul {}: menunggu saja tidak membantu.",

    phone_missing: "Masukkan nomor HP Anda.",
    unknown_phone: "Nomor HP ini belum terdaftar.",
    pin_format: "PIN terdiri dari 6 angka.",
    wrong_pin: "PIN salah. Sisa {} kali percobaan.",
    wrong_pin_last: "PIN salah. Sisa 1 kali percobaan sebelum akun dikunci.",
    locked_now: "PIN salah terlalu sering. Akun ini sekarang dikunci sampai pukul {}.",
    account_locked: "Akun ini dikunci sampai pukul {}. Coba lagi dalam {} menit.",
    account_locked_last: "Akun ini dikunci sampai pukul {}. Coba lagi dalam 1 menit.",
    account_locked_for_good: "Akun ini dikunci. Hubungi {}.",
    account_inactive: "Akun ini tidak aktif sehingga tidak dapat dipakai untuk membayar.",
    link_account_inactive: "Akun ini tidak aktif sehingga tidak dapat dihubungkan.",

    plan_missing: "Pilih salah satu tenor.",
    limit_exceeded: "Sisa limit untuk tenor ini tidak cukup. Pilih tenor lain.",
    plan_out_of_range: "Tenor ini tidak berlaku untuk jumlah pesanan ini. Pilih tenor lain.",

    otp_missing: "Masukkan kode OTP.",
    otp_wrong: "Kode OTP salah. Sisa {} kali percobaan.",
    otp_wrong_last: "Kode OTP salah. Sisa 1 kali percobaan.",
    otp_expired: "Masa berlaku kode OTP sudah habis. Minta kode baru.",
    otp_over: "Kode OTP tidak berlaku lagi dan tidak dapat dikirim ulang. Batalkan, lalu mulai lagi dari toko.",
    otp_used_up: "Kode OTP salah terlalu sering. Minta kode baru.",
    otp_resent: "Kode baru sudah dikirim.",
    resend_too_early: "Kode baru dapat diminta dalam {} detik.",
    resend_too_early_last: "Kode baru dapat diminta dalam 1 detik.",
    resend_used_up: "Kode tidak dapat dikirim ulang lagi.",

    reason_limit: "Sisa limit tidak cukup.",
    reason_risk: "Pembayaran tidak lolos pemeriksaan risiko.",
    link_reason_risk: "Akun tidak lolos pemeriksaan risiko.",
    reason_inactive: "Akun tidak aktif.",
    reason_ordered: "Ditolak atas perintah penguji.",
};

/// English.
const EN: Text = Text {
    steps_label: "Payment steps",
    step_sign_in: "Sign in",
    step_plan: "Plan",
    step_otp: "OTP",
    step_done: "done",
    order_heading: "Order summary",
    amount: "Order total",
    merchant: "Merchant",
    goods: "Goods",
    reference_no: "Reference no.",
    link_steps_label: "Linking steps",
    link_heading: "Account linking",
    link_to: "Link to",
    link_note: "Once it is linked, this shop can charge your next orders without another login.",
    pay_link_note: "This payment also links your {} account to {}. From then on, this shop can charge your next orders without another login.",

    abandon: "Cancel and return to the shop",
    abandon_only: "Cancel",

    panel_heading: "For testers: simulated accounts",
    panel_lead: "Each account leads to a fixed outcome.",
    panel_phone: "Phone",
    panel_pin: "PIN",
    panel_otp: "OTP",
    panel_use: "Use",

    sign_in_title: "Sign in to pay",
    sign_in_lead: "Use the phone number and PIN of your simulated account.",
    taken: "This link has been used to sign in already, maybe in another browser. Signing in here ends that session.",
    phone_label: "Phone number",
    phone_hint: "Example: {}",
    pin_label: "PIN",
    pin_hint: "6 digits",
    sign_in_submit: "Continue",
    link_sign_in_title: "Link your account",
    link_sign_in_lead: "Sign in with the phone number and PIN of your simulated account to link it to {}.",
    link_sign_in_submit: "Continue to OTP",

    plan_title: "Choose how to pay",
    plan_lead: "The shop is paid in full now; you pay back over the term you choose.",
    plan_legend: "Term",
    tenor_30_days: "30 days",
    tenor_months: "{} months",
    payments_once: "one payment",
    per_month: "/month",
    fee: "Fee",
    total: "Total",
    remaining_limit: "Limit left",
    plan_unavailable: "Not enough limit",
    plan_below_least: "Order too small",
    plan_least: "Minimum",
    plan_above_most: "Order too large",
    plan_most: "Maximum",
    plan_submit: "Continue to OTP",
    plan_note: "Interest and fees are simulated. The last instalment may be smaller, as amounts are rounded.",

    otp_title: "Enter the OTP code",
    otp_lead: "A verification code was sent by SMS to",
    otp_no_sms: "This is a simulation: the code is in the testers' panel below.",
    otp_label: "{}-digit code",
    otp_expires: "The code is valid until",
    time_left: "Time left",
    otp_has_expired: "The code has expired.",
    otp_no_longer: "This code is no longer valid.",
    otp_submit: "Confirm payment",
    link_otp_submit: "Link account",
    otp_plan: "Instalments",
    otp_resend: "Send a new code",
    otp_resend_from: "You can ask for a new code from",
    resends_left_none: "No more codes can be sent.",
    resends_left_last: "1 resend left.",
    resends_left: "{} resends left.",

    approved_title: "Payment approved",
    approved_lead: "Thank you. The shop will process your order shortly.",
    under_review_title: "Payment under review",
    under_review_lead: "We need some time to check this payment. The shop will hear from us as soon \
                        as there is a decision.",
    declined_title: "Payment declined",
    declined_lead: "This payment cannot go ahead. You will not be charged.",
    abandoned_title: "Payment cancelled",
    abandoned_lead: "You cancelled this payment. You will not be charged.",
    partly_refunded_title: "Payment partly refunded",
    partly_refunded_lead: "The shop gave back part of this payment. The instalments below are those first agreed; what was given back comes off what you owe {}.",
    refunded_title: "Payment refunded",
    refunded_lead: "The shop cancelled this order and the payment was returned. You will not be charged.",
    linked_title: "Account linked",
    linked_lead: "Your {} account is now linked to {}.",
    not_linked_title: "Linking declined",
    not_linked_lead: "This account could not be linked. Nothing about your account has changed.",
    link_abandoned_title: "Linking cancelled",
    link_abandoned_lead: "You cancelled. This time your account was not linked to the shop.",
    result_reason: "Reason",
    result_plan: "Instalments",
    result_t_xid: "Transaction",
    return_to_shop: "Return to the shop",
    go_on: "Continue",

    receipt_heading: "Receipt",
    link_receipt_heading: "Confirmation of the link",
    receipt_print: "Print receipt",
    link_receipt_print: "Print confirmation",
    receipt_show: "Show the receipt",
    receipt_status: "Status",
    receipt_paid_at: "Paid on",
    receipt_linked_at: "Linked on",
    receipt_refunded_at: "Refunded on",
    receipt_account: "Account",
    receipt_total: "Total to pay back",
    receipt_refunded: "Amount refunded",
    receipt_left: "Left of the order",
    receipt_linked_to: "Linked to",
    status_approved: "Approved",
    status_partly_refunded: "Partly refunded",
    status_refunded: "Refunded",
    status_linked: "Linked",

    link_unknown_title: "Unknown link",
    link_unknown_lead: "Nothing belongs to this link. Start again from the shop.",
    link_expired_title: "This link has expired",
    link_expired_lead: "Its time is over. Start again from the shop.",
    already_paid_title: "This payment is complete",
    already_paid_lead: "This payment has already been processed. You do not need to pay again.",
    session_ended_title: "Your session has ended",
    session_ended_lead: "For your security, please sign in again to continue.",
    codes_used_up_title: "Too many wrong codes",
    codes_expired_title: "The code has expired",
    codes_used_up_lead: "Sign in again to get a new code.",
    bad_request_title: "We could not read that",
    bad_request_lead: "The browser sent something incomplete or unexpected. Go back to the previous \
                       page and try again.",
    broken_title: "Something went wrong",
    broken_lead: "This is the simulator's mistake, not yours. The details are in its log.",
    sign_in_again: "Sign in again",

    clock_stands: "The simulator's clock stands at {}: waiting does not help.",

    phone_missing: "Enter your phone number.",
    unknown_phone: "This phone number is not registered.",
    pin_format: "The PIN has 6 digits.",
    wrong_pin: "Wrong PIN. {} tries left.",
    wrong_pin_last: "Wrong PIN. 1 try left before the account is locked.",
    locked_now: "Too many wrong PINs. This account is now locked until {}.",
    account_locked: "This account is locked until {}. Try again in {} minutes.",
    account_locked_last: "This account is locked until {}. Try again in 1 minute.",
    account_locked_for_good: "This account is locked. Contact {}.",
    account_inactive: "This account is inactive and cannot be used to pay.",
    link_account_inactive: "This account is inactive and cannot be linked.",

    plan_missing: "Choose a term.",
    limit_exceeded: "Not enough limit is left for this term. Choose another one.",
    plan_out_of_range: "This term is not offered for an order of this amount. Choose another one.",

    otp_missing: "Enter the OTP code.",
    otp_wrong: "Wrong code. {} tries left.",
    otp_wrong_last: "Wrong code. 1 try left.",
    otp_expired: "The code has expired. Ask for a new one.",
    otp_over: "The code is no longer valid, and no more can be sent. Cancel, and start again from the shop.",
    otp_used_up: "Too many wrong codes. Ask for a new one.",
    otp_resent: "A new code has been sent.",
    resend_too_early: "You can ask for a new code in {} seconds.",
    resend_too_early_last: "You can ask for a new code in 1 second.",
    resend_used_up: "No more codes can be sent.",

    reason_limit: "Not enough limit is left.",
    reason_risk: "The payment did not pass the risk check.",
    link_reason_risk: "The account did not pass the risk check.",
    reason_inactive: "The account is inactive.",
    reason_ordered: "Declined by order of the tester.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_find_their_place() {
        let (id, en) = (Text::of(Lang::Id), Text::of(Lang::En));
        assert_eq!(en.wrong_pin(2), "Wrong PIN. 2 tries left.");
        let locked = "Akun ini dikunci sampai pukul 14.30 WIB. Coba lagi dalam 30 menit.";
        assert_eq!(id.account_locked("14.30 WIB", 30), locked);
        assert_eq!(en.tenor(1), "30 days");
        assert_eq!(id.tenor(12), "12 bulan");
        assert_eq!(minutes_and_seconds(65), "1:05");
        for text in [id, en] {
            for n in 0..3 {
                assert!(!text.otp_wrong(n).contains("{}"));
                assert!(!text.resend_too_early(n.into()).contains("{}"));
                assert!(!text.resends_left(n).contains("{}"));
            }
            assert!(!text.plan_out_of_range.is_empty());
        }
    }

    #[test]
    fn names_find_their_place_whatever_they_are() {
        let text = Text::of(Lang::En);
        assert_eq!(text.linked_lead(Lender::Kredivo, "{}SHOP"), "Your Kredivo account is now linked to {}SHOP.");
        assert!(text.link_sign_in_lead("SHOP").ends_with("to link it to SHOP."));
        assert_eq!(text.phone_hint(Lender::Indodana), "Example: 838499610");
    }
}
