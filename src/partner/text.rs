//! Texts of the lenders' pages that depend on a number, or that handlers share. All other texts are written where they are used.

use crate::domain::Reason;
use crate::page::Lang;

/// The PIN has not the form of a PIN.
pub(super) fn pin_format(lang: Lang) -> &'static str {
    lang.t("The PIN has 6 digits.", "PIN terdiri dari 6 angka.")
}

/// The PIN is wrong. With no try left, the account is locked instead.
pub(super) fn wrong_pin(tries_left: u8, lang: Lang) -> String {
    match tries_left {
        1 => lang
            .t(
                "Wrong PIN. 1 try left before the account is locked.",
                "PIN salah. Sisa 1 kali percobaan sebelum akun dikunci.",
            )
            .to_owned(),
        left => lang.t(format!("Wrong PIN. {left} tries left."), format!("PIN salah. Sisa {left} kali percobaan.")),
    }
}

/// The PIN was wrong too often.
pub(super) fn account_now_locked(until: &str, lang: Lang) -> String {
    lang.t(
        format!("Too many wrong PINs. This account is now locked until {until}."),
        format!("PIN salah terlalu sering. Akun ini dikunci sampai pukul {until}."),
    )
}

/// The account cannot be used, to pay or to be linked.
pub(super) fn account_inactive(linking: bool, lang: Lang) -> &'static str {
    if linking {
        lang.t(
            "This account is inactive and cannot be linked.",
            "Akun ini tidak aktif sehingga tidak dapat dihubungkan.",
        )
    } else {
        lang.t(
            "This account is inactive and cannot be used to pay.",
            "Akun ini tidak aktif sehingga tidak dapat dipakai untuk membayar.",
        )
    }
}

/// The account is locked until then, for this many more minutes.
pub(super) fn account_locked(until: &str, minutes: u64, lang: Lang) -> String {
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    lang.t(
        format!("This account is locked until {until}. Try again in {minutes} {unit}."),
        format!("Akun ini dikunci sampai pukul {until}. Coba lagi dalam {minutes} menit."),
    )
}

/// The simulator's clock is stopped at this time.
pub(super) fn clock_stopped(at: &str, lang: Lang) -> String {
    lang.t(
        format!("The simulator clock is stopped at {at}: waiting does not help."),
        format!("Jam simulator berhenti pada pukul {at}: menunggu tidak akan membantu."),
    )
}

/// The OTP is wrong.
pub(super) fn wrong_otp(tries_left: u8, lang: Lang) -> String {
    match tries_left {
        0 => too_many_wrong_otps(lang).to_owned(),
        1 => lang.t("Wrong code. 1 try left.", "Kode OTP salah. Sisa 1 kali percobaan.").to_owned(),
        left => {
            lang.t(format!("Wrong code. {left} tries left."), format!("Kode OTP salah. Sisa {left} kali percobaan."))
        }
    }
}

pub(super) fn too_many_wrong_otps(lang: Lang) -> &'static str {
    lang.t("Too many wrong codes. Ask for a new one.", "Kode OTP salah terlalu sering. Minta kode baru.")
}

/// A new OTP can be requested in this many seconds.
pub(super) fn resend_too_early(seconds: u64, lang: Lang) -> String {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    lang.t(
        format!("You can ask for a new code in {seconds} {unit}."),
        format!("Kode baru dapat diminta dalam {seconds} detik."),
    )
}

/// How many more OTPs can be requested.
pub(super) fn resends_left(left: u8, lang: Lang) -> String {
    match left {
        0 => lang.t("No more codes can be sent.", "Kode tidak dapat dikirim ulang lagi.").to_owned(),
        1 => lang.t("1 resend left.", "Sisa 1 kali kirim ulang.").to_owned(),
        _ => lang.t(format!("{left} resends left."), format!("Sisa {left} kali kirim ulang.")),
    }
}

/// Why the lender declined a payment, or the linking of an account.
pub(super) fn decline_reason(reason: Reason, linking: bool, lang: Lang) -> &'static str {
    match reason {
        Reason::Limit => lang.t("The remaining limit is too low.", "Sisa limit tidak cukup."),
        Reason::Risk if linking => {
            lang.t("The account did not pass the risk check.", "Akun tidak lolos pemeriksaan risiko.")
        }
        Reason::Risk => {
            lang.t("The payment did not pass the risk check.", "Pembayaran tidak lolos pemeriksaan risiko.")
        }
        Reason::Inactive => lang.t("The account is inactive.", "Akun tidak aktif."),
        Reason::Forced => lang.t("Declined by the tester.", "Ditolak oleh penguji."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_find_their_place() {
        assert_eq!(wrong_pin(2, Lang::En), "Wrong PIN. 2 tries left.");
        let locked = "Akun ini dikunci sampai pukul 14.30 WIB. Coba lagi dalam 30 menit.";
        assert_eq!(account_locked("14.30 WIB", 30, Lang::Id), locked);
        assert_eq!(resend_too_early(1, Lang::En), "You can ask for a new code in 1 second.");
        assert_eq!(resends_left(0, Lang::Id), "Kode tidak dapat dikirim ulang lagi.");
        assert_eq!(wrong_otp(0, Lang::En), too_many_wrong_otps(Lang::En));
    }
}
