//! Checks the merchantToken of a notification, as a merchant does.

use std::sync::Arc;

use url::form_urlencoded;

use crate::control::Control;
use crate::diagnosis::Slug;
use crate::domain::{BindingFieldNames, IMid, Merchant};
use crate::protocol::{self, Diagnosis, Field, Recipe, RequestFields, quoted};

/// The result of a check.
pub(super) struct TokenCheck {
    /// The merchant whose key was used.
    pub(super) i_mid: Option<IMid>,
    /// What is wrong; none where the token is right.
    pub(super) diagnosis: Option<Diagnosis>,
}

/// Checks a form: the notification of a payment, which has a `tXid`, or else of an account binding.
pub(super) fn check(control: &Control, body: &str) -> TokenCheck {
    let form = RequestFields::form(body);
    let merchant = match form.text(Field::TXid) {
        Some(t_xid) => merchant_of_payment(control, t_xid),
        None => form.text(Field::IMid).and_then(|i_mid| control.engine.merchant(i_mid)),
    };
    let Some(merchant) = merchant else {
        let sentence = format!(
            "no merchant is known to which this notification belongs: its tXid is {} and its iMid {} (docs/PROTOCOL.md \
             §2.3)",
            quoted(form.text(Field::TXid).unwrap_or_default()),
            quoted(form.text(Field::IMid).unwrap_or_default()),
        );
        return TokenCheck { i_mid: None, diagnosis: Some(Diagnosis::new(Slug::I_MID_UNKNOWN, sentence)) };
    };
    let diagnosis = match form.text(Field::TXid) {
        Some(_) => payment_token(control, &form, &merchant),
        None => binding_token(control, body, &form, &merchant),
    };
    TokenCheck { i_mid: Some(merchant.i_mid.clone()), diagnosis }
}

/// The merchant of a tXid: that of the transaction. NICEPAY's tXids begin with the iMid, so that of an unknown
/// transaction is known, too.
fn merchant_of_payment(control: &Control, t_xid: &str) -> Option<Arc<Merchant>> {
    let engine = &control.engine;
    let known = engine.store().transactions.read(t_xid, |transaction| transaction.i_mid.clone());
    match known {
        Some(i_mid) => engine.merchant(i_mid.as_str()),
        None => (1..=IMid::MAX_CHARS).rev().find_map(|length| engine.merchant(t_xid.get(..length)?)),
    }
}

fn payment_token(control: &Control, form: &RequestFields<'_>, merchant: &Merchant) -> Option<Diagnosis> {
    // The notification does not name its iMid; the merchant knows its own.
    let sent = Field::ALL.iter().filter_map(|field| form.text(*field).map(|text| (*field, text)));
    let fields = RequestFields::pairs(sent.chain([(Field::IMid, merchant.i_mid.as_str())]));
    let token = fields.text(Field::MerchantToken).unwrap_or_default();
    if protocol::verifies(Recipe::NOTIFICATION, &fields, &merchant.key, token) {
        return None;
    }
    let others = control.engine.other_keys(&merchant.key);
    Some(protocol::diagnose(Recipe::NOTIFICATION, &fields, &merchant.key, &others))
}

/// The right token of a notification's form, and the name of the field that has it.
pub(in crate::control) fn right_token(
    control: &Control,
    body: &str,
    merchant: &Merchant,
    is_payment: bool,
) -> (String, String) {
    if is_payment {
        let form = RequestFields::form(body);
        let parts = Recipe::NOTIFICATION.fields.iter().map(|field| match (form.text(*field), field) {
            (None, Field::IMid) => merchant.i_mid.as_str(),
            (text, _) => text.unwrap_or_default(),
        });
        return (Field::MerchantToken.name().to_owned(), protocol::sign(parts, &merchant.key));
    }
    let form = BindingForm::new(control, body);
    (form.name_of(Field::MerchantToken.name()).to_owned(), form.right_token(merchant))
}

/// The form of a binding's notification.
struct BindingForm<'a> {
    names: &'a BindingFieldNames,
    sent: Vec<(String, String)>,
}

impl<'a> BindingForm<'a> {
    fn new(control: &'a Control, body: &str) -> Self {
        let sent = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        Self { names: &control.undocumented.binding, sent }
    }

    /// The name in the form of one of our fields.
    fn name_of<'n>(&'n self, ours: &'n str) -> &'n str {
        self.names.notification.iter().find(|(name, _)| name == ours).map_or(ours, |(_, theirs)| theirs)
    }

    fn text(&self, ours: &str) -> &str {
        let theirs = self.name_of(ours);
        self.sent.iter().find(|(name, _)| name == theirs).map_or("", |(_, value)| value)
    }

    fn right_token(&self, merchant: &Merchant) -> String {
        protocol::sign(self.names.notification_token.iter().map(|name| self.text(name)), &merchant.key)
    }
}

/// Settings choose the fields of a binding's notification and what its token covers (`docs/PROTOCOL.md` A-17), so no
/// recipe explains it.
fn binding_token(control: &Control, body: &str, form: &RequestFields<'_>, merchant: &Merchant) -> Option<Diagnosis> {
    let names = BindingForm::new(control, body);
    let token = names.text(Field::MerchantToken.name());
    if token.eq_ignore_ascii_case(&names.right_token(merchant)) {
        return None;
    }
    let covered = names.names.notification_token.join("+");
    let slug = if form.text(Field::MerchantToken).is_some() { Slug::TOKEN_UNKNOWN } else { Slug::TOKEN_MISSING };
    let sentence = format!(
        "the merchantToken of a linked account is hex(SHA-256({covered}+merchantKey)) here, not {} (docs/PROTOCOL.md \
         §2.3.1, A-17)",
        quoted(token)
    );
    Some(Diagnosis::new(slug, sentence))
}
