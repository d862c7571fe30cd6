//! Compares what happened with what was expected, and explains each difference. Pure: it gets one event after another.

use super::event_matcher::EventMatcher;
use super::near_misses::NearMisses;
use crate::control::view::{Event, Miss};

/// The maximum number of event numbers in a sentence.
const MAX_LISTED_EVENTS: usize = 10;

/// How often an event is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) min: u64,
    /// None: no maximum.
    pub(super) max: Option<u64>,
}

impl Times {
    /// The default.
    pub(super) const ONCE_OR_MORE: Self = Self { min: 1, max: None };

    fn contains(self, count: u64) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }

    fn describe(self) -> String {
        match (self.min, self.max) {
            (0, Some(0)) => "no".to_owned(),
            (min, None) => format!("at least {min}"),
            (min, Some(max)) if min == max => format!("exactly {min}"),
            (0, Some(max)) => format!("at most {max}"),
            (min, Some(max)) => format!("{min} to {max}"),
        }
    }
}

/// Which events are expected, and how often.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub(super) matcher: EventMatcher,
    pub(super) times: Times,
}

impl Expectation {
    fn describe(&self) -> String {
        format!("{} {}", self.times.describe(), self.matcher.describe())
    }
}

/// An expectation, with the events that match it.
#[derive(Debug)]
struct Check {
    expectation: Expectation,
    matched: Vec<u64>,
    near_misses: NearMisses,
}

/// Checks expectations against events.
#[derive(Debug)]
pub(super) struct Verifier {
    checks: Vec<Check>,
    in_order: bool,
}

/// The result of a verification.
#[derive(Debug)]
pub(super) struct VerificationReport {
    /// For each expectation, the numbers of the events that match it.
    pub(super) matched: Vec<Vec<u64>>,
    /// The expectations that are not met.
    pub(super) misses: Vec<Miss>,
    /// The misses as text.
    pub(super) lines: Vec<String>,
}

impl Verifier {
    /// With `in_order`, the first event of each expectation must come after the first event of the one before it.
    pub(super) fn new(expectations: Vec<Expectation>, in_order: bool) -> Self {
        let check = |expectation| Check { expectation, matched: Vec::new(), near_misses: NearMisses::default() };
        Self { checks: expectations.into_iter().map(check).collect(), in_order }
    }

    /// Compares an event with every expectation.
    pub(super) fn add(&mut self, event: &Event) {
        for Check { expectation, matched, near_misses } in &mut self.checks {
            if expectation.matcher.matches(event) {
                matched.push(event.id());
            } else {
                near_misses.add(&expectation.matcher, event);
            }
        }
    }

    /// The result for the events so far.
    pub(super) fn report(self) -> VerificationReport {
        let wrong_counts = self.checks.iter().enumerate().filter_map(|(index, check)| check.wrong_count(index));
        let mut misses: Vec<(Miss, Vec<String>)> = wrong_counts.collect();
        if self.in_order {
            misses.extend(self.out_of_order());
        }
        let (misses, lines): (Vec<_>, Vec<_>) = misses.into_iter().unzip();
        let matched = self.checks.into_iter().map(|check| check.matched).collect();
        VerificationReport { matched, misses, lines: lines.concat() }
    }

    /// The expectations whose first event came too early. Those without any event are left out.
    fn out_of_order(&self) -> Vec<(Miss, Vec<String>)> {
        let firsts = self.checks.iter().enumerate().filter_map(|(index, check)| Some((index, *check.matched.first()?)));
        let firsts: Vec<_> = firsts.collect();
        let wrong_pairs = firsts.windows(2).filter(|pair| pair[0].1 >= pair[1].1);
        wrong_pairs.map(|pair| self.too_early(pair[0], pair[1])).collect()
    }

    fn too_early(&self, (before, earlier): (usize, u64), (index, actual): (usize, u64)) -> (Miss, Vec<String>) {
        let check = &self.checks[index];
        let subject = check.expectation.matcher.describe();
        let expected = format!("the first {subject} after event {earlier} of expect[{before}]");
        let line = format!("expect[{index}]: expected {expected}, saw it as event {actual}");
        (check.miss(index, expected), vec![line])
    }
}

impl Check {
    fn wrong_count(&self, index: usize) -> Option<(Miss, Vec<String>)> {
        if self.expectation.times.contains(self.count()) {
            return None;
        }
        let expected = self.expectation.describe();
        let mut lines = vec![format!("expect[{index}]: expected {expected}, saw {}", describe_events(&self.matched))];
        if self.has_too_few() {
            lines.extend(self.near_misses.lines());
        }
        Some((self.miss(index, expected), lines))
    }

    fn miss(&self, index: usize, expected: String) -> Miss {
        Miss {
            index,
            expected,
            seen: self.matched.len(),
            events: self.matched.clone(),
            // Near misses explain only why there are too few events.
            nearest: if self.has_too_few() { self.near_misses.views() } else { Vec::new() },
        }
    }

    fn count(&self) -> u64 {
        self.matched.len() as u64
    }

    fn has_too_few(&self) -> bool {
        self.count() < self.expectation.times.min
    }
}

/// As text: `3 (events 4, 8, 15)`.
fn describe_events(ids: &[u64]) -> String {
    let listed: Vec<_> = ids.iter().take(MAX_LISTED_EVENTS).map(u64::to_string).collect();
    let more = if ids.len() > MAX_LISTED_EVENTS { ", …" } else { "" };
    match ids.len() {
        0 => "none".to_owned(),
        1 => format!("1 (event {})", listed[0]),
        count => format!("{count} (events {}{more})", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const TWICE: Times = Times { min: 2, max: Some(2) };
    const NEVER: Times = Times { min: 0, max: Some(0) };

    fn expect(event_type: &str, times: Times) -> Expectation {
        Expectation { matcher: EventMatcher::default().with_types(event_type), times }
    }

    fn verify(expectations: &[Expectation], in_order: bool, events: &[Value]) -> VerificationReport {
        let mut verifier = Verifier::new(expectations.to_vec(), in_order);
        for event in events {
            verifier.add(&Event::from_value(event.clone()));
        }
        verifier.report()
    }

    fn attempted(id: u64, http_status: u16) -> Value {
        json!({ "id": id, "type": "notification.attempted", "httpStatus": http_status })
    }

    #[test]
    fn a_miss_has_the_expected_and_the_seen_events_and_near_misses() {
        let events = [attempted(12, 500), json!({ "id": 13, "type": "clock.moved" }), attempted(17, 200)];
        let mut expected = expect("notification.attempted", TWICE);
        expected.matcher = expected.matcher.with_field("httpStatus", "200");
        let report = verify(&[expected, expect("clock.moved", NEVER)], false, &events);
        assert_eq!(
            report.lines,
            [
                "expect[0]: expected exactly 2 notification.attempted with httpStatus=200, saw 1 (event 17)",
                "  nearest: event 12 has httpStatus=500",
                "expect[1]: expected no clock.moved, saw 1 (event 13)",
            ]
        );
        assert_eq!(report.matched, [vec![17], vec![13]]);
        let misses = json!(report.misses);
        let (first, second) = (&misses[0], &misses[1]);
        assert_eq!((&first["index"], &first["seen"], &first["events"]), (&json!(0), &json!(1), &json!([17])));
        assert_eq!(first["nearest"][0]["differs"][0]["actual"], "500");
        assert_eq!((&second["index"], &second["nearest"]), (&json!(1), &json!([])));
    }

    #[test]
    fn the_first_events_must_be_in_order() {
        let events: Vec<_> =
            [(1, "a.a"), (2, "b.b"), (3, "a.a"), (4, "c.c")].map(|(id, name)| json!({ "id": id, "type": name })).into();
        let lines = |names: &[&str]| {
            let all: Vec<_> = names.iter().map(|name| expect(name, Times::ONCE_OR_MORE)).collect();
            verify(&all, true, &events).lines
        };
        assert_eq!(lines(&["a.a", "b.b", "c.c"]), [""; 0]);
        assert_eq!(
            lines(&["b.b", "a.a", "c.c"]),
            ["expect[1]: expected the first a.a after event 2 of expect[0], saw it as event 1"]
        );
        assert_eq!(lines(&["a.a", "a.a"]).len(), 1, "one event is not two");
        let never = [expect("b.b", Times::ONCE_OR_MORE), expect("d.d", NEVER), expect("c.c", Times::ONCE_OR_MORE)];
        assert!(verify(&never, true, &events).misses.is_empty(), "what never came has no place");
    }

    #[test]
    fn times_have_a_description() {
        for (min, max, expected) in [
            (0, Some(0), "no"),
            (1, None, "at least 1"),
            (3, Some(3), "exactly 3"),
            (0, Some(3), "at most 3"),
            (2, Some(3), "2 to 3"),
        ] {
            assert_eq!(Times { min, max }.describe(), expected);
        }
        assert_eq!(describe_events(&(1..=11).collect::<Vec<_>>()), "11 (events 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)");
    }

    proptest! {
        /// An expectation is a miss exactly when its count is wrong, and each miss has one line.
        #[test]
        fn the_counts_are_right(
            events in proptest::collection::vec((0..3_u8, 0..3_u8), 0..30),
            expected in proptest::collection::vec(
                (0..3_u8, proptest::option::of(0..3_u8), 0..4_u64, proptest::option::of(0..4_u64)),
                1..4,
            ),
        ) {
            let event = |((kind, n), id): (&(u8, u8), u64)| json!({ "id": id, "type": kind.to_string(), "n": n });
            let log: Vec<_> = events.iter().zip(1_u64..).map(event).collect();
            let expectations: Vec<_> = expected.iter().map(|(kind, n, min, more)| Expectation {
                matcher: EventMatcher::default()
                    .with_types(&kind.to_string())
                    .with_optional_field("n", n.map(|n| n.to_string()).as_deref()),
                times: Times { min: *min, max: more.map(|more| min + more) },
            }).collect();
            let report = verify(&expectations, false, &log);
            let mut missed = Vec::new();
            for (index, (kind, n, min, more)) in expected.iter().enumerate() {
                let matches = |(k, m): &(u8, u8)| k == kind && n.is_none_or(|n| n == *m);
                let found = events.iter().zip(1..).filter(|(event, _)| matches(event)).map(|(_, id)| id);
                let found: Vec<u64> = found.collect();
                let count = found.len() as u64;
                if count < *min || more.is_some_and(|more| count > min + more) {
                    missed.push(index);
                }
                prop_assert_eq!(&report.matched[index], &found);
            }
            prop_assert_eq!(report.misses.iter().map(|miss| miss.index).collect::<Vec<_>>(), missed);
            let lines = report.lines.iter().filter(|line| line.starts_with("expect["));
            prop_assert_eq!(lines.count(), report.misses.len());
        }
    }
}
