//! What a command is handed to run: a script in a word, in a heredoc, or from another command.

use engine_formats::shell;
use engine_model::{FilePath, GapCause, Span};

use super::super::parts::{self, standard_input};
use super::super::path::Directory;
use super::super::script;
use super::{Around, Locate, MAX_FED, MAX_NESTED, Reader, is_command_option, located};

impl Reader<'_> {
    /// Reads the script that a command is handed: `sh -c '…'`, `eval "…"`, `bash <<EOF`.
    pub(super) fn nested(
        &mut self,
        parsed: &shell::Command,
        skip: usize,
        program: Option<&str>,
        locate: Locate<'_>,
        around: Around,
        depth: usize,
    ) {
        let words = parsed.words.get(skip..).unwrap_or(&[]);
        let is_shell = program.is_some_and(script::is_shell_program);
        let handed = if is_shell {
            let option = |word: &shell::Word| word.literal().is_some_and(|w| is_command_option(&w));
            let position = words.iter().position(option).map(|at| at.saturating_add(1));
            let after = position.and_then(|at| words.get(at..));
            let script = after
                .and_then(|rest| rest.iter().find(|word| word.literal().is_none_or(|text| !text.starts_with('-'))));
            let operand = |word: &shell::Word| word.literal().is_none_or(|text| !text.starts_with(['-', '+']));
            let has_file = words.iter().skip(1).any(operand);
            let handed = script.or_else(|| standard_input(parsed));
            let redirected = parsed.redirects.iter().any(|redirect| redirect.kind == shell::RedirectKind::Read);
            if handed.is_none() && (redirected || (!has_file && parsed.context.position > 0)) {
                let location = located(locate, parsed.span);
                let message = "what a shell reads from a pipe or a file is run, and is not known here".to_owned();
                // What is downloaded knows nothing of the files of this repository.
                if self.is_fetched() && !redirected {
                    self.unseen(GapCause::NotEvaluated, message, location);
                } else {
                    self.not_evaluated(message, location);
                }
            }
            handed
        } else if program == Some("eval") {
            let told: Vec<&shell::Word> = words.iter().skip(1).filter(|word| !word.is("--")).collect();
            if let [first, _, ..] = told.as_slice() {
                let texts: Option<Vec<String>> =
                    told.iter().map(|word| word.text_with(&|name| self.lookup(name))).collect();
                let Some(texts) = texts.filter(|_| depth < MAX_NESTED) else {
                    let location = located(locate, first.span);
                    self.not_evaluated("what `eval` is told is not known before the job runs".to_owned(), location);
                    return;
                };
                let whole = |_: Span| locate(parsed.span);
                self.script(&texts.join(" "), &whole, around, depth.saturating_add(1));
                return;
            }
            // What an agent prints sets variables and nothing else.
            told.first().copied().filter(|word| !word.display().trim_start_matches('"').starts_with("$(ssh-agent"))
        } else if program.is_some_and(|program| program.contains(char::is_whitespace)) {
            // `env -S 'program arguments'`: one word that is split again.
            words.first()
        } else {
            return;
        };
        let Some(word) = handed else { return };
        let Some((text, map)) = word.literal_map().filter(|_| depth < MAX_NESTED) else {
            let location = located(locate, word.span);
            let message = format!("`{}` is run as a script, and is not known before the job runs", word.display());
            self.not_evaluated(message, location);
            return;
        };
        let inner = |span: Span| locate(map.source_span(span).unwrap_or(word.span));
        self.script(&text, &inner, around, depth.saturating_add(1));
    }

    /// Whether the last command reads what another one downloads: `curl … | sh`.
    fn is_fetched(&self) -> bool {
        let Some((last, before)) = self.commands.split_last() else { return false };
        let piped = before.iter().rev().take_while(|command| command.pipeline == last.pipeline);
        piped.into_iter().any(|command| matches!(command.program(), Some("curl" | "wget")))
    }

    /// What a program reads, as far as the text says: a heredoc, what is piped into it, a script of the repository.
    pub(super) fn fed(&self, parsed: &shell::Command, earlier: &[shell::Command], directory: &Directory) -> String {
        let mut out = String::new();
        let lookup = |name: &str| self.lookup(name);
        if let Some(word) = standard_input(parsed) {
            out.push_str(&parts::spoken(word, &lookup));
        }
        let piped = earlier.iter().rev().take_while(|other| other.context.pipeline == parsed.context.pipeline);
        for word in piped.take(MAX_FED).flat_map(|other| &other.words) {
            out.push('\n');
            out.push_str(&parts::spoken(word, &lookup));
            self.file_text(&parts::spoken(word, &lookup), directory, &mut out);
        }
        for redirect in parsed.redirects.iter().filter(|redirect| redirect.kind == shell::RedirectKind::Read) {
            self.file_text(&parts::spoken(&redirect.target, &lookup), directory, &mut out);
        }
        out
    }

    /// Adds the text of a file of the repository, where there is one of that name.
    fn file_text(&self, name: &str, directory: &Directory, out: &mut String) {
        let path = directory.join(name).and_then(|path| FilePath::new(&path));
        let document = path.and_then(|path| self.shared.library.script(&path));
        if let Some((_, text)) = document.as_deref().and_then(script::text)
            && self.shared.budget.take(text.len())
        {
            out.push('\n');
            out.push_str(text);
        }
    }
}
