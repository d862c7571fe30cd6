//! A diagram as a drawing that stands by itself.

use askama::Template;

use super::arrow::{Arrow, Lane};
use super::diagram::Diagram;
use super::display_text::shown;
use crate::domain::WIB;
use crate::protocol::clock_time;

/// Where the first lane stands.
const LEFT: usize = 210;
/// From lane to lane.
const GAP: usize = 240;
const WIDTH: usize = LEFT + 3 * GAP + 120;
/// Where the first message stands.
const TOP: usize = 96;
const ROW: usize = 46;
/// Characters of a label that find room over an arrow to the neighbour, or in a note.
const SHORT: usize = 32;
/// Characters of a title: enough for all that anybody reads.
const LONG: usize = 2_000;

#[derive(Template)]
#[template(path = "report/diagram.svg", escape = "html")]
struct Drawing {
    width: usize,
    height: usize,
    bottom: usize,
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
    time: String,
    label: String,
    whole: String,
    marks: String,
}

struct Line {
    from: usize,
    to: usize,
    /// Where the tip's two other corners are.
    back: usize,
}

fn x(lane: Lane) -> usize {
    let at = Lane::ALL.iter().position(|one| *one == lane).unwrap_or(0);
    LEFT + at * GAP
}

/// The diagram as an SVG document.
///
/// # Errors
/// When the template cannot be rendered.
pub fn svg(diagram: &Diagram) -> askama::Result<String> {
    let bottom = TOP + diagram.arrows.len() * ROW;
    let heads = Lane::ALL.map(|lane| Head { x: x(lane), name: diagram.name(lane) });
    let mut day = None;
    let rows = diagram.arrows.iter().enumerate().map(|(i, arrow)| {
        let today = WIB.to_datetime(arrow.at).date().to_string();
        let is_new = day.as_ref() != Some(&today);
        day = Some(today.clone());
        row(TOP + i * ROW, arrow, is_new.then_some(today))
    });
    let drawing = Drawing {
        width: WIDTH,
        height: bottom + 24,
        bottom,
        about: about(diagram),
        rows: rows.collect(),
        heads: heads.into(),
    };
    drawing.render()
}

fn about(diagram: &Diagram) -> String {
    let names: Vec<_> = Lane::ALL.into_iter().map(|lane| diagram.name(lane)).collect();
    format!(
        "{} messages between {}. Dashed: what the simulator cannot see. Times in WIB (UTC+7).",
        diagram.arrows.len(),
        names.join(", ")
    )
}

fn row(y: usize, arrow: &Arrow, day: Option<String>) -> Row {
    let (from, to) = (x(arrow.from), x(arrow.to));
    let marks: Vec<_> = arrow.marks.iter().map(|mark| mark.word()).collect();
    let mut class = String::from("row");
    if arrow.event.is_none() {
        class.push_str(" unseen");
    }
    for mark in &marks {
        class.push(' ');
        class.push_str(mark);
    }
    let lanes = from.abs_diff(to) / GAP;
    // An arrow touches the line of the lane it goes to.
    let line = (lanes > 0).then(|| Line { from, to, back: if to > from { to - 9 } else { to + 9 } });
    let time = clock_time(arrow.at);
    let said = shown(&arrow.label, LONG);
    Row {
        class,
        y,
        middle: usize::midpoint(from, to),
        line,
        day,
        label: shown(&arrow.label, SHORT * lanes.max(1)),
        whole: if marks.is_empty() {
            format!("{time} {said}")
        } else {
            format!("{time} {said} ({})", marks.join(", "))
        },
        time,
        marks: marks.join(" · "),
    }
}
