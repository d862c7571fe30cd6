//! Reading a form of the shop's; who sends something else is told so on a page.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::notice::{self, Notice};
use crate::body::{self, BodyError};
use crate::demo::Demo;
use crate::demo::browser::Browser;
use crate::demo::nicepay::Fields;

impl Browser {
    /// A form of ours: read whole, and not sent by a page of somebody else's.
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
                return Err(notice::answer(self, Notice::OtherSite));
            }
        }
        match body::read(demo.limits, request, payload).await {
            Ok(bytes) => Ok(Fields::of_form(&bytes)),
            Err(BodyError::TooLarge) => Err(notice::answer(self, Notice::TooLarge)),
            Err(BodyError::TooSlow | BodyError::Broken) => Err(notice::answer(self, Notice::BadForm)),
        }
    }
}
