//! The frame of every page: language, navigation, clock, the result of the last action, and live updates.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use url::form_urlencoded;

use super::clock::{self, Jumped, NextDue};
use super::query;
use super::state::state_text;
use super::time::second;
use crate::control::{Control, base_url};
use crate::dashboard::Dashboard;
use crate::page::{Lang, Language, live_page};
use crate::paths;

/// The errors in the scenario files as they are now.
pub(in crate::dashboard) fn scenario_problems(control: &Control) -> Vec<String> {
    let problems = control.engine.scenario_problems();
    control.engine.shown(problems.iter().map(ToString::to_string).collect())
}

/// The sections of the dashboard, as the navigation shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) enum Section {
    Transactions,
    Refused,
    Bindings,
    Inbox,
    Report,
    Log,
    Rules,
    Shoppers,
    Tokens,
    Merchants,
    /// A page that belongs to no section.
    None,
}

/// The frame of a page.
pub(in crate::dashboard) struct Frame {
    pub(in crate::dashboard) language: Language,
    pub(in crate::dashboard) section: Section,
    /// Path and query of the page, without `lang` and `done`.
    pub(in crate::dashboard) url: String,
    /// The list of transactions, with the filters of the one that led here.
    pub(in crate::dashboard) list: String,
    /// How many refused requests the log has.
    pub(in crate::dashboard) refused: usize,
    /// How many checks of the integration report failed, as far as that is known.
    pub(in crate::dashboard) failed_checks: usize,
    /// The key of the action that was just done.
    done: Option<String>,
    /// The simulator's time, in WIB.
    pub(in crate::dashboard) now: String,
    /// The same in milliseconds since 1970, for the script that keeps it running.
    pub(in crate::dashboard) now_ms: i64,
    pub(in crate::dashboard) is_clock_stopped: bool,
    /// How far the clock is ahead of the machine's (true), or behind it.
    pub(in crate::dashboard) ahead: Option<(bool, String)>,
    /// What is due next.
    pub(in crate::dashboard) next_due: Option<NextDue>,
    /// What the last move of the clock has caused.
    pub(in crate::dashboard) jumped: Option<Jumped>,
    /// The errors in the scenario files as they are now.
    pub(in crate::dashboard) scenario_problems: Vec<String>,
    /// The merchant whose events change the page, and perhaps its one order; none where all events do.
    pub(in crate::dashboard) listens_to: Option<(String, Option<String>)>,
    /// The run of the simulator that rendered the page.
    pub(in crate::dashboard) run: u64,
    /// Scheme and host of the simulator, as this browser reaches it.
    pub(in crate::dashboard) base: String,
    /// The last event that the page can show.
    pub(in crate::dashboard) last_event: u64,
    /// The number of resets before the page was rendered.
    pub(in crate::dashboard) resets: u64,
    /// Whether the demo shop is running.
    pub(in crate::dashboard) has_demo: bool,
}

impl Frame {
    /// The frame of a page that listens to all events. It is made before the page reads its data, so that no event in
    /// between is missed.
    pub(in crate::dashboard) fn new(dashboard: &Dashboard, request: &HttpRequest, section: Section) -> Self {
        let engine = &dashboard.control.engine;
        let query = query::pairs(&dashboard.control, request);
        let (mut done, mut kept) = (None, form_urlencoded::Serializer::new(String::new()));
        let mut list = paths::DASHBOARD.to_owned();
        for (name, value) in query {
            if name == "from" {
                list = query::list(&value);
            }
            match &*name {
                "done" => done = Some(value),
                "lang" => {}
                _ => {
                    kept.append_pair(&name, &value);
                }
            }
        }
        let kept = kept.finish();
        let (now, language) = (engine.now(), Language::from_request(request));
        let jump = done.as_deref().and_then(|done| clock::read_done(done).1);
        let path = engine.masked(request.path());
        let url = if kept.is_empty() { path.into_owned() } else { format!("{path}?{kept}") };
        Self {
            section,
            url,
            list,
            refused: engine.store().log.refused(),
            failed_checks: dashboard.failed_checks(),
            done,
            now: second(now),
            now_ms: now.as_millisecond(),
            is_clock_stopped: engine.clock().is_manual(),
            ahead: clock::ahead(engine, language.lang),
            next_due: NextDue::new(engine, now, language.lang),
            jumped: jump.map(|jump| Jumped::new(engine, jump, language.lang)),
            language,
            scenario_problems: scenario_problems(&dashboard.control),
            listens_to: None,
            run: dashboard.run,
            base: base_url(&dashboard.control, request),
            last_event: engine.store().log.last(),
            resets: engine.store().log.resets(),
            has_demo: dashboard.demo,
        }
    }

    /// The page `path`, which leads back to the same list.
    pub(in crate::dashboard) fn with_way_back(&self, path: &str) -> String {
        self.list.split_once('?').map_or_else(|| path.to_owned(), |(_, list)| query::link(path, &[("from", list)]))
    }

    /// Limits the live updates to one merchant, or to one order.
    pub(in crate::dashboard) fn listening_to(mut self, i_mid: &str, reference_no: Option<&str>) -> Self {
        self.listens_to = Some((i_mid.to_owned(), reference_no.map(str::to_owned)));
        self
    }

    /// For a page without an address of its own: the language switch leads to the dashboard.
    pub(in crate::dashboard) fn without_url(self) -> Self {
        Self { url: paths::DASHBOARD.to_owned(), ..self }
    }

    pub(in crate::dashboard) fn lang(&self) -> Lang {
        self.language.lang
    }

    /// A text in the language of the page.
    pub(in crate::dashboard) fn t<T>(&self, en: T, id: T) -> T {
        self.lang().t(en, id)
    }

    /// The text of a state.
    pub(in crate::dashboard) fn state_text<'s>(&self, state: &'s str) -> &'s str {
        state_text(state, self.lang())
    }

    /// How many rows are shown, and of how many.
    pub(in crate::dashboard) fn count(&self, shown: usize, all: usize) -> String {
        if shown < all {
            self.t(format!("newest {shown} of {all}"), format!("{shown} terbaru dari {all}"))
        } else {
            all.to_string()
        }
    }

    /// The address of the page in the other language.
    pub(in crate::dashboard) fn switch_url(&self) -> String {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}lang={}", self.url, self.lang().other().code())
    }

    pub(in crate::dashboard) fn is_in(&self, section: Section) -> bool {
        self.section == section
    }

    /// The result of the last action, in a sentence; none for an unknown key.
    pub(in crate::dashboard) fn done(&self) -> Option<&'static str> {
        let (en, id) = match clock::read_done(self.done.as_deref()?).0 {
            "buyer" => ("The customer's action is done.", "Tindakan pelanggan sudah dijalankan."),
            "partner" => ("The lender's decision is recorded.", "Keputusan penyedia cicilan sudah tercatat."),
            "expire" => ("The transaction has expired.", "Transaksi sudah kedaluwarsa."),
            "cancel" => ("The refund is done.", "Dana sudah dikembalikan."),
            "notify" => ("The notification is being sent.", "Notifikasi sedang dikirim."),
            "resend" => ("The notification is being resent.", "Notifikasi sedang dikirim ulang."),
            "sample" => ("The sample order is registered.", "Pesanan contoh sudah didaftarkan."),
            "send" => (
                "The notification was sent. The list of notifications has the answer.",
                "Notifikasi sudah dikirim. Jawabannya ada di daftar notifikasi.",
            ),
            "deliver" => ("The notification is being delivered now.", "Notifikasi sedang dikirim sekarang."),
            "revoke" => ("The token is revoked.", "Token sudah dicabut."),
            "inbox" => ("The inbox is empty.", "Kotak masuk sudah dikosongkan."),
            "clock" => ("The clock is set.", "Jam sudah diatur."),
            "advance" => (
                "The clock is advanced. Everything that was due is done.",
                "Jam sudah dimajukan. Semua yang jatuh tempo sudah dijalankan.",
            ),
            "scenario" => ("The scenario is active.", "Skenario sudah aktif."),
            "rule" => ("The rule is added.", "Aturan sudah ditambahkan."),
            "rule-changed" => ("The rule is changed.", "Aturan sudah diubah."),
            "unrule" => ("The rule is removed.", "Aturan sudah dihapus."),
            "unrule-used" => (
                "The used rules are removed. A rule that an open order still needs stays.",
                "Aturan yang sudah terpakai dihapus. Aturan yang masih diperlukan pesanan terbuka tetap ada.",
            ),
            "shopper" => ("The account is saved.", "Akun sudah disimpan."),
            "reset" => ("Everything is reset.", "Semuanya sudah di-reset."),
            "merchant" => ("The merchant's data is reset.", "Data merchant sudah di-reset."),
            "audit" => ("The audit has begun.", "Audit sudah dimulai."),
            "token" => ("The token is issued.", "Token sudah dibuat."),
            _ => return None,
        };
        Some(self.t(en, id))
    }

    pub(in crate::dashboard) fn respond(&self, status: StatusCode, page: &impl Template) -> HttpResponse {
        live_page(status, page, self.language.cookies())
    }
}
