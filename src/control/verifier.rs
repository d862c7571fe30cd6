//! Whether what happened is what was expected, and if not, why not. Pure: it is shown one event after another.

use super::event_matcher::EventMatcher;
use super::near_misses::NearMisses;
use super::view::{Event, Miss};

/// Numbers of events that a sentence names.
const NAMED: usize = 10;

/// How often something is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) least: u64,
    /// None where there may be any number.
    pub(super) most: Option<u64>,
}

impl Times {
    /// What holds where nothing is said.
    pub(super) const ONCE_OR_MORE: Self = Self { least: 1, most: None };

    fn holds(self, seen: u64) -> bool {
        seen >= self.least && self.most.is_none_or(|most| seen <= most)
    }

    fn in_words(self) -> String {
        match (self.least, self.most) {
            (0, Some(0)) => "no".to_owned(),
            (least, None) => format!("at least {least}"),
            (least, Some(most)) if least == most => format!("exactly {least}"),
            (0, Some(most)) => format!("at most {most}"),
            (least, Some(most)) => format!("{least} to {most}"),
        }
    }
}

/// One expectation.
#[derive(Clone, Debug)]
pub(super) struct Expectation {
    pub(super) wanted: EventMatcher,
    pub(super) times: Times,
}

impl Expectation {
    fn in_words(&self) -> String {
        format!("{} {}", self.times.in_words(), self.wanted.in_words())
    }
}

/// An expectation, and what has been seen of it.
#[derive(Debug)]
struct Tally {
    expectation: Expectation,
    seen: Vec<u64>,
    nearest: NearMisses,
}

/// Looks at events, and judges in the end.
#[derive(Debug)]
pub(super) struct Verifier {
    tallies: Vec<Tally>,
    in_order: bool,
}

/// The judgement.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Per expectation, the numbers of the events that were as wanted.
    pub(super) matched: Vec<Vec<u64>>,
    /// What does not hold; nothing where all is well.
    pub(super) misses: Vec<Miss>,
    /// The misses as a person reads them.
    pub(super) lines: Vec<String>,
}

impl Verifier {
    /// `in_order`: the first event of each expectation comes after the first of the one before it.
    pub(super) fn new(expectations: Vec<Expectation>, in_order: bool) -> Self {
        let tally = |expectation| Tally { expectation, seen: Vec::new(), nearest: NearMisses::default() };
        Self { tallies: expectations.into_iter().map(tally).collect(), in_order }
    }

    /// Takes an event into account.
    pub(super) fn look(&mut self, event: &Event) {
        for Tally { expectation, seen, nearest } in &mut self.tallies {
            if expectation.wanted.takes(event) {
                seen.push(event.id());
            } else {
                nearest.look(&expectation.wanted, event);
            }
        }
    }

    /// Judges.
    pub(super) fn verdict(self) -> Verdict {
        let counted = self.tallies.iter().enumerate().filter_map(|(index, tally)| tally.miscounted(index));
        let mut misses: Vec<(Miss, Vec<String>)> = counted.collect();
        if self.in_order {
            misses.extend(self.out_of_order());
        }
        let (misses, lines): (Vec<_>, Vec<_>) = misses.into_iter().unzip();
        Verdict { matched: self.tallies.into_iter().map(|tally| tally.seen).collect(), misses, lines: lines.concat() }
    }

    /// What came too early. Expectations of which nothing was seen have no place in the order.
    fn out_of_order(&self) -> Vec<(Miss, Vec<String>)> {
        let firsts = self.tallies.iter().enumerate().filter_map(|(index, tally)| Some((index, *tally.seen.first()?)));
        let firsts: Vec<_> = firsts.collect();
        let pairs = firsts.windows(2).filter(|pair| pair[0].1 >= pair[1].1);
        pairs.map(|pair| self.too_early(pair[0], pair[1])).collect()
    }

    fn too_early(&self, (before, was): (usize, u64), (index, is): (usize, u64)) -> (Miss, Vec<String>) {
        let tally = &self.tallies[index];
        let expected =
            format!("the first {} after event {was} of expect[{before}]", tally.expectation.wanted.in_words());
        let line = format!("expect[{index}]: expected {expected}, saw it as event {is}");
        (tally.miss(index, expected), vec![line])
    }
}

impl Tally {
    fn miscounted(&self, index: usize) -> Option<(Miss, Vec<String>)> {
        let Expectation { times, .. } = self.expectation;
        let seen = self.seen.len() as u64;
        if times.holds(seen) {
            return None;
        }
        let expected = self.expectation.in_words();
        let mut lines = vec![format!("expect[{index}]: expected {expected}, saw {}", counted(&self.seen))];
        // Where there are too many, all of them are as they should be.
        if seen < times.least {
            lines.extend(self.nearest.lines());
        }
        Some((self.miss(index, expected), lines))
    }

    fn miss(&self, index: usize, expected: String) -> Miss {
        let too_few = (self.seen.len() as u64) < self.expectation.times.least;
        Miss {
            index,
            expected,
            seen: self.seen.len(),
            events: self.seen.clone(),
            nearest: if too_few { self.nearest.views() } else { Vec::new() },
        }
    }
}

/// `3 (events 4, 8, 15)`
fn counted(seen: &[u64]) -> String {
    let ids: Vec<_> = seen.iter().take(NAMED).map(u64::to_string).collect();
    let more = if seen.len() > NAMED { ", …" } else { "" };
    match seen.len() {
        0 => "none".to_owned(),
        1 => format!("1 (event {})", ids[0]),
        many => format!("{many} (events {}{more})", ids.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const TWICE: Times = Times { least: 2, most: Some(2) };
    const NEVER: Times = Times { least: 0, most: Some(0) };

    fn expect(event_type: &str, times: Times) -> Expectation {
        Expectation { wanted: EventMatcher::default().and_type(event_type), times }
    }

    fn judged(expectations: &[Expectation], in_order: bool, events: &[Value]) -> Verdict {
        let mut judge = Verifier::new(expectations.to_vec(), in_order);
        for event in events {
            judge.look(&Event::made_of(event.clone()));
        }
        judge.verdict()
    }

    fn attempted(id: u64, http_status: u16) -> Value {
        json!({ "id": id, "type": "notification.attempted", "httpStatus": http_status })
    }

    #[test]
    fn a_miss_says_what_was_expected_what_was_seen_and_what_came_near() {
        let events = [attempted(12, 500), json!({ "id": 13, "type": "clock.moved" }), attempted(17, 200)];
        let mut expected = expect("notification.attempted", TWICE);
        expected.wanted = expected.wanted.and("httpStatus", "200");
        let verdict = judged(&[expected, expect("clock.moved", NEVER)], false, &events);
        assert_eq!(
            verdict.lines,
            [
                "expect[0]: expected exactly 2 notification.attempted with httpStatus=200, saw 1 (event 17)",
                "  nearest: event 12 has httpStatus=500",
                "expect[1]: expected no clock.moved, saw 1 (event 13)",
            ]
        );
        assert_eq!(verdict.matched, [vec![17], vec![13]]);
        let misses = json!(verdict.misses);
        let (first, second) = (&misses[0], &misses[1]);
        assert_eq!((&first["index"], &first["seen"], &first["events"]), (&json!(0), &json!(1), &json!([17])));
        assert_eq!(first["nearest"][0]["differs"][0]["actual"], "500");
        assert_eq!((&second["index"], &second["nearest"]), (&json!(1), &json!([])));
    }

    #[test]
    fn the_first_ones_must_follow_one_another() {
        let events: Vec<_> =
            [(1, "a.a"), (2, "b.b"), (3, "a.a"), (4, "c.c")].map(|(id, name)| json!({ "id": id, "type": name })).into();
        let lines = |names: &[&str]| {
            let all: Vec<_> = names.iter().map(|name| expect(name, Times::ONCE_OR_MORE)).collect();
            judged(&all, true, &events).lines
        };
        assert_eq!(lines(&["a.a", "b.b", "c.c"]), [""; 0]);
        assert_eq!(
            lines(&["b.b", "a.a", "c.c"]),
            ["expect[1]: expected the first a.a after event 2 of expect[0], saw it as event 1"]
        );
        assert_eq!(lines(&["a.a", "a.a"]).len(), 1, "one event is not two");
        let never = [expect("b.b", Times::ONCE_OR_MORE), expect("d.d", NEVER), expect("c.c", Times::ONCE_OR_MORE)];
        assert!(judged(&never, true, &events).misses.is_empty(), "what never came has no place");
    }

    #[test]
    fn how_often_is_said_in_words() {
        for (least, most, words) in [
            (0, Some(0), "no"),
            (1, None, "at least 1"),
            (3, Some(3), "exactly 3"),
            (0, Some(3), "at most 3"),
            (2, Some(3), "2 to 3"),
        ] {
            assert_eq!(Times { least, most }.in_words(), words);
        }
        assert_eq!(counted(&(1..=11).collect::<Vec<_>>()), "11 (events 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …)");
    }

    proptest! {
        /// Whatever happened: exactly those are missed whose number is not what was said, and each miss has its line.
        #[test]
        fn it_counts_right(
            events in proptest::collection::vec((0..3_u8, 0..3_u8), 0..30),
            wanted in proptest::collection::vec((0..3_u8, proptest::option::of(0..3_u8), 0..4_u64, proptest::option::of(0..4_u64)), 1..4),
        ) {
            let log: Vec<_> = events.iter().zip(1_u64..).map(|((kind, n), id)| json!({ "id": id, "type": kind.to_string(), "n": n })).collect();
            let expectations: Vec<_> = wanted.iter().map(|(kind, n, least, more)| Expectation {
                wanted: EventMatcher::default().and_type(&kind.to_string()).and_some("n", n.map(|n| n.to_string()).as_deref()),
                times: Times { least: *least, most: more.map(|more| least + more) },
            }).collect();
            let verdict = judged(&expectations, false, &log);
            let mut missed = Vec::new();
            for (index, (kind, n, least, more)) in wanted.iter().enumerate() {
                let found: Vec<u64> = events.iter().zip(1..).filter(|((k, m), _)| k == kind && n.is_none_or(|n| n == *m)).map(|(_, id)| id).collect();
                let count = found.len() as u64;
                if count < *least || more.is_some_and(|more| count > least + more) {
                    missed.push(index);
                }
                prop_assert_eq!(&verdict.matched[index], &found);
            }
            prop_assert_eq!(verdict.misses.iter().map(|miss| miss.index).collect::<Vec<_>>(), missed);
            prop_assert_eq!(verdict.lines.iter().filter(|line| line.starts_with("expect[")).count(), verdict.misses.len());
        }
    }
}
