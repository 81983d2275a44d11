//! Text to documents: one folder a format. None opens a file, and formats never see each other, but for one case: the
//! JSON forms of `hcl` and `hcl1` are read through `json`.
//!
//! [`source`] turns bytes into text, a reader turns text into a document. Broken input is a finding with a place, and
//! whatever could be read of the rest is still there.

pub mod hcl;
pub mod hcl1;
pub mod json;
pub mod plan;
pub mod shell;
pub mod toml;
pub mod yaml;

mod block;
mod duplicate;
mod rule;
mod text;

use std::sync::Arc;

use engine_model::{Document, Finding, GapCause};

pub use rule::{BROKEN_DOCUMENT, DUPLICATE_KEY, rules};
pub use text::{MAX_FILE_BYTES, Source, source};

/// What a reader made of a text.
#[derive(Debug)]
pub struct Parsed {
    /// What could be read, or `None` where nothing could.
    pub document: Option<Arc<Document>>,
    /// What is wrong with it, in the order of the text.
    pub findings: Vec<Finding>,
    /// Why the document is not there, or not whole; `None` where all of it was read.
    pub broken: Option<GapCause>,
}
