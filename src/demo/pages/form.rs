//! Reads the forms of the shop.

use actix_web::{HttpRequest, HttpResponse, web};

use super::error_page::{self, ErrorKind};
use crate::body::{self, BodyError};
use crate::connection;
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
        if connection::foreign_page(demo.public_url.as_deref(), request).is_some() {
            return Err(error_page::respond(self, ErrorKind::OtherSite));
        }
        match body::read(demo.limits, request, payload).await {
            Ok(bytes) => Ok(Fields::from_form(&bytes)),
            Err(BodyError::TooLarge) => Err(error_page::respond(self, ErrorKind::TooLarge)),
            Err(BodyError::TooSlow | BodyError::Broken) => Err(error_page::respond(self, ErrorKind::BadForm)),
        }
    }
}
