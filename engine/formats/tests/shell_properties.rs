//! What holds for every text, however broken: nothing panics, places lead into the text, limits are kept.

use std::thread;

use engine_formats::shell::{self, MAX_COMMANDS, MAX_PROBLEMS, Part, Script, Word};

/// Enough for a thread of any pool; a reader that recursed with its input would overflow it.
const STACK_BYTES: usize = 1 << 20;

const SEEDS: [&str; 8] = [
    "set -euo pipefail\nterraform init -input=false && terraform apply -auto-approve \"plan-${ENV:-dev}.out\" | tee log\n",
    "deploy() {\n  local region=\"$1\"; shift\n  if [[ -n $region && $region =~ ^(eu|us)-.*$ ]]; then\n    aws s3 cp *.zip s3://x/ &\n  fi\n}\ndeploy eu\n",
    "for f in $(ls *.tf) \"a b\"; do echo `basename $f .tf` >> out.txt 2>&1; done < <(cat x)\n",
    "case \"$CI_COMMIT_REF_NAME\" in\n  main|v*) sh -c 'terraform apply' ;;\n  *) echo $'no\\t' \\\n   more ;;\nesac\n",
    "cat <<-EOF | vault write auth/jwt/role/x -\n\t{\"a\": \"$(date)\"}\n\tEOF\nexport A=1 B=(x $(y) 'z') C+=\"${D%.*}\"\n",
    "while read -r line; do (( n++ )); done <<< \"$X\"\n! grep -q é <ü.txt || { echo \"$((1 + $(wc -l < a)))\" >&2; exit 1; }\n",
    "coproc up { a; }; select x in a b; do :; done; ( cd x; trap 'rm -rf \"$T\"' EXIT ); until a; do b; done\r\n",
    "echo $[[ inputs.stage ]] ~/bin/{a,b} !(x) $\"t\" <<A <<'B'\nx $y\nA\nz $w\nB\n",
];

const PIECES: [&str; 40] = [
    "$(",
    "`",
    "((",
    "))",
    "\"",
    "'",
    "${",
    "}",
    ")",
    "(",
    "<<E",
    "<<-'E'",
    "\n",
    "\r\n",
    ";;",
    ";",
    "case x in",
    "esac",
    "do",
    "done",
    "if",
    "then",
    "fi",
    "\\",
    "[[",
    "]]",
    "$'",
    "&",
    "&&",
    "|",
    "<(",
    "{",
    "é",
    "#",
    "=(",
    "$((",
    "function ",
    "()",
    "\u{0}",
    "a[",
];

fn words(script: &Script) -> impl Iterator<Item = &Word> {
    script.commands.iter().flat_map(|command| {
        let values = command.assignments.iter().map(|assignment| &assignment.value);
        let redirects = command.redirects.iter().flat_map(|redirect| [Some(&redirect.target), redirect.body.as_ref()]);
        command.words.iter().chain(values).chain(redirects.flatten())
    })
}

fn check_word(text: &str, script: &Script, word: &Word) {
    assert!(text.get(word.span.range()).is_some(), "a word is not in the text: {word:?}\n{text}");
    let mut end = word.span.start;
    let mut unreadable = Vec::new();
    for part in &word.parts {
        let Some(raw) = text.get(part.span().range()) else {
            unreadable.push(part.span());
            continue;
        };
        assert!(part.span().start >= end && part.span().end <= word.span.end, "parts overlap: {word:?}\n{text}");
        end = part.span().end;
        match part {
            Part::Literal { text: literal, .. } => {
                let plain = !raw.contains(['\\', '\'', '"', '\t', '\r']) && !raw.starts_with('$');
                assert!(literal.len() <= raw.len(), "{part:?} says more than `{raw}`\n{text}");
                assert!(!plain || literal == raw, "{part:?} is written `{raw}`\n{text}");
            }
            Part::Variable { name, .. } => {
                assert!(raw.starts_with('$') && raw.contains(name.as_str()), "{part:?}: `{raw}`");
            }
            Part::Substitution { commands, .. } => {
                assert!(commands.start <= commands.end && commands.end as usize <= script.commands.len(), "{part:?}");
                assert!(raw.starts_with("$(") || raw.starts_with('`'), "{part:?}: `{raw}`");
            }
            Part::Other { text: other, .. } => assert_eq!(other, raw),
        }
    }
    assert_eq!(unreadable, [], "parts are not in the text: {word:?}\n{text}");
    assert!(word.display().chars().count() <= 80 && !word.display().contains(char::is_control), "{word:?}");
    if let Some((literal, map)) = word.literal_map() {
        assert_eq!(map.decoded_len() as usize, literal.len(), "{word:?}\n{text}");
        for (at, c) in literal.char_indices() {
            let span = engine_model::Span::from_range(at..at + c.len_utf8());
            let written = map.source_span(span).and_then(|span| text.get(span.range()));
            assert!(written.is_some(), "{c:?} of {word:?} has no place\n{text}");
            let written = written.unwrap_or("");
            assert!(written.starts_with('\\') || written.chars().eq([c]), "{c:?} is written `{written}`\n{text}");
        }
    }
}

fn check(text: &str) -> Script {
    let script = shell::parse(text);
    for (index, command) in script.commands.iter().enumerate() {
        assert!(text.get(command.span.range()).is_some(), "a command is not in the text: {command:?}\n{text}");
        assert!(command.context.position < command.context.pipeline_len, "{command:?}\n{text}");
        assert!(command.context.in_substitution.is_none_or(|owner| (owner as usize) < index), "{command:?}\n{text}");
        let something = command.words.len() + command.assignments.len() + command.redirects.len();
        assert!(something > 0 || script.truncated, "{command:?} says nothing\n{text}");
    }
    for word in words(&script) {
        check_word(text, &script, word);
    }
    for span in script
        .problems
        .iter()
        .map(|problem| problem.span)
        .chain(shell::functions(&script).iter().map(|(_, span)| *span))
    {
        assert!(text.get(span.range()).is_some(), "{span:?} is not in the text\n{text}");
    }
    assert!(script.commands.len() <= MAX_COMMANDS && script.problems.len() <= MAX_PROBLEMS);
    script
}

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

#[test]
fn seeds_have_no_problem_and_every_prefix_of_them_is_read() {
    for seed in SEEDS {
        assert_eq!(check(seed).problems, [], "{seed}");
        for end in (0..seed.len()).filter(|end| seed.is_char_boundary(*end)) {
            check(seed.get(..end).unwrap());
        }
    }
}

#[test]
fn mutations_are_read() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut with_problems = 0;
    for case in 0..20_000 {
        let mut text = SEEDS[case % SEEDS.len()].to_owned();
        for _ in 0..=numbers.below(6) {
            let at = text.floor_char_boundary(numbers.below(text.len() + 1));
            let to = text.floor_char_boundary(at + numbers.below(12));
            match numbers.below(4) {
                0 => text.replace_range(at..to.max(at), ""),
                1 => text.insert_str(at, SEEDS[numbers.below(SEEDS.len())]),
                _ => text.insert_str(at, PIECES[numbers.below(PIECES.len())]),
            }
        }
        with_problems += usize::from(!check(&text).problems.is_empty());
    }
    assert!(with_problems > 5_000, "only {with_problems} mutations broke anything");
}

#[test]
fn pieces_in_any_order_are_read() {
    let mut numbers = Numbers(42);
    for _ in 0..20_000 {
        let pieces = (0..numbers.below(40)).map(|_| PIECES[numbers.below(PIECES.len())]);
        check(&pieces.collect::<String>());
    }
}

#[test]
fn nothing_nests_or_repeats_beyond_the_limits() {
    let more = [
        "a ",
        "a\n",
        "\"\n",
        "'\n",
        "$(\n",
        "a\\\n",
        "if a; then ",
        "while a; do ",
        "for x in a; do ",
        "case a in a) ",
        "f() { ",
        "f() ",
        "\"$(",
        "${a:-",
        "${a:-\"$(`",
        "a=(",
        "a[$(",
        "<(",
        "! ",
        "time ",
        "coproc ",
        "cat <<A\n",
        "cat <<A $(",
        "a && ",
        "a | ",
        "[[ ( ",
        "$a",
        "> ",
        "2",
        "+(",
        "#",
        "( a\n",
        "\u{1f600}",
    ];
    for piece in PIECES.iter().chain(&more) {
        let text = piece.repeat(300_000 / piece.len());
        let read = move || {
            let script = shell::parse(&text);
            assert!(script.commands.len() <= MAX_COMMANDS && script.problems.len() <= MAX_PROBLEMS);
        };
        thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(read)
            .unwrap()
            .join()
            .unwrap_or_else(|_| panic!("{piece:?}"));
    }
}

#[test]
fn a_text_beyond_the_limit_is_cut_and_said_to_be() {
    let line = format!("echo {}\n", "é".repeat(shell::MAX_BYTES));
    let script = check(&line);
    assert!(script.truncated);
    assert_eq!(script.commands.len(), 1);
    assert!(!check(&format!("echo {}\nb", "a".repeat(shell::MAX_BYTES - 100))).truncated);
    assert!(check(&"a\n".repeat(MAX_COMMANDS + 1)).truncated);
    assert!(!check(&"a\n".repeat(MAX_COMMANDS)).truncated);
    assert!(check(&"a ".repeat(shell::MAX_PARTS + 1)).truncated);
}
