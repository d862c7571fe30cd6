//! The page for an action that failed and for data that does not exist.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use crate::control::Control;
use crate::dashboard::parts::{Frame, Section};
use crate::paths;

/// The maximum length of a name on the page, in characters.
const MAX_NAME: usize = 64;

#[derive(Template)]
#[template(path = "dashboard/problem.html")]
struct ProblemPage {
    frame: Frame,
    heading: &'static str,
    detail: String,
    /// Where the button leads.
    back: String,
}

/// The page that explains why an action failed.
pub(in crate::dashboard) fn action_failed(
    control: &Control,
    frame: Frame,
    status: StatusCode,
    detail: String,
    back: String,
) -> HttpResponse {
    let heading = frame.t("Action failed", "Tindakan gagal");
    let page = ProblemPage { frame, heading, detail, back: control.engine.shown(back) };
    page.frame.respond(status, &page)
}

/// The page for an address that does not exist, or that is only shown and not sent to.
pub(in crate::dashboard) fn wrong_address(control: &Control, frame: Frame, path: &str) -> HttpResponse {
    let is_index = path == "/";
    let path: String = control.engine.masked(path).chars().take(MAX_NAME).collect();
    let (status, heading, detail) = if is_index {
        let heading = frame.t("Nothing can be sent here", "Tidak ada yang bisa dikirim ke sini");
        let detail = frame.t(
            "This is the page of the simulator itself. NICEPAY's addresses begin with /nicepay: is it missing in the \
             address of your form?",
            "Ini halaman simulator sendiri. Alamat NICEPAY diawali /nicepay: apakah bagian itu belum ada di alamat form \
             Anda?",
        );
        (StatusCode::METHOD_NOT_ALLOWED, heading, detail.to_owned())
    } else {
        let detail = frame.t(format!("There is no page {path:?}."), format!("Tidak ada halaman {path:?}."));
        (StatusCode::NOT_FOUND, frame.t("Not found", "Tidak ditemukan"), detail)
    };
    let back = if is_index { "/" } else { paths::DASHBOARD };
    let page = ProblemPage { frame, heading, detail, back: back.to_owned() };
    let mut response = page.frame.respond(status, &page);
    if is_index {
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
    }
    response
}

/// The page for data that does not exist, or no longer. `kind` is the noun in English and Indonesian.
pub(super) fn not_found(control: &Control, frame: Frame, kind: (&str, &str), name: &str) -> HttpResponse {
    // A key is masked before the name is cut: half a key would not be recognized.
    let name: String = control.engine.masked(name).chars().take(MAX_NAME).collect();
    let detail = frame.t(
        format!(
            "{} {name:?} does not exist. The simulator may have been restarted or reset, or the data was deleted to \
             save memory.",
            kind.0
        ),
        format!(
            "{} {name:?} tidak ada. Simulator mungkin sudah dimulai ulang atau di-reset, atau datanya dihapus untuk \
             menghemat memori.",
            kind.1
        ),
    );
    let heading = frame.t("Not found", "Tidak ditemukan");
    let page = ProblemPage { frame, heading, detail, back: paths::DASHBOARD.to_owned() };
    page.frame.respond(StatusCode::NOT_FOUND, &page)
}
