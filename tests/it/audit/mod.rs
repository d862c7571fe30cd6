//! The audit: its drills, what it says when something is wrong, and that it always ends.

mod api;
mod ends;
mod merchant;
mod mutants;
mod orders;
mod program;
