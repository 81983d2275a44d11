//! What becomes of the commands of a script: whose failure nobody sees, whose output the log shows, what is traced.
//!
//! The runner starts a job's shell with `errexit` and, where the shell has it, `pipefail`; a script that this shell
//! calls has neither unless it says so. Everything here is said only where the text leaves no doubt.

use engine_formats::shell::{Command, Part, Redirect, RedirectKind, Script, Word};

use super::path;

/// What a script runs under.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// Whether its shell ends at the first failure.
    pub(super) errexit: bool,
    /// Whether a pipeline fails where any of its commands does.
    pub(super) pipefail: bool,
    /// Whether its shell writes each command to the log.
    pub(super) traced: bool,
    /// Whether what it prints goes to the log.
    pub(super) logged: bool,
    /// Whether nobody sees that it fails.
    pub(super) forgiven: bool,
    /// Whether nobody waits for it.
    pub(super) detached: bool,
}

impl Around {
    /// What the runner gives a job's own shell.
    pub(super) fn job() -> Self {
        Self { errexit: true, pipefail: true, traced: false, logged: true, forgiven: false, detached: false }
    }

    /// A shell that a command starts: `bash -ex FILE`; the words after its name.
    pub(super) fn shell(self, words: &[String]) -> Self {
        let mut around = Self { errexit: false, pipefail: false, traced: false, ..self };
        around.set(words);
        around
    }

    /// `set -e -o pipefail`, `set +x`; the words after `set`.
    fn set(&mut self, words: &[String]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(on) = word.strip_prefix(['-', '+']).map(|_| word.starts_with('-')) else { break };
            for letter in word.chars().skip(1) {
                match letter {
                    'e' => self.errexit = on,
                    'x' => self.traced = on,
                    'o' => match words.next().map(String::as_str) {
                        Some("errexit") => self.errexit = on,
                        Some("pipefail") => self.pipefail = on,
                        Some("xtrace") => self.traced = on,
                        _ => {}
                    },
                    _ => {}
                }
            }
        }
    }
}

/// The fate of each command of a script, in its order.
pub(super) fn fates(text: &str, script: &Script, around: Around) -> Vec<Around> {
    let mut fates = Vec::with_capacity(script.commands.len());
    let mut state = around;
    for command in &script.commands {
        let context = &command.context;
        let certain = !context.conditional && context.after.is_none() && !context.subshell;
        let is_set = command.words.first().is_some_and(|word| word.is("set"));
        if certain && is_set && context.in_function.is_none() {
            let options: Vec<String> = command.words.iter().skip(1).filter_map(Word::literal).collect();
            state.set(&options);
        }
        fates.push(state);
    }
    if !around.forgiven {
        forgiven(text, script, &mut fates);
    }
    if around.logged {
        logged(text, script, &mut fates);
    }
    detached(script, &mut fates);
    fates
}

/// Marks the commands that nobody waits for: in the background, without a `wait` after them.
fn detached(script: &Script, fates: &mut [Around]) {
    let waits = |command: &Command| command.words.first().is_some_and(|word| word.is("wait"));
    let last_wait = script.commands.iter().rposition(waits);
    for (index, (command, fate)) in script.commands.iter().zip(fates).enumerate() {
        let sent = command.context.background && last_wait.is_none_or(|wait| wait < index);
        fate.detached = fate.detached || sent;
    }
}

fn forgiven(text: &str, script: &Script, fates: &mut [Around]) {
    let commands = &script.commands;
    let count = commands.len();
    // What follows is told from the end, so that each command looks one operator ahead and no further.
    let mut caught = vec![false; count];
    for (index, command) in commands.iter().enumerate().rev() {
        let rest = after_groups(text, command.span.end as usize);
        let next = |len: usize| follower(text, script, rest.saturating_add(len));
        let tail = text.get(rest..).unwrap_or("");
        let value = if tail.starts_with("||") {
            next(2).is_some_and(|next| commands.get(next).is_some_and(|next| always_succeeds(text, next)))
        } else if tail.starts_with("&&") {
            next(2).and_then(|next| caught.get(next).copied()).unwrap_or(false)
        } else if tail.starts_with('|') {
            let pipefail = fates.get(index).is_some_and(|fate| fate.pipefail);
            next(1).and_then(|next| caught.get(next).copied()).is_some_and(|caught| caught && pipefail)
        } else {
            false
        };
        if let Some(slot) = caught.get_mut(index) {
            *slot = value;
        }
    }
    // A script that looks at the result itself is left alone from there.
    let asks = |command: &Command| uses(command, "?") || uses(command, "PIPESTATUS");
    let last_ask = commands.iter().rposition(asks);
    let plain = |command: &Command| {
        let context = &command.context;
        let ends = command.words.first().is_some_and(|word| word.is("exit") || word.is("return"));
        let zero = command.words.get(1).is_some_and(|word| word.is("0"));
        !context.conditional && context.in_substitution.is_none() && context.in_function.is_none() && (!ends || zero)
    };
    let last_plain = commands.iter().rposition(plain);
    for (index, command) in commands.iter().enumerate() {
        let Some(fate) = fates.get_mut(index) else { continue };
        let asked = last_ask.is_some_and(|ask| ask > index);
        let condition = is_condition(text, command);
        let more = last_plain.is_some_and(|last| {
            commands.get(last).is_some_and(|later| last > index && later.context.pipeline != command.context.pipeline)
        });
        let runs_on = !fate.errexit && more && !asked && !condition;
        let piped = !fate.pipefail && !asked && !condition && piped_into_a_printer(commands, index);
        let captured = command.context.in_substitution.and_then(|owner| commands.get(owner as usize));
        let captured = captured.is_some_and(|owner| {
            let program = owner.words.first().and_then(Word::literal);
            matches!(program.as_deref(), Some("echo" | "printf" | "export" | "local" | "declare" | "readonly"))
        });
        let own = caught.get(index).copied().unwrap_or(false);
        let turned = command.context.negated && !condition && !asked;
        fate.forgiven = own || runs_on || piped || captured || turned;
    }
    called(script, fates);
}

/// A function whose every call is forgiven is forgiven as a whole.
fn called(script: &Script, fates: &mut [Around]) {
    for (name, _) in script.functions.iter().take(64) {
        let call = |command: &Command| command.words.first().is_some_and(|word| word.is(name));
        let inside = |command: &Command| command.context.in_function.as_deref() == Some(name.as_str());
        let calls = || script.commands.iter().zip(&*fates).filter(|(command, _)| call(command) && !inside(command));
        if calls().next().is_some() && calls().all(|(_, fate)| fate.forgiven) {
            for (command, fate) in script.commands.iter().zip(fates.iter_mut()) {
                fate.forgiven = fate.forgiven || inside(command);
            }
        }
    }
}

/// Past blanks, and past what closes a group or a substitution that ends here.
fn after_groups(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        at = after_blanks(text, at);
        let rest = text.get(at..).unwrap_or("");
        let closing = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
        let skipped = rest.len().saturating_sub(closing.len());
        match closing.bytes().next() {
            Some(b'}' | b')') => at = at.saturating_add(skipped).saturating_add(1),
            Some(b'"') if skipped == 0 && at > from => at = at.saturating_add(1),
            _ => return at,
        }
    }
}

/// Past blanks and joined lines.
fn after_blanks(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    let mut left = rest.trim_start_matches([' ', '\t']);
    while let Some(more) = left.strip_prefix("\\\n") {
        left = more.trim_start_matches([' ', '\t']);
    }
    from.saturating_add(rest.len().saturating_sub(left.len()))
}

/// The command that begins right after an operator that ends at `from`; `None` where a group does.
fn follower(text: &str, script: &Script, from: usize) -> Option<usize> {
    let index = script.commands.partition_point(|command| (command.span.start as usize) < from);
    let start = script.commands.get(index)?.span.start as usize;
    text.get(from..start)?.chars().all(|c| c.is_whitespace() || c == '\\').then_some(index)
}

/// Whether a command certainly succeeds, and nothing that could fail hangs on it.
fn always_succeeds(text: &str, command: &Command) -> bool {
    let words: Option<Vec<String>> = command.words.iter().take(2).map(Word::literal).collect();
    let first = command.words.first().and_then(Word::literal);
    let writes = command.redirects.iter().any(|redirect| redirect.descriptor != Some(2) && to_file(redirect));
    let succeeds = match first.as_deref().map(path::file_name) {
        Some("true" | ":") => true,
        // What is written to a file may be read as a sign later.
        Some("echo" | "printf" | "sleep") => !writes,
        Some("exit" | "return") => words.is_some_and(|words| words.get(1).is_some_and(|word| word == "0")),
        _ => false,
    };
    let rest = text.get(after_blanks(text, command.span.end as usize)..).unwrap_or("");
    let piped = rest.starts_with('|') && !rest.starts_with("||");
    succeeds && !piped && !rest.starts_with("&&")
}

/// Whether a command stands before `then` or `do`, so that its result decides and ends nothing.
fn is_condition(text: &str, command: &Command) -> bool {
    let rest = text.get(command.span.end as usize..).unwrap_or("");
    let rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
    ["then", "do"].iter().any(|word| {
        rest.strip_prefix(word).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    }) || rest.starts_with("&&")
        || rest.starts_with("||")
}

/// Whether the output of a command goes through a pipe to a program that only passes it on.
fn piped_into_a_printer(commands: &[Command], index: usize) -> bool {
    let Some(command) = commands.get(index) else { return false };
    let context = &command.context;
    if context.position.saturating_add(1) >= context.pipeline_len {
        return false;
    }
    let mut later = commands.iter().skip(index.saturating_add(1)).take(100);
    let last = later.rfind(|later| later.context.pipeline == context.pipeline);
    let program = last.and_then(|last| last.words.first()).and_then(Word::literal);
    matches!(program.as_deref(), Some("tee" | "cat" | "ts" | "sed" | "awk" | "tail"))
}

fn uses(command: &Command, name: &str) -> bool {
    let words = command.words.iter().chain(command.assignments.iter().map(|assignment| &assignment.value));
    let mut parts = words.flat_map(|word| &word.parts);
    parts.any(|part| matches!(part, Part::Variable { name: used, .. } if used == name))
}

/// Takes the mark of what is printed elsewhere than to the log.
fn logged(text: &str, script: &Script, fates: &mut [Around]) {
    let commands = &script.commands;
    let mut silent_until = 0_usize;
    let mut redirected = false;
    let mut positions: std::collections::HashSet<(u32, u32)> = std::collections::HashSet::new();
    for (index, command) in commands.iter().enumerate() {
        let context = &command.context;
        positions.insert((context.pipeline, context.position));
        let is_exec = command.words.len() == 1 && command.words.first().is_some_and(|word| word.is("exec"));
        redirected = redirected || (is_exec && command.redirects.iter().any(takes_output));
        // `{ … } > FILE` and `( … ) | PROGRAM`: what such a group prints is not told apart from what stands before it.
        let of_a_group = command.words.is_empty()
            && command.assignments.is_empty()
            && command.redirects.iter().any(takes_output)
            && ends_a_group(text, command.span.start as usize);
        let after_a_group =
            context.position > 0 && !positions.contains(&(context.pipeline, context.position.saturating_sub(1)));
        if of_a_group || after_a_group {
            silent_until = index;
        }
        let goes = !redirected
            && context.in_substitution.is_none()
            && context.in_function.is_none()
            && context.position.saturating_add(1) >= context.pipeline_len
            && !command.redirects.iter().any(takes_output);
        if let Some(fate) = fates.get_mut(index) {
            fate.logged = goes;
        }
    }
    for fate in fates.iter_mut().take(silent_until) {
        fate.logged = false;
    }
}

fn to_file(redirect: &Redirect) -> bool {
    use RedirectKind::{Append, AppendBoth, Clobber, ReadWrite, Write, WriteBoth};
    matches!(redirect.kind, Write | Append | Clobber | WriteBoth | AppendBoth | ReadWrite)
}

/// Whether a redirection takes standard output away from the log. Standard error is shown there too.
fn takes_output(redirect: &Redirect) -> bool {
    let standard = redirect.descriptor.is_none_or(|descriptor| descriptor == 1);
    let shown =
        redirect.target.is("/dev/stdout") || redirect.target.is("/dev/stderr") || redirect.target.is("/dev/tty");
    let elsewhere = redirect.kind == RedirectKind::DuplicateOut && !redirect.target.is("2") && !redirect.target.is("1");
    standard && ((to_file(redirect) && !shown) || elsewhere)
}

/// Whether what stands before `at` closes a compound command.
fn ends_a_group(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
    [")", "}", "done", "fi", "esac"].iter().any(|end| before.ends_with(end))
}
