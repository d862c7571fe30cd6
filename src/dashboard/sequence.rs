//! The sequence diagram as a page draws it: one row a message, each a link to what it says.

use super::frame::time;
use crate::diagram::{Arrow, Diagram, Lane, Mark, Part, single_line};
use crate::page::Lang;

/// Characters of a label; the rest is in the message itself.
const LABEL: usize = 200;

/// The diagram of a page.
pub(super) struct Sequence {
    /// The names over the four lanes.
    pub(super) lanes: [String; 4],
    pub(super) rows: Vec<Row>,
    /// Whether the log has forgotten how it began.
    pub(super) forgotten: bool,
}

/// One message.
pub(super) struct Row {
    /// What nothing else in the diagram is called.
    pub(super) key: String,
    /// Where its bytes are; none where nobody here has seen it.
    pub(super) href: Option<String>,
    pub(super) selected: bool,
    pub(super) time: String,
    /// The lanes it goes from and to: 0 to 3.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The same in words, for who cannot see it.
    pub(super) spoken: String,
    pub(super) label: String,
    pub(super) answer: bool,
    pub(super) marks: Vec<(&'static str, &'static str)>,
}

impl Row {
    /// The lane on the left of it.
    pub(super) fn left(&self) -> usize {
        self.from.min(self.to)
    }

    /// The lane on the right of it.
    pub(super) fn right(&self) -> usize {
        self.from.max(self.to)
    }

    /// Where it points: `right`, `left`, or `self`.
    pub(super) fn direction(&self) -> &'static str {
        match self.from.cmp(&self.to) {
            std::cmp::Ordering::Less => "right",
            std::cmp::Ordering::Greater => "left",
            std::cmp::Ordering::Equal => "self",
        }
    }

    pub(super) fn is_seen(&self) -> bool {
        self.href.is_some()
    }
}

/// What is selected: an event, and which of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) event: u64,
    pub(super) part: Part,
}

impl Selected {
    /// What a page's query says: `event=12`, `event=12a` for the answer.
    pub(super) fn of(query: &str) -> Option<Self> {
        let (_, value) = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "event")?;
        let (number, part) = match value.strip_suffix('a') {
            Some(number) => (number, Part::Answer),
            None => (&*value, Part::Request),
        };
        Some(Self { event: number.parse().ok()?, part })
    }

    pub(super) fn key(self) -> String {
        let mark = if self.part == Part::Answer { "a" } else { "" };
        format!("{}{mark}", self.event)
    }
}

impl Sequence {
    /// The diagram below the page `path`.
    pub(super) fn of(diagram: &Diagram, path: &str, selected: Option<Selected>, lang: Lang) -> Self {
        let lanes = lanes(diagram, lang);
        let mut unseen = 0;
        let rows = diagram.arrows.iter().map(|arrow| {
            let place = arrow.event.map(|event| Selected { event, part: arrow.part });
            let key = place.map_or_else(
                || {
                    unseen += 1;
                    format!("unseen-{unseen}")
                },
                Selected::key,
            );
            Row {
                href: place.map(|_| format!("{path}?event={key}#message")),
                selected: place.is_some() && place == selected,
                time: time(arrow.at),
                from: index(arrow.from),
                to: index(arrow.to),
                spoken: spoken(arrow, &lanes, lang),
                label: single_line(&arrow.label, LABEL),
                answer: arrow.part == Part::Answer,
                marks: arrow.marks.iter().map(|mark| named(*mark, lang)).collect(),
                key,
            }
        });
        let rows = rows.collect();
        Self { lanes, rows, forgotten: false }
    }
}

fn index(lane: Lane) -> usize {
    Lane::ALL.iter().position(|one| *one == lane).unwrap_or(0)
}

fn lanes(diagram: &Diagram, lang: Lang) -> [String; 4] {
    let (customer, partner) = lang.pick(("Pelanggan", "Mitra"), ("Customer", "Partner"));
    [customer.into(), "Merchant".into(), "NICEPAY".into(), diagram.partner.unwrap_or(partner).into()]
}

fn spoken(arrow: &Arrow, lanes: &[String; 4], lang: Lang) -> String {
    let (from, to) = (&lanes[index(arrow.from)], &lanes[index(arrow.to)]);
    if arrow.from == arrow.to {
        return from.clone();
    }
    match lang {
        Lang::Id => format!("{from} ke {to}"),
        Lang::En => format!("{from} to {to}"),
    }
}

fn named(mark: Mark, lang: Lang) -> (&'static str, &'static str) {
    let (id, en) = match mark {
        Mark::Refused => ("ditolak", "refused"),
        Mark::Faulted => ("gangguan", "faulted"),
        Mark::Resent => ("kirim ulang", "re-sent"),
        Mark::Forged => ("palsu", "forged"),
    };
    (mark.word(), lang.pick(id, en))
}
