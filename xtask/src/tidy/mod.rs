//! What keeps the sources readable and the documents true. What the compiler and clippy hold is not repeated here.

mod document;
mod source;
mod text;

use anyhow::Result;

use crate::checkout::Checkout;
use crate::outcome::Outcome;

/// Looks through every file of the repository.
///
/// # Errors
///
/// Never.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut files = 0;
    let mut sources = 0;
    for (path, text) in checkout.files() {
        files += 1;
        text::judge(path, text, &mut outcome);
        if path.ends_with(".rs") {
            sources += 1;
            source::judge(path, text, &mut outcome);
        }
    }
    outcome.checked = vec![(files, "files"), (sources, "Rust sources")];
    document::judge(checkout, &crate::commands(), &mut outcome);
    Ok(outcome)
}

/// What one part of the check says about made-up input: `line: message` each.
#[cfg(test)]
fn judged(judge: impl FnOnce(&mut Outcome)) -> Vec<String> {
    let mut outcome = Outcome::default();
    judge(&mut outcome);
    outcome.problems.into_iter().map(|problem| format!("{}: {}", problem.line, problem.message)).collect()
}
