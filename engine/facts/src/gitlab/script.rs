//! Scripts of the repository that a job's commands run: which word names one, and its text as a document.

use std::sync::Arc;

use engine_model::{Builder, Document, FilePath, Format, Frame, NodeId, ScalarStyle, SourceFile, Span, Text, Value};

use super::include::Library;
use super::path::Directory;
use super::{invocation, path};
use crate::sourced::Sourced;

/// A file that a command runs.
#[derive(Clone, Debug)]
pub(super) struct Called {
    /// The word that names it; `None` where it is unknown.
    pub(super) path: Option<String>,
    /// The word for people.
    pub(super) shown: String,
    /// The word as it is written.
    pub(super) written: String,
    /// Whether it is a shell script for sure: a shell is told to read it.
    pub(super) surely: bool,
    /// Whether it runs in the shell that calls it, so that what it sets stays.
    pub(super) same_shell: bool,
    /// Whether it is a Makefile.
    pub(super) makefile: bool,
}

/// The names of Makefiles, in the order in which make looks for them.
pub(super) const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// The file that a command runs: `sh FILE`, `source FILE`, `./FILE`, `make`. The program is `words`' first.
pub(super) fn called(words: &[Sourced<String>], program: Option<&str>) -> Option<Called> {
    let first = words.first()?;
    let named = |word: &Sourced<String>, surely, same_shell| Called {
        path: word.get().cloned(),
        shown: word.get().cloned().unwrap_or_else(|| "$…".to_owned()),
        written: written(word).to_owned(),
        surely,
        same_shell,
        makefile: false,
    };
    match program? {
        shell if is_shell_program(shell) => {
            let told = |word: &&Sourced<String>| word.get().is_some_and(|text| super::reader::is_command_option(text));
            if words.iter().any(|word| told(&word)) {
                return None;
            }
            let operand = |word: &&Sourced<String>| word.get().is_none_or(|text| !text.starts_with(['-', '+']));
            let file = words.iter().skip(1).find(operand)?;
            // `bash -s` and a lone `-` read standard input.
            let reads_input = words.iter().any(|word| word.get().is_some_and(|text| text == "-s"));
            (!reads_input).then(|| named(file, true, false))
        }
        "source" | "." => Some(named(words.get(1)?, true, true)),
        "make" | "gmake" => {
            // `-C FOLDER`, `-CFOLDER`, `--directory FOLDER`, `--directory=FOLDER`.
            let value = |short: &str, long: &[&str]| {
                let texts = || words.iter().skip(1).filter_map(|word| word.get());
                let joined = texts().find_map(|text| {
                    let long = long.iter().find_map(|long| text.strip_prefix(long)?.strip_prefix('='));
                    long.or_else(|| text.strip_prefix(short)).filter(|value| !value.is_empty())
                });
                let is_option = |text: &str| text == short || long.contains(&text);
                let at = words.iter().position(|word| word.get().is_some_and(|text| is_option(text)));
                let next = || words.get(at?.saturating_add(1))?.get().cloned();
                joined.map(str::to_owned).or_else(next)
            };
            let folder = value("-C", &["--directory"]).map_or_else(String::new, |folder| format!("{folder}/"));
            let name = value("-f", &["--file", "--makefile"]).unwrap_or_else(|| "Makefile".to_owned());
            let shown = "make".to_owned();
            Some(Called {
                path: Some(format!("{folder}{name}")),
                written: shown.clone(),
                shown,
                surely: false,
                same_shell: false,
                makefile: true,
            })
        }
        "docker" | "podman" | "nerdctl" | "docker-compose" => {
            // The project is mostly mounted where the container begins.
            let script = |word: &&Sourced<String>| {
                word.get()
                    .is_some_and(|text| text.ends_with(".sh") && !text.starts_with(['/', '-']) && !text.contains(':'))
            };
            words.iter().skip(2).find(script).map(|word| named(word, false, false))
        }
        _ => {
            let text = first.get()?;
            let is_path = text.contains('/') && !text.starts_with('/') && !text.starts_with('~');
            is_path.then(|| named(first, false, false))
        }
    }
}

/// A word's text, as it is written where it is not known.
pub(super) fn written(word: &Sourced<String>) -> &str {
    match &word.value {
        Value::Known(text) => text,
        Value::Unknown(unknown) => &unknown.on,
        Value::Absent => "",
    }
}

/// The paths that a word may name, `*` for what only the run tells; `None` where that is any path.
pub(super) fn pattern(word: &str, directory: &Directory) -> Option<String> {
    let mut out = String::new();
    let mut rest = word.trim_matches('"');
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        out.push('*');
        let ends = |open: char, close: char| behind.strip_prefix(open)?.split_once(close).map(|(_, after)| after);
        let name = || behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        rest = ends('{', '}').or_else(|| ends('(', ')')).unwrap_or_else(name);
    }
    out.push_str(rest);
    // A variable in front may be the project's own folder, or any other.
    let anywhere = out.starts_with(['*', '/', '~']) || directory.path().is_none();
    let below = if anywhere { out.trim_start_matches(['*', '/', '~']) } else { &out };
    let known = below.chars().any(|c| c != '*' && c != '/');
    let joined = if anywhere { Some(format!("*{below}")) } else { directory.join(below) };
    joined.filter(|_| known)
}

/// Whether a program is a shell that reads scripts.
pub(super) fn is_shell_program(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

/// The files that make looks for where it is told of one, in their order.
pub(super) fn makefiles(path: &FilePath) -> Vec<FilePath> {
    let usual = MAKEFILES.contains(&path.file_name());
    let names = MAKEFILES.iter().filter(|_| usual).filter_map(|name| path.sibling(name));
    names.chain([path.clone()]).collect()
}

/// The file that make reads where it is told of one, or that one.
pub(super) fn makefile(library: &dyn Library, path: &FilePath) -> FilePath {
    makefiles(path).into_iter().find(|path| library.script(path).is_some()).unwrap_or_else(|| path.clone())
}

/// Whether a Makefile may run a program of the table: it names one, or it calls something else that may.
///
/// It is asked where its targets are not followed, so any mention counts.
pub(super) fn may_change_production(library: &dyn Library, path: &FilePath) -> bool {
    let texts = makefiles(path).into_iter().filter_map(|path| library.script(&path));
    let mut texts = texts.filter_map(|document| text(&document).map(|(_, text)| text.to_owned()));
    texts.any(|text| {
        invocation::PROGRAMS.iter().any(|name| text.contains(name)) || text.contains(".sh") || text.contains("include")
    })
}

/// A file as a document that is one scalar: its whole text.
#[must_use]
pub fn script_document(file: &Arc<SourceFile>) -> Arc<Document> {
    let mut builder = Builder::new(Frame::File(Arc::clone(file)), Format::Script);
    let span = Span::from_range(0..file.text().len());
    let root = builder.scalar(span, ScalarStyle::Plain, Text::Source(span));
    Arc::new(builder.finish(vec![root]))
}

/// The text of such a document, and its node.
pub(super) fn text(document: &Document) -> Option<(NodeId, &str)> {
    let root = *document.roots().first()?;
    Some((root, document.scalar(root)?.text))
}

/// Whether a file that is run by its name is a script for a shell: its first line says so, or it has none.
pub(super) fn is_shell(text: &str) -> bool {
    let Some(first) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else {
        return true;
    };
    first.split_whitespace().map(path::file_name).any(is_shell_program)
}

/// What a script's first line tells its shell: the words after the shell's name.
pub(super) fn shebang(text: &str) -> Vec<String> {
    let first = text.strip_prefix("#!").and_then(|rest| rest.lines().next()).unwrap_or("");
    let words = first.split_whitespace().skip_while(|word| !is_shell_program(path::file_name(word)));
    words.skip(1).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Directory, is_shell, pattern};

    #[test]
    fn a_word_that_is_not_known_names_some_paths() {
        let check = |word: &str, expect: Option<&str>| {
            let found = pattern(word, &Directory::at("ci".to_owned()));
            assert_eq!(found.as_deref(), expect, "{word}");
        };
        check("./run-${WHICH}.sh", Some("ci/run-*.sh"));
        check("../tests/$A/$(date).sh", Some("tests/*/*.sh"));
        check("\"$CI_PROJECT_DIR/scripts/$X.sh\"", Some("*scripts/*.sh"));
        check("/opt/$X.sh", Some("*opt/*.sh"));
        check("$SCRIPT", None);
        check("${A}/${B}", None);
    }

    #[test]
    fn the_first_line_says_what_runs_a_script() {
        assert!(is_shell("terraform apply\n") && is_shell("#!/bin/sh\n") && is_shell("#!/usr/bin/env -S bash -e\n"));
        assert!(!is_shell("#!/usr/bin/env python3\n") && !is_shell("#!/usr/bin/perl\n"));
    }
}
