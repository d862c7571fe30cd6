//! What a merchant or a tester sent, and so may have a merchantKey in it by mistake. What is stored stays as it was sent,
//! because answers repeat it; whatever is shown is masked before.

use std::sync::Arc;

use super::accounts::{ClientUserKey, IMid, KeyMask, MerchantName, ReferenceNo, Shopper, TokenRecord, UserToken};
use super::binding::{Binding, BindingStage};
use super::event::{Entry, Event, EventKind, ExchangeText, NotMatched};
use super::notifications::{
    Attempt, AttemptResult, FormEdit, InboxMessage, Notification, NotificationSubject, RulePlan, SkipReason,
};
use super::payments::{Note, Order, Stage, Tokenize, Transaction};

/// Texts in which merchantKeys can be masked.
pub trait MaskKeys {
    /// Masks the keys in every text that came from outside.
    fn mask_keys(&mut self, mask: &KeyMask);
}

macro_rules! texts {
    ($($text:ty),+) => {
        $(impl MaskKeys for $text {
            fn mask_keys(&mut self, mask: &KeyMask) {
                if let std::borrow::Cow::Owned(masked) = mask.masked(self) {
                    *self = masked.into();
                }
            }
        })+
    };
}

texts!(String, Box<str>, Arc<str>);

macro_rules! identifiers {
    ($($identifier:ty),+) => {
        $(impl MaskKeys for $identifier {
            fn mask_keys(&mut self, mask: &KeyMask) {
                self.text_mut().mask_keys(mask);
            }
        })+
    };
}

identifiers!(ClientUserKey, IMid, MerchantName, ReferenceNo, UserToken);

impl<T: MaskKeys> MaskKeys for Option<T> {
    fn mask_keys(&mut self, mask: &KeyMask) {
        if let Some(value) = self {
            value.mask_keys(mask);
        }
    }
}

impl<T: MaskKeys> MaskKeys for [T] {
    fn mask_keys(&mut self, mask: &KeyMask) {
        for value in self {
            value.mask_keys(mask);
        }
    }
}

impl<T: MaskKeys> MaskKeys for Vec<T> {
    fn mask_keys(&mut self, mask: &KeyMask) {
        self.as_mut_slice().mask_keys(mask);
    }
}

impl<T: MaskKeys> MaskKeys for Box<[T]> {
    fn mask_keys(&mut self, mask: &KeyMask) {
        (**self).mask_keys(mask);
    }
}

/// Masks the fields with these names.
macro_rules! mask_fields {
    ($mask:expr, $($field:expr),+ $(,)?) => {{
        $($field.mask_keys($mask);)+
    }};
}

impl MaskKeys for Transaction {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.reference_no, self.order, self.tokenize, self.rule, self.callback_url);
        mask_fields!(mask, self.stage_mut(), self.notes.all_mut());
    }
}

impl MaskKeys for Order {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.goods_nm, self.billing_nm, self.billing_phone, self.description, self.db_process_url);
    }
}

impl MaskKeys for Tokenize {
    fn mask_keys(&mut self, mask: &KeyMask) {
        match self {
            Self::No => {}
            Self::Issue { client_user_key } => client_user_key.mask_keys(mask),
            Self::Pay { user_token, phone: _, client_user_key } => mask_fields!(mask, user_token, client_user_key),
            Self::LogIn { user_token, client_user_key } => mask_fields!(mask, user_token, client_user_key),
        }
    }
}

impl MaskKeys for Stage {
    fn mask_keys(&mut self, mask: &KeyMask) {
        if let Self::Approved { user_token, .. } | Self::Cancelled { user_token, .. } = self {
            user_token.mask_keys(mask);
        }
    }
}

impl MaskKeys for Note {
    fn mask_keys(&mut self, mask: &KeyMask) {
        self.detail.mask_keys(mask);
    }
}

impl MaskKeys for NotMatched {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.rule, self.because);
    }
}

impl MaskKeys for Binding {
    fn mask_keys(&mut self, mask: &KeyMask) {
        let request = &mut self.request;
        mask_fields!(mask, request.reference_no, request.billing_nm, request.billing_phone, request.billing_email);
        mask_fields!(mask, request.client_user_key, request.db_process_url, request.callback_url, self.rule);
        if let BindingStage::Bound { user_token, .. } = &mut self.stage {
            user_token.mask_keys(mask);
        }
    }
}

impl MaskKeys for Shopper {
    fn mask_keys(&mut self, mask: &KeyMask) {
        self.name.mask_keys(mask);
    }
}

impl MaskKeys for TokenRecord {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.user_token, self.grant.client_user_key, self.grant.billing_phone);
    }
}

impl MaskKeys for Notification {
    fn mask_keys(&mut self, mask: &KeyMask) {
        if let NotificationSubject::Payment { customer: Some((_, client_user_key)), .. } = &mut self.subject {
            client_user_key.mask_keys(mask);
        }
        mask_fields!(mask, self.reference_no, self.user_token, self.url, self.body, self.attempts);
        if let Some(rule_plan) = &mut self.rule_plan {
            let RulePlan { plan, rule } = Arc::make_mut(rule_plan);
            mask_fields!(mask, plan.content_type, plan.edits, rule);
        }
    }
}

impl MaskKeys for FormEdit {
    fn mask_keys(&mut self, mask: &KeyMask) {
        match self {
            Self::Set(name, value) => mask_fields!(mask, name, value),
            Self::Remove(name) => name.mask_keys(mask),
            Self::ChangeStatus | Self::UnknownTXid | Self::WrongToken => {}
        }
    }
}

impl MaskKeys for Arc<Attempt> {
    fn mask_keys(&mut self, mask: &KeyMask) {
        Self::make_mut(self).mask_keys(mask);
    }
}

impl MaskKeys for Attempt {
    fn mask_keys(&mut self, mask: &KeyMask) {
        match &mut self.result {
            AttemptResult::Responded { status: _, headers, body } => mask_fields!(mask, headers, body),
            AttemptResult::Failed { class: _, error } => error.mask_keys(mask),
            AttemptResult::Skipped { reason } => reason.mask_keys(mask),
        }
    }
}

impl MaskKeys for SkipReason {
    fn mask_keys(&mut self, mask: &KeyMask) {
        match self {
            Self::DroppedByRule(rule) => rule.mask_keys(mask),
            Self::AddressNotAllowed(text) => text.mask_keys(mask),
            Self::SubjectRemoved | Self::RemovedForMemory => {}
        }
    }
}

impl MaskKeys for InboxMessage {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.inbox, self.content_type, self.body, self.diagnosis);
    }
}

impl MaskKeys for Entry {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.event, self.exchange);
    }
}

impl MaskKeys for ExchangeText {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.method, self.target, self.request_headers, self.request);
        mask_fields!(mask, self.response_headers, self.response);
    }
}

impl MaskKeys for Event {
    fn mask_keys(&mut self, mask: &KeyMask) {
        mask_fields!(mask, self.i_mid, self.reference_no, self.kind);
    }
}

impl MaskKeys for EventKind {
    fn mask_keys(&mut self, mask: &KeyMask) {
        // Each variant is named, so that a new one is not forgotten.
        match self {
            Self::Registered { rule, .. }
            | Self::Approved { rule, .. }
            | Self::UnderReview { rule, .. }
            | Self::Declined { rule, .. }
            | Self::Abandoned { rule }
            | Self::BindingRegistered { rule, .. }
            | Self::BindingFailed { rule, .. } => rule.mask_keys(mask),
            Self::BindingCompleted { user_token, client_user_key, rule, .. } => {
                mask_fields!(mask, user_token, client_user_key, rule);
            }
            Self::Refused { diagnosis, .. } => diagnosis.mask_keys(mask),
            Self::CallbackSent { url, .. } => url.mask_keys(mask),
            Self::TokenIssued { user_token, client_user_key, .. } => mask_fields!(mask, user_token, client_user_key),
            Self::TokenUsed { user_token } | Self::TokenRemoved { user_token } | Self::TokenRevoked { user_token } => {
                user_token.mask_keys(mask);
            }
            Self::NotificationScheduled { rule, .. } | Self::NotificationHeld { rule, .. } => rule.mask_keys(mask),
            Self::NotificationAttempted { error, .. } => error.mask_keys(mask),
            Self::NotificationSkipped { reason, .. } => reason.mask_keys(mask),
            Self::Exchanged(exchange) => exchange.fault.mask_keys(mask),
            Self::RuleHit { rule, not_matched } => mask_fields!(mask, rule, not_matched),
            Self::ScenarioLoaded { scenario, file } => mask_fields!(mask, scenario, file),
            Self::ScenarioRefused { file, message, .. } => mask_fields!(mask, file, message),
            Self::Expired {}
            | Self::Cancelled { .. }
            | Self::ReceiptConfirmed {}
            | Self::PaymentOpened { .. }
            | Self::Login { .. }
            | Self::LoginFailed { .. }
            | Self::Locked { .. }
            | Self::PlanChosen { .. }
            | Self::OtpSent { .. }
            | Self::OtpFailed { .. }
            | Self::OtpPassed {}
            | Self::PinConfirmed {}
            | Self::InquiryAnswered { .. }
            | Self::NotificationDelivered { .. }
            | Self::NotificationExhausted { .. }
            | Self::MerchantProbed { .. }
            | Self::ClockMoved { .. } => {}
        }
    }
}
