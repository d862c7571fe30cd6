//! The sequence diagram of a page: one row for each message, with a link to its content.

mod due;

use self::due::DueView;
pub(in crate::dashboard) use self::due::due;
use super::query;
use super::time::Time;
use crate::diagram::{Arrow, Diagram, Lane, Part, single_line};
use crate::page::Lang;

/// The maximum length of a label, in characters. The message has the whole text.
const MAX_LABEL: usize = 200;

/// The diagram of a page.
pub(in crate::dashboard) struct Sequence {
    /// The names over the four lanes.
    pub(in crate::dashboard) lanes: [&'static str; 4],
    pub(in crate::dashboard) rows: Vec<Row>,
    /// What is still to come, and how much more.
    pub(in crate::dashboard) due: (Vec<DueView>, usize),
    /// Whether the first events are no longer in the log.
    pub(in crate::dashboard) is_incomplete: bool,
}

/// One message.
pub(in crate::dashboard) struct Row {
    /// Unique in the diagram.
    pub(in crate::dashboard) key: String,
    /// The address of its content; none for a message that the simulator did not see.
    pub(in crate::dashboard) href: Option<String>,
    pub(in crate::dashboard) is_selected: bool,
    pub(in crate::dashboard) time: Time,
    /// The lanes it goes from and to: 0 to 3.
    pub(in crate::dashboard) from: usize,
    pub(in crate::dashboard) to: usize,
    /// The same in words, for screen readers.
    pub(in crate::dashboard) direction_text: String,
    pub(in crate::dashboard) label: String,
    pub(in crate::dashboard) is_response: bool,
    /// CSS class and text.
    pub(in crate::dashboard) marks: Vec<(&'static str, &'static str)>,
    /// What is untrue.
    pub(in crate::dashboard) remarks: Vec<String>,
    /// The rule behind it.
    pub(in crate::dashboard) rule: Option<String>,
    /// The pause before it.
    pub(in crate::dashboard) pause: Option<String>,
}

impl Row {
    /// The left one of its two lanes.
    pub(in crate::dashboard) fn left(&self) -> usize {
        self.from.min(self.to)
    }

    /// The right one of its two lanes.
    pub(in crate::dashboard) fn right(&self) -> usize {
        self.from.max(self.to)
    }

    /// The direction of its arrow: `right`, `left`, or `self`.
    pub(in crate::dashboard) fn direction(&self) -> &'static str {
        match self.from.cmp(&self.to) {
            std::cmp::Ordering::Less => "right",
            std::cmp::Ordering::Greater => "left",
            std::cmp::Ordering::Equal => "self",
        }
    }

    pub(in crate::dashboard) fn is_seen(&self) -> bool {
        self.href.is_some()
    }
}

/// The selected message: an event, and its request or its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Selected {
    pub(in crate::dashboard) event: u64,
    pub(in crate::dashboard) part: Part,
}

impl Selected {
    /// From a page's query: `event=12` is the request, `event=12a` the response.
    pub(in crate::dashboard) fn from_query(query: &str) -> Option<Self> {
        let (_, value) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "event")?;
        let (number, part) = match value.strip_suffix('a') {
            Some(number) => (number, Part::Answer),
            None => (&*value, Part::Request),
        };
        Some(Self { event: number.parse().ok()?, part })
    }

    pub(in crate::dashboard) fn key(self) -> String {
        let mark = if self.part == Part::Answer { "a" } else { "" };
        format!("{}{mark}", self.event)
    }
}

impl Sequence {
    /// The diagram below the page `path`.
    pub(in crate::dashboard) fn new(
        diagram: &Diagram,
        due: (Vec<DueView>, usize),
        path: &str,
        selected: Option<Selected>,
    ) -> Self {
        let lang = diagram.lang;
        let lanes = Lane::ALL.map(|lane| diagram.name(lane));
        let mut unseen = 0;
        let rows = diagram.arrows.iter().map(|arrow| {
            let message = arrow.event.map(|event| Selected { event, part: arrow.part });
            let key = message.map_or_else(
                || {
                    unseen += 1;
                    format!("unseen-{unseen}")
                },
                Selected::key,
            );
            Row {
                href: message.map(|_| query::arrow(path, &key)),
                is_selected: message.is_some() && message == selected,
                time: Time::of_day(arrow.at),
                from: index(arrow.from),
                to: index(arrow.to),
                direction_text: direction_text(arrow, &lanes, lang),
                label: single_line(&arrow.label, MAX_LABEL),
                is_response: arrow.part == Part::Answer,
                marks: arrow.marks.iter().map(|mark| (mark.as_str(), mark.text(lang))).collect(),
                remarks: arrow.remarks.iter().map(|remark| single_line(remark, MAX_LABEL)).collect(),
                rule: arrow.rule.clone(),
                pause: arrow.pause.map(|pause| lang.duration(pause)),
                key,
            }
        });
        let rows = rows.collect();
        Self { lanes, rows, due, is_incomplete: false }
    }
}

impl Sequence {
    /// The next notification that can be delivered now.
    pub(in crate::dashboard) fn next_deliverable(&self) -> Option<&DueView> {
        self.due.0.iter().find(|due| due.can_deliver)
    }
}

fn index(lane: Lane) -> usize {
    Lane::ALL.iter().position(|one| *one == lane).unwrap_or(0)
}

fn direction_text(arrow: &Arrow, lanes: &[&str; 4], lang: Lang) -> String {
    let (from, to) = (lanes[index(arrow.from)], lanes[index(arrow.to)]);
    if arrow.from == arrow.to {
        return from.to_owned();
    }
    format!("{from} {} {to}", lang.t("to", "ke"))
}
