//! Every word a shopper can read, in Indonesian and English.
//!
//! A sentence with a number in it keeps its place as `{}` and is filled in by the [`Lang`] method
//! of the same name.

/// A language of the partner's pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    /// Bahasa Indonesia, the default.
    Id,
    /// English.
    En,
}

impl Lang {
    /// The words of this language.
    pub fn text(self) -> &'static Text {
        match self {
            Self::Id => &ID,
            Self::En => &EN,
        }
    }

    /// The language tag: `id` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// The language that the switch offers.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Id => Self::En,
            Self::En => Self::Id,
        }
    }

    /// The language of a `lang=` parameter or cookie.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "id" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The language a browser prefers; Indonesian when it names neither of ours.
    ///
    /// The highest `q` wins, the first of equals; `in` is the old tag for Indonesian, which some
    /// Android browsers still send. A `*` stands for Indonesian.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::Id, 0.0);
        for item in header.split(',') {
            let mut parts = item.split(';').map(str::trim);
            let Some(lang) = parts.next().and_then(Self::from_range) else {
                continue;
            };
            let quality = parts.find_map(quality).unwrap_or(1.0);
            if quality > best.1 {
                best = (lang, quality);
            }
        }
        best.0
    }

    /// The language of one range such as `en-GB`.
    fn from_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next()?;
        match primary.to_ascii_lowercase().as_str() {
            "id" | "in" | "*" => Some(Self::Id),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The PIN is wrong, and this many tries are left; none left is [`Text::locked_now`].
    pub fn wrong_pin(self, tries_left: u8) -> String {
        let text = self.text();
        match tries_left {
            0 => text.locked_now.to_owned(),
            _ => counted(tries_left.into(), text.wrong_pin_last, text.wrong_pin),
        }
    }

    /// The account is locked for this many more minutes.
    pub fn account_locked(self, minutes: u64) -> String {
        let text = self.text();
        counted(minutes, text.account_locked_last, text.account_locked)
    }

    /// The OTP is wrong, and this many tries are left; none left is [`Text::otp_used_up`].
    pub fn otp_wrong(self, tries_left: u8) -> String {
        let text = self.text();
        match tries_left {
            0 => text.otp_used_up.to_owned(),
            _ => counted(tries_left.into(), text.otp_wrong_last, text.otp_wrong),
        }
    }

    /// A new code can be asked for in this many seconds.
    pub fn resend_too_early(self, seconds: u64) -> String {
        let text = self.text();
        counted(seconds, text.resend_too_early_last, text.resend_too_early)
    }

    /// How many more codes may be asked for.
    pub fn resends_left(self, left: u8) -> String {
        let text = self.text();
        match left {
            0 => text.resends_left_none.to_owned(),
            _ => counted(left.into(), text.resends_left_last, text.resends_left),
        }
    }

    /// A tenor: `30 days` for one month, else `3 months`.
    pub fn tenor(self, months: u8) -> String {
        let text = self.text();
        counted(months.into(), text.tenor_30_days, text.tenor_months)
    }

    /// What the OTP field asks for.
    pub fn otp_label(self, digits: u8) -> String {
        counted(digits.into(), self.text().otp_label, self.text().otp_label)
    }
}

/// The weight of a `q=` parameter.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    if name.trim().eq_ignore_ascii_case("q") { value.trim().parse().ok() } else { None }
}

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
    // Around every page
    pub language_name: &'static str,
    pub simulator_mark: &'static str,
    pub simulated: &'static str,
    pub skip_to_content: &'static str,
    pub footer: &'static str,
    pub error_prefix: &'static str,

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

    // Giving up
    pub abandon: &'static str,

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
    pub phone_label: &'static str,
    pub phone_hint: &'static str,
    pub pin_label: &'static str,
    pub pin_hint: &'static str,
    pub sign_in_submit: &'static str,

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
    pub plan_submit: &'static str,
    pub plan_note: &'static str,

    // Step 3
    pub otp_title: &'static str,
    pub otp_lead: &'static str,
    pub otp_no_sms: &'static str,
    pub otp_label: &'static str,
    pub otp_expires: &'static str,
    pub otp_has_expired: &'static str,
    pub otp_submit: &'static str,
    pub otp_plan: &'static str,
    pub otp_resend: &'static str,
    pub otp_resend_in: &'static str,
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
    pub result_reason: &'static str,
    pub result_plan: &'static str,
    pub result_t_xid: &'static str,
    pub return_to_shop: &'static str,

    // Notices
    pub link_unknown_title: &'static str,
    pub link_unknown_lead: &'static str,
    pub link_expired_title: &'static str,
    pub link_expired_lead: &'static str,
    pub already_paid_title: &'static str,
    pub already_paid_lead: &'static str,
    pub session_ended_title: &'static str,
    pub session_ended_lead: &'static str,
    pub bad_request_title: &'static str,
    pub bad_request_lead: &'static str,
    pub broken_title: &'static str,
    pub broken_lead: &'static str,
    pub sign_in_again: &'static str,

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

    // Messages: plan
    pub plan_missing: &'static str,
    pub limit_exceeded: &'static str,

    // Messages: OTP
    pub otp_missing: &'static str,
    pub otp_wrong: &'static str,
    pub otp_wrong_last: &'static str,
    pub otp_expired: &'static str,
    pub otp_used_up: &'static str,
    pub otp_resent: &'static str,
    pub resend_too_early: &'static str,
    pub resend_too_early_last: &'static str,
    pub resend_used_up: &'static str,

    // Why a payment was declined
    pub reason_limit: &'static str,
    pub reason_risk: &'static str,
    pub reason_inactive: &'static str,
    pub reason_ordered: &'static str,
}

impl Text {
    /// The names of the three steps, in order.
    pub fn steps(&self) -> [&'static str; 3] {
        [self.step_sign_in, self.step_plan, self.step_otp]
    }
}

/// Bahasa Indonesia.
pub const ID: Text = Text {
    language_name: "Bahasa Indonesia",
    simulator_mark: "SIMULATOR — bukan uang sungguhan",
    simulated: "(simulasi)",
    skip_to_content: "Langsung ke isi halaman",
    footer: "Halaman ini disimulasikan oleh nicepay-sim di komputer ini untuk keperluan pengujian. \
             Jangan masukkan nomor HP atau PIN asli Anda.",
    error_prefix: "Gagal",

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

    abandon: "Batalkan dan kembali ke toko",

    panel_heading: "Untuk penguji: akun simulasi",
    panel_lead: "Setiap akun memberi hasil yang sudah ditentukan.",
    panel_phone: "Nomor HP",
    panel_pin: "PIN",
    panel_otp: "OTP",
    panel_use: "Pakai",

    sign_in_title: "Masuk untuk membayar",
    sign_in_lead: "Gunakan nomor HP dan PIN akun simulasi Anda.",
    phone_label: "Nomor HP",
    phone_hint: "Contoh: 81291891818",
    pin_label: "PIN",
    pin_hint: "6 angka",
    sign_in_submit: "Lanjut",

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
    plan_submit: "Lanjut ke OTP",
    plan_note: "Bunga dan biaya hanya simulasi.",

    otp_title: "Masukkan kode OTP",
    otp_lead: "Kode verifikasi dikirim lewat SMS ke",
    otp_no_sms: "Ini simulasi: kodenya ada di panel penguji di bawah.",
    otp_label: "Kode {} angka",
    otp_expires: "Kode berlaku selama",
    otp_has_expired: "Masa berlaku kode sudah habis.",
    otp_submit: "Konfirmasi pembayaran",
    otp_plan: "Cicilan",
    otp_resend: "Kirim ulang kode",
    otp_resend_in: "Kode baru dapat diminta dalam",
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
    result_reason: "Alasan",
    result_plan: "Cicilan",
    result_t_xid: "Transaksi",
    return_to_shop: "Kembali ke toko",

    link_unknown_title: "Tautan tidak dikenal",
    link_unknown_lead: "Tidak ada pembayaran untuk tautan ini. Mulai lagi pembayaran dari toko.",
    link_expired_title: "Tautan sudah kedaluwarsa",
    link_expired_lead: "Waktu untuk pembayaran ini sudah habis. Mulai lagi pembayaran dari toko.",
    already_paid_title: "Pembayaran sudah selesai",
    already_paid_lead: "Pembayaran ini sudah diproses. Anda tidak perlu membayar lagi.",
    session_ended_title: "Sesi Anda berakhir",
    session_ended_lead: "Demi keamanan, silakan masuk kembali untuk melanjutkan pembayaran.",
    bad_request_title: "Permintaan tidak dapat dibaca",
    bad_request_lead: "Data dari browser tidak lengkap atau tidak sesuai. Kembali ke halaman \
                       sebelumnya, lalu coba lagi.",
    broken_title: "Terjadi kesalahan",
    broken_lead: "Ini kesalahan simulator, bukan kesalahan Anda. Rinciannya ada di log simulator.",
    sign_in_again: "Masuk kembali",

    phone_missing: "Masukkan nomor HP Anda.",
    unknown_phone: "Nomor HP ini belum terdaftar.",
    pin_format: "PIN terdiri dari 6 angka.",
    wrong_pin: "PIN salah. Sisa {} kali percobaan.",
    wrong_pin_last: "PIN salah. Sisa 1 kali percobaan sebelum akun dikunci.",
    locked_now: "PIN salah terlalu sering. Akun ini sekarang dikunci sementara.",
    account_locked: "Akun ini dikunci sementara. Coba lagi dalam {} menit.",
    account_locked_last: "Akun ini dikunci sementara. Coba lagi dalam 1 menit.",
    account_locked_for_good: "Akun ini dikunci. Hubungi pemberi pinjaman.",
    account_inactive: "Akun ini tidak aktif sehingga tidak dapat dipakai untuk membayar.",

    plan_missing: "Pilih salah satu tenor.",
    limit_exceeded: "Sisa limit untuk tenor ini tidak cukup. Pilih tenor lain.",

    otp_missing: "Masukkan kode OTP.",
    otp_wrong: "Kode OTP salah. Sisa {} kali percobaan.",
    otp_wrong_last: "Kode OTP salah. Sisa 1 kali percobaan.",
    otp_expired: "Masa berlaku kode OTP sudah habis. Minta kode baru.",
    otp_used_up: "Kode OTP salah terlalu sering. Minta kode baru.",
    otp_resent: "Kode baru sudah dikirim.",
    resend_too_early: "Kode baru dapat diminta dalam {} detik.",
    resend_too_early_last: "Kode baru dapat diminta dalam 1 detik.",
    resend_used_up: "Kode tidak dapat dikirim ulang lagi.",

    reason_limit: "Sisa limit tidak cukup.",
    reason_risk: "Pembayaran tidak lolos pemeriksaan risiko.",
    reason_inactive: "Akun tidak aktif.",
    reason_ordered: "Ditolak atas perintah penguji.",
};

/// English.
pub const EN: Text = Text {
    language_name: "English",
    simulator_mark: "SIMULATOR — no real money",
    simulated: "(simulated)",
    skip_to_content: "Skip to the content",
    footer: "This page is simulated by nicepay-sim on this computer, for testing. \
             Do not enter a real phone number or PIN.",
    error_prefix: "Error",

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

    abandon: "Cancel and return to the shop",

    panel_heading: "For testers: simulated accounts",
    panel_lead: "Each account leads to a fixed outcome.",
    panel_phone: "Phone",
    panel_pin: "PIN",
    panel_otp: "OTP",
    panel_use: "Use",

    sign_in_title: "Sign in to pay",
    sign_in_lead: "Use the phone number and PIN of your simulated account.",
    phone_label: "Phone number",
    phone_hint: "Example: 81291891818",
    pin_label: "PIN",
    pin_hint: "6 digits",
    sign_in_submit: "Continue",

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
    plan_submit: "Continue to OTP",
    plan_note: "Interest and fees are simulated.",

    otp_title: "Enter the OTP code",
    otp_lead: "A verification code was sent by SMS to",
    otp_no_sms: "This is a simulation: the code is in the testers' panel below.",
    otp_label: "{}-digit code",
    otp_expires: "The code is valid for",
    otp_has_expired: "The code has expired.",
    otp_submit: "Confirm payment",
    otp_plan: "Instalments",
    otp_resend: "Send a new code",
    otp_resend_in: "You can ask for a new code in",
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
    result_reason: "Reason",
    result_plan: "Instalments",
    result_t_xid: "Transaction",
    return_to_shop: "Return to the shop",

    link_unknown_title: "Unknown link",
    link_unknown_lead: "No payment belongs to this link. Start the payment again from the shop.",
    link_expired_title: "This link has expired",
    link_expired_lead: "The time for this payment is over. Start the payment again from the shop.",
    already_paid_title: "This payment is complete",
    already_paid_lead: "This payment has already been processed. You do not need to pay again.",
    session_ended_title: "Your session has ended",
    session_ended_lead: "For your security, please sign in again to continue with the payment.",
    bad_request_title: "We could not read that",
    bad_request_lead: "The browser sent something incomplete or unexpected. Go back to the previous \
                       page and try again.",
    broken_title: "Something went wrong",
    broken_lead: "This is the simulator's mistake, not yours. The details are in its log.",
    sign_in_again: "Sign in again",

    phone_missing: "Enter your phone number.",
    unknown_phone: "This phone number is not registered.",
    pin_format: "The PIN has 6 digits.",
    wrong_pin: "Wrong PIN. {} tries left.",
    wrong_pin_last: "Wrong PIN. 1 try left before the account is locked.",
    locked_now: "Too many wrong PINs. This account is now locked for a while.",
    account_locked: "This account is locked. Try again in {} minutes.",
    account_locked_last: "This account is locked. Try again in 1 minute.",
    account_locked_for_good: "This account is locked. Contact the lender.",
    account_inactive: "This account is inactive and cannot be used to pay.",

    plan_missing: "Choose a term.",
    limit_exceeded: "Not enough limit is left for this term. Choose another one.",

    otp_missing: "Enter the OTP code.",
    otp_wrong: "Wrong code. {} tries left.",
    otp_wrong_last: "Wrong code. 1 try left.",
    otp_expired: "The code has expired. Ask for a new one.",
    otp_used_up: "Too many wrong codes. Ask for a new one.",
    otp_resent: "A new code has been sent.",
    resend_too_early: "You can ask for a new code in {} seconds.",
    resend_too_early_last: "You can ask for a new code in 1 second.",
    resend_used_up: "No more codes can be sent.",

    reason_limit: "Not enough limit is left.",
    reason_risk: "The payment did not pass the risk check.",
    reason_inactive: "The account is inactive.",
    reason_ordered: "Declined by order of the tester.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_favourite_wins() {
        for (header, expected) in [
            ("", Lang::Id),
            ("en", Lang::En),
            ("en-GB,en;q=0.9,id;q=0.8", Lang::En),
            ("en;q=0.5, id-ID;q=0.8", Lang::Id),
            ("fr, en;q=0.3", Lang::En),
            ("de,fr", Lang::Id),
            ("EN-us", Lang::En),
            ("in-ID,en;q=0.9", Lang::Id),
            ("en;q=0", Lang::Id),
            ("id;q=0,en;q=0.1", Lang::En),
            ("en; q = 0.7 , id;q=0.2", Lang::En),
            (";;,=,q", Lang::Id),
        ] {
            assert_eq!(Lang::from_accept_language(header), expected, "{header:?}");
        }
    }

    #[test]
    fn numbers_find_their_place() {
        assert_eq!(Lang::En.wrong_pin(2), "Wrong PIN. 2 tries left.");
        assert_eq!(Lang::Id.account_locked(30), "Akun ini dikunci sementara. Coba lagi dalam 30 menit.");
        assert_eq!(Lang::En.tenor(1), "30 days");
        assert_eq!(Lang::Id.tenor(12), "12 bulan");
        assert_eq!(minutes_and_seconds(65), "1:05");
        for lang in [Lang::Id, Lang::En] {
            for n in 0..3 {
                assert!(!lang.otp_wrong(n).contains("{}"));
                assert!(!lang.resend_too_early(n.into()).contains("{}"));
                assert!(!lang.resends_left(n).contains("{}"));
            }
        }
    }
}
