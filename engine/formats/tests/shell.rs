//! What the shell reader makes of texts: one `check` for each, with the commands rendered a line each.

use std::fmt::Write as _;

use engine_formats::shell::{self, After, Part, Redirect, RedirectKind, Script, Word};
use engine_model::Span;

fn word(word: &Word) -> String {
    if word.parts.is_empty() {
        return "''".to_owned();
    }
    let parts = word.parts.iter().map(|part| match part {
        Part::Literal { text, .. } if text.is_empty() || text.contains([' ', '\n', '\t']) => format!("{text:?}"),
        Part::Literal { text, .. } => text.clone(),
        Part::Variable { name, operator, default, quoted, .. } => {
            let operator = operator.as_deref().unwrap_or("");
            let default = default.as_ref().map(|default| format!("~{default}")).unwrap_or_default();
            format!("{}{{{name}{operator}{default}}}", if *quoted { "q" } else { "$" })
        }
        Part::Substitution { commands, quoted, .. } => {
            format!("{}({}..{})", if *quoted { "q" } else { "$" }, commands.start, commands.end)
        }
        Part::Other { text, .. } => format!("<{}>", text.replace('\n', "\\n")),
    });
    parts.collect()
}

fn redirect(redirect: &Redirect) -> String {
    let kind = match redirect.kind {
        RedirectKind::Write => ">",
        RedirectKind::Append => ">>",
        RedirectKind::Clobber => ">|",
        RedirectKind::Read => "<",
        RedirectKind::HereDoc => "<<",
        RedirectKind::HereString => "<<<",
        RedirectKind::ReadWrite => "<>",
        RedirectKind::DuplicateOut => ">&",
        RedirectKind::DuplicateIn => "<&",
        RedirectKind::WriteBoth => "&>",
        RedirectKind::AppendBoth => "&>>",
    };
    let descriptor = redirect.descriptor.map(|number| number.to_string()).unwrap_or_default();
    let body = redirect.body.as_ref().map(|body| format!(":{}", word(body))).unwrap_or_default();
    format!("{descriptor}{kind}{}{body}", word(&redirect.target))
}

fn render(script: &Script) -> String {
    let mut out = String::new();
    for command in &script.commands {
        let context = &command.context;
        let mut words: Vec<String> = Vec::new();
        if context.pipeline_len > 1 {
            words.push(format!("[{}/{}]", context.position + 1, context.pipeline_len));
        }
        let marks = [
            (context.after == Some(After::And), "and"),
            (context.after == Some(After::Or), "or"),
            (context.conditional && context.after.is_none(), "maybe"),
            (context.subshell, "sub"),
            (context.background, "bg"),
            (context.negated, "not"),
        ];
        words.extend(marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| format!("[{mark}]")));
        words.extend(context.in_function.iter().map(|name| format!("[fn {name}]")));
        words.extend(context.in_substitution.map(|index| format!("[in {index}]")));
        for assignment in &command.assignments {
            let operator = if assignment.append { "+=" } else { "=" };
            words.push(format!("{{{}{operator}{}}}", assignment.name, word(&assignment.value)));
        }
        words.extend(command.words.iter().map(word));
        words.extend(command.redirects.iter().map(redirect));
        let _ = writeln!(out, "{}", words.join(" "));
    }
    for (name, _) in shell::functions(script) {
        let _ = writeln!(out, "function {name}");
    }
    for problem in &script.problems {
        let _ = writeln!(out, "problem {}..{} {}", problem.span.start, problem.span.end, problem.message);
    }
    out
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let script = shell::parse(text);
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(render(&script), expected, "\nin the text:\n{text}");
}

#[test]
fn words_and_quotes() {
    check("terraform apply -auto-approve", "terraform apply -auto-approve");
    check(r#"echo 'a b'"c d"e\ f"#, r#"echo "a b""c d""e f""#);
    check(r#"echo "" '' "a\"b\\c\$d\e""#, r#"echo "" "" a"b\c$d\e"#);
    check(r"printf $'a\tb\x41\u00e9\101\q'", r#"printf "a\tbAéA\\q""#);
    check("echo $\"hello\" $ a$", "echo hello $ a$");
    check("echo a\\\nb \\\n  c", "echo ab c");
    check("echo a#b # comment 'x\n# another \"\necho c", "echo a#b\necho c");
    check("a;b\r\nc\r\n", "a\nb\nc");
    check("", "");
    check("  \n\t# only a comment", "");
}

#[test]
fn expansions() {
    check(r#"echo $A "$B" ${C} "${D}x" $1 $@ $?"#, "echo ${A} q{B} ${C} q{D}x ${1} ${@} ${?}");
    check("echo ${A:-b c} ${A-x} ${A:='y'} ${A%.*} ${A[0]}", "echo ${A:-b c~b c} ${A-x~x} ${A:='y'~y} ${A%.*} ${A[0]}");
    check("echo ${#A} ${!A} ${#} ${A:-$B}", "echo <${#A}> <${!A}> ${#} ${A:-$B}");
    check("echo $((1 + (2))) $[1+1] $[[ inputs.x ]]-y", "echo <$((1 + (2)))> <$[1+1]> <$[[ inputs.x ]]>-y");
    check("ls *.tf a?b [ab]c ~/x a{1,2} {} x[", "ls <*>.tf a<?>b <[>ab]c <~>/x a<{>1,2} {} x[");
    check("X=*.tf find . -name '*.tf' -exec rm {} \\;", "{X=*.tf} find . -name *.tf -exec rm {} ;");
    check("rm !(a|b) @(x)", "rm !<(a|b)> @<(x)>");
}

#[test]
fn substitutions() {
    check("echo $(a | b) `c d`", "echo $(1..3) $(3..4)\n[1/2] [sub] [in 0] a\n[2/2] [sub] [in 0] b\n[sub] [in 0] c d");
    check(r#"X=$(a "$(b)") c"#, "{X=$(1..3)} c\n[sub] [in 0] a q(2..3)\n[sub] [in 1] b");
    check("diff <(a) >(b)", "diff <<(a)> <>(b)>\n[sub] [in 0] a\n[sub] [in 0] b");
    check("echo ${X:-$(a)} $((`b` + 1))", "echo ${X:-$(a)} <$((`b` + 1))>\n[sub] [in 0] a\n[sub] [in 0] b");
    check("echo $((a) | b)", "echo $(1..3)\n[sub] [in 0] a\n[2/2] [sub] [in 0] b");
    check("echo \"$(case x in a) b ;; esac)\"", "echo q(1..2)\n[maybe] [sub] [in 0] b");
}

#[test]
fn assignments() {
    check("A=1 B= C+='x y' cmd D=2", "{A=1} {B=''} {C+=\"x y\"} cmd D=2");
    check("export A=$B C", "{A=${B}} export A=${B} C");
    check(
        "local -a list=(a $(b) 'c') x",
        "{list=<(>a< >$(1..2)< >c<)>} local -a list=<(>a< >$(1..2)< >c<)> x\n[sub] [in 0] b",
    );
    check("a[0]=1 b=(\n x # y\n z)", "{a[0]=1} {b=<(>x< # y\\n >z<)>}");
}

#[test]
fn lists_and_pipelines() {
    check("a && b || c; d & e", "a\n[and] b\n[or] c\n[bg] d\ne");
    check("a | b |& c", "[1/3] a\n[2/3] b\n[3/3] c");
    check("! a | b\n! ! c", "[1/2] [not] a\n[2/2] [not] b\nc");
    check("time -p a", "a");
    check("a &&\n\n b |\n c", "a\n[1/2] [and] b\n[2/2] [and] c");
    check("(a; b) && { c; d; }", "[sub] a\n[sub] b\n[and] c\n[and] d");
    check("coproc a; coproc N { b; }; coproc { c; }", "[bg] a\n[bg] b\n[bg] c");
}

#[test]
fn redirects() {
    check("a >b 2>&1 >>c <d <>e >|f 3<&- &>g &>>h >&i", "a >b 2>&1 >>c <d <>e >|f 3<&- &>g &>>h &>i");
    check("cat <<< \"$X\"", "cat <<<q{X}");
    check("cat <<EOF | sh\na $X\n  b\nEOF\nc", "[1/2] cat <<EOF:\"a \"q{X}\"\\n  b\\n\"\n[2/2] sh\nc");
    check("cat <<-'E' <<F\n\ta $X\n\tE\n$(b)\nF", "cat <<E:\"a $X\\n\" <<F:q(1..2)\"\\n\"\n[sub] [in 0] b");
    check("x=$(cat <<E\na\nE\n)\nb", "{x=$(1..2)}\n[sub] [in 0] cat <<E:\"a\\n\"\nb");
    check("while read l; do a; done < <(b) 2>c", "read l\n[maybe] a\n<<<(b)> 2>c\n[sub] [in 2] b");
    check("cat <<E\nnever", "cat <<E:never\nproblem 4..6 here-document without its end `E`");
}

#[test]
fn compound_commands() {
    check("if ! a; then b; elif c; then d; else e; fi; f", "[not] a\n[maybe] b\n[maybe] c\n[maybe] d\n[maybe] e\nf");
    check("for x in $(a) b; do c $x; done", "[sub] a\n[maybe] c ${x}");
    check("for x; do a; done; for ((i=0;i<3;i++)); do b; done", "[maybe] a\n[maybe] b");
    check("until a\ndo b\ndone | c", "a\n[maybe] b\n[2/2] c");
    check("case $X in\n (a|b) c ;;\n *) d\nesac", "[maybe] c\n[maybe] d");
    check("select x in a; do b; break; done", "[maybe] b\n[maybe] break");
    check("[[ -n $A && ! $B =~ ^(a|b)$ ]] && c", "[[ -n ${A} && ! ${B} =~ ^(a|b)$ ]]\n[and] c");
    check("[ -n \"$A\" ] && (( x > $(a) ))", "[ -n q{A} ]\n[and] (( < x > $(a) > ))\n[and] [sub] [in 1] a");
    check(
        "f() { a; }\nfunction g { b; }\nfunction h() (c)\nf",
        "[fn f] a\n[fn g] b\n[sub] [fn h] c\nf\nfunction f\nfunction g\nfunction h",
    );
    check("trap 'rm x' EXIT", "trap \"rm x\" EXIT");
    check("((a; b) | c)", "[sub] a\n[sub] b\n[2/2] [sub] c");
}

#[test]
fn what_cannot_be_read_does_not_hide_the_rest() {
    check(
        "a\necho )(\nterraform apply",
        "a\necho\nterraform apply\nproblem 7..8 `)` closes nothing\nproblem 8..9 `(` is never closed",
    );
    check("a\nfi\nb; done\nc }", "a\nb\nc }\nproblem 2..4 `fi` closes nothing\nproblem 8..12 `done` closes nothing");
    check("a\nb \"x\nc\nd", "a\nb x\nc\nd\nproblem 4..5 `\"` is never closed");
    check("a \"it\nb \"x\" \"y\"\nc", "a it\nb x y\nc\nproblem 2..3 `\"` is never closed");
    check("a\nb $(c\nd", "a\nb $(2..3)\n[sub] [in 1] c\nd\nproblem 4..6 `$(` is never closed");
    check("if a; then\nb\nc", "a\n[maybe] b\n[maybe] c\nproblem 0..2 `if` without `fi`");
    check("case x in\na b\nc d", "a b\nc d\nproblem 0..4 `case` without `esac`");
    check("for x in a\nb\nc", "b\nc\nproblem 0..3 `for` without `do`");
    check("a |\n&& b\nc", "[1/2] a\n[and] b\nc\nproblem 4..5 a command is missing before `&`");
    check("a && ; b", "a\nb\nproblem 5..6 a command is missing before `;`");
    check("a &&", "a\nproblem 2..4 no command follows");
    check("a ${ b\nc", "a <${> b\nc\nproblem 2..4 `${` with a blank in its name");
    check("a ${}", "a <${}>\nproblem 2..4 `${` without a name");
    check("a ${b:-\nc", "a ${b:-~}\nc\nproblem 2..4 `${` is never closed");
    check(
        "m \"x\ny\"\na \"\necho \"b c\"\nd \"e\" \"f\"",
        "m \"x\\ny\"\na \"\"\necho \"b c\"\nd e f\nproblem 10..11 `\"` is never closed",
    );
    check("f( b )\nc", "f\n[sub] b\nc\nproblem 1..2 unexpected `(`");
    check("a > \nb", "a >''\nb\nproblem 2..3 nothing follows `>`");
    check(
        "Get-ChildItem | ForEach-Object { $_.Name }\nif ($x) { Write-Host \"a\" }\n",
        "[1/2] Get-ChildItem\n[2/2] ForEach-Object { ${_}.Name }\n[sub] ${x}\nWrite-Host a }
        problem 43..45 `if` without `then`\nproblem 43..45 `if` without `fi`\nproblem 51..52 `{` without `}`",
    );
}

#[test]
fn nesting_beyond_the_limit_is_a_problem_and_what_follows_is_read() {
    let script = shell::parse(&format!("{}\nterraform apply\n", "$(".repeat(shell::MAX_DEPTH as usize * 2)));
    assert!(script.problems.iter().any(|problem| problem.message.starts_with("nested deeper than")));
    assert!(script.commands.iter().any(|command| command.words.first().is_some_and(|word| word.is("terraform"))));
}

/// The first word after the program.
fn argument(text: &str) -> Word {
    let command = shell::parse(text).commands.into_iter().next().unwrap_or_default();
    command.words.into_iter().nth(1).unwrap_or_default()
}

#[test]
fn what_a_word_says() {
    let known = |name: &str| match name {
        "A" => Some("x".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let says = |text: &str| argument(&format!("echo {text}")).text_with(&known);
    let table = [
        ("'a'\"b\"c", Some("abc")),
        ("-$A\"${A}\"", Some("-xx")),
        ("$B", None),
        ("${B:-y}", Some("y")),
        ("${B-y}", Some("y")),
        ("${B:=y}", Some("y")),
        ("${B:-}", Some("")),
        ("${A:-y}", Some("x")),
        ("${EMPTY:-y}", Some("y")),
        ("${EMPTY-y}", Some("")),
        ("${A:?no}", Some("x")),
        ("${B:?no}", None),
        ("${EMPTY:?no}", None),
        ("${A:+y}", None),
        ("${A%.*}", None),
        ("${B:-$A}", None),
        ("${A[0]}", None),
        ("$(a)", None),
        ("*.tf", None),
    ];
    for (text, expected) in table {
        assert_eq!(says(text).as_deref(), expected, "{text}");
    }
    assert_eq!(argument("echo ${B:-y}").literal(), None);
    assert_eq!(argument("echo a$B").literal_prefix(), "a");
    assert!(argument("echo -target=$B").starts_with("-target="));
    assert!(argument("echo 'app'ly").is("apply") && !argument("echo apply$X").is("apply"));
    assert_eq!(argument("echo \"a\n$B\"").display(), "\"a $B\"");
    assert_eq!(argument(&format!("echo {}", "é".repeat(100))).display(), format!("{}…", "é".repeat(79)));
}

#[test]
fn a_decoded_word_leads_back_to_where_it_is_written() {
    let text = r#"sh -c "terraform \"apply\" 'x'""#;
    let (inner, map) = shell::parse(text).commands[0].words[2].literal_map().unwrap();
    assert_eq!(inner, "terraform \"apply\" 'x'");
    let script = shell::parse(&inner);
    let apply = script.commands[0].words[1].span;
    assert_eq!(map.source_span(apply).and_then(|span| text.get(span.range())), Some(r#"\"apply\""#));
    let here = shell::parse("bash <<-'E'\n\ta\n\t b c\nE\n");
    let (inner, map) = here.commands[0].redirects[0].body.as_ref().unwrap().literal_map().unwrap();
    assert_eq!(inner, "a\n b c\n");
    let c = shell::parse(&inner).commands[1].words[1].span;
    assert_eq!(map.source_span(c), Some(Span::new(19, 20)));
}

#[test]
fn what_is_filled_in_before_the_shell_is_no_literal() {
    let check = |text: &str, expected: &str| {
        let starts = text.match_indices("${{").map(|(start, _)| start);
        let ends = text.match_indices("}}").map(|(end, _)| end + 2);
        let holes: Vec<Span> = starts.zip(ends).map(|(start, end)| Span::from_range(start..end)).collect();
        let script = shell::parse_with_holes(text, &holes);
        assert_eq!(render(&script).trim_end(), expected, "{text}");
        for word in script.commands.iter().flat_map(|command| &command.words) {
            let written = text.get(word.span.range()).unwrap_or("");
            assert_eq!(word.literal().is_none(), written.contains("${{") || written.contains("$("), "{written}");
            assert!(!word.display().contains('\u{1a}'), "{}", word.display());
        }
    };
    check("a ${{ b; 'c }} d", "a <${{ b; 'c }}> d");
    check("a '-x=${{ b }}y' \"${{ c }}${{d}}\"", "a -x=<${{ b }}>y <${{ c }}${{d}}>");
    check("${{ a }} b && c$(d ${{ e }})", "<${{ a }}> b\n[and] c$(2..3)\n[and] [sub] [in 1] d <${{ e }}>");
    check("A=${{ a }} b ${B:-${{ c }}} > ${{ d }}", "{A=<${{ a }}>} b ${B:-${{ c }}} ><${{ d }}>");
    check("cat <<'E'\nx ${{ a }}\nE\nb", "cat <<E:\"x \"<${{ a }}>\"\\n\"\nb");
    check("a # ${{ b }}\nc", "a\nc");
}
