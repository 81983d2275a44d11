//! What the HCL reader makes of text that is broken, hostile or merely beyond the parser underneath.

use std::sync::Arc;

use engine_formats::{Parsed, hcl};
use engine_model::{Document, FilePath, GapCause, Kind, NodeId, SourceFile, Span};

fn parse(text: &str) -> Parsed {
    hcl::parse(&SourceFile::new(FilePath::new("main.tf").unwrap(), text.into()))
}

/// The findings as `line:column: rule: message`, and the names that could be read.
fn check(text: &str, findings: &[&str], names: &[&str]) {
    let parsed = parse(text);
    let found: Vec<String> = parsed
        .findings
        .iter()
        .map(|f| format!("{}:{}: {}: {}", f.location.start().line, f.location.start().column, f.rule, f.message))
        .collect();
    assert_eq!(found, findings, "{text}");
    let read = parsed.document.as_ref().map_or_else(Vec::new, |document| {
        let entries = document.entries(document.roots()[0]);
        entries.iter().map(|entry| document.scalar(entry.key).unwrap().text.to_owned()).collect()
    });
    assert_eq!(read, names, "{text}");
    let broken = findings.iter().any(|f| f.contains("broken-document"));
    assert_eq!(parsed.broken, broken.then_some(GapCause::BrokenDocument));
}

const NEITHER_AT_2_2: &str = "2:2: broken-document: this is neither a block nor an attribute that can be read";

#[test]
fn one_broken_block_does_not_hide_the_others() {
    check(
        "locals {\n  a = 1\n}\nresource \"x\" \"y\" {\n  a = = 2\n}\noutput \"z\" {\n  value = 1\n}\n",
        &["5:7: broken-document: this is not HCL: expected `\"`, `[`, `{`, `-`, `!`, `(`, `_`, `<`, letter or digit"],
        &["locals", "output"],
    );
    check("a = 1\nb = \nc = [1,\n\"2\"]\n", &["2:3: broken-document: no value follows"], &["a", "c"]);
}

#[test]
fn what_never_ends_is_found_where_it_begins() {
    check(
        "resource \"x\" \"y\" {\n  tags = {\n    a = 1\n}\n\nvariable \"v\" {}\noutput \"z\" {\n  value = 1\n}\n",
        &["1:18: broken-document: this is opened and never closed"],
        &["variable", "output"],
    );
    check("a = \"open\nb = 2\n", &["1:5: broken-document: this string is not closed on its line"], &["b"]);
    check("a = <<EOT\n x\nb = 2\n", &["1:5: broken-document: this heredoc has no end", NEITHER_AT_2_2], &["b"]);
    check("a = 1\n}\nb = 2\n", &["2:1: broken-document: this closes nothing that is open here"], &["a", "b"]);
    check("a = [1\n", &["1:5: broken-document: this is opened and never closed"], &[]);
    check("a = 1 /* x\n", &["1:7: broken-document: this comment never ends"], &[]);
}

#[test]
fn what_the_parser_lets_pass_is_refused_as_terraform_does() {
    let string = "this string is not closed on its line";
    let carriage = "a carriage return is no line break without a line feed after it";
    let dot = "a name has to follow on the same line";
    let refused = |text: &str, column: usize, message: &str| {
        let message = format!("2:{column}: broken-document: {message}");
        check(&format!("x {{\n{text}\n}}\nz = 1\n"), &[&message], &["z"]);
    };
    refused("a = \"x\ry\"", 5, string);
    refused("a = ( b \r )", 9, carriage);
    refused("a = b.\nc", 6, dot);
    refused("a = b. # c\nc", 6, dot);
    refused("a = { b = c.\nd }", 12, dot);
    let open = "the line break ends the expression before its last part";
    for operator in ["-", "||", "==", "?", ">="] {
        let rest = if operator == "?" { "d : e" } else { "d" };
        refused(&format!("a = [b] {operator} # c\n{rest}"), 8 + operator.len(), open);
    }
    let continued = "the line break has ended the expression that this would continue";
    let terms = ["[b]", "f(b)", "{ for k, v in b : k => v }", "[\nb\n]"];
    for (term, more) in
        terms.iter().flat_map(|term| ["- c", "* c", "!= c", "? c : d", "[0]", ".c"].map(|more| (term, more)))
    {
        let text = format!("x {{\n  a = {term}\n\n  {more}\n}}\nz = 1\n");
        let line = 4 + term.matches('\n').count();
        check(&text, &[&format!("{line}:3: broken-document: {continued}")], &["z"]);
        assert!(parse(&format!("a = {term} # c\n{more}\n")).broken.is_some(), "{term} {more}");
        assert!(parse(&format!("a = {{\n  b = {term}\n{more}\n}}\n")).broken.is_some(), "{term} {more}");
        let inside = format!("a = (\n{term}\n{more}\n)\nb = [{term}\n{more}]\n");
        assert!(parse(&inside).broken.is_none(), "{inside}");
    }
    for text in ["a = \"x\ny\"\n", "a = \"x\r\ny\"\r\n", "a = \"${\"x\ny\"}\"\n", "a = \"${b}\n\"\n", "\r\n\ra = 1\n"] {
        assert_eq!(parse(text).broken, Some(GapCause::BrokenDocument), "{text:?}");
    }
    let text = "a = <<EOT\nx\ry\nEOT\nz = 1\n";
    check(text, &["2:2: broken-document: a carriage return is no line break without a line feed after it"], &["z"]);
    for text in [
        "a = b\r\nc = 2\r\n",
        "a = (b.\nc)\n",
        "a = [b.\nc]\n",
        "a = \"${b.\nc}\"\n",
        "a = \"${f(\nx\n)}\"\n",
        "a = \"%{ if\ny }z%{ endif }\"\n",
        "a = { for k, v in b : k => v... }\n",
        "a = f(b...)\n",
        "a = [b] - /*\n*/ c\n",
        "a = b-\nc- = [d.e-]\n",
        "a = b.*\nc = d[*]\n",
        "a = {\n  -1 = b, # c\n  - 2 = b,\n  [c] = d\n}\n",
        "a {\n  b = [\n    -1,\n    c == d\n    ? e\n    : f,\n  ]\n}\n",
        "a = { for k, v in b : k => f(v)\n- 1\nif k\n== 1 }\n",
        "a = \"${[b]\n- c}\"\n",
        "a = <<EOT\n- ${b}\n* c +\n- d.\nEOT\n# e -\nf = 1 // -\n/* - */\n",
        "a = <<EOT\n\"x\nEOT\n",
        "a = <<EOT\r\nx.\r\nEOT\r\n",
        "a = \"x.\" # \"y\n",
        "a = \"\\\"\" // \".\nb = 1 # c.\n",
    ] {
        let parsed = parse(text);
        assert!(parsed.broken.is_none(), "{text:?}: {:?}", parsed.findings);
    }
}

#[test]
fn an_attribute_that_stands_twice_is_refused_as_terraform_does() {
    check(
        "a = 1\nb = 2\na = 3\n",
        &["3:1: broken-document: `a` is set twice, which Terraform refuses"],
        &["a", "b", "a"],
    );
    check(
        "x {\n  a = 1\n  a = 2\n}\ny {}\n",
        &["3:3: broken-document: this attribute is set twice, which Terraform refuses"],
        &["y"],
    );
}

#[test]
fn line_breaks_in_an_object_for_are_legal() {
    let text = "a = { for k, v in x : # why é\n  k => v ?\n  {\n    b = 1\n  } : \"${v}\\n\" &&\n true }\nb = [\n1]\n";
    check(text, &[], &["a", "b"]);
    let document = parse(text).document.unwrap();
    let value = document.get(document.roots()[0], "a").unwrap();
    assert!(document.source_text(value).ends_with(" true }"));
}

#[test]
fn a_key_that_stands_twice_in_an_object_is_read_twice() {
    let text = "a = { x = 1, y = 2, x = 3, \"y\" = 4, \"y\" = 5 }\nb = { x = 1\n x = 2 }\n";
    check(
        text,
        &[
            "1:21: duplicate-key: `x` stands twice in one object, and the last value counts",
            "1:37: duplicate-key: `y` stands twice in one object, and the last value counts",
            "3:2: duplicate-key: `x` stands twice in one object, and the last value counts",
        ],
        &["a", "b"],
    );
    let twice = "`v` stands twice in one object, and the last value counts";
    for key in ["(v)", "( v.x )", "\"${v}\"", "\"v$${x}\"", "\"v\""] {
        let text = format!("a = {{ {key} = 1, {key} = 2, {key} = 3 }}\n");
        let column = 13 + key.len();
        let again = column + 6 + key.len();
        let findings = [column, again].map(|column| format!("1:{column}: duplicate-key: {twice}"));
        check(&text, &[&findings[0], &findings[1]], &["a"]);
    }
    let document = parse(text).document.unwrap();
    let value = document.get(document.roots()[0], "a").unwrap();
    assert_eq!(document.entries(value).len(), 5);
    assert_eq!(document.source_text(document.get(value, "x").unwrap()), "3");
}

#[test]
fn hostile_text_is_answered() {
    let n = 100_000;
    let deep = [
        format!("a = {}1{}\n", "(".repeat(n), ")".repeat(n)),
        format!("a = {}{}\n", "[".repeat(n), "]".repeat(n)),
        format!("{}\n", "a {\n".repeat(n)),
        format!("{}{}\n", "a {\n".repeat(n), "}\n".repeat(n)),
        format!("a = {}\n", "{ a = ".repeat(n)),
        format!("a = {}1\n", "!".repeat(n)),
        format!("a = 1{}\n", " + 1".repeat(n)),
        format!("a = {}1{}\n", "\"${".repeat(n), "}\"".repeat(n)),
        format!("a = {}\n", "x ? y : ".repeat(n)),
        format!("a = \"{}\n", "%{ if x }".repeat(n)),
    ];
    for text in &deep {
        let parsed = parse(text);
        assert!(!parsed.findings.is_empty());
    }
    let many = [
        "resource \"a\" \"b\" {\n".repeat(n),
        "a = <<X\n".repeat(n),
        "a = \"\n".repeat(n),
        "a = /*\n".repeat(n),
        format!("a = {{\n{}}}\n", "k = 1\n".repeat(n)),
        format!("a = {{ for x in y : x => <<E\n{}", "}\n".repeat(n)),
        format!("{} = 1", "é".repeat(n)),
        "a = = 1\n".repeat(n),
    ];
    for text in &many {
        let parsed = parse(text);
        assert!(parsed.findings.len() <= 100);
        assert!(parsed.findings.iter().all(|finding| finding.message.chars().count() <= 260));
    }
    let last = parse(&"a = = 1\n".repeat(n)).findings.pop().unwrap();
    assert!(last.message.ends_with("(and 99900 more in this file)"), "{}", last.message);
}

/// Every span is inside the text, cuts no character, and lies inside its parent's.
fn sound(document: &Document) {
    let mut stack: Vec<(NodeId, Option<Span>)> = document.roots().iter().map(|root| (*root, None)).collect();
    let mut seen = 0;
    while let Some((id, within)) = stack.pop() {
        seen += 1;
        let node = document.node(id);
        assert!(document.text().get(node.span.range()).is_some(), "{:?}", node.span);
        if let Some(within) = within {
            assert!(within.contains(node.span), "{:?} is not in {within:?}:\n{}", node, document.text());
        }
        match node.kind {
            Kind::Sequence(items) => stack.extend(items.iter().map(|item| (*item, Some(node.span)))),
            Kind::Expression(_, items) => stack.extend(items.iter().map(|item| (*item, Some(node.span)))),
            Kind::Mapping(entries) => {
                for entry in entries {
                    // The key of repeated blocks and a block's own keys lie beside their values.
                    stack.push((entry.key, Some(node.span)));
                    stack.push((entry.value, Some(node.span)));
                }
            }
            Kind::Scalar(scalar) => {
                let len = u32::try_from(scalar.text.len()).unwrap();
                assert!(node.span.contains(document.locate_text(id, Span::new(0, len)).span));
            }
            Kind::Null | Kind::Alias(_) => {}
        }
    }
    assert_eq!(seen, document.node_count(), "a node that hangs nowhere");
}

#[test]
fn no_mutation_breaks_a_span() {
    let seed = include_str!("seed.tf");
    sound(&parse(seed).document.unwrap());
    assert!(parse(seed).findings.is_empty());
    let pieces = [
        "{",
        "}",
        "\"",
        "${",
        "%{ if x }",
        "<<E\n",
        "\n",
        "\r\n",
        "é",
        "=",
        "[",
        ")",
        "...",
        "for ",
        "\u{feff}",
        "\\",
        "$${",
        "#",
        "/*",
        "~}",
    ];
    let boundaries: Vec<usize> = seed.char_indices().map(|(at, _)| at).collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let (mut whole, mut partial, mut nothing) = (0, 0, 0);
    for _ in 0..4000 {
        let mut text = seed.to_owned();
        let from = boundaries[next(boundaries.len())];
        match next(3) {
            0 => text.insert_str(from, pieces[next(pieces.len())]),
            1 => {
                text.remove(from);
            }
            _ => text.truncate(from),
        }
        let parsed = parse(&text);
        for finding in &parsed.findings {
            assert!(text.get(finding.location.span.range()).is_some());
        }
        match (&parsed.document, parsed.broken) {
            (Some(document), broken) => {
                sound(document);
                if broken.is_some() { partial += 1 } else { whole += 1 }
            }
            (None, broken) => {
                assert!(broken.is_some() && !parsed.findings.is_empty());
                nothing += 1;
            }
        }
    }
    assert!(whole > 300 && partial > 300 && nothing < 400, "{whole} {partial} {nothing}");
}

#[test]
fn an_embedded_text_that_is_no_text_is_empty() {
    let outer: Arc<Document> = parse("a = [1]\n").document.unwrap();
    let parsed = hcl::parse_embedded(&outer, outer.roots()[0]);
    assert_eq!(parsed.document.unwrap().node_count(), 1);
}

#[test]
fn a_text_that_would_take_minutes_is_refused_at_its_place() {
    let object = |keys: usize| {
        let keys: String = (0..keys).map(|key| format!("    k{key} = {key}\n")).collect();
        format!("a = 1\nlocals {{\n  object = {{\n{keys}  }}\n}}\n")
    };
    let read = |text: String| parse(&text);
    assert!(read(object(5_000)).findings.is_empty());
    let parsed = read(object(200_000));
    let finding = &parsed.findings[0];
    assert_eq!(finding.location.to_string(), "main.tf:2:1");
    assert_eq!(finding.message, "200001 assignments stand in this one block, more than are read");
    assert!(parsed.broken.is_some() && parsed.document.is_none());
    // Many blocks of few assignments are as light as they look.
    let many: String =
        (0..40_000).map(|block| format!("variable \"v{block}\" {{\n  default = {block}\n}}\n")).collect();
    assert!(read(many).findings.is_empty());
}
