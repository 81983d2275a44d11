//! Which reports there are: the one list that `--format`, `--report` and the documentation share.

use engine_model::{Evaluation, words};

use crate::{TextOptions, codequality, json, junit, markdown, sarif, text};

words! {
    /// A kind of report.
    Kind {
        /// For people, on a terminal.
        Text = "text",
        /// For programs; `docs/json.md`.
        Json = "json",
        /// GitLab's Code Quality report.
        CodeQuality = "codequality",
        /// JUnit XML, a test case for each rule.
        Junit = "junit",
        /// SARIF 2.1.0.
        Sarif = "sarif",
        /// Markdown, for a note on a merge request.
        Markdown = "markdown",
    }
}

impl Kind {
    /// The evaluation in this kind, ending with a line feed. `tool_version` is that of the binary; `options` are for
    /// text alone. The same evaluation gives the same bytes.
    #[must_use]
    pub fn render(self, evaluation: &Evaluation, tool_version: &str, options: &TextOptions) -> String {
        match self {
            Self::Text => text(evaluation, options),
            Self::Json => json(evaluation, tool_version),
            Self::CodeQuality => codequality::render(evaluation),
            Self::Junit => junit::render(evaluation),
            Self::Sarif => sarif::render(evaluation, tool_version),
            Self::Markdown => markdown::render(evaluation),
        }
    }
}
