//! What stands around every page: the language, the clock, what was just done, and what keeps it fresh.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded;

use super::Dashboard;
use crate::clock::Timestamp;
use crate::control::Control;
use crate::domain::WIB;
use crate::page::{Lang, Language, live_page};
use crate::paths;

/// An instant for people: date, time and milliseconds in WIB.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{} {}", WIB.to_datetime(at).date(), time(at))
}

/// An instant for people, to the second.
fn second(at: Timestamp) -> String {
    WIB.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The time of day in WIB, with milliseconds: where the day goes without saying.
pub(super) fn time(at: Timestamp) -> String {
    let at = WIB.to_datetime(at);
    format!("{:02}:{:02}:{:02}.{:03}", at.hour(), at.minute(), at.second(), at.millisecond())
}

/// The parts of the dashboard, as the navigation shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Transactions,
    Bindings,
    Log,
    Rules,
    Shoppers,
    Tokens,
    Merchants,
}

/// What stands around a page.
pub(super) struct Frame {
    pub(super) language: Language,
    pub(super) place: Place,
    /// Path and query of the page, without what is said once only.
    pub(super) here: String,
    /// What was just done, by its key.
    done: Option<String>,
    /// The simulator's time, in WIB.
    pub(super) now: String,
    /// The same in milliseconds since 1970, for a script that lets it run.
    pub(super) now_ms: i64,
    /// Whether time stands.
    pub(super) stands: bool,
    /// When something happens by itself next.
    pub(super) next_due: Option<String>,
    /// What is wrong with the scenario files as they are now.
    pub(super) problems: Vec<String>,
    /// Of what the page wants to hear: the query of the live stream.
    pub(super) live: String,
    /// Which run of the simulator rendered it.
    pub(super) run: u64,
    /// The last event that it can know of.
    pub(super) upto: u64,
    /// Whether there is a demo shop to go to.
    pub(super) demo: bool,
}

impl Frame {
    /// The frame of a page that is about everything. It is made before the page looks at anything, so that nothing which
    /// happens meanwhile is missed.
    pub(super) fn of(dashboard: &Dashboard, request: &HttpRequest, place: Place) -> Self {
        let engine = &dashboard.control.engine;
        let query = form_urlencoded::parse(request.query_string().as_bytes());
        let (mut done, mut kept) = (None, form_urlencoded::Serializer::new(String::new()));
        for (name, value) in query {
            match &*name {
                "done" => done = Some(value.into_owned()),
                "lang" => {}
                _ => {
                    kept.append_pair(&name, &value);
                }
            }
        }
        let kept = kept.finish();
        let now = engine.now();
        let here = if kept.is_empty() { request.path().to_owned() } else { format!("{}?{kept}", request.path()) };
        Self {
            language: Language::of(request),
            place,
            here,
            done,
            now: second(now),
            now_ms: now.as_millisecond(),
            stands: engine.clock().is_manual(),
            next_due: engine.next_due().map(second),
            problems: engine.scenario_problems().iter().map(ToString::to_string).collect(),
            live: String::new(),
            run: dashboard.run,
            upto: engine.store().log.last(),
            demo: dashboard.demo,
        }
    }

    /// The page is about this merchant's order only.
    pub(super) fn about(mut self, i_mid: &str, reference_no: &str) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        self.live = query.append_pair("iMid", i_mid).append_pair("referenceNo", reference_no).finish();
        self
    }

    /// What it stands around cannot be asked for again.
    pub(super) fn without_a_page(self) -> Self {
        Self { here: paths::DASHBOARD.to_owned(), ..self }
    }

    pub(super) fn lang(&self) -> Lang {
        self.language.lang
    }

    /// A text of ours, in the language of the page.
    pub(super) fn say<'t>(&self, id: &'t str, en: &'t str) -> &'t str {
        self.lang().pick(id, en)
    }

    /// Where the same page is in the other language.
    pub(super) fn switch_url(&self) -> String {
        let mark = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{mark}lang={}", self.here, self.lang().other().code())
    }

    pub(super) fn is_at(&self, place: Place) -> bool {
        self.place == place
    }

    /// What was just done, in a sentence. Keys that are not ours say nothing.
    pub(super) fn done(&self) -> Option<&'static str> {
        let (id, en) = match self.done.as_deref()? {
            "buyer" => ("Pelanggan sudah dimainkan.", "The customer was played."),
            "partner" => ("Pemberi pinjaman sudah memutuskan.", "The lender has decided."),
            "expire" => ("Transaksi sudah kedaluwarsa.", "It has expired."),
            "cancel" => ("Uang sudah dikembalikan.", "Money was given back."),
            "notify" => ("Notifikasi sedang dikirim.", "The notification is on its way."),
            "resend" => ("Notifikasi dikirim ulang.", "The notification is sent once more."),
            "revoke" => ("Token sudah dicabut.", "The token was revoked."),
            "clock" => ("Jam sudah diatur.", "The clock was set."),
            "advance" => (
                "Jam sudah dimajukan; yang jatuh tempo sudah terjadi.",
                "Time has moved on; what was due has happened.",
            ),
            "scenario" => ("Skenario sekarang berlaku.", "The scenario is in force."),
            "rule" => ("Aturan sudah ditambahkan.", "The rule was added."),
            "unrule" => ("Aturan sudah dihapus.", "The rule was removed."),
            "shopper" => ("Akun sudah diubah.", "The account was changed."),
            "reset" => ("Semuanya sudah dilupakan.", "Everything was forgotten."),
            "merchant" => ("Yang dilakukan merchant itu sudah dilupakan.", "What this merchant did was forgotten."),
            "token" => ("Token sudah dibuat.", "The token was issued."),
            _ => return None,
        };
        Some(self.say(id, en))
    }

    /// A page, without what must not be seen.
    pub(super) fn answer(&self, control: &Control, status: StatusCode, page: &impl Template) -> HttpResponse {
        live_page(status, page, self.language.cookies(), |html| match control.engine.masked(&html) {
            Cow::Owned(masked) => masked,
            Cow::Borrowed(_) => html,
        })
    }
}

/// A page that says no.
#[derive(Template)]
#[template(path = "dashboard/problem.html")]
pub(super) struct ProblemPage {
    pub(super) frame: Frame,
    pub(super) heading: &'static str,
    pub(super) detail: String,
    /// Where to go on.
    pub(super) back: String,
}

/// There is nothing of that name (any more).
pub(super) fn gone(control: &Control, frame: Frame, what: (&'static str, &'static str), name: &str) -> HttpResponse {
    // A key that is cut in two would not be known any more.
    let name: String = control.engine.masked(name).chars().take(64).collect();
    let why = frame.say(
        "Mungkin simulator dimulai ulang atau direset, atau data itu dilupakan untuk memberi tempat.",
        "The simulator may have been restarted or reset, or it was forgotten to make room.",
    );
    let detail = format!("{} {name:?}. {why}", frame.say(what.0, what.1));
    let heading = frame.say("Tidak ditemukan", "Not found");
    let page = ProblemPage { frame, heading, detail, back: paths::DASHBOARD.to_owned() };
    page.frame.answer(control, StatusCode::NOT_FOUND, &page)
}
