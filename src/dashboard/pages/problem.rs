//! The page for an action that failed and for data that does not exist.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
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
    let page = ProblemPage { frame, heading, detail, back };
    page.frame.respond(control, status, &page)
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
    page.frame.respond(control, StatusCode::NOT_FOUND, &page)
}
