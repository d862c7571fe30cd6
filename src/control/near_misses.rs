//! Near misses: events that have something of what was wanted. Whoever waits or verifies in vain is shown them.

use std::cmp::Reverse;

use super::event_matcher::{EventMatcher, shown};
use super::view::{Event, NearMiss};

/// Near misses that are shown.
const MOST: usize = 5;

/// The near misses among the events that it was shown, the nearest first, and the newest of equals.
#[derive(Debug, Default)]
pub(super) struct NearMisses(Vec<Miss>);

#[derive(Debug)]
struct Miss {
    hits: usize,
    near: NearMiss,
}

fn rank(hits: usize, event: &Event) -> (Reverse<usize>, Reverse<u64>) {
    (Reverse(hits), Reverse(event.id()))
}

impl Miss {
    /// `event 12 is transaction.declined, has reason=risk, no phone`
    fn in_words(&self) -> String {
        let NearMiss { event, differs } = &self.near;
        let (types, fields): (Vec<_>, Vec<_>) = differs.iter().partition(|difference| difference.field == "type");
        let is = types.iter().filter_map(|difference| difference.actual.as_deref()).map(|is| format!("is {is}"));
        let has = fields.iter().map(|difference| match &difference.actual {
            Some(actual) => shown(&format!("{}={actual}", difference.field)),
            None => format!("no {}", shown(&difference.field)),
        });
        let has = has.collect::<Vec<_>>().join(", ");
        let has = (!has.is_empty()).then(|| format!("has {has}"));
        let said: Vec<_> = is.chain(has).collect();
        format!("event {} {}", event.id(), said.join(", "))
    }
}

impl NearMisses {
    /// Remembers an event when it comes near to what is wanted.
    pub(super) fn look(&mut self, wanted: &EventMatcher, event: &Event) {
        let differs = wanted.differences(event);
        let hits = wanted.len() - differs.len();
        if hits == 0 || differs.is_empty() {
            return;
        }
        let at = self.0.partition_point(|known| rank(known.hits, &known.near.event) < rank(hits, event));
        if at < MOST {
            self.0.insert(at, Miss { hits, near: NearMiss { event: event.clone(), differs } });
            self.0.truncate(MOST);
        }
    }

    /// Them.
    pub(super) fn views(&self) -> Vec<NearMiss> {
        self.0.iter().map(|miss| miss.near.clone()).collect()
    }

    /// A line for each.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|miss| format!("  nearest: {}", miss.in_words()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn nearest(wanted: &EventMatcher, events: &[Event]) -> NearMisses {
        let mut nearest = NearMisses::default();
        for event in events {
            nearest.look(wanted, event);
        }
        nearest
    }

    #[test]
    fn the_nearest_comes_first_and_says_what_differs() {
        let events = [
            json!({ "id": 1, "type": "a.b", "kind": "x", "n": 5 }),
            json!({ "id": 2, "type": "a.b", "kind": "y" }),
            json!({ "id": 3, "type": "c.d", "kind": "x" }),
            json!({ "id": 4, "type": "c.d", "kind": "y" }),
            json!({ "id": 5, "type": "a.b", "kind": "x", "n": 6 }),
        ]
        .map(Event::made_of);
        let nearest = nearest(&EventMatcher::default().and_type("a.b").and("kind", "x").and("n", "6"), &events);
        assert_eq!(
            nearest.lines().collect::<Vec<_>>(),
            [
                "  nearest: event 1 has n=5",
                "  nearest: event 3 is c.d, has no n",
                "  nearest: event 2 has kind=y, no n"
            ]
        );
        let differs = json!([{ "field": "n", "expected": "6", "actual": "5" }]);
        let first = json!(nearest.views()[0]);
        assert_eq!((&first["kind"], &first["differs"]), (&json!("x"), &differs));
    }

    proptest! {
        #[test]
        fn they_are_the_best_of_all_in_order(kinds in proptest::collection::vec((0..3_u8, 0..3_u8), 0..20)) {
            let events: Vec<_> =
                kinds.iter().zip(1..).map(|((a, b), id)| Event::made_of(json!({ "id": id, "a": a, "b": b }))).collect();
            let wanted = EventMatcher::default().and("a", "0").and("b", "0");
            let mut expected: Vec<_> = events.iter().map(|e| (2 - wanted.differences(e).len(), e.id())).collect();
            expected.retain(|(hits, _)| *hits == 1);
            expected.reverse();
            expected.truncate(MOST);
            let found: Vec<_> = nearest(&wanted, &events).0.iter().map(|miss| (miss.hits, miss.near.event.id())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
