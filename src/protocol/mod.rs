//! NICEPAY's protocol: fields, result codes, merchantToken recipes, timestamps, requests and responses, and the
//! diagnosis of a wrong merchantToken. Pure: text in, text out. The section numbers are those of `docs/PROTOCOL.md`.

mod binding;
mod callback;
mod cancel;
mod cart;
mod checkout;
mod code;
mod field;
mod field_rules;
mod form;
mod inquiry;
mod json;
mod merchant_token;
mod notification;
mod payment;
mod receipt;
mod refusal;
mod registration;
mod request_fields;
mod timestamp;
mod token_diagnosis;
mod url;
mod user_token;

pub use binding::{binding_notification, binding_refusal, binding_response, read_binding};
pub use callback::{Callback, CallbackResult, Method};
pub use cancel::{CancelRequest, CancelResponse};
pub use checkout::{CheckoutResponse, checkout_t_xid, unknown_checkout};
pub use code::Code;
#[cfg(test)]
pub use code::RESULT_CODES;
pub use field::Field;
pub use field_rules::required_time_stamp;
pub use inquiry::{InquiryRequest, InquiryResponse, status_digit, unknown_t_xid};
pub use merchant_token::{Recipe, sign, verifies};
pub use notification::{FORM, USER_AGENT, notification_body};
pub use payment::{PaymentRequest, PaymentResponse};
pub use receipt::{ReceiptRequest, ReceiptResponse};
pub use refusal::{Diagnosis, Refusal, quoted};
pub use registration::{Registration, RegistrationResponse};
pub use request_fields::RequestFields;
pub use timestamp::clock_time;
pub use token_diagnosis::diagnose;
pub use user_token::{RemoveTokenResponse, UserDetailsResponse, token_to_read, token_to_remove};
