//! What every rendering says: names, explanations, the verdict, and what to do first.

use std::collections::HashSet;

use super::catalog::{Group, Severity};
use super::summary::{CheckResult, Report};
use super::verdict::{Evidence, State};
use crate::domain::WIB;
use crate::language::Lang;

/// The most evidence of one check that people are shown. The JSON has all.
const MAX_EVIDENCE: usize = 10;
/// The most evidence of what was right.
const MAX_PASSED: usize = 2;

impl State {
    /// Every state, the most serious first.
    pub const ALL: [Self; 5] = [Self::Fail, Self::Warning, Self::Pass, Self::NotVisible, Self::NotExercised];

    /// Its name, for people.
    pub fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Fail => lang.t("fail", "gagal"),
            Self::Warning => lang.t("warning", "peringatan"),
            Self::Pass => lang.t("pass", "lulus"),
            Self::NotVisible => lang.t("not visible", "tidak terlihat"),
            Self::NotExercised => lang.t("not exercised", "belum diuji"),
        }
    }

    /// What it means.
    pub fn meaning(self, lang: Lang) -> &'static str {
        match self {
            Self::Fail => lang.t(
                "The situation occurred, and your server did the wrong thing.",
                "Situasinya terjadi, dan server Anda bertindak salah.",
            ),
            Self::Warning => lang.t(
                "The situation occurred, and your server took a risk.",
                "Situasinya terjadi, dan server Anda mengambil risiko.",
            ),
            Self::Pass => lang.t(
                "The situation occurred, and your server did the right thing each time that it could be seen.",
                "Situasinya terjadi, dan server Anda selalu bertindak benar.",
            ),
            Self::NotVisible => lang.t(
                "The situation occurred, but what your server did with the order cannot be seen from here. A probe of \
                 your orders shows it (`--probe`). This is no pass.",
                "Situasinya terjadi, tetapi perubahan pesanan di server Anda tidak terlihat dari sini. Probe ke pesanan \
                 Anda bisa menunjukkannya (`--probe`). Ini bukan kelulusan.",
            ),
            Self::NotExercised => lang.t(
                "The situation did not occur, so nothing is known. This is no pass.",
                "Situasinya tidak terjadi, jadi hasilnya tidak diketahui. Ini bukan kelulusan.",
            ),
        }
    }
}

impl Severity {
    /// Its name, for people.
    pub fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Critical => lang.t("critical", "kritis"),
            Self::Major => lang.t("major", "mayor"),
            Self::Minor => lang.t("minor", "minor"),
        }
    }
}

impl Group {
    /// Its name, for people.
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Requests => lang.t("Requests", "Permintaan"),
            Self::Notifications => lang.t("Notifications", "Notifikasi"),
            Self::Browser => lang.t("Return of the browser", "Browser yang kembali"),
            Self::Tokens => lang.t("User tokens", "userToken"),
            Self::Refunds => lang.t("Refunds", "Pengembalian dana"),
        }
    }
}

impl CheckResult {
    /// The evidence that people are shown: the most serious, and each sentence once.
    pub fn shown_evidence(&self) -> Vec<&Evidence> {
        let (mut texts, mut passed) = (HashSet::new(), 0);
        let mut shown = Vec::new();
        for evidence in &self.evidence {
            passed += usize::from(evidence.state == State::Pass);
            let has_room = shown.len() < MAX_EVIDENCE && passed <= MAX_PASSED;
            if has_room && texts.insert(&evidence.text) {
                shown.push(evidence);
            }
        }
        shown
    }

    /// How much evidence only the JSON has; none where all is shown.
    pub fn more_evidence(&self, lang: Lang) -> Option<String> {
        let more = self.evidence.len() - self.shown_evidence().len();
        (more > 0).then(|| {
            lang.t(
                format!("And {more} more: the JSON report has all."),
                format!("Dan {more} lainnya: semua ada di laporan JSON."),
            )
        })
    }

    /// The section of the protocol, or that it is good practice.
    pub fn clause_text(&self, lang: Lang) -> &'static str {
        if self.clause == "good practice" { lang.t(self.clause, "praktik yang baik") } else { self.clause }
    }
}

impl Evidence {
    /// Where it is: numbers of events and the payment.
    pub(super) fn place(&self, lang: Lang) -> String {
        let events = self.events.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let word = if self.events.len() > 1 { lang.t("events", "event") } else { "event" };
        let events = (!events.is_empty()).then(|| format!("{word} {events}"));
        let t_xid = self.t_xid.as_ref().map(|t_xid| format!("tXid {t_xid}"));
        events.into_iter().chain(t_xid).collect::<Vec<_>>().join("; ")
    }
}

impl Report {
    /// What it is called.
    pub fn title(&self) -> String {
        let name = self.lang.t("Integration report", "Laporan integrasi");
        self.summary.run.i_mid.as_ref().map_or_else(|| name.to_owned(), |i_mid| format!("{name}: {i_mid}"))
    }

    /// The result, in a sentence.
    pub fn verdict(&self) -> String {
        let summary = &self.summary;
        let (fail, warning, pass) = (summary.fail, summary.warning, summary.pass);
        let checks = |count| if count == 1 { "check" } else { "checks" };
        match summary.state {
            State::Fail => self.lang.t(
                format!("The integration has mistakes: {fail} {} failed.", checks(fail)),
                format!("Integrasi ini masih salah: {fail} pemeriksaan gagal."),
            ),
            State::Warning => self.lang.t(
                format!(
                    "No check failed, but {warning} {} of a risk.",
                    if warning == 1 { "check warns" } else { "checks warn" }
                ),
                format!("Tidak ada pemeriksaan yang gagal, tetapi ada {warning} peringatan."),
            ),
            State::Pass => self.lang.t(
                format!("No mistake was seen: {pass} {} passed.", checks(pass)),
                format!("Tidak ada kesalahan yang terlihat: {pass} pemeriksaan lulus."),
            ),
            State::NotVisible | State::NotExercised => self
                .lang
                .t("Nothing was judged: there is no result.", "Tidak ada yang dinilai: belum ada hasil.")
                .to_owned(),
        }
    }

    /// How much the result covers, in a sentence.
    pub fn coverage(&self) -> String {
        let summary = &self.summary;
        let (all, unseen, open) = (self.checks.len(), summary.not_visible, summary.not_exercised);
        let judged = summary.fail + summary.warning + summary.pass;
        self.lang.t(
            format!("Of {all} checks, {judged} were judged, {unseen} could not be seen, {open} were not exercised."),
            format!("Dari {all} pemeriksaan, {judged} dinilai, {unseen} tidak terlihat, {open} belum diuji."),
        )
    }

    /// How many checks are in each state, the most serious first.
    pub fn numbers(&self) -> [(State, usize); 5] {
        State::ALL.map(|state| (state, self.checks.iter().filter(|check| check.state == state).count()))
    }

    /// Why the report has less than it should.
    pub fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if self.summary.partial {
            let text = self.lang.t(
                "The run was interrupted before its end: this report is partial.",
                "Proses dihentikan sebelum selesai: laporan ini tidak lengkap.",
            );
            limits.push(text.to_owned());
        }
        if let Some(upto) = self.summary.events_dropped_upto {
            limits.push(self.lang.t(
                format!(
                    "The log was too short: it no longer has all events up to number {upto}, and the checks could not \
                     read them. Raise --max-events, --max-event-bytes and --max-notifications, or reset before the test."
                ),
                format!(
                    "Log terlalu pendek: event sampai nomor {upto} tidak lagi lengkap, sehingga tidak bisa diperiksa. \
                     Naikkan --max-events, --max-event-bytes, dan --max-notifications, atau lakukan reset sebelum \
                     pengujian."
                ),
            ));
        }
        limits
    }

    /// What to do first: the failed checks, the most serious first. Where none failed, those that warn.
    pub fn first_steps(&self) -> Vec<&CheckResult> {
        let wanted = if self.summary.fail > 0 { State::Fail } else { State::Warning };
        let mut steps: Vec<_> = self.checks.iter().filter(|check| check.state == wanted).collect();
        steps.sort_by_key(|check| check.severity);
        steps
    }

    /// The warnings that come after the failed checks, in a sentence; none where none failed or none warn.
    pub fn then_warnings(&self) -> Option<String> {
        let warnings = self.checks.iter().filter(|check| check.state == State::Warning).map(|check| check.id);
        let warnings = warnings.collect::<Vec<_>>().join(", ");
        (self.summary.fail > 0 && !warnings.is_empty()).then(|| {
            self.lang.t(
                format!("Then look at the warnings: {warnings}."),
                format!("Setelah itu periksa peringatan: {warnings}."),
            )
        })
    }

    /// What to do where no check failed or warns.
    pub fn next_step(&self) -> &'static str {
        if self.summary.requests == 0 {
            return self.lang.t(
                "No request arrived. Point your server at the simulator and pay an order, or run `nicepay-sim audit`.",
                "Belum ada permintaan yang masuk. Arahkan server Anda ke simulator lalu bayar satu pesanan, atau \
                 jalankan `nicepay-sim audit`.",
            );
        }
        self.lang.t(
            "Exercise the other checks, too. `nicepay-sim audit` makes the situations of notifications and of the browser. \
             For tokens and refunds, let your server pay with a stored userToken, remove it, and refund.",
            "Uji juga pemeriksaan lainnya. `nicepay-sim audit` membuat situasi notifikasi dan browser. Untuk token dan \
             pengembalian dana, biarkan server Anda membayar dengan userToken yang tersimpan, menghapusnya, dan \
             mengembalikan dana.",
        )
    }

    /// The checks, by group.
    pub fn groups(&self) -> impl Iterator<Item = (Group, Vec<&CheckResult>)> {
        Group::ALL.into_iter().map(|group| (group, self.checks.iter().filter(|check| check.group == group).collect()))
    }

    /// The name of the fact that is a time.
    pub fn time_fact(&self) -> &'static str {
        self.lang.t("Simulator's time", "Waktu simulator")
    }

    /// About the run: names and values.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let (lang, summary, run) = (self.lang, &self.summary, &self.summary.run);
        let i_mid = run.i_mid.as_ref().map_or_else(|| lang.t("all", "semua").to_owned(), ToString::to_string);
        let events = summary.events.map_or_else(|| "–".to_owned(), |(first, last)| format!("{first}–{last}"));
        vec![
            ("nicepay-sim", run.version.to_owned()),
            ("Merchant", i_mid),
            (lang.t("Profile", "Profil"), run.profile.to_string()),
            (lang.t("Scenario", "Skenario"), run.scenario.clone()),
            ("Seed", run.seed.to_string()),
            (self.time_fact(), WIB.to_datetime(run.at).strftime("%Y-%m-%d %H:%M:%S WIB").to_string()),
            (lang.t("Payments", "Pembayaran"), summary.payments.to_string()),
            (lang.t("Requests", "Permintaan"), summary.requests.to_string()),
            (lang.t("Events", "Event"), events),
        ]
    }

    /// What the report is not.
    pub fn disclaimer(&self) -> &'static str {
        self.lang.t(
            "This is evidence of a simulator. It is not an approval by NICEPAY or by a lender.",
            "Ini adalah bukti dari simulator. Ini bukan persetujuan dari NICEPAY atau penyedia cicilan.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_report;

    /// A report whose first checks have these states.
    fn report_of(states: &[State], lang: Lang) -> Report {
        let mut report = test_report();
        for (check, state) in report.checks.iter_mut().zip(states) {
            check.state = *state;
        }
        let count = |state| states.iter().filter(|known| **known == state).count();
        let summary = &mut report.summary;
        (summary.fail, summary.warning, summary.pass) = (count(State::Fail), count(State::Warning), count(State::Pass));
        summary.state = *State::ALL.iter().find(|state| states.contains(state)).unwrap();
        report.lang = lang;
        report
    }

    #[test]
    fn the_verdict_is_a_sentence_for_each_state() {
        use State::{Fail, NotExercised, Pass, Warning};
        for (states, en, id) in [
            (
                &[Fail, Pass][..],
                "The integration has mistakes: 1 check failed.",
                "Integrasi ini masih salah: 1 pemeriksaan gagal.",
            ),
            (
                &[Fail, Fail, Warning],
                "The integration has mistakes: 2 checks failed.",
                "Integrasi ini masih salah: 2 pemeriksaan gagal.",
            ),
            (
                &[Warning],
                "No check failed, but 1 check warns of a risk.",
                "Tidak ada pemeriksaan yang gagal, tetapi ada 1 peringatan.",
            ),
            (
                &[Pass],
                "No mistake was seen: 1 check passed.",
                "Tidak ada kesalahan yang terlihat: 1 pemeriksaan lulus.",
            ),
            (&[NotExercised], "Nothing was judged: there is no result.", "Tidak ada yang dinilai: belum ada hasil."),
        ] {
            assert_eq!(report_of(states, Lang::En).verdict(), en);
            assert_eq!(report_of(states, Lang::Id).verdict(), id);
        }
    }

    #[test]
    fn the_most_serious_failures_come_first_and_warnings_after_them() {
        use State::{Fail, Pass, Warning};
        let ids = |report: &Report| report.first_steps().iter().map(|check| check.id).collect::<Vec<_>>();
        // NP-01 is major, NP-06 minor, NP-07 critical.
        let report = report_of(&[Fail, Pass, Warning, Pass, Pass, Fail, Fail], Lang::En);
        assert_eq!(ids(&report), ["NP-07", "NP-01", "NP-06"]);
        assert_eq!(report.then_warnings().as_deref(), Some("Then look at the warnings: NP-03."));
        let warned = report_of(&[Pass, Warning], Lang::En);
        assert_eq!((ids(&warned), warned.then_warnings()), (vec!["NP-02"], None));
        assert_eq!(ids(&report_of(&[Pass], Lang::En)), [""; 0]);
    }

    #[test]
    fn a_report_that_has_less_than_it_should_says_so_in_every_format() {
        use crate::report::Format;
        let mut report = report_of(&[State::Pass], Lang::En);
        assert_eq!(report.limits(), [""; 0]);
        report.summary.partial = true;
        report.summary.events_dropped_upto = Some(7);
        let [partial, dropped] = &report.limits()[..] else { panic!("{:?}", report.limits()) };
        assert!(partial.contains("interrupted") && dropped.contains("up to number 7"), "{partial} {dropped}");
        for format in [Format::Markdown, Format::Html, Format::Junit] {
            let text = report.render(format, &[]).unwrap();
            assert!(text.contains(partial.as_str()) && text.contains("up to number 7"), "{text}");
        }
        let json = report.render(Format::Json, &[]).unwrap();
        assert!(json.contains("\"partial\": true") && json.contains("\"eventsDroppedUpto\": 7"), "{json}");
    }

    #[test]
    fn only_the_most_serious_evidence_is_shown() {
        let mut report = report_of(&[State::Fail], Lang::En);
        let one = |number| Evidence {
            state: State::Fail,
            text: format!("number {number}"),
            events: vec![1, 2],
            t_xid: None,
            reference_no: None,
        };
        report.checks[0].evidence = (0..13).map(one).collect();
        report.checks[0].evidence.insert(1, one(0));
        let check = &report.checks[0];
        let shown: Vec<_> = check.shown_evidence().iter().map(|evidence| evidence.text.as_str()).collect();
        assert_eq!(shown, (0..10).map(|number| format!("number {number}")).collect::<Vec<_>>());
        assert_eq!(check.more_evidence(Lang::En).as_deref(), Some("And 4 more: the JSON report has all."));
        assert_eq!(report.checks[1].more_evidence(Lang::En), None);
        report.checks[1].evidence = (0..5).map(|number| Evidence { state: State::Pass, ..one(number) }).collect();
        assert_eq!(report.checks[1].shown_evidence().len(), 2, "what was right needs few words");
        assert_eq!((one(0).place(Lang::En), one(0).place(Lang::Id)), ("events 1, 2".into(), "event 1, 2".into()));
    }
}
