//! A page's code blocks and marks.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A page.
pub(super) struct Document {
    pub(super) path: String,
    pub(super) blocks: Vec<Block>,
    /// `<!-- helpers: PATH -->`: the page whose first block of commands runs before.
    pub(super) helpers: Option<String>,
    /// `<!-- check: NAME -->`: what else is asserted when its commands have run.
    pub(super) checks: Vec<String>,
}

/// A code block.
pub(super) struct Block {
    pub(super) line: usize,
    /// `bash`, `text`, …
    pub(super) info: String,
    pub(super) text: String,
    /// What it shows the output of: the block before it in the same section, where that has commands.
    pub(super) output_of: Option<usize>,
}

impl Document {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let mut document = Self { path: path.to_owned(), blocks: Vec::new(), helpers: None, checks: Vec::new() };
        let mut open: Option<Block> = None;
        // The last block of the section that is being read.
        let mut before: Option<usize> = None;
        for (event, at) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => before = None,
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => "an indented block".to_owned(),
                    };
                    let line = text[..at.start].matches('\n').count() + 1;
                    let output_of = before.filter(|_| ["text", "json"].contains(&info.as_str()));
                    open = Some(Block { line, info, text: String::new(), output_of });
                }
                Event::Text(part) => {
                    if let Some(block) = &mut open {
                        block.text.push_str(&part);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    let block = open.take().unwrap();
                    before = block.has_commands().then_some(document.blocks.len());
                    document.blocks.push(block);
                }
                Event::Html(html) => document.mark(html.trim()),
                _ => {}
            }
        }
        document
    }

    fn mark(&mut self, html: &str) {
        let Some(comment) = html.strip_prefix("<!--").and_then(|html| html.strip_suffix("-->")) else { return };
        match comment.trim().split_once(": ") {
            Some(("helpers", path)) => self.helpers = Some(path.to_owned()),
            Some(("check", name)) => self.checks.push(name.to_owned()),
            _ => {}
        }
    }

    /// The blocks with this info string, each with its index.
    pub(super) fn with_info(&self, info: &str) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks.iter().enumerate().filter(move |(_, block)| block.info == info)
    }

    /// What the page shows as the output of a block.
    pub(super) fn output_of(&self, index: usize) -> Option<&Block> {
        self.blocks.iter().find(|block| block.output_of == Some(index))
    }
}

impl Block {
    fn has_commands(&self) -> bool {
        ["bash", "sh", "js", "py", "php"].contains(&self.info.as_str()) || self.info.ends_with(",exec")
    }
}

#[test]
fn a_page_is_taken_apart() {
    let page = "# A\n\n<!-- check: x -->\n\n```bash\necho 1\n```\n\nso\n\n```text\n1\n```\n\n```bash\n```\n\n## B\n\n```text\n2\n```\n";
    let document = Document::new("README.md", page);
    let blocks: Vec<_> = document.blocks.iter().map(|block| (block.line, &*block.info, block.output_of)).collect();
    assert_eq!(blocks, [(5, "bash", None), (11, "text", Some(0)), (15, "bash", None), (20, "text", None)]);
    assert_eq!((document.checks, document.blocks[0].text.as_str()), (vec!["x".to_owned()], "echo 1\n"));
}
