//! One request to an endpoint, and its body as fields.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::diagnosis::Slug;
use crate::domain::Evidence;
use crate::endpoints::Endpoint;
use crate::protocol::{self, Code, Findings, Recipe, Refusal, RequestFields};

/// A request whose body has been read.
pub(in crate::gateway) struct GatewayRequest<'a> {
    /// None where no endpoint has the path or the method.
    pub(in crate::gateway) endpoint: Option<Endpoint>,
    pub(in crate::gateway) http: &'a HttpRequest,
    pub(in crate::gateway) body: &'a [u8],
}

impl GatewayRequest<'_> {
    /// The name of the endpoint in logs and events.
    pub(in crate::gateway) fn endpoint_name(&self) -> &'static str {
        self.endpoint.map_or("gateway", |endpoint| endpoint.info().name)
    }

    /// How the request has to be signed; none where the endpoint's requests are not signed.
    pub(in crate::gateway) fn recipe(&self) -> Option<Recipe> {
        self.endpoint.and_then(|endpoint| endpoint.info().recipe)
    }

    fn content_type(&self) -> &str {
        let value = self.http.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Whether the Content-Type is JSON in any letter case: the Python client sends `Application/JSON`
    /// (`docs/PROTOCOL.md` §2.0).
    pub(in crate::gateway) fn has_json_type(&self) -> bool {
        let media_type = self.content_type().split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/json")
    }

    /// The text of a form. A body that cannot be a form is refused for that, not for the fields that are missing in it.
    pub(in crate::gateway) fn form(&self) -> Result<Cow<'_, str>, Refusal> {
        let is_multipart = self.content_type().trim_start().to_ascii_lowercase().starts_with("multipart/");
        if is_multipart || self.body.trim_ascii_start().starts_with(b"{") {
            let format = if is_multipart { "multipart/form-data" } else { "JSON" };
            let section = self.endpoint.and_then(|endpoint| endpoint.info().section).unwrap_or("2.0");
            let reason = format!(
                "the body is {format}; it must be application/x-www-form-urlencoded (docs/PROTOCOL.md §{section})"
            );
            return Err(Refusal::new(Code::UNREADABLE, Slug::BODY_CONTENT_TYPE, reason));
        }
        Ok(String::from_utf8_lossy(self.body))
    }

    /// The refusal of a body that cannot be read and has a Content-Encoding.
    fn compressed(&self) -> Option<Refusal> {
        let encoding = self.http.headers().get(header::CONTENT_ENCODING)?.to_str().ok()?.trim();
        if self.body.is_empty() || encoding.eq_ignore_ascii_case("identity") {
            return None;
        }
        let reason = format!(
            "the body is compressed (Content-Encoding: {}); send it uncompressed (docs/PROTOCOL.md §2.0)",
            protocol::quoted(encoding)
        );
        Some(Refusal::new(Code::UNREADABLE, Slug::BODY_COMPRESSED, reason))
    }

    /// Reads a JSON body, also with another Content-Type (`docs/PROTOCOL.md` §6.4.5a).
    pub(in crate::gateway) fn json(&self, findings: &mut Findings) -> Result<RequestFields<'_>, Refusal> {
        if !self.has_json_type() {
            let reason = "the Content-Type is not application/json (docs/PROTOCOL.md §2.0)";
            findings.add(Code::UNREADABLE, Slug::BODY_CONTENT_TYPE, Evidence::Documented, reason)?;
        }
        let fields = RequestFields::json(self.body).map_err(|refusal| self.compressed().unwrap_or(refusal))?;
        for wrong_name in fields.wrong_names() {
            findings.advise(Slug::FIELD_NAME, Evidence::Documented, wrong_name);
        }
        Ok(fields)
    }
}
