//! Reads the forms of the shop.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error_page::{self, ErrorKind};
use crate::body::{self, BodyError};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::nicepay::Fields;

impl Browser {
    /// Reads a form. A form that a page of another site sends is refused.
    pub(in crate::demo) async fn form(
        &self,
        demo: &Demo,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<Fields, HttpResponse> {
        if let Some(origin) = request.headers().get(header::ORIGIN) {
            let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
            let theirs = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
            if theirs != Some(host) {
                return Err(error_page::respond(self, ErrorKind::OtherSite));
            }
        }
        match body::read(demo.limits, request, payload).await {
            Ok(bytes) => Ok(Fields::from_form(&bytes)),
            Err(BodyError::TooLarge) => Err(error_page::respond(self, ErrorKind::TooLarge)),
            Err(BodyError::TooSlow | BodyError::Broken) => Err(error_page::respond(self, ErrorKind::BadForm)),
        }
    }
}
