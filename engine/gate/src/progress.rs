//! What a long check says of itself while it runs.

/// A step of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Files are read and parsed.
    Read,
    /// Policies run.
    Judge,
}

/// Told how far a check is. Called from several threads.
pub trait Progress: Sync {
    /// A step begins, with so many pieces.
    fn begin(&self, step: Step, pieces: usize);

    /// A piece of the current step is done.
    fn advance(&self);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: Step, _: usize) {}

    fn advance(&self) {}
}
