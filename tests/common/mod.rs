//! What both test targets share.

pub(crate) mod process;
pub(crate) mod scene;
