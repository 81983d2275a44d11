//! Durations as text, each in the grammar of the product that reads it.
//!
//! The same text means different things to different products, or nothing at all: `1d` is a day to Vault and GitLab
//! and an error to Go, `1m` a minute to all three, `1 mo` a month to GitLab alone. So there is a function for each
//! product and none for durations as such. What a missing value means is not settled here; what an empty one means is.

mod gitlab;
mod go;
mod vault;

pub use gitlab::{Kept, gitlab};
pub use go::go;
pub use vault::vault;

/// How much of a text is shown in a message, in characters.
const SHOWN: usize = 32;

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// A number should stand there.
    #[error("a number is missing before `{0}`")]
    NoNumber(String),
    /// A unit should stand there.
    #[error("a number has no unit")]
    NoUnit,
    /// A unit that the product does not have.
    #[error("`{0}` is no unit here")]
    Unit(String),
    /// What should be a whole number of days is not.
    #[error("`{0}` is no whole number of days")]
    Days(String),
    /// A word that the product does not read.
    #[error("`{0}` is not read as part of a duration")]
    Word(String),
    /// More than the product can count.
    #[error("it is longer than can be counted")]
    TooLong,
    /// Below zero, where the product refuses that.
    #[error("it is negative")]
    Negative,
    /// Zero, where the product refuses that.
    #[error("it comes to zero, which is refused")]
    Zero,
    /// The product's versions do not agree about it.
    #[error("what `{0}` comes to depends on the product's version")]
    Unsure(String),
}

/// The beginning of a text, for a message.
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
