//! Lines for the engine's log: for the author, not for the user. A finding is what the user sees.
//!
//! In the engine a line is cut at 4 KiB, and after 64 KiB in one call the rest is dropped. In a test the lines are part
//! of what [`crate::testing::run`] gives.

use std::cell::Cell;

/// How loud a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the author.
    Debug,
    /// For the author, when looking.
    Info,
    /// The plugin goes on, and something is odd.
    Warn,
    /// The plugin cannot go on.
    Error,
}

/// For the author.
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message.as_ref());
}

/// For the author, when looking.
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message.as_ref());
}

/// The plugin goes on, and something is odd.
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message.as_ref());
}

/// The plugin cannot go on. A panic does this by itself; the last such line before it is what the user is told.
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message.as_ref());
}

#[cfg(target_family = "wasm")]
fn write(level: Level, message: &str) {
    crate::guest::write(level, message);
}

#[cfg(not(target_family = "wasm"))]
fn write(level: Level, message: &str) {
    crate::testing::write(level, message);
}

thread_local! {
    static RULE: Cell<&'static str> = const { Cell::new("") };
}

/// Remembers which rule runs, for the message of a panic.
pub(crate) fn running(rule: &'static str) {
    RULE.set(rule);
}

#[cfg(target_family = "wasm")]
/// Sends the message of a panic, with the rule that ran, to the log.
pub(crate) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("a panic without a message");
        let at = panic.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
        match RULE.get() {
            "" => error(format!("{message}{at}")),
            rule => error(format!("rule `{rule}` panicked: {message}{at}")),
        }
    }));
}
