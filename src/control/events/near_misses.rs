//! Near misses: events that match in part. A failed wait or verification shows them.

use std::cmp::Reverse;

use super::event_matcher::{EventMatcher, quote};

use crate::control::view::{Event, NearMiss};

/// The maximum number of near misses in a response.
const MAX_NEAR_MISSES: usize = 5;

/// The events that match most fields, best first; of equals the newest first.
#[derive(Debug, Default)]
pub(super) struct NearMisses(Vec<RankedEvent>);

#[derive(Debug)]
struct RankedEvent {
    matching_fields: usize,
    near_miss: NearMiss,
}

fn rank(matching_fields: usize, event: &Event) -> (Reverse<usize>, Reverse<u64>) {
    (Reverse(matching_fields), Reverse(event.id()))
}

impl RankedEvent {
    /// As text: `event 12 is transaction.declined, has reason=risk, no phone`.
    fn describe(&self) -> String {
        let NearMiss { event, differs } = &self.near_miss;
        let (types, fields): (Vec<_>, Vec<_>) = differs.iter().partition(|difference| difference.field == "type");
        let is = types.iter().filter_map(|difference| difference.actual.as_deref()).map(|is| format!("is {is}"));
        let has = fields.iter().map(|difference| match &difference.actual {
            Some(actual) => quote(&format!("{}={actual}", difference.field)),
            None => format!("no {}", quote(&difference.field)),
        });
        let has = has.collect::<Vec<_>>().join(", ");
        let has = (!has.is_empty()).then(|| format!("has {has}"));
        let differences: Vec<_> = is.chain(has).collect();
        format!("event {} {}", event.id(), differences.join(", "))
    }
}

impl NearMisses {
    /// Keeps an event if it matches in part and is among the best.
    pub(super) fn add(&mut self, matcher: &EventMatcher, event: &Event) {
        let differs = matcher.differences(event);
        let matching_fields = matcher.len() - differs.len();
        if matching_fields == 0 || differs.is_empty() {
            return;
        }
        let better =
            |known: &RankedEvent| rank(known.matching_fields, &known.near_miss.event) < rank(matching_fields, event);
        let at = self.0.partition_point(better);
        if at < MAX_NEAR_MISSES {
            self.0.insert(at, RankedEvent { matching_fields, near_miss: NearMiss { event: event.clone(), differs } });
            self.0.truncate(MAX_NEAR_MISSES);
        }
    }

    /// For a response.
    pub(super) fn views(&self) -> Vec<NearMiss> {
        self.0.iter().map(|ranked| ranked.near_miss.clone()).collect()
    }

    /// One line of text for each.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|ranked| format!("  nearest: {}", ranked.describe()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn near_misses(matcher: &EventMatcher, events: &[Event]) -> NearMisses {
        let mut near_misses = NearMisses::default();
        for event in events {
            near_misses.add(matcher, event);
        }
        near_misses
    }

    #[test]
    fn the_best_comes_first_with_its_differences() {
        let events = [
            json!({ "id": 1, "type": "a.b", "kind": "x", "n": 5 }),
            json!({ "id": 2, "type": "a.b", "kind": "y" }),
            json!({ "id": 3, "type": "c.d", "kind": "x" }),
            json!({ "id": 4, "type": "c.d", "kind": "y" }),
            json!({ "id": 5, "type": "a.b", "kind": "x", "n": 6 }),
        ]
        .map(Event::from_value);
        let matcher = EventMatcher::default().with_types("a.b").with_field("kind", "x").with_field("n", "6");
        let near_misses = near_misses(&matcher, &events);
        assert_eq!(
            near_misses.lines().collect::<Vec<_>>(),
            [
                "  nearest: event 1 has n=5",
                "  nearest: event 3 is c.d, has no n",
                "  nearest: event 2 has kind=y, no n"
            ]
        );
        let differs = json!([{ "field": "n", "expected": "6", "actual": "5" }]);
        let first = json!(near_misses.views()[0]);
        assert_eq!((&first["kind"], &first["differs"]), (&json!("x"), &differs));
    }

    proptest! {
        #[test]
        fn they_are_the_best_of_all_in_order(kinds in proptest::collection::vec((0..3_u8, 0..3_u8), 0..20)) {
            let event = |((a, b), id): (&(u8, u8), u64)| Event::from_value(json!({ "id": id, "a": a, "b": b }));
            let events: Vec<_> = kinds.iter().zip(1..).map(event).collect();
            let matcher = EventMatcher::default().with_field("a", "0").with_field("b", "0");
            let mut expected: Vec<_> = events.iter().map(|e| (2 - matcher.differences(e).len(), e.id())).collect();
            expected.retain(|(matching_fields, _)| *matching_fields == 1);
            expected.reverse();
            expected.truncate(MAX_NEAR_MISSES);
            let found = near_misses(&matcher, &events).0;
            let found: Vec<_> = found.iter().map(|one| (one.matching_fields, one.near_miss.event.id())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
