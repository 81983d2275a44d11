//! What the process was started in: colour, width, whether somebody watches.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Result;
use engine_config::ConfigError;
use engine_model::{Finding, Gap, Location};
use engine_report::TextOptions;

use crate::args::{Color, Terminal};

/// How wide text is where nobody says.
const WIDTH: usize = 100;

/// How to draw text on standard output. `all` draws every finding.
pub(crate) fn text_options(terminal: &Terminal, all: bool) -> TextOptions {
    let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
    TextOptions {
        color: color(terminal, io::stdout().is_terminal()),
        width: columns.unwrap_or(WIDTH),
        all,
        base: String::new(),
    }
}

/// Whether a progress bar can be seen.
pub(crate) fn progress() -> bool {
    io::stderr().is_terminal() && variable("CI").is_none()
}

/// Writes to standard output. A reader that went away (`engine check | head`) is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes an error and what led to it to standard error. The names of files in it are not the user's alone: what a
/// terminal would obey in them is replaced.
pub(crate) fn complain(error: &anyhow::Error, terminal: &Terminal) {
    let label = if color(terminal, io::stderr().is_terminal()) { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
    // Nothing is left to do where standard error is gone.
    let _ = writeln!(io::stderr(), "{label}: {}", harmless(&format!("{error:#}")));
}

/// Writes something that is odd and stops nothing to standard error.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "note: {}", harmless(text));
}

/// Writes what is wrong with the configuration to standard error, at its places.
pub(crate) fn refuse(errors: &[ConfigError], terminal: &Terminal) {
    let options = text_options(terminal, true);
    for error in errors {
        explain(&error.message, &error.location, error.help.as_deref(), &options, terminal);
    }
}

/// Writes one thing that is wrong to standard error, at its place.
pub(crate) fn explain(
    message: &str,
    location: &Location,
    help: Option<&str>,
    options: &TextOptions,
    terminal: &Terminal,
) {
    let options = TextOptions { color: color(terminal, io::stderr().is_terminal()), ..options.clone() };
    let _ = writeln!(io::stderr(), "{}", engine_report::problem(message, location, help, &options));
}

/// Writes what is wrong and what could not be seen to standard error, at its places.
pub(crate) fn tell(findings: &[Finding], gaps: &[Gap], options: &TextOptions, terminal: &Terminal) {
    for finding in findings {
        explain(&finding.message, &finding.location, finding.help.as_deref(), options, terminal);
    }
    for gap in gaps {
        match &gap.location {
            Some(location) => explain(&gap.message, location, gap.way_out.as_deref(), options, terminal),
            None => remark(&gap.message),
        }
    }
}

/// A text of somebody's without what a terminal obeys.
pub(crate) fn harmless(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}

fn color(terminal: &Terminal, is_terminal: bool) -> bool {
    match terminal.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        Color::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto => is_terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line owns the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
