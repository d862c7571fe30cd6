//! The examples in a scenario file, which are its own tests.

mod example;
mod example_runner;

pub(super) use example::{Example, ExampleConfig};
