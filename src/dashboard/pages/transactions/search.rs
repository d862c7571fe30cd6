//! What the search box finds: tXid, referenceNo, phone, clientUserKey, userToken and goods. Every transaction is read, so a
//! text is compared without a copy of it.

use wildmatch::WildMatchPattern;

use crate::domain::{
    ClientUserKey, Event, EventKind, PartnerStep, Phone, ReferenceNo, Stage, TXid, Tokenize, Transaction, UserToken,
};

/// The most digits that a phone has here, with its country code. Longer ones are no phones.
const MAX_DIGITS: usize = 24;

/// A search.
pub(super) struct Search {
    texts: Pattern,
    /// The same for phones, where it can be a phone.
    phones: Option<Pattern>,
}

/// A text that is looked for in any letter case.
enum Pattern {
    /// Anywhere in the text; ASCII, in lower case.
    Ascii(Vec<u8>),
    /// `*` stands for any text. The whole text must fit.
    Wild(WildMatchPattern<'*', '\u{10ffff}'>),
}

impl Pattern {
    fn new(text: &str) -> Self {
        if text.contains('*') {
            return Self::Wild(WildMatchPattern::new_case_insensitive(text));
        }
        if text.is_ascii() {
            return Self::Ascii(text.to_ascii_lowercase().into_bytes());
        }
        Self::Wild(WildMatchPattern::new_case_insensitive(&format!("*{text}*")))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Wild(pattern) => pattern.matches(text),
            Self::Ascii(part) => {
                let Some(first) = part.first() else { return true };
                let text = text.as_bytes();
                let last = text.len().saturating_sub(part.len());
                part.len() <= text.len()
                    && (0..=last).any(|at| {
                        text[at].eq_ignore_ascii_case(first) && text[at..at + part.len()].eq_ignore_ascii_case(part)
                    })
            }
        }
    }
}

impl Search {
    /// None for an empty text, which finds everything.
    pub(super) fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self { texts: Pattern::new(text), phones: phone_pattern(text) })
    }

    /// Whether it finds a transaction.
    pub(super) fn finds(&self, transaction: &Transaction) -> bool {
        let stage = transaction.stage();
        let of_order = [transaction.reference_no.as_str(), transaction.t_xid.as_str(), &transaction.order.goods_nm];
        let (owner, used) = match &transaction.tokenize {
            Tokenize::No => (None, None),
            Tokenize::Issue { client_user_key } => (Some(client_user_key), None),
            Tokenize::Pay { user_token, client_user_key, .. } => (Some(client_user_key), Some(user_token)),
            Tokenize::LogIn { user_token, client_user_key } => (client_user_key.as_ref(), user_token.as_ref()),
        };
        let issued = match stage {
            Stage::Approved { user_token, .. } | Stage::Cancelled { user_token, .. } => user_token.as_ref(),
            _ => None,
        };
        let tokens = used.into_iter().chain(issued).map(UserToken::as_str);
        let mut texts = of_order.into_iter().chain(owner.map(ClientUserKey::as_str)).chain(tokens);
        texts.any(|text| self.texts.matches(text)) || self.finds_phone_of(transaction)
    }

    /// Whether it finds a refused request.
    pub(super) fn finds_refused(&self, event: &Event) -> bool {
        let EventKind::Refused { sent, .. } = &event.kind else { return false };
        let t_xid = event.t_xid.as_ref().map(TXid::as_str);
        let reference_no = event.reference_no.as_ref().map(ReferenceNo::as_str);
        let texts = sent.iter().flat_map(|sent| &sent.texts).map(|text| &**text);
        let phone = sent.as_ref().and_then(|sent| sent.phone.as_deref());
        t_xid.into_iter().chain(reference_no).chain(texts).any(|text| self.texts.matches(text))
            || self.phones.as_ref().zip(phone).is_some_and(|(pattern, phone)| phone_matches(pattern, phone))
    }

    fn finds_phone_of(&self, transaction: &Transaction) -> bool {
        let Some(pattern) = &self.phones else { return false };
        let of_token = match &transaction.tokenize {
            Tokenize::Pay { phone, .. } => Some(phone),
            _ => None,
        };
        let of_lender = [paying(transaction.stage()), of_token].into_iter().flatten().map(Phone::as_str);
        of_lender.chain([&*transaction.order.billing_phone]).any(|phone| phone_matches(pattern, phone))
    }
}

/// The phone of the customer who pays, as far as it is known.
fn paying(stage: &Stage) -> Option<&Phone> {
    match stage {
        Stage::UnderReview { phone, .. }
        | Stage::Approved { phone, .. }
        | Stage::Cancelled { phone, .. }
        | Stage::Declined { phone, .. }
        | Stage::AtPartner(PartnerStep::Plan { phone, .. } | PartnerStep::Pin { phone, .. }) => Some(phone),
        Stage::AtPartner(PartnerStep::Otp { otp, .. }) => Some(&otp.phone),
        Stage::Registered | Stage::AtPartner(PartnerStep::SignIn) | Stage::Abandoned { .. } | Stage::Expired { .. } => {
            None
        }
    }
}

/// A text that consists of digits, with what is written between them. Without the digits of country and trunk, all ways to
/// write a phone are the same.
fn phone_pattern(text: &str) -> Option<Pattern> {
    if text.len() > 4 * MAX_DIGITS || !text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || is_between_digits(b)) {
        return None;
    }
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '*').collect();
    digits.bytes().any(|b| b.is_ascii_digit()).then(|| Pattern::new(&digits))
}

fn is_between_digits(byte: u8) -> bool {
    matches!(byte, b'+' | b' ' | b'-' | b'.' | b'(' | b')')
}

/// Whether a phone matches in one of the ways to write it: `812…`, `0812…`, `62812…`.
fn phone_matches(pattern: &Pattern, phone: &str) -> bool {
    // The country code, a zero, and the local digits: each way to write the phone is a part of these.
    let mut digits = [0; MAX_DIGITS + 2];
    let mut length = 2;
    for byte in phone.bytes().filter(|byte| !is_between_digits(*byte)) {
        if !byte.is_ascii_digit() || length == digits.len() {
            return false;
        }
        digits[length] = byte;
        length += 1;
    }
    let all = &digits[2..length];
    let local = all.strip_prefix(b"62").filter(|rest| rest.len() >= 8).unwrap_or(all);
    let zeros = local.iter().take_while(|digit| **digit == b'0').count();
    let start = length - local.len() + zeros;
    if start == length {
        return false;
    }
    let mut written = |prefix: &[u8]| {
        let begin = start - prefix.len();
        digits[begin..start].copy_from_slice(prefix);
        std::str::from_utf8(&digits[begin..length]).is_ok_and(|text| pattern.matches(text))
    };
    written(b"") || written(b"0") || written(b"62")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(search: &str, text: &str) -> bool {
        Pattern::new(search).matches(text)
    }

    fn phone(search: &str, phone: &str) -> bool {
        phone_pattern(search).is_some_and(|pattern| phone_matches(&pattern, phone))
    }

    #[test]
    fn a_part_of_a_text_is_found_in_any_case() {
        for search in ["order-7", "ORDER", "7", "r-7", "er-"] {
            assert!(text(search, "Order-7"), "{search}");
        }
        for search in ["order-77", "rder7", "%", ".*", "order.7", "^order", "[o]", "\\d", "_rder-7", "\u{0}"] {
            assert!(!text(search, "order-7"), "{search}");
        }
        assert!(text("100%", "diskon 100%") && text("a_b", "xa_by") && text("[x]?", "is [x]?"));
        assert!(text("ÄPFEL", "grüne äpfel") && text("kopi", "Kopi \u{1f600}") && !text("é", "e"));
        assert!(!text("x", "") && !text(&"x".repeat(10_000), "x"));
    }

    #[test]
    fn a_wildcard_stands_for_any_text_and_the_whole_text_must_fit() {
        for search in ["bulk-1*", "BULK-1*", "*-17", "b*7", "*", "**", "bulk-17*"] {
            assert!(text(search, "bulk-17"), "{search}");
        }
        for search in ["ulk*", "*-1", "bulk-2*", "b*8", "bulk-1?*", "bulk.*"] {
            assert!(!text(search, "bulk-17"), "{search}");
        }
        assert!(!text(&"*x".repeat(5_000), &"x".repeat(40)), "a long pattern ends soon");
    }

    #[test]
    fn a_phone_is_found_however_it_is_written() {
        for known in ["081291891818", "+62-81291891818", "6281291891818", "81291891818", "+62 812-9189-1818"] {
            for search in
                ["0812", "+62812", "62812", "812", "+62 812-9189", "081291891818", "1818", "0812*", "+62812*", "812*"]
            {
                assert!(phone(search, known), "{search} in {known}");
            }
            for search in ["0813", "+63812", "82*", "62 813", "0812*9", "628129189181899", "", "+", "*", "08x"] {
                assert!(!phone(search, known), "{search} in {known}");
            }
        }
        for odd in ["", "0", "000", "no phone", "0812x", "+", &"1".repeat(100)] {
            assert!(!phone("0", odd) && !phone("1", odd), "{odd}");
        }
    }
}
