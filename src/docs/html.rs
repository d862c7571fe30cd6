//! Converts Markdown to HTML that the pages' content security policy allows.

use std::collections::HashMap;
use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::documents::Document;
use super::link::resolve_link;

/// A document as HTML.
pub(super) struct RenderedDocument {
    pub(super) html: String,
    /// The headings below the title.
    pub(super) headings: Vec<Heading>,
}

/// A heading of the second level.
pub(super) struct Heading {
    pub(super) id: String,
    pub(super) text: String,
}

/// Converts a document to HTML.
pub(super) fn render(document: &Document) -> RenderedDocument {
    let events: Vec<Event<'_>> = Parser::new_ext(document.markdown, Options::ENABLE_TABLES).collect();
    let mut writer =
        Writer { path: document.path, ids: HashMap::new(), headings: Vec::new(), open_removed_links: 0, regions: 0 };
    let mut written = Vec::with_capacity(events.len());
    for (at, event) in events.iter().enumerate() {
        writer.write(event, &events[at + 1..], &mut written);
    }
    let mut html = String::with_capacity(document.markdown.len() * 2);
    html::push_html(&mut html, written.into_iter());
    RenderedDocument { html, headings: writer.headings }
}

struct Writer {
    /// The path of the document.
    path: &'static str,
    /// How often each heading was seen.
    ids: HashMap<String, usize>,
    headings: Vec<Heading>,
    /// The links around the current event that were removed, because their target is not served.
    open_removed_links: usize,
    /// The number of tables and code blocks so far: each is a region with its own scroll bar.
    regions: usize,
}

impl Writer {
    /// Writes an event; `after` are the events that follow it.
    fn write<'m>(&mut self, event: &Event<'m>, after: &[Event<'m>], written: &mut Vec<Event<'m>>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => written.push(self.heading(*level, after)),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => match resolve_link(self.path, dest_url) {
                Some(url) if self.open_removed_links == 0 => written.push(Event::Start(Tag::Link {
                    link_type: *link_type,
                    dest_url: url.into(),
                    title: title.clone(),
                    id: id.clone(),
                })),
                _ => self.open_removed_links += 1,
            },
            Event::End(TagEnd::Link) if self.open_removed_links > 0 => self.open_removed_links -= 1,
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                let dest_url = resolve_link(self.path, dest_url).map_or_else(|| dest_url.clone(), CowStr::from);
                let image = Tag::Image { link_type: *link_type, dest_url, title: title.clone(), id: id.clone() };
                written.push(Event::Start(image));
            }
            Event::Start(Tag::Table(_)) => {
                let label = self.region("Table");
                written.push(Event::Html(format!("<div class=\"scroll\" {label}>").into()));
                written.push(event.clone());
            }
            Event::End(TagEnd::Table) => {
                written.push(event.clone());
                written.push(Event::Html("</div>".into()));
            }
            Event::Start(Tag::CodeBlock(_)) => {
                let label = self.region("Code");
                written.push(Event::Html(format!("<pre {label}><code>").into()));
            }
            Event::End(TagEnd::CodeBlock) => written.push(Event::Html("</code></pre>\n".into())),
            Event::Html(text) | Event::InlineHtml(text) => written.extend(sanitize_html(text)),
            _ => written.push(event.clone()),
        }
    }

    fn heading<'m>(&mut self, level: HeadingLevel, after: &[Event<'m>]) -> Event<'m> {
        let text = heading_text(after);
        let mut id = heading_id(&text);
        let seen = self.ids.entry(id.clone()).or_default();
        if *seen > 0 {
            let _ = write!(id, "-{seen}");
        }
        *seen += 1;
        if level == HeadingLevel::H2 {
            self.headings.push(Heading { id: id.clone(), text });
        }
        Event::Start(Tag::Heading { level, id: Some(id.into()), classes: Vec::new(), attrs: Vec::new() })
    }

    /// The attributes of a region with its own scroll bar: the keyboard can reach it, and it has a unique name.
    fn region(&mut self, name: &str) -> String {
        self.regions += 1;
        format!("role=\"region\" aria-label=\"{name} {}\" tabindex=\"0\"", self.regions)
    }
}

/// The text of a heading, from the events after its start.
fn heading_text(events: &[Event<'_>]) -> String {
    let inside = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    inside.fold(String::new(), |mut text, event| {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::SoftBreak => text.push(' '),
            _ => {}
        }
        text
    })
}

/// The id that GitHub gives a heading with this text.
pub fn heading_id(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Sanitizes HTML in a document: keeps an anchor, removes a comment, and shows everything else as text.
fn sanitize_html<'m>(html: &CowStr<'m>) -> Option<Event<'m>> {
    let is_anchor = html
        .strip_prefix("<a id=\"")
        .and_then(|rest| rest.strip_suffix("\">"))
        .is_some_and(|id| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    if html.trim_start().starts_with("<!--") {
        None
    } else if is_anchor || **html == *"</a>" {
        Some(Event::InlineHtml(html.clone()))
    } else {
        Some(Event::Text(html.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &'static str) -> String {
        render(&Document { path: "README.md", markdown }).html
    }

    #[test]
    fn headings_have_the_ids_of_github() {
        for (text, id) in [
            ("2.1 `POST /nicepay/direct/v2/registration`", "21-post-nicepaydirectv2registration"),
            ("Where the sources disagree, or are silent", "where-the-sources-disagree-or-are-silent"),
            ("The partner's pages", "the-partners-pages"),
            ("4.9 Missing or bad field → code", "49-missing-or-bad-field--code"),
        ] {
            assert_eq!(heading_id(&text.replace('`', "")), id);
        }
        let twice = html("# A\n\n## B `c`\n\n## B c\n");
        assert!(twice.contains("<h2 id=\"b-c\">B <code>c</code></h2>"), "{twice}");
        assert!(twice.contains("<h2 id=\"b-c-1\">B c</h2>"), "{twice}");
    }

    #[test]
    fn links_are_rewritten_and_what_is_not_served_is_no_link() {
        let page = html("[x](docs/PROTOCOL.md#y) and [`code`](src/lib.rs), ![alt](docs/pictures/demo.png)\n");
        assert!(page.contains("<a href=\"/__sim/docs/PROTOCOL.html#y\">x</a> and <code>code</code>, <img"), "{page}");
        assert!(page.contains("src=\"/__sim/docs/pictures/demo.png\" alt=\"alt\""), "{page}");
    }

    #[test]
    fn html_in_a_document_is_text_unless_it_is_an_anchor() {
        let page =
            html("<!-- hidden -->\n\n### <a id=\"a-B\"></a>`a/B`\n\nx <b onclick=\"y\">z</b>\n\n<script>1</script>\n");
        assert!(!page.contains("hidden") && !page.contains("<b") && !page.contains("<script"), "{page}");
        assert!(page.contains("<h3 id=\"ab\"><a id=\"a-B\"></a><code>a/B</code></h3>"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }

    #[test]
    fn tables_and_code_are_regions_with_their_own_scroll_bar() {
        let page = html("| a |\n|---|\n| b |\n\n```bash\nx < y\n```\n");
        let table = "<div class=\"scroll\" role=\"region\" aria-label=\"Table 1\" tabindex=\"0\"><table>";
        assert!(page.contains(table) && page.contains("</table>\n</div>"), "{page}");
        let code = "<pre role=\"region\" aria-label=\"Code 2\" tabindex=\"0\"><code>x &lt; y\n</code>";
        assert!(page.contains(code), "{page}");
    }
}
