//! The requests, responses, callbacks and notifications, one file for each kind.

mod activation;
mod binding;
mod callback;
mod cancel;
mod checkout;
mod confirm_akulaku;
mod inquiry;
mod notification;
mod payment;
mod registration;
mod registration_response;
mod user_token;

pub use binding::{binding_notification, binding_refusal, binding_response, read_binding};
pub use callback::{Callback, CallbackResult, Method};
pub use cancel::{CancelRequest, CancelResponse};
pub use checkout::{CheckoutResponse, checkout_t_xid, unknown_checkout};
pub use confirm_akulaku::{ConfirmAkulakuRequest, ConfirmAkulakuResponse};
pub use inquiry::{InquiryRequest, InquiryResponse, status_digit, status_word, unknown_t_xid};
pub use notification::{FORM, USER_AGENT, notification_body};
pub use payment::{PaymentRequest, PaymentResponse};
pub use registration::Registration;
pub use registration_response::RegistrationResponse;
pub use user_token::{RemoveTokenResponse, UserDetailsResponse, token_to_read, token_to_remove};
