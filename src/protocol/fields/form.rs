//! The form of a notification: its fields in order, the edits of a rule or a manual request, and the merchantToken.

use std::borrow::Cow;

use url::form_urlencoded::Serializer;

use crate::domain::{FormEdit, MerchantKey, RulePlan, unknown_t_xid};
use crate::protocol::merchant_token::sign;

const TOKEN: &str = "merchantToken";

struct Line<'a> {
    /// The name in NICEPAY's documents; the token's fields have these names.
    name: &'a str,
    /// The name in the form, which a setting can change.
    form_name: &'a str,
    value: Cow<'a, str>,
    /// Whether the form has it.
    is_sent: bool,
}

/// The fields.
#[derive(Default)]
pub(in crate::protocol) struct Form<'a> {
    lines: Vec<Line<'a>>,
}

impl<'a> Form<'a> {
    /// Adds a field. One that is not sent keeps its place, for an edit that sets it.
    pub(in crate::protocol) fn push(
        &mut self,
        name: &'a str,
        form_name: &'a str,
        value: impl Into<Cow<'a, str>>,
        is_sent: bool,
    ) {
        self.lines.push(Line { name, form_name, value: value.into(), is_sent });
    }

    /// Applies the plan's edits, signs the form, and encodes it.
    ///
    /// The token covers `covered`: names with their true values. It is the token of the true form, unless the plan
    /// signs the edited one. The token does not cover every field: an edited status goes unnoticed
    /// (`docs/PROTOCOL.md` §2.3).
    pub(in crate::protocol) fn into_body(
        mut self,
        covered: &[(&str, &str)],
        key: &MerchantKey,
        rule_plan: Option<&'a RulePlan>,
    ) -> String {
        let (edits, is_signed) =
            rule_plan.map_or((&[][..], false), |rule_plan| (&rule_plan.plan.edits[..], rule_plan.plan.is_signed));
        let (token_edits, other_edits): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| self.edits_token(edit));
        let true_token = (!is_signed).then(|| sign(covered.iter().map(|(_, value)| *value), key));
        for edit in other_edits {
            self.edit(edit, key);
        }
        let token = true_token
            .unwrap_or_else(|| sign(covered.iter().map(|(name, value)| self.current_value(name, value)), key));
        if let Some(line) = self.lines.iter_mut().find(|line| line.name == TOKEN) {
            line.value = token.into();
        }
        for edit in token_edits {
            self.edit(edit, key);
        }
        self.encode()
    }

    fn edits_token(&self, edit: &FormEdit) -> bool {
        match edit {
            FormEdit::WrongToken => true,
            FormEdit::Set(name, _) | FormEdit::Remove(name) => {
                self.lines.iter().any(|line| line.name == TOKEN && line.form_name == &**name)
            }
            FormEdit::ChangeStatus | FormEdit::UnknownTXid => false,
        }
    }

    /// The value of a field after the edits; the true one where the form does not have the field.
    fn current_value<'s>(&'s self, name: &str, true_value: &'s str) -> &'s str {
        self.lines.iter().find(|line| line.name == name).map_or(true_value, |line| &*line.value)
    }

    fn edit(&mut self, edit: &'a FormEdit, key: &MerchantKey) {
        match edit {
            FormEdit::Set(name, value) => match self.lines.iter_mut().find(|line| line.form_name == &**name) {
                Some(line) => (line.value, line.is_sent) = (Cow::Borrowed(&**value), true),
                None => self.push(name, name, &**value, true),
            },
            FormEdit::Remove(name) => {
                if let Some(line) = self.lines.iter_mut().find(|line| line.form_name == &**name) {
                    (line.value, line.is_sent) = (Cow::Borrowed(""), false);
                }
            }
            // A merchant distinguishes paid and failed (`docs/PROTOCOL.md` §4.2).
            FormEdit::ChangeStatus => {
                self.change("status", |status| if status == "0" { "8".into() } else { "0".into() });
            }
            FormEdit::UnknownTXid => self.change("tXid", unknown_t_xid),
            // A well-formed token, the same each time.
            FormEdit::WrongToken => self.change(TOKEN, |token| sign([token], key)),
        }
    }

    fn change(&mut self, name: &str, to: impl FnOnce(&str) -> String) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.name == name) {
            line.value = to(&line.value).into();
        }
    }

    fn encode(&self) -> String {
        let mut form = Serializer::new(String::with_capacity(640));
        for line in self.lines.iter().filter(|line| line.is_sent) {
            form.append_pair(line.form_name, &line.value);
        }
        form.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::NotificationPlan;

    fn key() -> MerchantKey {
        MerchantKey::new("key-of-shop").unwrap()
    }

    /// A form of four fields, one of them empty and not sent, whose token covers two, with those changes.
    fn form(edits: &[FormEdit], signed: bool) -> String {
        let plan = NotificationPlan { edits: edits.to_vec(), is_signed: signed, ..NotificationPlan::plain() };
        let rule_plan = RulePlan { plan, rule: "x".into() };
        let mut form = Form::default();
        form.push("tXid", "tXid", "SHOP06202601010000000001", true);
        form.push(TOKEN, TOKEN, "", true);
        form.push("amt", "amount", "100", true);
        form.push("payNo", "payNo", "", false);
        form.push("status", "status", "0", true);
        form.into_body(&[("iMid", "SHOP"), ("amt", "100")], &key(), Some(&rule_plan))
    }

    fn set(name: &str, value: &str) -> FormEdit {
        FormEdit::Set(name.into(), value.into())
    }

    fn with(token: &str, amount: &str, rest: &str) -> String {
        format!("tXid=SHOP06202601010000000001&merchantToken={token}&amount={amount}{rest}")
    }

    #[test]
    fn the_token_covers_the_true_values_unless_the_edited_form_is_signed() {
        let (truth, fits) = (sign(["SHOP", "100"], &key()), sign(["SHOP", "1"], &key()));
        assert_eq!(form(&[set("amount", "1")], false), with(&truth, "1", "&status=0"));
        assert_eq!(form(&[set("amount", "1")], true), with(&fits, "1", "&status=0"));
        assert_eq!(form(&[FormEdit::ChangeStatus], false), with(&truth, "100", "&status=8"));
        assert_eq!(form(&[FormEdit::ChangeStatus, FormEdit::ChangeStatus], true), with(&truth, "100", "&status=0"));
        let other_shop = sign(["OTHER", "100"], &key());
        assert_eq!(form(&[set("iMid", "OTHER")], true), with(&other_shop, "100", "&status=0&iMid=OTHER"));
        let nothing = sign(["SHOP", ""], &key());
        assert!(
            form(&[FormEdit::Remove("amount".into())], true).contains(&nothing),
            "what is not there is hashed as nothing"
        );
    }

    #[test]
    fn an_edited_token_is_sent_as_it_is() {
        let truth = sign(["SHOP", "100"], &key());
        for signed in [false, true] {
            assert_eq!(form(&[set(TOKEN, "mine"), set("x", "")], signed), with("mine", "100", "&status=0&x="));
            assert_eq!(form(&[FormEdit::WrongToken], signed), with(&sign([&*truth], &key()), "100", "&status=0"));
            assert!(!form(&[FormEdit::Remove(TOKEN.into())], signed).contains(TOKEN));
        }
    }

    #[test]
    fn edited_fields_keep_their_place_and_new_ones_come_last() {
        let truth = sign(["SHOP", "100"], &key());
        let edits =
            [set("payNo", "7"), set("new", "a&b\r\nX: y"), set("status", ""), FormEdit::Remove("missing".into())];
        let rest = "&payNo=7&status=&new=a%26b%0D%0AX%3A+y";
        assert_eq!(form(&edits, false), with(&truth, "100", rest));
        assert!(form(&[FormEdit::UnknownTXid], false).starts_with("tXid=SHOP06199901010000000001&"));
        let back = [FormEdit::Remove("status".into()), set("status", "3")];
        assert_eq!(form(&back, false), with(&truth, "100", "&status=3"));
    }
}
