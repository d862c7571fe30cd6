//! A notification's form: its fields in order, what somebody has changed in them, and the merchantToken over them.

use std::borrow::Cow;

use url::form_urlencoded::Serializer;

use super::merchant_token::sign;
use crate::domain::{FormEdit, MerchantKey, RulePlan, unknown_t_xid};

const TOKEN: &str = "merchantToken";

struct Line<'a> {
    /// What NICEPAY's documents, or we, call it; hashes are made by these names.
    ours: &'a str,
    /// What it is called in the form.
    theirs: &'a str,
    value: Cow<'a, str>,
    /// Whether it goes into the form.
    sent: bool,
}

/// The fields.
#[derive(Default)]
pub(super) struct Form<'a> {
    lines: Vec<Line<'a>>,
}

impl<'a> Form<'a> {
    /// Adds a field. One that is not `sent` keeps its place, for whoever sets it.
    pub(super) fn put(&mut self, ours: &'a str, theirs: &'a str, value: impl Into<Cow<'a, str>>, sent: bool) {
        self.lines.push(Line { ours, theirs, value: value.into(), sent });
    }

    /// Changes what was ordered to be changed, and writes the form's text.
    ///
    /// The token covers `covered`: names with their true values. It is that of the true form unless it is ordered to fit
    /// the changed one: what it does not cover, the status above all, can be changed without anybody noticing (§2.3).
    pub(super) fn finish(
        mut self,
        covered: &[(&str, &str)],
        key: &MerchantKey,
        ordered: Option<&'a RulePlan>,
    ) -> String {
        let (edits, signed) = ordered.map_or((&[][..], false), |o| (&o.plan.edits[..], o.plan.signed));
        let (of_token, others): (Vec<_>, Vec<_>) = edits.iter().partition(|edit| self.is_of_token(edit));
        let truth = (!signed).then(|| sign(covered.iter().map(|(_, value)| *value), key));
        for edit in others {
            self.edit(edit, key);
        }
        let token = truth.unwrap_or_else(|| sign(covered.iter().map(|(name, value)| self.now(name, value)), key));
        if let Some(line) = self.lines.iter_mut().find(|line| line.ours == TOKEN) {
            line.value = token.into();
        }
        for edit in of_token {
            self.edit(edit, key);
        }
        self.text()
    }

    fn is_of_token(&self, edit: &FormEdit) -> bool {
        match edit {
            FormEdit::WrongToken => true,
            FormEdit::Set(name, _) | FormEdit::Remove(name) => {
                self.lines.iter().any(|line| line.ours == TOKEN && line.theirs == &**name)
            }
            FormEdit::ChangeStatus | FormEdit::UnknownTXid => false,
        }
    }

    /// The value that a name has now; `truth` where the form does not have it.
    fn now<'s>(&'s self, name: &str, truth: &'s str) -> &'s str {
        self.lines.iter().find(|line| line.ours == name).map_or(truth, |line| &*line.value)
    }

    fn edit(&mut self, edit: &'a FormEdit, key: &MerchantKey) {
        match edit {
            FormEdit::Set(name, value) => match self.lines.iter_mut().find(|line| line.theirs == &**name) {
                Some(line) => (line.value, line.sent) = (Cow::Borrowed(&**value), true),
                None => self.put(name, name, &**value, true),
            },
            FormEdit::Remove(name) => {
                if let Some(line) = self.lines.iter_mut().find(|line| line.theirs == &**name) {
                    (line.value, line.sent) = (Cow::Borrowed(""), false);
                }
            }
            // Paid and failed are what a merchant tells apart (§4.2).
            FormEdit::ChangeStatus => {
                self.change("status", |status| if status == "0" { "8".into() } else { "0".into() })
            }
            FormEdit::UnknownTXid => self.change("tXid", unknown_t_xid),
            // Of the right form, and the same each time.
            FormEdit::WrongToken => self.change(TOKEN, |token| sign([token], key)),
        }
    }

    fn change(&mut self, ours: &str, to: impl FnOnce(&str) -> String) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.ours == ours) {
            line.value = to(&line.value).into();
        }
    }

    fn text(&self) -> String {
        let mut form = Serializer::new(String::with_capacity(640));
        for line in self.lines.iter().filter(|line| line.sent) {
            form.append_pair(line.theirs, &line.value);
        }
        form.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::NotificationPlan;

    fn key() -> MerchantKey {
        MerchantKey::new("key").unwrap()
    }

    /// A form of four fields, one of them empty and not sent, whose token covers two, with those changes.
    fn form(edits: &[FormEdit], signed: bool) -> String {
        let plan = NotificationPlan { edits: edits.to_vec(), signed, ..NotificationPlan::plain() };
        let ordered = RulePlan { plan, rule: "x".into() };
        let mut form = Form::default();
        form.put("tXid", "tXid", "SHOP06202601010000000001", true);
        form.put(TOKEN, TOKEN, "", true);
        form.put("amt", "amount", "100", true);
        form.put("payNo", "payNo", "", false);
        form.put("status", "status", "0", true);
        form.finish(&[("iMid", "SHOP"), ("amt", "100")], &key(), Some(&ordered))
    }

    fn set(name: &str, value: &str) -> FormEdit {
        FormEdit::Set(name.into(), value.into())
    }

    fn with(token: &str, amount: &str, rest: &str) -> String {
        format!("tXid=SHOP06202601010000000001&merchantToken={token}&amount={amount}{rest}")
    }

    #[test]
    fn the_token_is_the_true_ones_unless_it_is_to_fit() {
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
    fn a_token_that_is_ordered_stays_whatever_it_is_to_fit() {
        let truth = sign(["SHOP", "100"], &key());
        for signed in [false, true] {
            assert_eq!(form(&[set(TOKEN, "mine"), set("x", "")], signed), with("mine", "100", "&status=0&x="));
            assert_eq!(form(&[FormEdit::WrongToken], signed), with(&sign([&*truth], &key()), "100", "&status=0"));
            assert!(!form(&[FormEdit::Remove(TOKEN.into())], signed).contains(TOKEN));
        }
    }

    #[test]
    fn order_stays_and_what_is_added_goes_last() {
        let truth = sign(["SHOP", "100"], &key());
        let edits =
            [set("payNo", "7"), set("new", "a&b\r\nX: y"), set("status", ""), FormEdit::Remove("nobody".into())];
        let rest = "&payNo=7&status=&new=a%26b%0D%0AX%3A+y";
        assert_eq!(form(&edits, false), with(&truth, "100", rest));
        assert!(form(&[FormEdit::UnknownTXid], false).starts_with("tXid=SHOP06199901010000000001&"));
        let back = [FormEdit::Remove("status".into()), set("status", "3")];
        assert_eq!(form(&back, false), with(&truth, "100", "&status=3"));
    }
}
