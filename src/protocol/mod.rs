//! NICEPAY's protocol: fields, result codes, merchantToken recipes, timestamps, requests and responses, and the
//! diagnosis of a wrong merchantToken. Pure: text in, text out. The section numbers are those of `docs/PROTOCOL.md`.

mod code;
mod fields;
mod findings;
mod merchant_token;
mod messages;
mod refusal;
mod token_diagnosis;

pub use code::Code;
#[cfg(test)]
pub use code::RESULT_CODES;
pub use fields::{Field, RequestFields, clock_time, required_time_stamp, time_stamp};
pub use findings::{Findings, Note};
pub use merchant_token::{Recipe, sign, verifies};
pub use messages::{
    Callback, CallbackResult, CancelRequest, CancelResponse, CheckoutResponse, ConfirmAkulakuRequest,
    ConfirmAkulakuResponse, FORM, InquiryRequest, InquiryResponse, Method, PaymentRequest, PaymentResponse,
    Registration, RegistrationResponse, RemoveTokenResponse, USER_AGENT, UserDetailsResponse, binding_notification,
    binding_refusal, binding_response, checkout_t_xid, notification_body, read_binding, status_digit, status_word,
    token_to_read, token_to_remove, unknown_checkout, unknown_t_xid,
};
pub use refusal::{Diagnosis, Refusal, quoted};
pub use token_diagnosis::diagnose;
