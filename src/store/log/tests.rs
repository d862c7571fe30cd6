use super::*;
use crate::domain::MerchantKey;

impl Headers for &[(&str, &str)] {
    fn for_each(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        self.iter().for_each(|(name, value)| visit(name, value.as_bytes()));
    }
}

fn log_of(max: usize, max_bytes: usize) -> Log {
    Log::new(max, max_bytes, Arc::new(KnownKeys::new(1)))
}

fn append(log: &Log, i_mid: &str) -> u64 {
    log.append(Timestamp::UNIX_EPOCH, Subject::merchant(&IMid::new(i_mid).unwrap()), EventKind::OtpPassed {})
}

fn ids(log: &Log, filter: &Filter) -> Vec<u64> {
    log.read(filter, usize::MAX).iter().map(|entry| entry.event.id).collect()
}

#[test]
fn refused_requests_are_counted_until_they_are_dropped_or_hidden() {
    let log = log_of(6, usize::MAX);
    let refuse = |i_mid: &str| {
        let kind =
            EventKind::Refused { endpoint: "registration", result_cd: "9010", diagnosis: "x".into(), sent: None };
        log.append(Timestamp::UNIX_EPOCH, Subject::merchant(&IMid::new(i_mid).unwrap()), kind)
    };
    let seen = |before| {
        let mut seen = Vec::new();
        log.visit_refused(before, |event| {
            seen.push(event.id);
            seen.len() < 2
        });
        seen
    };
    for i_mid in ["A", "B", "A"] {
        refuse(i_mid);
        append(&log, "A");
    }
    assert_eq!((log.refused(), seen(u64::MAX), seen(5), seen(1)), (3, vec![5, 3], vec![3, 1], vec![]));
    append(&log, "A");
    assert_eq!((log.refused(), seen(5)), (2, vec![3]), "the first event was dropped");
    log.hide(Some(&IMid::new("A").unwrap()));
    assert_eq!((log.refused(), seen(u64::MAX)), (1, vec![3]));
    refuse("A");
    assert_eq!(log.refused(), 2, "those after a reset count");
    log.hide(None);
    assert_eq!((log.refused(), seen(u64::MAX)), (0, vec![]));
}

#[test]
fn numbers_have_no_gaps_and_the_oldest_events_are_dropped_first() {
    let log = log_of(3, usize::MAX);
    for _ in 0..5 {
        append(&log, "SHOP");
    }
    assert_eq!(ids(&log, &Filter::default()), [3, 4, 5]);
    assert_eq!(ids(&log, &Filter { after: 4, ..Filter::default() }), [5]);
    assert_eq!(ids(&log, &Filter { after: 9, ..Filter::default() }), [0; 0]);
    assert_eq!(log.last(), 5);
}

#[test]
fn parts_of_any_size_make_up_the_whole() {
    let log = log_of(7, usize::MAX);
    for i in 0..10 {
        append(&log, if i % 3 == 0 { "ONE" } else { "TWO" });
    }
    let whole = Filter { i_mid: Some("TWO".into()), ..Filter::default() };
    for size in 1..9 {
        let (mut read, mut filter) = (Vec::new(), whole.clone());
        while filter.after < log.last() {
            let part = log.part(&filter, size);
            assert_eq!(part.dropped, (filter.after == 0).then_some((1, 3)), "reported once");
            assert!(part.entries.len() <= size && part.upto > filter.after);
            read.extend(part.entries.iter().map(|entry| entry.event.id));
            filter.after = part.upto;
        }
        assert_eq!(read, ids(&log, &whole));
    }
    let beyond = log.part(&Filter { after: u64::MAX, ..Filter::default() }, 9);
    assert_eq!((beyond.entries.len(), beyond.upto, beyond.dropped), (0, u64::MAX, None));
}

#[test]
fn new_events_are_visited_and_the_newest_come_first() {
    let log = log_of(4, usize::MAX);
    for i in 0..6 {
        append(&log, if i % 2 == 0 { "ONE" } else { "TWO" });
    }
    let one = |after| Filter { after, i_mid: Some("ONE".into()), ..Filter::default() };
    let new = |after, max| {
        let mut seen = Vec::new();
        let NewEvents { upto, dropped } = log.visit_new(after, max, |event| seen.push(event.id));
        (seen, upto, dropped)
    };
    assert_eq!((new(0, 3), new(5, 3)), ((vec![3, 4, 5], 5, 2), (vec![6], 6, 0)));
    assert_eq!((new(6, 3), new(9, 3)), ((vec![], 6, 0), (vec![], 9, 0)));
    let newest = |depth, most| {
        let found = log.newest(&one(0), u64::MAX, depth, most, |_| true);
        found.iter().map(|entry| entry.event.id).collect::<Vec<_>>()
    };
    assert_eq!((newest(9, 9), newest(9, 1), newest(1, 9)), (vec![5, 3], vec![5], vec![]));
    let before = |id| log.newest(&one(0), id, 9, 9, |_| true).iter().map(|entry| entry.event.id).collect::<Vec<_>>();
    assert_eq!((before(5), before(3), before(0)), (vec![3], vec![], vec![]));
    let many = log_of(usize::MAX, usize::MAX);
    for _ in 0..2 * BATCH_SIZE + 3 {
        append(&many, "ONE");
    }
    let all = many.newest(&one(0), u64::MAX, usize::MAX, usize::MAX, |_| true);
    assert!(all.len() == 2 * BATCH_SIZE + 3 && all.windows(2).all(|pair| pair[0].event.id == pair[1].event.id + 1));
    assert_eq!(many.newest(&one(0), u64::MAX, BATCH_SIZE + 1, usize::MAX, |_| true).len(), BATCH_SIZE + 1);
    assert_eq!(many.newest(&one(7), u64::MAX, usize::MAX, usize::MAX, |_| true).len(), 2 * BATCH_SIZE - 4);
    assert_eq!((log.extent(), log.resets()), (Some((3, 6)), 0));
    log.hide(None);
    assert_eq!((log.extent(), log.resets()), (None, 1));
}

#[test]
fn what_a_reset_hides_does_not_count_as_dropped() {
    let log = log_of(2, usize::MAX);
    for _ in 0..4 {
        append(&log, "ONE");
    }
    let one = |i_mid: &str| Filter { i_mid: Some(i_mid.into()), ..Filter::default() };
    assert_eq!(log.part(&one("ONE"), 9).dropped, Some((1, 2)));
    log.hide(Some(&IMid::new("ONE").unwrap()));
    assert_eq!((log.part(&one("ONE"), 9).dropped, log.part(&one("TWO"), 9).dropped), (None, Some((1, 2))));
    log.hide(None);
    assert_eq!(log.part(&Filter::default(), 9).dropped, None);
}

#[test]
fn a_reset_hides_one_merchants_past_and_keeps_the_numbers() {
    let log = log_of(10, usize::MAX);
    append(&log, "ONE");
    append(&log, "TWO");
    log.hide(Some(&IMid::new("ONE").unwrap()));
    assert_eq!(ids(&log, &Filter::default()), [2]);
    assert_eq!(append(&log, "ONE"), 3);
    log.hide(None);
    assert_eq!(ids(&log, &Filter::default()), [0; 0]);
}

#[test]
fn an_exchange_is_kept_until_its_bytes_are_overwritten() {
    let log = log_of(usize::MAX, 1_000_000);
    let body = vec![b'x'; 10_000];
    let long = "v".repeat(MAX_PART_BYTES);
    let response = &[("x-long", long.as_str())][..];
    let record = |request: &[u8]| {
        let recorded = RecordedExchange {
            request_headers: &&[("x-b", "2"), ("host", "h"), ("x-b", "1")][..],
            response_headers: (!request.is_empty()).then_some::<&dyn Headers>(&response),
            method: "POST",
            target: "/a?b",
            http_status: Some(200),
            fault: None,
            request,
            response: b"{}",
        };
        log.record(Timestamp::UNIX_EPOCH, Subject::none(), recorded);
    };
    record(b"first");
    let first = log.read(&Filter::default(), 1);
    let text = first[0].exchange.as_ref().unwrap();
    assert_eq!((text.method.as_str(), text.target.as_str()), ("POST", "/a?b"));
    assert_eq!((text.request.as_str(), text.response.as_str()), ("first", "{}"));
    assert_eq!(text.request_headers, "host: h\nx-b: 2\nx-b: 1\n", "sorted by name only");
    assert_eq!(text.response_headers.len(), MAX_PART_BYTES, "truncated");
    record(b"");
    let second = log.read(&Filter { after: 1, ..Filter::default() }, 1);
    assert_eq!(second[0].exchange.as_ref().unwrap().response_headers, "");
    for _ in 0..100 {
        record(&body);
    }
    let all = log.read(&Filter::default(), usize::MAX);
    assert_eq!(all.len(), 102, "the event stays");
    assert!(all[0].exchange.is_none() && all[101].exchange.is_some(), "the oldest bytes are overwritten");
}

#[test]
fn a_key_is_masked_before_a_part_is_cut() {
    const KEY: &str = "key-of-the-merchant";
    let log = log_of(usize::MAX, 10_000_000);
    log.keys.add(&MerchantKey::new(KEY).unwrap());
    for before in MAX_PART_BYTES - KEY.len()..=MAX_PART_BYTES {
        let body = format!("{}{KEY} and more", "x".repeat(before));
        let headers = &[("x-long", &*body)][..];
        let recorded = RecordedExchange {
            method: "POST",
            target: &body,
            http_status: Some(200),
            fault: None,
            request_headers: &headers,
            request: body.as_bytes(),
            response_headers: Some(&headers),
            response: body.as_bytes(),
        };
        log.record(Timestamp::UNIX_EPOCH, Subject::none(), recorded);
        let entry = log.read(&Filter { after: log.last() - 1, ..Filter::default() }, 1).remove(0);
        let text = entry.exchange.unwrap();
        for part in [&text.target, &text.request, &text.request_headers, &text.response, &text.response_headers] {
            assert!(!part.contains("key-") && part.len() <= MAX_PART_BYTES + 3, "{before}");
        }
    }
}

#[test]
fn bytes_are_bounded() {
    let log = log_of(usize::MAX, 4_000);
    for _ in 0..100 {
        append(&log, "SHOP");
    }
    assert!(ids(&log, &Filter::default()).len() < 10);
}
