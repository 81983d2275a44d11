//! Where commands begin, as another reader of bash sees it.
//!
//! `shell_judged.txt` holds a line for each text that is made here: the bytes at which tree-sitter-bash 0.25.1 has
//! commands, assignments and declarations begin, `((` and redirects of compound commands left out.

use engine_formats::shell;

const ANSWERS: &str = include_str!("shell_judged.txt");

/// Bytes at which commands begin.
fn starts(text: &str) -> Vec<usize> {
    let script = shell::parse(text);
    assert!(script.problems.is_empty(), "{text}\n{:?}", script.problems);
    let commands = script.commands.iter().filter(|command| {
        let arithmetic = command.words.first().is_some_and(|word| word.literal().as_deref() == Some("(("));
        !arithmetic && (!command.words.is_empty() || !command.assignments.is_empty())
    });
    let mut starts: Vec<usize> = commands.map(|command| command.span.start as usize).collect();
    starts.sort_unstable();
    starts
}

/// Texts that differ in one part each: a frame around a filling.
fn made() -> Vec<String> {
    const FILLINGS: &[&str] = &[
        "terraform apply plan",
        "A=b c \"$D\"",
        "A=b",
        "x=$(a | b)",
        "echo \"$(a \"$(b c)\")\" `d e`",
        "export A=$(b) C",
        "a > f 2>&1 < g",
        "[ -n \"$A\" ] && b",
        "[[ $a == b* ]] || c",
        "a ${b:-$(c d)} e",
        "f() { g; h; }; f",
        "cat <<E | b\n$(c) text\nE\nd",
        "cat <<'E'\n$(c) text\nE\nd",
        "a <<< \"$b\" c",
        "a; b & c",
        "! a | b",
        "for i in $(a) b; do c $i; done",
        "while read -r l; do a; done < f",
        "case $a in b|c) d;; *) e;; esac",
        "if a; then b; elif c; then d; else e; fi",
        "( a; b ) > f",
        "{ a; b; } 2>&1 | c",
        "a \\\n  b \\\n  c",
        "a 'it is; not' b\\;c # d; e",
        "a=(b $(c) d); e ${a[@]}",
        "until a; do b; break; done",
    ];
    const FRAMES: &[(&str, &str)] = &[
        ("", ""),
        ("a1\n", "\nb1"),
        ("if a1; then\n", "\nfi"),
        ("(\n", "\n) && b1"),
        ("f1() {\n", "\n}\nf1"),
        ("x1=$(\n", "\n)"),
        ("for v in 1 2; do\n", "\ndone; b1"),
        ("case $z in z)\n", "\n;; esac"),
    ];
    let framed = |frame: &(&str, &str)| {
        let (before, after) = *frame;
        FILLINGS.iter().map(move |filling| format!("{before}{filling}{after}\n")).collect::<Vec<_>>()
    };
    FRAMES.iter().flat_map(framed).collect()
}

#[test]
fn commands_begin_where_the_judge_says() {
    let texts = made();
    assert_eq!(texts.len(), ANSWERS.lines().count(), "each text has an answer");
    for (text, answer) in texts.iter().zip(ANSWERS.lines()) {
        let answer: Vec<usize> = answer.split(' ').map(|start| start.parse().unwrap()).collect();
        assert_eq!(starts(text), answer, "{text}");
    }
}
