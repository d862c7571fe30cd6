//! The formats of a report, and how each is written.

use std::fmt;
use std::path::Path;

use super::html::{Drawing, html};
use super::junit::junit;
use super::markdown::markdown;
use super::summary::Report;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, for programs.
    Json,
    /// Markdown, for pull requests.
    Markdown,
    /// One HTML file without external parts, for people.
    Html,
    /// JUnit XML, for CI.
    Junit,
}

/// A name or a file ending that is no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat {
    file: String,
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} does not end in .json, .md, .html, .htm or .xml, so its format is not known", self.file)
    }
}

impl std::error::Error for UnknownFormat {}

impl Format {
    /// The names, as in the control API.
    pub const NAMES: &'static [&'static str] = &["json", "md", "html", "junit"];
    const ALL: [Self; 4] = [Self::Json, Self::Markdown, Self::Html, Self::Junit];

    /// The format with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a file, by its ending.
    ///
    /// # Errors
    /// No format has this ending.
    pub fn of_file(file: &Path) -> Result<Self, UnknownFormat> {
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("json") => Ok(Self::Json),
            Some("md") => Ok(Self::Markdown),
            Some("html" | "htm") => Ok(Self::Html),
            Some("xml") => Ok(Self::Junit),
            _ => Err(UnknownFormat { file: file.display().to_string() }),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Junit => "junit",
        }
    }

    /// The media type of a response.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Junit => "application/xml",
        }
    }

    /// The ending of a file.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Junit => "xml",
        }
    }
}

impl Report {
    /// The report as text. Only HTML shows the drawings.
    ///
    /// # Errors
    /// When it cannot be written, which is a mistake of this program.
    pub fn render(&self, format: Format, drawings: &[Drawing]) -> askama::Result<String> {
        match format {
            Format::Json => match serde_json::to_string_pretty(self) {
                Ok(json) => Ok(json + "\n"),
                Err(error) => Err(askama::Error::Custom(error.into())),
            },
            Format::Markdown => Ok(markdown(self)),
            Format::Html => html(self, drawings),
            Format::Junit => Ok(junit(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_name_and_by_the_ending_of_a_file() {
        for (format, name) in Format::ALL.into_iter().zip(Format::NAMES) {
            assert_eq!((format.name(), Format::from_name(name)), (*name, Some(format)));
            assert_eq!(Format::of_file(Path::new(&format!("a.b/report.{}", format.ending()))), Ok(format));
        }
        assert_eq!(Format::from_name("xml"), None);
        assert_eq!(Format::of_file(Path::new("Report.HTM")), Ok(Format::Html));
        for wrong in ["report", "report.txt", ".json", "json", "a.json/report", ""] {
            let error = Format::of_file(Path::new(wrong)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{wrong:?} does not end in .json")), "{error}");
        }
    }
}
