//! A diagram as an SVG document that loads nothing.

use askama::Template;

use super::arrow::{Arrow, Lane};
use super::sequence_diagram::Diagram;
use super::single_line::single_line;
use crate::domain::WIB;
use crate::language::Lang;
use crate::protocol::clock_time;

/// x of the first lane.
const LEFT: usize = 210;
/// Between two lanes.
const GAP: usize = 240;
const WIDTH: usize = LEFT + 3 * GAP + 120;
/// y of the first message.
const TOP: usize = 96;
const ROW: usize = 46;
/// Characters of a label over an arrow to the next lane, or in a note.
const MAX_LABEL_CHARS: usize = 32;
/// Characters of marks and remarks below an arrow: their letters are smaller, and the lanes beside it are free.
const MAX_NOTES_CHARS: usize = 72;
/// Characters of a tooltip.
const MAX_TOOLTIP_CHARS: usize = 2_000;

#[derive(Template)]
#[template(path = "diagram/diagram.svg", escape = "html")]
struct Drawing {
    width: usize,
    height: usize,
    bottom: usize,
    title: &'static str,
    about: String,
    heads: Vec<Head>,
    rows: Vec<Row>,
}

struct Head {
    x: usize,
    name: &'static str,
}

struct Row {
    class: String,
    y: usize,
    /// Where the label is centred.
    middle: usize,
    /// None where it is a note.
    line: Option<Line>,
    /// The day, where another one has begun.
    day: Option<String>,
    /// The pause before it, where that is long.
    pause: Option<String>,
    time: String,
    label: String,
    whole: String,
    marks: String,
}

struct Line {
    from: usize,
    to: usize,
    /// x of the two other corners of the tip.
    back: usize,
}

fn x(lane: Lane) -> usize {
    let at = Lane::ALL.iter().position(|one| *one == lane).unwrap_or(0);
    LEFT + at * GAP
}

/// The diagram as an SVG document.
///
/// # Errors
/// When the template fails.
pub fn svg(diagram: &Diagram) -> askama::Result<String> {
    let bottom = TOP + diagram.arrows.len() * ROW;
    let heads = Lane::ALL.map(|lane| Head { x: x(lane), name: diagram.name(lane) });
    let mut day = None;
    let rows = diagram.arrows.iter().enumerate().map(|(i, arrow)| {
        let today = WIB.to_datetime(arrow.at).date().to_string();
        let is_new = day.as_ref() != Some(&today);
        day = Some(today.clone());
        row(TOP + i * ROW, arrow, diagram.lang, is_new.then_some(today))
    });
    let drawing = Drawing {
        width: WIDTH,
        height: bottom + 24,
        bottom,
        title: diagram.lang.t("Sequence diagram", "Diagram alur"),
        about: about(diagram),
        rows: rows.collect(),
        heads: heads.into(),
    };
    drawing.render()
}

fn about(diagram: &Diagram) -> String {
    let (count, names) = (diagram.arrows.len(), Lane::ALL.map(|lane| diagram.name(lane)).join(", "));
    diagram.lang.t(format!(
            "{count} messages between {names}. Dashed: what the simulator cannot see. Times in WIB (UTC+7)."
        ), format!(
            "{count} pesan antara {names}. Garis putus-putus: yang tidak terlihat oleh simulator. Waktu dalam WIB (UTC+7)."
        ))
}

fn row(y: usize, arrow: &Arrow, lang: Lang, day: Option<String>) -> Row {
    let (from, to) = (x(arrow.from), x(arrow.to));
    let notes = single_line(&arrow.notes(lang).join(" · "), MAX_TOOLTIP_CHARS);
    let mut class = String::from("row");
    if arrow.event.is_none() {
        class.push_str(" unseen");
    }
    for mark in &arrow.marks {
        class.push(' ');
        class.push_str(mark.as_str());
    }
    let lanes = from.abs_diff(to) / GAP;
    // An arrow touches the line of the lane it goes to.
    let line = (lanes > 0).then(|| Line { from, to, back: if to > from { to - 9 } else { to + 9 } });
    let time = clock_time(arrow.at);
    let text = single_line(&arrow.label, MAX_TOOLTIP_CHARS);
    Row {
        class,
        y,
        middle: usize::midpoint(from, to),
        line,
        day,
        label: single_line(&arrow.label, MAX_LABEL_CHARS * lanes.max(1)),
        pause: arrow.pause.map(|pause| format!("+{}", lang.duration(pause))),
        whole: if notes.is_empty() { format!("{time} {text}") } else { format!("{time} {text} ({notes})") },
        time,
        marks: single_line(&notes, MAX_NOTES_CHARS),
    }
}
