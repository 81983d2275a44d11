//! What the reader says of text that Vault does not read, and of text that nobody writes in good faith.

use engine_model::GapCause;

use crate::random::Random;
use crate::route::at;
use crate::support::{findings, parse, sound};

/// The findings without their rule, and the labels of the stanzas that could be read.
fn check(text: &str, expect: &[&str], stanzas: &[&str]) {
    let parsed = parse(text);
    let found: Vec<String> = findings(&parsed).iter().map(|found| found.replace(" broken-document:", "")).collect();
    assert_eq!(found, expect, "{text}");
    assert_eq!(parsed.broken, Some(GapCause::BrokenDocument));
    let read: Vec<String> = parsed.document.as_ref().map_or_else(Vec::new, |document| {
        let blocks = document.get(document.roots()[0], "path").map_or(&[][..], |blocks| document.items(blocks));
        let labels = blocks.iter().map(|block| document.get(*block, "labels").unwrap());
        labels.map(|labels| document.scalar(document.items(labels)[0]).unwrap().text.to_owned()).collect()
    });
    assert_eq!(read, stanzas, "{text}");
}

#[test]
fn one_broken_stanza_does_not_hide_the_others() {
    check(
        "path \"a\" { capabilities = [\"read\" \"list\"] }\npath \"b\" {\n  policy = read\n}\npath \"c\" {}\n",
        &["1:35: a comma or `]` is missing here", "3:12: `read` is no value"],
        &["c"],
    );
    check("path \"a\" {}\n}\npath \"b\" {}\n", &["2:1: this closes nothing that is open here"], &["a", "b"]);
    check("path \"a\" {\n  x = [1\n}\npath \"b\" {}\n", &["3:1: a comma or `]` is missing here"], &["b"]);
    check("path \"a\" {\n  x = 1\n\npath \"b\" {}\n", &["1:10: this is opened and never closed"], &["b"]);
    check("path \"a {\n}\npath \"b\" {}\n", &["1:6: this text is not closed on its line"], &["b"]);
    check("path \"a\" {\n x = <<E\n}\npath \"b\" {}\n", &["2:6: this heredoc has no end"], &["b"]);
    check("path \"a\" {}\n/* x\npath \"b\" {}\n", &["2:1: this comment never ends"], &["a", "b"]);
}

#[test]
fn what_vault_refuses_is_named_where_it_is() {
    let one = |text: &str, message: &str| check(text, &[message], &[]);
    one("path", "1:5: the text ends here, behind a key without a value");
    one("a =", "1:3: no value follows");
    one("a = [1", "1:5: this is opened and never closed");
    one("= 1", "1:1: a key is missing here");
    one("a = b", "1:5: `b` is no value");
    one("a = ]", "1:5: a value is missing here");
    one("a b = 1", "1:5: only one key stands before a `=`");
    one("a 1", "1:3: a `{` or a `=` is missing here");
    one("a;", "1:2: `;` means nothing here");
    one("a = 08", "1:5: this is no number that Vault reads");
    one("a = 1e", "1:5: this is no number that Vault reads");
    one("a = -", "1:5: `-` stands before no number");
    one("a = \"\\q\"", "1:6: `\\q` is no escape that Vault reads");
    one("a = \"\\400\"", "1:6: `\\400` is no escape that Vault reads");
    one("a = \"\\xff\"", "1:5: the escapes of this text are bytes that are no UTF-8");
    one("a = \"${x\"", "1:5: this text holds a `${` that is never closed");
    one("a = <E", "1:5: `<` means nothing here");
    one("a = << E\nx\nE\n", "1:7: a heredoc's word ends its line");
    one("a = <<\nx\n", "1:5: a heredoc without the word that ends it");
    one("a = <<E\nx\nE", "1:5: this heredoc has no end");
    one("{\"a\": [true]}", "1:8: this in a list is not read by Vault as it is written");
    one("{\"a\": [[\"x\"]]}", "1:8: a list inside a list is not read by Vault as it is written");
    one("{\"a\": 1", "1:8: the text ends here, and the JSON in it does not");
    check("\u{feff}path \"a\" {}", &["1:1: a byte order mark, which Vault does not read"], &["a"]);
}

#[test]
fn a_heredoc_that_vault_does_not_end_is_explained() {
    let help = |text: &str| parse(text).findings[0].help.clone();
    assert_eq!(help("a = <<E\nx\nE").unwrap(), "Vault wants a line break behind the closing word");
    let parsed = parse("a = <<-END\n  x\nEND\n");
    assert_eq!(parsed.findings[0].help.as_deref(), Some("after `<<-` Vault wants the closing word to be indented"));
    assert_eq!(parsed.findings[0].related[0].location.to_string(), "deploy.hcl:3:1");
}

#[test]
fn hostile_text_is_answered() {
    let n = 100_000;
    for (text, message) in [
        ("a {".repeat(n), "nested more than 64 levels deep"),
        (format!("a = {}", "[".repeat(n)), "nested more than 64 levels deep"),
        (format!("a = {}", "{ a = ".repeat(n)), "nested more than 64 levels deep"),
        ("{\"a\":".repeat(n), "more labels than a block may have"),
        ("{\"a\":[".repeat(n), "nested more than 128 levels deep"),
        ("a {\n".repeat(n), "nested more than 64 levels deep"),
        ("a = <<E\n".repeat(n), "this heredoc has no end"),
        ("a = \"${\n".repeat(n), "this text holds a `${` that is never closed"),
        ("a = /*\n".repeat(n), "this comment never ends"),
        ("a = [\n".repeat(n), "`a` is no value"),
        (format!("a = \"{}", "x".repeat(8 << 20)), "this text is never closed"),
        (format!("a = {}", "9".repeat(8 << 20)), ""),
        (format!("a = {}", "x".repeat(8 << 20)), "is no value"),
        ("a ".repeat(4 << 20), "the text ends here, behind a key without a value"),
        ("\0".to_owned(), "`\\u{0}` means nothing here"),
        ("a = \"\0\"".to_owned(), "in a text, which Vault does not read"),
    ] {
        let parsed = parse(&text);
        let found = parsed.findings.first().map_or("", |finding| finding.message.as_str());
        assert!(found.ends_with(message) || found.contains(message) && !message.is_empty(), "{found}: {message}");
        assert!(parsed.findings.len() <= 200 && found.len() < 200, "{found}");
    }
    let parsed = parse(&"a = 1\n".repeat(n));
    assert_eq!((parsed.findings.len(), parsed.broken), (100, None));
    assert_eq!(parsed.findings[99].help.as_deref(), Some("99899 more keys that are set twice are not shown"));
    let parsed = parse(&"a = = 1\n".repeat(n));
    assert_eq!(parsed.findings.len(), 100);
    // Labels are written once and stand in every block: how many there may be is bounded.
    let mut text = "{\"a\":".repeat(60);
    text.push_str(&format!("{{{}\"z\": {{}}}}", "\"y\": {}, ".repeat(n)));
    text.push_str(&"}".repeat(60));
    let parsed = parse(&text);
    assert!(parsed.broken.is_some());
}

const SEED: &str = "path \"secret/{{x}}/*\" {\n  capabilities = [\"read\", \"l\\u00e9\",],\n  a = <<-E\n    é ${x\n    E\n}\r\n\"b\" c { d = { e = [1, 0x2, {f = -.5}] } } # g\n";

#[test]
fn every_prefix_of_a_text_is_answered() {
    for (end, _) in SEED.char_indices() {
        let parsed = parse(SEED.get(..end).unwrap());
        if let Some(document) = &parsed.document {
            sound(document, true);
        }
    }
    assert_eq!(parse(SEED).broken, Some(GapCause::BrokenDocument));
    let good = SEED.replace("-.5", "-0.5");
    let parsed = parse(&good);
    assert_eq!(parsed.broken, None, "{:?}", parsed.findings);
    at(&parsed.document.unwrap(), "b[0].body.d[0].body.e[2].f");
}

#[test]
fn no_mutation_breaks_a_span() {
    const PIECES: [&str; 22] = [
        "{", "}", "[", "]", "\"", "\\", "${", "<<E\n", "<<-", "\n", "\r\n", "=", ",", "#", "/*", "é", "\u{feff}", "0",
        "-", ".", "\\x", "😀",
    ];
    let json = "{\"path\": {\"a\": {\"capabilities\": [\"r\\u00e9\"]}, \"b\": [{\"x\": {}}, {\"y\": 1}]}}";
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut whole, mut broken) = (0, 0);
    for round in 0..8000 {
        let (seed, nested) = if round % 2 == 0 { (SEED, true) } else { (json, false) };
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..=random.below(3) {
            let from = random.below(text.len());
            match random.below(3) {
                0 => drop(text.remove(from)),
                1 => drop(text.splice(from..from, PIECES[random.below(PIECES.len())].chars())),
                _ => text[from] = PIECES[random.below(PIECES.len())].chars().next().unwrap(),
            }
        }
        let text: String = text.into_iter().collect();
        let parsed = parse(&text);
        for finding in &parsed.findings {
            assert!(text.get(finding.location.span.range()).is_some(), "{text:?}");
        }
        if let Some(document) = &parsed.document {
            sound(document, nested && !text.trim_start().starts_with('{'));
        }
        if parsed.broken.is_some() { broken += 1 } else { whole += 1 }
    }
    assert!(whole > 500 && broken > 2000, "{whole} {broken}");
}
