//! The text format of the log: the time, the level where it is not INFO, the sentence, and its fields.

use std::fmt;

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::terminal;
use crate::clock::Clock;
use crate::protocol::clock_time;

/// The format of a line.
pub(super) struct LogLine;

impl<S, N> FormatEvent<S, N> for LogLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let now: Timestamp = Clock::system().now();
        write!(writer, "{} ", clock_time(now))?;
        let level = *event.metadata().level();
        if level != Level::INFO {
            let color = match level {
                Level::ERROR => "31",
                Level::WARN => "33",
                _ => "34",
            };
            if writer.has_ansi_escapes() {
                write!(writer, "\x1b[{color}m{level}\x1b[0m ")?;
            } else {
                write!(writer, "{level} ")?;
            }
        }
        let is_event = event.metadata().target() == terminal::TARGET;
        let mut line = Line::default();
        event.record(&mut line);
        // The fields of an event are for the JSON format; its sentence has them.
        let fields = if is_event { "" } else { &line.fields };
        writeln!(writer, "{}{fields}", one_line(&line.sentence))
    }
}

/// An entry is one line, whatever it quotes.
fn one_line(text: &str) -> String {
    let breaks_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks_line(c) { ' ' } else { c }).collect()
}

/// The parts of a line.
#[derive(Default)]
struct Line {
    sentence: String,
    fields: String,
}

impl Line {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if field.name() == "message" {
            self.sentence = value.to_string();
        } else {
            self.fields.extend([" ", field.name(), "=", &one_line(&value.to_string())]);
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}
