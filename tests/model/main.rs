//! The protocol written a second time, naively, and random histories that run on the simulator and on this model. Answers,
//! notifications and everything that the control API lists are compared after each step; a history that differs is
//! shrunk and told.
//!
//! `cargo test --test model` plays for three seconds. `MODEL_SECONDS=60` plays for so long, on every core.
//! `MODEL_FIRST=123` begins with that history, and `MODEL_COUNT=1` ends after so many. A history depends on its number
//! only.

mod commands;
mod gateway;
mod play;
mod requests;
mod sha256;
mod time;
mod wire;

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::play::{Played, play};

/// How long a history is shrunk.
const PATIENCE: Duration = Duration::from_secs(60);
/// The strategies and their trees are deep.
const STACK: usize = 64 << 20;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// What a history came to, also where the simulator or the model panicked.
fn outcome(history: &commands::History) -> Played {
    let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(history)));
    played.unwrap_or_else(|_| Played { steps: 0, failure: Some("a panic, see above".to_owned()) })
}

/// Plays one history; where it differs, one as short as possible.
fn history(number: u64) -> Played {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let mut tree = commands::histories().new_tree(&mut runner).unwrap();
    let mut played = outcome(&tree.current());
    if played.failure.is_some() {
        let until = Instant::now() + PATIENCE;
        let mut more = tree.simplify();
        while more && Instant::now() < until {
            let shrunk = outcome(&tree.current());
            more = if shrunk.failure.is_some() {
                played = shrunk;
                tree.simplify()
            } else {
                tree.complicate()
            };
        }
    }
    played
}

/// The next number, and what the histories before it came to.
struct Progress {
    next: u64,
    histories: u64,
    steps: usize,
    failure: Option<String>,
}

#[test]
fn the_simulator_is_as_the_model() {
    let seconds = setting("MODEL_SECONDS");
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(3));
    let first = setting("MODEL_FIRST").unwrap_or(1);
    let end = setting("MODEL_COUNT").map_or(u64::MAX, |count| first + count);
    let progress = Mutex::new(Progress { next: first, histories: 0, steps: 0, failure: None });
    let take = || {
        let mut progress = progress.lock().unwrap();
        let more = progress.next < end && progress.failure.is_none() && Instant::now() < until;
        more.then(|| {
            progress.next += 1;
            progress.next - 1
        })
    };
    let work = || {
        while let Some(number) = take() {
            let played = history(number);
            let mut progress = progress.lock().unwrap();
            progress.histories += 1;
            progress.steps += played.steps;
            if let Some(failure) = played.failure {
                let again = format!("MODEL_FIRST={number} MODEL_COUNT=1");
                progress.failure = Some(format!("history {number} differs ({again}); shrunk:\n{failure}"));
            }
        }
    };
    // The other tests of a plain `cargo test` run at the same time.
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    std::thread::scope(|scope| {
        for _ in 0..if seconds.is_some() { cores } else { 1 } {
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).unwrap();
        }
    });
    let Progress { histories, steps, failure, .. } = progress.into_inner().unwrap();
    println!("{histories} histories with {steps} steps");
    if let Some(failure) = failure {
        panic!("{failure}");
    }
}
