//! Each target with its corpus, and with mutations that are the same in every run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::TARGETS;

/// What a parser may stumble over.
const WORDS: &[&str] = &[
    "",
    "\0",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "'",
    "{",
    "}",
    "[",
    "]",
    "[]",
    "{}",
    ":",
    ",",
    ";",
    "=",
    "&",
    "?",
    "#",
    "/",
    "//",
    "@",
    "%",
    "%00",
    "%zz",
    "%ff",
    "+",
    "-",
    ".",
    "..",
    "0",
    "-1",
    "1e999",
    "0x7f.1",
    "18446744073709551616",
    "null",
    "true",
    "\u{feff}",
    "\u{202e}",
    "\u{e9}",
    "\u{1f600}",
    "xn--",
    ".localhost",
    "169.254.169.254",
    "[::1]",
    "::ffff:",
    "http://",
    "https://",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "HTTP/1.1 100 \r\n\r\n",
    "when = ",
    "then = ",
    "[[rule]]\n",
];

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// One change of an input.
#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Flip(Index, u8),
    /// A part of another input.
    Splice(Index, Index, Index),
    Repeat(Index, usize, usize),
}

impl Edit {
    fn apply(&self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let end = input.len();
        let at = |index: &Index| index.index(end + 1);
        match self {
            Self::Insert(to, bytes) => drop(input.splice(at(to)..at(to), bytes.iter().copied())),
            Self::Remove(from, length) => drop(input.drain(at(from)..(at(from) + length).min(end))),
            Self::Flip(place, bits) => input.get_mut(at(place)).into_iter().for_each(|byte| *byte ^= bits),
            Self::Splice(to, which, from) => {
                let other = which.get(corpus);
                let part = &other[from.index(other.len() + 1)..];
                input.splice(at(to)..at(to), part.iter().copied());
            }
            Self::Repeat(from, length, times) => {
                let part = input[at(from)..(at(from) + length).min(end)].repeat(*times);
                input.splice(at(from)..at(from), part);
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), proptest::sample::select(WORDS)).prop_map(|(at, word)| Edit::Insert(at, word.into())),
        (any::<Index>(), proptest::collection::vec(any::<u8>(), 1..4)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<Index>(), 1..20_usize).prop_map(|(from, length)| Edit::Remove(from, length)),
        (any::<Index>(), 1..=u8::MAX).prop_map(|(at, bits)| Edit::Flip(at, bits)),
        (any::<Index>(), any::<Index>(), any::<Index>()).prop_map(|(to, which, from)| Edit::Splice(to, which, from)),
        (any::<Index>(), 1..9_usize, 2..200_usize).prop_map(|(from, length, times)| Edit::Repeat(from, length, times)),
    ]
}

fn run(name: &str, cases: u32) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let mut inputs = Vec::new();
    for (path, bytes) in corpus(name) {
        // The panic of a target says what is wrong, and this where.
        println!("{}", path.display());
        target(&bytes);
        inputs.push(bytes);
    }
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = (any::<Index>(), proptest::collection::vec(edit(), 1..6));
    let result = runner.run(&strategy, |(start, edits)| {
        let mut input = start.get(&inputs).clone();
        for edit in &edits {
            edit.apply(&mut input, &inputs);
        }
        target(&input);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{name}: {error}");
    }
}

/// A folder without a target would look tested, and a target without a test is not.
#[test]
fn every_target_has_a_corpus_and_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let folders: BTreeSet<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, targets);
    let tests = include_str!("tests.rs");
    assert!(TARGETS.iter().all(|(name, _)| tests.contains(&format!("{name}: "))));
}

macro_rules! targets {
    ($($name:ident: $cases:literal,)+) => {
        $(#[test] fn $name() { run(stringify!($name), $cases); })+
    };
}

targets! {
    answer: 5_000,
    cart: 5_000,
    doctor: 5_000,
    form: 5_000,
    order: 2_000,
    host: 20_000,
    json: 10_000,
    query: 2_000,
    sellers: 5_000,
    toml: 3_000,
    url: 10_000,
}
