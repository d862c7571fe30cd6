//! The words NICEPAY uses: fields, codes, merchantToken recipes, timestamps, requests and answers, and the doctor that
//! explains a refusal. Pure: text in, text out. The section numbers are those of `docs/PROTOCOL.md`.

mod callback;
mod cart;
mod code;
mod doctor;
mod field;
mod inquiry;
mod json;
mod merchant_token;
mod notification;
mod payment;
mod refusal;
mod registration;
mod sent;
mod timestamp;
mod url;

pub use callback::{Callback, CallbackResult};
pub use code::Code;
pub use doctor::diagnose;
pub use field::Field;
pub use inquiry::{InquiryAnswer, InquiryRequest, status_digit};
pub use merchant_token::{Recipe, sign, verifies};
pub use notification::{USER_AGENT, notification_body};
pub use payment::{PaymentJson, PaymentRequest};
pub use refusal::{Diagnosis, Refusal, shown};
pub use registration::{Registration, RegistrationAnswer};
pub use sent::Sent;
