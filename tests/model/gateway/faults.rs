//! Answers that a rule breaks (`docs/guides/notifications-and-failures.md`).

use crate::gateway::fields::{Fields, refusal, refused};
use crate::gateway::rules::{Facts, Fault};
use crate::gateway::state::{Gateway, Owner};
use crate::gateway::{Body, Expected, binding, cancel, inquiry, registration, user_token};
use crate::wire::{Answer, Request};

/// The name of an endpoint in rules.
fn operation_of(path: &str) -> Option<&'static str> {
    Some(match path {
        "direct/v2/registration" => "registration",
        "redirect/v2/registration" => "checkout",
        "direct/v2/inquiry" => "inquiry",
        "direct/v2/cancel" => "cancel",
        "v2/userAccountBinding" => "binding",
        "direct/v2/remove-token" => "remove-token",
        "direct/v2/user-details" => "user-details",
        _ => return None,
    })
}

impl Gateway {
    /// A request whose answer may be broken.
    pub(crate) fn handle_faulty(&mut self, path: &str, request: &Request, answer: &Answer) -> Expected {
        let fault = operation_of(path).and_then(|operation| self.fault(operation, request));
        match fault {
            None => self.handle_path(path, request, answer),
            Some(Fault::Code(code)) => {
                let keys: Vec<&str> = match path {
                    "direct/v2/registration" => registration::KEYS.to_vec(),
                    "redirect/v2/registration" => registration::CHECKOUT_KEYS.to_vec(),
                    "direct/v2/inquiry" => inquiry::KEYS[..usize::from(self.settings.inquiry_keys)].to_vec(),
                    "direct/v2/cancel" => cancel::keys(self.settings.cancel_keys),
                    "v2/userAccountBinding" => binding::KEYS.to_vec(),
                    "direct/v2/remove-token" => user_token::REMOVE_KEYS.to_vec(),
                    _ => user_token::DETAIL_KEYS.to_vec(),
                };
                Expected::refused(refused(&keys, &refusal(code)))
            }
            Some(Fault::Status(status @ 400..)) => Expected { refused: true, ..Expected::of(status, Body::Anything) },
            Some(Fault::Status(status)) => {
                Expected { status, refused: true, ..self.handle_path(path, request, answer) }
            }
            // Carried out, and not answered.
            Some(Fault::Reset | Fault::Empty) => {
                self.handle_path(path, request, answer);
                Expected::of(0, Body::Text(String::new()))
            }
        }
    }

    fn fault(&mut self, operation: &'static str, request: &Request) -> Option<Fault> {
        let fields = Fields::of_json(&request.body).unwrap_or_default();
        let facts = Facts {
            i_mid: fields.text("iMid"),
            reference_no: fields.text("referenceNo"),
            amt: None,
            partner: None,
            mode: "call",
            phone: None,
            operation: Some(operation),
        };
        // Each call counts.
        let call = Owner::Call(self.next_key);
        self.next_key += 1;
        self.rule_for(&facts, call, |then| then.answer.clone()).map(|(_, fault)| fault)
    }
}
