//! Documents: every path, link and command of ours that they name exists.
//!
//! Read are code within a line and fenced blocks of shell and YAML. A path is ours where it begins with one of our
//! folders; everything else may be a user's.

use crate::checkout::Checkout;
use crate::markdown::{self, Part};
use crate::outcome::Outcome;

/// Documents that must be there; those of `docs/` come besides.
const DOCUMENTS: [&str; 6] =
    ["ARCHITECTURE.md", CHANGELOG, "CONTRIBUTING.md", "README.md", "SECURITY.md", "benches/README.md"];
const CHANGELOG: &str = "CHANGELOG.md";

/// What lies at the top of the repository, or may.
const FOLDERS: [&str; 11] =
    [".cargo", ".ci", "benches", "cli", "docs", "engine", "fuzz", "plugins", "policies", "testdata", "xtask"];
const FILES: [&str; 9] = [
    "ARCHITECTURE.md",
    CHANGELOG,
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// Where the commands of the binary are written.
const ARGUMENTS: &str = "cli/src/args/mod.rs";

/// What the documents may name.
struct Names<'a> {
    checkout: &'a Checkout,
    engine: Vec<String>,
    xtask: &'a [&'a str],
}

/// Judges every document, and adds what it counted.
pub(super) fn judge(checkout: &Checkout, xtask: &[&str], outcome: &mut Outcome) {
    for path in DOCUMENTS.into_iter().filter(|path| checkout.text(path).is_none()) {
        outcome.problem(path, 1, "the document is missing", "write it");
    }
    if !checkout.text(CHANGELOG).is_none_or(|text| text.lines().any(is_version)) {
        outcome.problem(CHANGELOG, 1, "no heading of a version", "open it with `## Unreleased`");
    }
    let names = Names { checkout, engine: engine_commands(checkout.text(ARGUMENTS).unwrap_or_default()), xtask };
    let (mut documents, mut pieces) = (0, 0);
    for (path, text) in checkout.files() {
        let docs = path.strip_prefix("docs/").is_some_and(|rest| rest.ends_with(".md"));
        if docs || DOCUMENTS.contains(&path) {
            documents += 1;
            pieces += names.judge(path, text, outcome);
        }
    }
    let commands = names.engine.len() + xtask.len();
    outcome.checked.extend([(documents, "documents"), (pieces, "pieces of code in them"), (commands, "commands")]);
}

/// A heading as `## Unreleased`, `## 1.2.0` or `## [1.2.0] - 2026-01-01`.
fn is_version(line: &str) -> bool {
    let Some(title) = line.strip_prefix("## ") else { return false };
    let title = title.trim_start_matches(['[', 'v']);
    title.starts_with("Unreleased") || title.starts_with(|char: char| char.is_ascii_digit())
}

/// The variants of `enum Command`, as clap spells them.
fn engine_commands(arguments: &str) -> Vec<String> {
    let body = arguments.lines().skip_while(|line| !line.contains("enum Command {")).skip(1);
    let variants = body.take_while(|line| !line.starts_with('}')).filter_map(|line| {
        let variant =
            line.strip_prefix("    ").filter(|line| line.starts_with(|char: char| char.is_ascii_uppercase()))?;
        let name = variant.split(|char: char| !char.is_ascii_alphanumeric()).next()?;
        let mut command = String::new();
        for char in name.chars() {
            if char.is_ascii_uppercase() && !command.is_empty() {
                command.push('-');
            }
            command.push(char.to_ascii_lowercase());
        }
        Some(command)
    });
    variants.collect()
}

impl Names<'_> {
    /// Judges one document; gives the number of pieces of code in it.
    fn judge(&self, document: &str, text: &str, outcome: &mut Outcome) -> usize {
        let lines = markdown::lines(text);
        let mut pieces = markdown::spans(&lines);
        for line in &lines {
            if let Part::Code("sh" | "bash" | "console" | "yaml" | "yml") = line.part {
                let command = line.text.split(" #").next().unwrap_or_default();
                pieces.push((line.number, command.trim().to_owned()));
            }
            if line.part == Part::Prose {
                self.links(document, line, outcome);
            }
        }
        for (number, piece) in &pieces {
            let words: Vec<&str> = piece.split_whitespace().map(bare).collect();
            for path in words.iter().filter_map(|word| ours(word)).filter(|path| !self.checkout.has(path)) {
                let message = format!("there is no `{path}`");
                outcome.problem(document, *number, message, "name what exists, relative to the top of the repository");
            }
            for pair in words.windows(2) {
                self.command(document, *number, pair, outcome);
            }
        }
        pieces.len()
    }

    /// A word that may be the program, and the one after it.
    fn command(&self, document: &str, number: usize, pair: &[&str], outcome: &mut Outcome) {
        let [program, command] = pair else { return };
        let known = match *program {
            "xtask" => self.xtask.contains(command),
            "engine" => *command == "help" || self.engine.iter().any(|known| known == command),
            path if path.ends_with("/engine") => self.engine.iter().any(|known| known == command),
            _ => return,
        };
        let word = command.starts_with(|char: char| char.is_ascii_lowercase())
            && command.chars().all(|char| char.is_ascii_lowercase() || char == '-');
        if word && !known {
            let message = format!("`{program}` has no command `{command}`");
            outcome.problem(document, number, message, "its help lists them");
        }
    }

    /// The targets of `[text](target)`, relative to the document.
    fn links(&self, document: &str, line: &markdown::Line<'_>, outcome: &mut Outcome) {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in line.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if target.is_empty() || target.contains(':') {
                continue;
            }
            let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            for part in target.split('/') {
                match part {
                    ".." => drop(path.pop()),
                    "." | "" => {}
                    part => path.push(part),
                }
            }
            if !self.checkout.has(&path.join("/")) {
                let message = format!("the link leads nowhere: `{target}`");
                outcome.problem(document, line.number, message, "a link is relative to its document");
            }
        }
    }
}

/// A word without what surrounds it in a sentence or a script.
fn bare(word: &str) -> &str {
    word.trim_start_matches(['"', '\'', '(', '[']).trim_end_matches(['"', '\'', ')', ']', ',', ';', ':', '.'])
}

/// The path of ours that a word names, up to a placeholder; nothing where it names none.
fn ours(word: &str) -> Option<&str> {
    let word = word.trim_start_matches("./");
    let word = word.split([':', '#']).next().unwrap_or_default();
    let fixed = word.split(['<', '*', '{', '$', '…']).next().unwrap_or_default();
    let fixed = if fixed == word { word } else { fixed.rsplit_once('/').map_or("", |(folder, _)| folder) };
    let (top, _) = word.split_once('/').unwrap_or_default();
    (FOLDERS.contains(&top) || FILES.contains(&word)).then_some(fixed)
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENTS, engine_commands, is_version, judge};
    use crate::checkout::Checkout;
    use crate::tidy::judged;

    const ARGUMENTS: &str = "enum Other {\n    Nope,\n}\nenum Command {\n    /// Check.\n    Check(Check),\n    \
        DryRun { a: u8 },\n    Rules,\n}\nenum Later {\n    No,\n}\n";

    /// What is wrong with this document among the others.
    fn check(path: &str, text: &str) -> Vec<String> {
        let mut files: Vec<(&str, &str)> =
            DOCUMENTS.iter().map(|path| (*path, "## Unreleased\n")).filter(|(other, _)| *other != path).collect();
        files.extend([
            ("cli/src/args/mod.rs", ARGUMENTS),
            ("engine/model/src/lib.rs", ""),
            ("docs/b.md", ""),
            (path, text),
        ]);
        judged(|outcome| judge(&Checkout::of(&files), &["ci", "tidy"], outcome))
    }

    #[test]
    fn a_path_that_is_named_exists() {
        for text in [
            "`engine/model`, `engine/model/src/lib.rs:7`, `./engine/model/`, `engine/*/src/nothing.rs`",
            "`engine/<crate>/src`, `README.md`, engine/nothing without backticks",
            "`terraform/main.tf` is a user's, and so is `/etc/engine/model`",
            "```text\nengine/nothing\n```\n",
        ] {
            assert_eq!(check("docs/a.md", text), [""; 0], "{text}");
        }
        for (text, expected) in [
            ("a\n`engine/modle`", "2: there is no `engine/modle`"),
            ("`engine/nothing/*.rs`", "1: there is no `engine/nothing`"),
            ("`LICENSE`", "1: there is no `LICENSE`"),
            ("`engine check testdata/wild`", "1: there is no `testdata/wild`"),
            ("```sh\n.ci/run\n```\n", "2: there is no `.ci/run`"),
        ] {
            assert_eq!(check("README.md", text), [expected], "{text}");
        }
    }

    #[test]
    fn a_command_that_is_named_exists() {
        for text in [
            "`engine check .`, `engine dry-run`, `engine help`, `engine --version`, `engine <command>`, `cargo xtask ci`",
            "```sh\ntarget/release/engine check . # engine is fine\ncargo xtask tidy\n```\n",
            "the engine reads, and `engine.yaml` too",
        ] {
            assert_eq!(check("docs/a.md", text), [""; 0], "{text}");
        }
        for (text, expected) in [
            ("`engine init`", "1: `engine` has no command `init`"),
            ("`engine nope`", "1: `engine` has no command `nope`"),
            ("`cargo xtask test`", "1: `xtask` has no command `test`"),
            (
                "```console\n$ ./target/release/engine vendor\n```",
                "2: `./target/release/engine` has no command `vendor`",
            ),
            ("```yaml\nscript: [engine init]\n```", "2: `engine` has no command `init`"),
        ] {
            assert_eq!(check("docs/a.md", text), [expected], "{text}");
        }
        assert_eq!(engine_commands(ARGUMENTS), ["check", "dry-run", "rules"]);
    }

    #[test]
    fn a_link_leads_to_a_file() {
        let good = "[a](../README.md) [b](b.md#part) [c](https://example.org/x) [d](#here) [e](mailto:a@b.c)";
        assert_eq!(check("docs/a.md", good), [""; 0]);
        assert_eq!(check("docs/a.md", "[a](README.md)"), ["1: the link leads nowhere: `README.md`"]);
    }

    #[test]
    fn documents_are_there_and_the_changelog_has_a_version() {
        for good in ["## Unreleased", "## [Unreleased]", "## 0.1.0", "## [0.1.0] - 2026-01-01", "## v1.0"] {
            assert!(is_version(good), "{good}");
        }
        assert_eq!(check("CHANGELOG.md", "# Changes\n## Later\n"), ["1: no heading of a version"]);
        let none = judged(|outcome| judge(&Checkout::default(), &[], outcome));
        assert_eq!(none, ["1: the document is missing"; 6]);
    }
}
