//! The conditions of a rule (`when`). A rule applies when all of them hold.

use schemars::JsonSchema;
use serde::Deserialize;
use wildmatch::WildMatch;

use super::facts::{Facts, Mode};
use crate::domain::{Amount, IMid, Partner, Phone, object};
use crate::endpoints::Endpoint;
use crate::language::Lang;
use crate::scenarios::files::{OneOrMore, TextOrNumber};

/// The conditions of a rule, as a file writes them. A condition that is left out always holds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct WhenConfig {
    /// The endpoint, for rules with `answer`.
    pub operation: Option<OneOrMore<Endpoint>>,
    /// The payment mode. Default: all payments, but no bindings.
    #[serde(alias = "mode")]
    pub modes: Option<OneOrMore<Mode>>,
    /// The merchant's iMid.
    pub i_mid: Option<String>,
    /// The merchant's order number; `*` matches any characters, `?` matches one.
    pub reference_no: Option<String>,
    /// NICEPAY's transaction number.
    #[serde(rename = "tXid")]
    pub t_xid: Option<String>,
    /// The amount in rupiah, or a range of amounts.
    pub amt: Option<AmountConfig>,
    /// `06`; for Checkout also `00`.
    pub pay_method: Option<TextOrNumber>,
    /// The lender.
    pub mitra_cd: Option<OneOrMore<Partner>>,
    /// The merchant's id of the customer.
    pub client_user_key: Option<String>,
    /// The customer's phone number, in any form of docs/PROTOCOL.md A-39.
    pub phone: Option<TextOrNumber>,
    /// The tenor in months.
    pub tenor: Option<OneOrMore<u8>>,
    /// The position among all that match the other conditions: 1 is the first.
    pub nth: Option<OneOrMore<u32>>,
}

/// An amount, or a range of them.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected an amount in rupiah, or { from = 1000, to = 5000 }")]
pub enum AmountConfig {
    /// Exactly this amount.
    One(u64),
    /// All amounts in a range, both ends included.
    Range(#[serde(deserialize_with = "object")] AmountRange),
}

/// A range of amounts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct AmountRange {
    /// The lowest amount.
    from: Option<u64>,
    /// The highest amount.
    to: Option<u64>,
}

/// The conditions of a rule, validated.
#[derive(Clone, Debug, Default)]
pub(in crate::scenarios) struct Conditions {
    pub(in crate::scenarios) operations: Option<Vec<Endpoint>>,
    pub(in crate::scenarios) modes: Option<Vec<Mode>>,
    pub(in crate::scenarios) i_mid: Option<IMid>,
    pub(in crate::scenarios) reference_no: Option<WildMatch>,
    pub(in crate::scenarios) t_xid: Option<Box<str>>,
    pub(in crate::scenarios) amount: Option<(Amount, Amount)>,
    pub(in crate::scenarios) pay_method: Option<Box<str>>,
    pub(in crate::scenarios) partners: Option<Vec<Partner>>,
    pub(in crate::scenarios) customer: Option<Box<str>>,
    pub(in crate::scenarios) phone: Option<Phone>,
    pub(in crate::scenarios) tenors: Option<Vec<u8>>,
    pub(in crate::scenarios) nth: Option<Vec<u32>>,
}

/// The reason why a rule does not apply: the first condition that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenarios) enum Mismatch {
    Operation,
    Mode,
    IMid,
    ReferenceNo,
    TXid,
    Amount,
    PayMethod,
    MitraCd,
    ClientUserKey,
    Phone,
    Tenor,
    Nth,
    /// The rule has applied as often as its `times` allows.
    UsedUp,
    /// The random draw was not below the rule's `chance`.
    Chance,
}

impl WhenConfig {
    /// Validates the conditions.
    ///
    /// # Errors
    /// A sentence that names the wrong key in backticks.
    pub(in crate::scenarios) fn compile(&self) -> Result<Conditions, String> {
        let i_mid = self.i_mid.as_deref().map(|text| IMid::new(text).map_err(|e| format!("`iMid` is wrong: {e}")));
        let nth = list("nth", self.nth.as_ref())?;
        if nth.as_ref().is_some_and(|nth| nth.contains(&0)) {
            return Err("`nth` can never match: the first is 1".into());
        }
        let tenors = list("tenor", self.tenor.as_ref())?;
        if tenors.as_ref().is_some_and(|all| all.iter().any(|months| !(1..=24).contains(months))) {
            return Err("`tenor` can never match: it is 1 to 24 months".into());
        }
        let pay_method = self.pay_method.as_ref().map(TextOrNumber::as_str);
        if pay_method.is_some_and(|code| !matches!(code, "00" | "06")) {
            return Err("`payMethod` can never match: it is \"06\", or \"00\" for Checkout".into());
        }
        Ok(Conditions {
            operations: list("operation", self.operation.as_ref())?,
            modes: list("modes", self.modes.as_ref())?,
            i_mid: i_mid.transpose()?,
            reference_no: text("referenceNo", self.reference_no.as_deref(), 64)?.map(|glob| WildMatch::new(&glob)),
            t_xid: text("tXid", self.t_xid.as_deref(), 64)?,
            amount: self.amt.map(AmountConfig::compile).transpose()?,
            pay_method: pay_method.map(Into::into),
            partners: list("mitraCd", self.mitra_cd.as_ref())?,
            customer: text("clientUserKey", self.client_user_key.as_deref(), 255)?,
            phone: self.phone.as_ref().map(TextOrNumber::phone).transpose()?,
            tenors,
            nth,
        })
    }
}

impl AmountConfig {
    /// The lowest and the highest amount.
    fn compile(self) -> Result<(Amount, Amount), String> {
        let (from, to) = match self {
            Self::One(amount) => (amount, amount),
            Self::Range(AmountRange { from: None, to: None }) => return Err("`amt` needs `from`, `to` or both".into()),
            Self::Range(AmountRange { from, to }) => (from.unwrap_or(0), to.unwrap_or(u64::MAX)),
        };
        if from > to {
            return Err(format!("`amt` can never match: {from} is more than {to}"));
        }
        Ok((Amount::from_rupiah(from), Amount::from_rupiah(to)))
    }
}

fn list<T: Clone>(key: &str, values: Option<&OneOrMore<T>>) -> Result<Option<Vec<T>>, String> {
    match values {
        Some(values) if values.0.is_empty() => Err(format!("`{key}` is empty: leave it out to match all")),
        values => Ok(values.map(|values| values.0.clone())),
    }
}

fn text(key: &str, text: Option<&str>, max_bytes: usize) -> Result<Option<Box<str>>, String> {
    match text {
        Some(text) if text.is_empty() || text.len() > max_bytes => {
            Err(format!("`{key}` must be 1 to {max_bytes} bytes"))
        }
        text => Ok(text.map(Box::from)),
    }
}

impl Conditions {
    /// The first condition that does not hold. `nth`, `times` and `chance` are checked by the rule, after these. Every
    /// rule is checked for every request, so an absent condition must cost nothing but a comparison.
    pub(in crate::scenarios) fn first_mismatch(&self, facts: &Facts<'_>) -> Option<Mismatch> {
        fn differs<T: PartialEq + ?Sized>(expected: Option<&T>, actual: Option<&T>) -> bool {
            expected.is_some_and(|expected| actual != Some(expected))
        }
        fn is_none_of<T: PartialEq + Copy>(expected: Option<&Vec<T>>, actual: Option<T>) -> bool {
            expected.is_some_and(|all| actual.is_none_or(|actual| !all.contains(&actual)))
        }
        let when = |is_mismatch: bool, mismatch: Mismatch| is_mismatch.then_some(mismatch);
        when(is_none_of(self.operations.as_ref(), facts.operation), Mismatch::Operation)
            .or_else(|| {
                // Without `modes` a rule applies to payments only.
                let binding = self.modes.is_none() && facts.mode == Some(Mode::Binding);
                when(binding || is_none_of(self.modes.as_ref(), facts.mode), Mismatch::Mode)
            })
            .or_else(|| when(differs(self.i_mid.as_ref().map(IMid::as_str), facts.i_mid), Mismatch::IMid))
            .or_else(|| {
                let glob = self.reference_no.as_ref()?;
                when(facts.reference_no.is_none_or(|number| !glob.matches(number)), Mismatch::ReferenceNo)
            })
            .or_else(|| when(differs(self.t_xid.as_deref(), facts.t_xid), Mismatch::TXid))
            .or_else(|| {
                let (from, to) = self.amount?;
                when(facts.amount.is_none_or(|amount| amount < from || amount > to), Mismatch::Amount)
            })
            .or_else(|| when(differs(self.pay_method.as_deref(), facts.pay_method), Mismatch::PayMethod))
            .or_else(|| when(is_none_of(self.partners.as_ref(), facts.partner), Mismatch::MitraCd))
            .or_else(|| when(differs(self.customer.as_deref(), facts.customer), Mismatch::ClientUserKey))
            .or_else(|| when(differs(self.phone.as_ref(), facts.phone), Mismatch::Phone))
            .or_else(|| when(is_none_of(self.tenors.as_ref(), facts.months), Mismatch::Tenor))
    }

    /// Whether there is no condition.
    pub(in crate::scenarios) fn is_empty(&self) -> bool {
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

    /// Explains a mismatch in a sentence; `times` is the limit of the rule. Field names and values are the same in both
    /// languages.
    pub(in crate::scenarios) fn explain(
        &self,
        mismatch: Mismatch,
        facts: &Facts<'_>,
        times: Option<u32>,
        lang: Lang,
    ) -> String {
        let differs = |name: &str, actual: String, expected: String| {
            lang.t(format!("{name} is {actual}, not {expected}"), format!("{name} adalah {actual}, bukan {expected}"))
        };
        let unknown = lang.t("not known", "tidak diketahui");
        let unknown_yet = lang.t("not known yet", "belum diketahui");
        let or = lang.t(" or ", " atau ");
        match mismatch {
            Mismatch::Operation => differs(
                "operation",
                quoted(facts.operation.and_then(Endpoint::operation), unknown),
                alternatives(self.operations.as_ref(), or, |endpoint| {
                    endpoint.operation().unwrap_or_default().to_owned()
                }),
            ),
            Mismatch::Mode if self.modes.is_none() => lang
                .t(
                    "the rule does not apply to bindings: it needs modes = [\"binding\"]",
                    "aturan ini tidak berlaku untuk penghubungan akun: perlu modes = [\"binding\"]",
                )
                .to_owned(),
            Mismatch::Mode => differs(
                "mode",
                quoted(facts.mode.map(Mode::as_str), unknown),
                alternatives(self.modes.as_ref(), or, |mode| mode.as_str().to_owned()),
            ),
            Mismatch::IMid => {
                differs("iMid", quoted(facts.i_mid, unknown), plain(self.i_mid.as_ref().map(IMid::as_str)))
            }
            Mismatch::ReferenceNo => {
                let glob = self.reference_no.as_ref().map(ToString::to_string).unwrap_or_default();
                let actual = quoted(facts.reference_no, unknown);
                lang.t(
                    format!("referenceNo is {actual}, which does not match {glob}"),
                    format!("referenceNo adalah {actual}, tidak cocok dengan {glob}"),
                )
            }
            Mismatch::TXid => differs("tXid", quoted(facts.t_xid, unknown), plain(self.t_xid.as_deref())),
            Mismatch::Amount => differs("amt", known(facts.amount, unknown), self.amount_range(lang)),
            Mismatch::PayMethod => {
                differs("payMethod", quoted(facts.pay_method, unknown), plain(self.pay_method.as_deref()))
            }
            Mismatch::MitraCd => differs(
                "mitraCd",
                quoted(facts.partner.map(Partner::mitra_cd), unknown),
                alternatives(self.partners.as_ref(), or, |partner| partner.mitra_cd().to_owned()),
            ),
            Mismatch::ClientUserKey => {
                differs("clientUserKey", quoted(facts.customer, unknown), plain(self.customer.as_deref()))
            }
            Mismatch::Phone => differs(
                "phone",
                known(facts.phone.map(Phone::local), unknown_yet),
                self.phone.as_ref().map(Phone::local).unwrap_or_default(),
            ),
            Mismatch::Tenor => differs(
                "tenor",
                known(facts.months, unknown_yet),
                alternatives(self.tenors.as_ref(), or, ToString::to_string),
            ),
            Mismatch::Nth => {
                let positions = alternatives(self.nth.as_ref(), or, ToString::to_string);
                lang.t(format!("it is not number {positions}"), format!("ini bukan urutan ke-{positions}"))
            }
            Mismatch::UsedUp => {
                let times = times.unwrap_or(1);
                let plural = if times == 1 { "" } else { "s" };
                lang.t(
                    format!("the rule has already applied {times} time{plural}, which is its limit"),
                    format!("aturan ini sudah berlaku {times} kali, sesuai batasnya"),
                )
            }
            Mismatch::Chance => lang
                .t("the rule's chance did not select it", "tidak terpilih oleh peluang (chance) aturan ini")
                .to_owned(),
        }
    }

    fn amount_range(&self, lang: Lang) -> String {
        match self.amount {
            Some((from, to)) if from == to => from.to_string(),
            Some((from, to)) if to == Amount::from_rupiah(u64::MAX) => {
                lang.t(format!("{from} or more"), format!("{from} atau lebih"))
            }
            Some((from, to)) => lang.t(format!("{from} to {to}"), format!("{from} sampai {to}")),
            None => String::new(),
        }
    }
}

fn quoted(text: Option<&str>, unknown: &str) -> String {
    text.map_or_else(|| unknown.to_owned(), |text| format!("{text:?}"))
}

fn known(value: Option<impl ToString>, unknown: &str) -> String {
    value.map_or_else(|| unknown.to_owned(), |value| value.to_string())
}

fn plain(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// The alternatives of a condition: `3 or 6`.
fn alternatives<T>(values: Option<&Vec<T>>, or: &str, text: impl Fn(&T) -> String) -> String {
    values.map_or_else(String::new, |values| values.iter().map(text).collect::<Vec<_>>().join(or))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob_matches(pattern: &str, text: &str) -> bool {
        WildMatch::new(pattern).matches(text)
    }

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
            assert_eq!(glob_matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_like_itself_and_like_its_beginning_with_a_star(text in "[a-z0-9-]{0,12}", cut in 0_usize..12) {
            prop_assert!(glob_matches(&text, &text));
            let beginning = &text[..cut.min(text.len())];
            let pattern = [beginning, "*"].concat();
            prop_assert!(glob_matches(&pattern, &text));
        }
    }
}
