//! Sentences with a number or a name in them, and which language it is.

use super::en::EN;
use super::id::ID;
use super::words::Text;
use crate::domain::Reason;
use crate::page::Lang;
use crate::partner::lender::Lender;

/// The sentence for one, or the sentence for many with the number in its place.
fn counted(number: u64, one: &str, many: &str) -> String {
    let sentence = if number == 1 { one } else { many };
    sentence.replace("{}", &number.to_string())
}

/// Seconds as a clock shows them: `1:05`.
pub(in crate::partner) fn minutes_and_seconds(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
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
            Reason::Forced => self.reason_ordered,
        }
    }

    /// What the OTP field asks for.
    pub fn otp_label(&self, digits: u8) -> String {
        counted(digits.into(), self.otp_label, self.otp_label)
    }
}

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
