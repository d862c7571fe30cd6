//! What every endpoint shares: reading the request, writing the response, breaking it when a rule says so, and recording
//! both as one exchange.

mod fault;
mod faulty_body;
mod foreign_page;
mod handler;
mod recorded_exchange;
mod request;
mod response;
mod response_fault;
pub(super) mod unknown;
mod user_token_error;

pub(super) use handler::Handler;
pub(super) use request::GatewayRequest;
pub(super) use response::{EndpointRefusal, Envelope, GatewayResponse, base_url, is_https, json, json_with};
pub(super) use user_token_error::user_token_diagnosis;
