//! When a rule applies: conditions, all of which have to hold.

use schemars::JsonSchema;
use serde::Deserialize;

use super::facts::{Facts, Mode};
use super::serde_types::{OneOrMore, Scalar};
use crate::domain::{Amount, IMid, Partner, Phone};
use crate::endpoints::Endpoint;

/// The conditions of a rule, as they are written. What is left out holds always.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct WhenConfig {
    /// The endpoint, for rules that speak of answers.
    pub operation: Option<OneOrMore<Endpoint>>,
    /// How it is paid. Where it is left out a rule speaks of payments, and not of bindings.
    #[serde(alias = "mode")]
    pub modes: Option<OneOrMore<Mode>>,
    /// The merchant.
    pub i_mid: Option<String>,
    /// The merchant's number; `*` stands for any characters, `?` for one.
    pub reference_no: Option<String>,
    /// One transaction.
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    /// The amount in rupiah, or a range.
    pub amt: Option<AmountConfig>,
    /// `06`, or, for Checkout, also `00`.
    pub pay_method: Option<Scalar>,
    /// The lender.
    pub mitra_cd: Option<OneOrMore<Partner>>,
    /// The customer, as the merchant names them.
    pub client_user_key: Option<String>,
    /// Who pays, in any of the forms of A-39.
    pub phone: Option<Scalar>,
    /// The tenor in months.
    pub tenor: Option<OneOrMore<u8>>,
    /// Which of all that the other conditions fit: 1 is the first.
    pub nth: Option<OneOrMore<u32>>,
}

/// An amount, or a range of them.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected an amount in rupiah, or { from = 1000, to = 5000 }")]
pub enum AmountConfig {
    /// Exactly that.
    One(u64),
    /// From one to the other, both included.
    Range {
        /// At least.
        from: Option<u64>,
        /// At most.
        to: Option<u64>,
    },
}

/// The conditions, checked.
#[derive(Clone, Debug, Default)]
pub(super) struct When {
    pub(super) operations: Option<Vec<Endpoint>>,
    pub(super) modes: Option<Vec<Mode>>,
    pub(super) i_mid: Option<IMid>,
    pub(super) reference_no: Option<Box<str>>,
    pub(super) t_xid: Option<Box<str>>,
    pub(super) amount: Option<(Amount, Amount)>,
    pub(super) pay_method: Option<Box<str>>,
    pub(super) partners: Option<Vec<Partner>>,
    pub(super) customer: Option<Box<str>>,
    pub(super) phone: Option<Phone>,
    pub(super) tenors: Option<Vec<u8>>,
    pub(super) nth: Option<Vec<u32>>,
}

/// Why a rule does not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Another endpoint.
    Operation,
    /// Paid in another way.
    Mode,
    /// Another merchant.
    IMid,
    /// Another `referenceNo`.
    ReferenceNo,
    /// Another transaction.
    TXid,
    /// Another amount.
    Amount,
    /// Another `payMethod`.
    PayMethod,
    /// Another lender.
    MitraCd,
    /// Another customer.
    ClientUserKey,
    /// Another phone, or it is not known yet.
    Phone,
    /// Another tenor, or it is not known yet.
    Tenor,
    /// Another in the row.
    Nth,
    /// It has had its times.
    UsedUp,
    /// Chance was against it.
    Chance,
}

impl WhenConfig {
    /// What is meant.
    ///
    /// # Errors
    /// A sentence that names the word which makes no sense.
    pub(super) fn compile(&self) -> Result<When, String> {
        fn list<T: Clone>(word: &str, all: Option<&OneOrMore<T>>) -> Result<Option<Vec<T>>, String> {
            match all {
                Some(all) if all.0.is_empty() => Err(format!("`{word}` names none: leave it out for all")),
                all => Ok(all.map(|all| all.0.clone())),
            }
        }
        let text = |word: &str, text: Option<&str>, most: usize| match text {
            Some(text) if text.is_empty() || text.len() > most => Err(format!("`{word}` is 1 to {most} bytes")),
            text => Ok(text.map(Box::from)),
        };
        let i_mid = self.i_mid.as_deref().map(|text| IMid::new(text).map_err(|e| format!("`iMid` is wrong: {e}")));
        let phone = self.phone.as_ref().map(Scalar::phone);
        let amount = match self.amt {
            None => None,
            Some(AmountConfig::One(amount)) => Some((amount, amount)),
            Some(AmountConfig::Range { from: None, to: None }) => return Err("`amt` needs `from`, `to` or both".into()),
            Some(AmountConfig::Range { from, to }) => Some((from.unwrap_or(0), to.unwrap_or(u64::MAX))),
        };
        if let Some((from, to)) = amount
            && from > to
        {
            return Err(format!("`amt` can never match: {from} is more than {to}"));
        }
        let nth = list("nth", self.nth.as_ref())?;
        if nth.as_ref().is_some_and(|nth| nth.contains(&0)) {
            return Err("`nth` can never match: the first is 1".into());
        }
        let tenors = list("tenor", self.tenor.as_ref())?;
        if tenors.as_ref().is_some_and(|all| all.iter().any(|months| !(1..=24).contains(months))) {
            return Err("`tenor` can never match: it is 1 to 24 months".into());
        }
        let pay_method = self.pay_method.as_ref().map(Scalar::as_str);
        if pay_method.is_some_and(|code| !matches!(code, "00" | "06")) {
            return Err("`payMethod` can never match: it is \"06\", or \"00\" for Checkout".into());
        }
        Ok(When {
            operations: list("operation", self.operation.as_ref())?,
            modes: list("modes", self.modes.as_ref())?,
            i_mid: i_mid.transpose()?,
            reference_no: text("referenceNo", self.reference_no.as_deref(), 64)?,
            t_xid: text("tXid", self.t_xid.as_deref(), 64)?,
            amount: amount.map(|(from, to)| (Amount::from_rupiah(from), Amount::from_rupiah(to))),
            pay_method: pay_method.map(Into::into),
            partners: list("mitraCd", self.mitra_cd.as_ref())?,
            customer: text("clientUserKey", self.client_user_key.as_deref(), 255)?,
            phone: phone.transpose()?,
            tenors,
            nth,
        })
    }
}

impl When {
    /// The first condition that does not hold; counting and chance come after all others. Every rule is asked about every
    /// order: what holds no condition costs no more than a look.
    pub(super) fn fails(&self, facts: &Facts<'_>) -> Option<Why> {
        fn other<T: PartialEq + ?Sized>(wanted: Option<&T>, has: Option<&T>) -> bool {
            wanted.is_some_and(|wanted| has != Some(wanted))
        }
        fn none_of<T: PartialEq + Copy>(wanted: Option<&Vec<T>>, has: Option<T>) -> bool {
            wanted.is_some_and(|all| has.is_none_or(|has| !all.contains(&has)))
        }
        let fails = |fails: bool, why: Why| fails.then_some(why);
        fails(none_of(self.operations.as_ref(), facts.operation), Why::Operation)
            .or_else(|| {
                let unsaid = self.modes.is_none() && facts.mode == Some(Mode::Binding);
                fails(unsaid || none_of(self.modes.as_ref(), facts.mode), Why::Mode)
            })
            .or_else(|| fails(other(self.i_mid.as_ref().map(IMid::as_str), facts.i_mid), Why::IMid))
            .or_else(|| {
                let glob = self.reference_no.as_deref()?;
                fails(facts.reference_no.is_none_or(|no| !matches(glob, no)), Why::ReferenceNo)
            })
            .or_else(|| fails(other(self.t_xid.as_deref(), facts.t_xid), Why::TXid))
            .or_else(|| {
                let (from, to) = self.amount?;
                fails(facts.amount.is_none_or(|is| is < from || is > to), Why::Amount)
            })
            .or_else(|| fails(other(self.pay_method.as_deref(), facts.pay_method), Why::PayMethod))
            .or_else(|| fails(none_of(self.partners.as_ref(), facts.partner), Why::MitraCd))
            .or_else(|| fails(other(self.customer.as_deref(), facts.customer), Why::ClientUserKey))
            .or_else(|| fails(other(self.phone.as_ref(), facts.phone), Why::Phone))
            .or_else(|| fails(none_of(self.tenors.as_ref(), facts.months), Why::Tenor))
    }

    /// Whether it holds always.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            operations,
            modes,
            i_mid,
            reference_no,
            t_xid,
            amount,
            pay_method,
            partners,
            customer,
            phone,
            tenors,
            nth,
        } = self;
        operations.is_none()
            && modes.is_none()
            && i_mid.is_none()
            && reference_no.is_none()
            && t_xid.is_none()
            && amount.is_none()
            && pay_method.is_none()
            && partners.is_none()
            && customer.is_none()
            && phone.is_none()
            && tenors.is_none()
            && nth.is_none()
    }

    /// Why a rule with these conditions did not decide, in words.
    pub(super) fn because(&self, why: Why, facts: &Facts<'_>, times: Option<u32>) -> String {
        fn is(has: Option<&str>) -> String {
            has.map_or_else(|| "not known".to_owned(), |has| format!("{has:?}"))
        }
        fn texts<T>(all: Option<&Vec<T>>, text: impl Fn(&T) -> String) -> String {
            all.map_or_else(String::new, |all| all.iter().map(text).collect::<Vec<_>>().join(" or "))
        }
        let not = |name: &str, has: String, wanted: String| format!("{name} is {has}, not {wanted}");
        let text = |wanted: Option<&str>| wanted.unwrap_or_default().to_owned();
        match why {
            Why::Operation => not(
                "operation",
                is(facts.operation.and_then(Endpoint::operation)),
                texts(self.operations.as_ref(), |endpoint| endpoint.operation().unwrap_or_default().to_owned()),
            ),
            Why::Mode if self.modes.is_none() => {
                "it says nothing of bindings: that takes modes = [\"binding\"]".to_owned()
            }
            Why::Mode => {
                not("mode", is(facts.mode.map(Mode::word)), texts(self.modes.as_ref(), |m| m.word().to_owned()))
            }
            Why::IMid => not("iMid", is(facts.i_mid), text(self.i_mid.as_ref().map(IMid::as_str))),
            Why::ReferenceNo => {
                format!(
                    "referenceNo is {}, which is not like {}",
                    is(facts.reference_no),
                    text(self.reference_no.as_deref())
                )
            }
            Why::TXid => not("tXid", is(facts.t_xid), text(self.t_xid.as_deref())),
            Why::Amount => {
                let has = facts.amount.map_or_else(|| "not known".to_owned(), |amount| amount.to_string());
                let wanted = match self.amount {
                    Some((from, to)) if from == to => from.to_string(),
                    Some((from, to)) if to == Amount::from_rupiah(u64::MAX) => format!("{from} or more"),
                    Some((from, to)) => format!("{from} to {to}"),
                    None => String::new(),
                };
                not("amt", has, wanted)
            }
            Why::PayMethod => not("payMethod", is(facts.pay_method), text(self.pay_method.as_deref())),
            Why::MitraCd => {
                let has = is(facts.partner.map(Partner::mitra_cd));
                not("mitraCd", has, texts(self.partners.as_ref(), |p| p.mitra_cd().to_owned()))
            }
            Why::ClientUserKey => not("clientUserKey", is(facts.customer), text(self.customer.as_deref())),
            Why::Phone => {
                let has = facts.phone.map_or_else(|| "not known yet".to_owned(), Phone::local);
                not("phone", has, self.phone.as_ref().map(Phone::local).unwrap_or_default())
            }
            Why::Tenor => {
                let has = facts.months.map_or_else(|| "not known yet".to_owned(), |months| months.to_string());
                not("tenor", has, texts(self.tenors.as_ref(), ToString::to_string))
            }
            Why::Nth => format!("it is not number {} in its row", texts(self.nth.as_ref(), ToString::to_string)),
            Why::UsedUp => format!("it was for {} only, and has had them", times_word(times)),
            Why::Chance => "chance was against it".to_owned(),
        }
    }
}

fn times_word(times: Option<u32>) -> String {
    match times {
        Some(1) | None => "one time".to_owned(),
        Some(times) => format!("{times} times"),
    }
}

/// Whether a text is like a pattern in which `*` stands for any characters and `?` for one. Compared byte by byte, and
/// moved on by whole characters: nothing is copied.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') => {
                p += 1;
                t += width(text[t]);
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            // The last star takes one character more.
            _ => match star {
                Some((at, taken)) => {
                    let taken = taken + width(text[taken]);
                    star = Some((at, taken));
                    (p, t) = (at + 1, taken);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Bytes of the character that begins with this one.
const fn width(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_characters_and_a_question_mark_is_one() {
        for (pattern, text, fits) in [
            ("order-*", "order-1", true),
            ("order-*", "order-", true),
            ("order-?", "order-", false),
            ("*-2", "a-1-2", true),
            ("*a*b", "xxaxxbxxb", true),
            ("*a*b", "xxbxxa", false),
            ("**", "", true),
            ("é?", "éé", true),
            ("order", "orders", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_like_itself_and_like_its_beginning_with_a_star(text in "[a-z0-9-]{0,12}", cut in 0_usize..12) {
            prop_assert!(matches(&text, &text));
            let beginning = &text[..cut.min(text.len())];
            let pattern = [beginning, "*"].concat();
            prop_assert!(matches(&pattern, &text));
        }
    }
}
