//! Raw sockets: bytes that no HTTP client sends, clients that are slow, silent, too many, or leave.
//!
//! Each test starts a simulator of its own. With `RAW_TARGET=127.0.0.1:8606`, the program runs against the simulator that
//! listens there, over plain HTTP, with its settings; a test that needs other settings then says so and does nothing. It
//! takes less than two minutes: `RAW_TARGET=127.0.0.1:8606 cargo test --test raw`.

#[path = "../common/process.rs"]
mod process;

mod crowd;
mod deadlines;
mod leaving;
mod not_http;
mod proc;
mod readers;
#[path = "../common/resident.rs"]
mod resident;
mod shop;
mod smuggling;
mod surroundings;
mod target;
mod wire;
