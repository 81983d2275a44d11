//! The words of the engine: files, places, documents, rules, findings, verdicts. Plain data, no input or output.
//!
//! Everything else in the workspace is written in these words, so this crate depends on no other of ours, reads no
//! file and knows no format. What a *fact* is lives one floor up, in `engine-facts`.

mod document;
mod evaluation;
mod finding;
mod gap;
mod native;
mod nearest;
mod route;
mod rule;
mod source;
mod span;
mod text_map;
mod tree;
mod value;
mod verdict;
mod words;

pub use document::{
    BinaryOp, Builder, Document, Entry, Format, Frame, Kind, Node, NodeId, Op, Place, Scalar, ScalarStyle, Text,
    UnaryOp,
};
pub use evaluation::{Assumed, Counts, Evaluation, FailOn, Waived};
pub use finding::{Applicability, Edit, Finding, Fix, Related, Use};
pub use gap::{Gap, GapCause};
pub use native::NativeRule;
pub use nearest::nearest;
pub use route::{Route, Step};
pub use rule::{Class, RuleId, RuleInfo, Severity};
pub use source::{FilePath, LineColumn, Location, SourceFile, Start};
pub use span::Span;
pub use text_map::TextMap;
pub use tree::{Listing, Skipped, Tree, TreeEntry, TreeError};
pub use value::{Unknown, Value, Why};
pub use verdict::{Undecided, Verdict};
pub use words::ParseWordError;
