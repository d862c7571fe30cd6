//! Which room may use which: the table of `docs/ARCHITECTURE.md`, enforced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;

const DOCUMENT: &str = include_str!("../../docs/ARCHITECTURE.md");
const HEADER: &str = "| Room | Uses | Never mentions |";

/// What the table says about a room.
#[derive(Default)]
struct Row {
    uses: BTreeSet<String>,
    never: BTreeSet<String>,
}

/// The words between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The table, by room. Words in backticks count; the rest of a cell is for people.
fn table() -> BTreeMap<String, Row> {
    let mut table: BTreeMap<String, Row> = BTreeMap::new();
    let rows = DOCUMENT.lines().skip_while(|line| *line != HEADER).skip(2).take_while(|line| line.starts_with('|'));
    for line in rows {
        let cells: Vec<_> = line.split('|').collect();
        for room in quoted(cells[1]) {
            let row = table.entry(room).or_default();
            row.uses.extend(quoted(cells[2]));
            row.never.extend(quoted(cells[3]));
        }
    }
    assert!(!table.is_empty(), "docs/ARCHITECTURE.md has no table with the header {HEADER}");
    table
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn parse(path: &Path) -> syn::File {
    let text = fs::read_to_string(path).unwrap();
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A source file, and how many modules deep it lies.
struct Source {
    path: PathBuf,
    depth: usize,
}

/// The files of a room.
fn sources(room: &str) -> Vec<Source> {
    fn collect(folder: &Path, depth: usize, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, depth + 1, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let own = usize::from(!path.ends_with("mod.rs"));
                found.push(Source { path, depth: depth + own });
            }
        }
    }
    let single = src().join(format!("{room}.rs"));
    if single.exists() {
        return vec![Source { path: single, depth: 1 }];
    }
    let mut found = Vec::new();
    collect(&src().join(room), 1, &mut found);
    found
}

/// The names in a piece of code.
#[derive(Default)]
struct Names {
    /// What stands directly below the crate in a path: `crate::room`, `crate::{room, …}`, and `super::…::room`.
    rooms: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Names {
    fn of(source: &Source) -> Self {
        let mut names = Self::default();
        names.read(parse(&source.path).into_token_stream(), source.depth, &[]);
        names
    }

    /// Reads code `depth` modules below the crate. Tokens, so that the inside of macros counts like everything else.
    /// `before` is the path in front of the braces when this is the inside of `use path::{…}`.
    fn read(&mut self, code: TokenStream, depth: usize, before: &[String]) {
        let mut path = before.to_vec();
        let mut colons = 2;
        let mut inline_module = false;
        for token in code {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => {
                    let inside_use = colons == 2 && !path.is_empty() && group.delimiter() == Delimiter::Brace;
                    let before = if inside_use { path.as_slice() } else { &[] };
                    let module = inline_module && group.delimiter() == Delimiter::Brace;
                    self.read(group.stream(), depth + usize::from(module), before);
                    path.clear();
                }
                TokenTree::Ident(ident) => {
                    let ident = ident.to_string();
                    inline_module = path.last().is_some_and(|last| last == "mod");
                    if colons != 2 {
                        path.clear();
                    }
                    self.words.insert(ident.clone());
                    path.push(ident);
                    self.note(&path, depth);
                }
                // In `use path::{a, b}` each part continues the path.
                TokenTree::Punct(punct) if punct.as_char() == ',' => {
                    path = before.to_vec();
                    colons = 2;
                    continue;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => path.clear(),
            }
            colons = 0;
        }
    }

    fn note(&mut self, path: &[String], depth: usize) {
        let (last, before) = path.split_last().unwrap();
        let at_the_root = before == ["crate"] || (before.len() == depth && before.iter().all(|part| part == "super"));
        if at_the_root && last != "super" {
            self.rooms.insert(last.clone());
        }
    }
}

#[test]
fn no_room_uses_what_it_may_not() {
    let table = table();
    let mut wrong = Vec::new();
    for (room, row) in &table {
        for unknown in row.uses.iter().filter(|used| !table.contains_key(*used)) {
            wrong.push(format!("docs/ARCHITECTURE.md: {room} may use {unknown}, which is no room"));
        }
        let mut used = BTreeSet::new();
        for source in sources(room) {
            let names = Names::of(&source);
            let place = source.path.display();
            for other in names.rooms.iter().filter(|other| *other != room && !row.uses.contains(*other)) {
                wrong.push(format!("{place}: {room} must not use {other}"));
            }
            for word in names.words.intersection(&row.never) {
                wrong.push(format!("{place}: {room} must not mention {word}"));
            }
            used.extend(names.rooms);
        }
        for idle in row.uses.difference(&used) {
            wrong.push(format!("docs/ARCHITECTURE.md: {room} does not use {idle}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    let declared = parse(&src().join("lib.rs")).items.into_iter().filter_map(|item| match item {
        syn::Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    });
    assert_eq!(declared.collect::<BTreeSet<_>>(), table().into_keys().collect());
}

/// Rule 4: no guard of a map leaves `store`.
#[test]
fn nothing_outside_store_holds_a_map() {
    for room in table().keys().filter(|room| *room != "store") {
        for source in sources(room) {
            assert!(!Names::of(&source).words.contains("DashMap"), "{}", source.path.display());
        }
    }
}

/// What differs on Windows is in one room.
#[test]
fn only_platform_uses_what_unix_alone_has() {
    let unix = ["rustix", "signal_hook", "rlimit", "process_group", "MetadataExt", "SignalKind"];
    let unix: BTreeSet<_> = unix.map(str::to_owned).into();
    let of_platform: BTreeSet<_> = sources("platform").iter().flat_map(|source| Names::of(source).words).collect();
    assert!(of_platform.is_superset(&unix), "{unix:?}");
    for room in table().keys().filter(|room| *room != "platform") {
        for source in sources(room) {
            let found: Vec<_> = Names::of(&source).words.intersection(&unix).cloned().collect();
            assert!(found.is_empty(), "{}: {found:?}", source.path.display());
        }
    }
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let rooms = |code: &str| {
        let mut names = Names::default();
        names.read(syn::parse_file(code).unwrap().into_token_stream(), 2, &[]);
        names.rooms.into_iter().collect::<Vec<_>>().join(" ")
    };
    for (code, named) in [
        ("use crate::engine::Engine;", "engine"),
        ("use crate::{engine::{self, Engine}, paths};", "engine paths"),
        ("use crate::{self as all, store as memory};", "self store"),
        ("use {crate::clock, serde::Serialize};", "clock"),
        ("fn f() -> crate::body::Limits { crate::page::show(crate::demo::X) }", "body demo page"),
        ("fn f() { vec![crate::page::show(&[crate::store::X])]; }", "page store"),
        ("#[serde(with = a)] #[derive(crate::page::Show)] struct A;", "page"),
        ("macro_rules! m { ($a:ident) => { $crate::engine::go($a) } }", "engine"),
        ("use super::super::store::Map; use super::sibling;", "store"),
        ("use super::super::{store, page::Page};", "page store"),
        ("mod inner { use super::super::own; use super::super::super::store; }", "store"),
        ("pub(crate) fn f(a: u8) { \"crate::page\"; /* crate::demo */ a::crate_name(); }", ""),
        ("pub(crate) struct A { engine: u8, pub(crate) store: Store }", ""),
    ] {
        assert_eq!(rooms(code), named, "{code}");
    }
}
