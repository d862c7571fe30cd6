//! The probe: asks the merchant's own system about an order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use regex_lite::Regex;
use serde_json::Value;

use super::call::Call;
use super::client::{Body, Client};
use crate::domain::Transaction;
use crate::locks::IgnorePoison as _;

/// How long the merchant may take to answer.
const LIMIT: Duration = Duration::from_secs(5);
/// After so many answers that did not come in time, it is not asked any more.
const MAX_LATE: u32 = 3;

/// What counts as paid, unless a pattern is given: the word `paid` or `lunas`. The first group says that it is not, and the
/// second that it is a name with a value that denies it, such as `"paid": false`.
const PAID: &str = r#"(?i)\b((?:un|not|belum)[\s_-]*)?\b(?:paid|lunas)\b("?\s*[:=]\s*"?(?:false|no|null|0)\b)?"#;

/// How an order is asked for, and how the answer is read.
#[derive(Clone, Debug)]
pub struct Probe {
    call: Call,
    /// A pattern of the user.
    paid: Option<Regex>,
    /// Where in its JSON an answer says how often the order was fulfilled.
    fulfilled: Option<String>,
}

/// What the merchant says about an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) paid: Option<bool>,
    pub(super) fulfilled: Option<u64>,
}

/// What is known of the probe itself.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// The first thing that went wrong.
    problem: Mutex<Option<String>>,
    /// How many answers did not come in time.
    late: AtomicU32,
}

impl Health {
    /// The first thing that went wrong.
    pub(super) fn problem(&self) -> Option<String> {
        self.problem.lock().ignore_poison().clone()
    }

    fn note(&self, problem: String) {
        self.problem.lock().ignore_poison().get_or_insert(problem);
    }
}

impl Probe {
    /// `paid` is a pattern for the answer of a paid order; `fulfilled` a JSON pointer to a count.
    ///
    /// # Errors
    /// A sentence that names the wrong one.
    pub fn new(call: Call, paid: Option<&str>, fulfilled: Option<&str>) -> Result<Self, String> {
        let pattern = paid.map(Regex::new).transpose();
        let paid = pattern.map_err(|error| format!("paid is no regular expression: {error}"))?;
        if let Some(pointer) = fulfilled.filter(|pointer| !pointer.starts_with('/')) {
            return Err(format!(
                "fulfilled is no JSON pointer: {pointer:?} does not begin with a slash, as /order/fulfilled does"
            ));
        }
        Ok(Self { call, paid, fulfilled: fulfilled.map(str::to_owned) })
    }

    /// Asks for an order.
    pub(super) async fn ask(&self, client: &Client, transaction: &Transaction, health: &Health) -> Seen {
        if health.late.load(Ordering::Relaxed) >= MAX_LATE {
            return Seen::default();
        }
        let end = Instant::now() + LIMIT;
        let values = [("referenceNo", transaction.reference_no.as_str()), ("tXid", transaction.t_xid.as_str())];
        let answer = self.call.run(client, &values, LIMIT).await;
        if Instant::now() >= end {
            health.late.fetch_add(1, Ordering::Relaxed);
        }
        let read = answer.and_then(|output| match output.location {
            Some(location) => Err(format!("it leads to {location}, and is not followed")),
            None => self.read(&output.body),
        });
        let (seen, problem) = read.unwrap_or_else(|problem| (Seen::default(), Some(problem)));
        if let Some(problem) = problem {
            health.note(problem);
        }
        seen
    }

    /// Reads an answer. The text says what could not be found in it.
    fn read(&self, body: &Body) -> Result<(Seen, Option<String>), String> {
        let text = std::str::from_utf8(&body.bytes).ok().filter(|text| body.is_whole && !text.contains('\0'));
        let text = text.ok_or("its answer is no text, or is longer than 1 MiB")?;
        if text.trim().is_empty() {
            return Err("its answer is empty".to_owned());
        }
        let paid = self.paid.as_ref().map_or_else(|| says_paid(text), |pattern| pattern.is_match(text));
        let Some(pointer) = &self.fulfilled else { return Ok((Seen { paid: Some(paid), fulfilled: None }, None)) };
        let json: Option<Value> = serde_json::from_str(text).ok();
        let fulfilled = json.as_ref().and_then(|json| json.pointer(pointer)).and_then(count);
        let problem = fulfilled.is_none().then(|| match json {
            None => "its answer is no JSON: how often an order was fulfilled is not known".to_owned(),
            Some(_) => format!("its answer has no count at {pointer}"),
        });
        Ok((Seen { paid: Some(paid), fulfilled }, problem))
    }
}

/// Whether a text says that an order is paid.
fn says_paid(text: &str) -> bool {
    static PATTERN: std::sync::LazyLock<Option<Regex>> = std::sync::LazyLock::new(|| Regex::new(PAID).ok());
    let Some(pattern) = &*PATTERN else { return false };
    pattern.captures_iter(text).any(|found| found.get(1).is_none() && found.get(2).is_none())
}

/// A count: a number, also as a text, or the length of a list.
fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(all) => u64::try_from(all.len()).ok(),
        _ => None,
    }
}

/// Reads any bytes as the answer to a probe.
#[cfg(any(test, feature = "fuzz"))]
pub fn read_any(bytes: &[u8]) {
    let pointer = Some("/order/0/fulfilled");
    if let Ok(probe) = Call::url("http://shop.test/").and_then(|call| Probe::new(call, None, pointer)) {
        let _ = probe.read(&Body { bytes: bytes.to_vec(), is_whole: true });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(paid: Option<&str>, fulfilled: Option<&str>) -> Probe {
        Probe::new(Call::url("http://shop/").unwrap(), paid, fulfilled).unwrap()
    }

    fn read(probe: &Probe, text: &str) -> Option<(Option<bool>, Option<u64>, bool)> {
        let read = probe.read(&Body { bytes: text.into(), is_whole: true }).ok();
        read.map(|(seen, problem)| (seen.paid, seen.fulfilled, problem.is_some()))
    }

    #[test]
    fn a_paid_order_is_known_by_a_word() {
        for paid in
            ["paid", "status: PAID", "{\"status\":\"paid\"}", "<b>Lunas</b>", "{\"paid\":true}", "unpaid: 0, paid: 1"]
        {
            assert!(says_paid(paid), "{paid}");
        }
        for unpaid in [
            "unpaid",
            "not paid",
            "not-paid",
            "not_paid",
            "NOT  PAID",
            "belum lunas",
            "pending",
            "",
            "repaid",
            "paidAt",
            "{\"paid\":false}",
            "{\"paid\": null}",
            "paid=0",
            "lunas: no",
        ] {
            assert!(!says_paid(unpaid), "{unpaid}");
        }
    }

    #[test]
    fn a_pattern_and_a_pointer_read_the_answer() {
        let probe = probe(Some("^state=(done|sent)$"), None);
        assert_eq!(read(&probe, "state=done"), Some((Some(true), None, false)));
        assert_eq!(read(&probe, "state=paid"), Some((Some(false), None, false)));
        let probe = self::probe(None, Some("/order/fulfilled"));
        for (text, expected) in [
            ("{\"status\":\"paid\",\"order\":{\"fulfilled\":2}}", Some((Some(true), Some(2), false))),
            ("{\"order\":{\"fulfilled\":\"1\"}}", Some((Some(false), Some(1), false))),
            ("{\"order\":{\"fulfilled\":[1,2,3]}}", Some((Some(false), Some(3), false))),
            ("{\"order\":{\"fulfilled\":-1}}", Some((Some(false), None, true))),
            ("paid", Some((Some(true), None, true))),
            ("", None),
            ("\0\0", None),
        ] {
            assert_eq!(read(&probe, text), expected, "{text}");
        }
        assert!(probe.read(&Body { bytes: b"paid".to_vec(), is_whole: false }).is_err());
        assert!(Probe::new(Call::url("http://shop/").unwrap(), Some("("), None).unwrap_err().starts_with("paid is no"));
        assert!(Probe::new(Call::url("http://shop/").unwrap(), None, Some("fulfilled")).is_err());
    }
}
