//! Terraform's JSON syntax: the shape, the places, and what is said of text that Terraform refuses.

use engine_formats::{Parsed, hcl};
use engine_model::{Document, FilePath, Format, GapCause, Kind, NodeId, Op, SourceFile, Span};

use crate::drawing::draw;
use crate::route::at;

fn parse_as(name: &str, text: &str) -> Parsed {
    hcl::parse_json(&SourceFile::new(FilePath::new(name).unwrap(), text.into()))
}

fn read(text: &str) -> std::sync::Arc<Document> {
    let parsed = parse_as("main.tf.json", text);
    assert!(parsed.findings.is_empty() && parsed.broken.is_none(), "{text}\n{:?}", parsed.findings);
    let document = parsed.document.unwrap();
    assert_eq!(document.format(), Format::Hcl);
    assert_eq!(sound(&document), document.node_count(), "a node that hangs nowhere");
    document
}

/// Every span is inside the text and cuts no character. Gives how many nodes hang below the root.
fn sound(document: &Document) -> usize {
    let mut stack: Vec<NodeId> = document.roots().to_vec();
    let mut seen = 0;
    while let Some(id) = stack.pop() {
        seen += 1;
        let node = document.node(id);
        assert!(document.text().get(node.span.range()).is_some(), "{:?}", node.span);
        match node.kind {
            Kind::Sequence(items) | Kind::Expression(_, items) => stack.extend(items),
            Kind::Mapping(entries) => stack.extend(entries.iter().flat_map(|entry| [entry.key, entry.value])),
            Kind::Scalar(scalar) => {
                for (at, c) in scalar.text.char_indices().take(500) {
                    let found = document.locate_text(id, Span::from_range(at..at + c.len_utf8()));
                    assert!(node.span.contains(found.span), "{:?} of {:?}", found.span, node.span);
                    assert!(document.text().get(found.span.range()).is_some());
                }
            }
            Kind::Null | Kind::Alias(_) => {}
        }
    }
    seen
}

/// The value of one local, drawn.
fn check(value: &str, expect: &str) {
    let document = read(&format!("{{\"locals\": {{\"a\": {value}}}}}"));
    let node = at(&document, "locals[0].body.a");
    assert_eq!(document.source_text(node), value);
    assert_eq!(draw(&document, node), expect, "{value}");
}

const MAIN: &str = r#"{
  "//": "made by hand",
  "resource": {
    "aws_s3_bucket": {
      "logs": {"bucket": "logs"},
      "data": [{"bucket": "d-${var.x}"}, {"lifecycle": {"prevent_destroy": true}}]
    }
  },
  "locals": {"x": 1},
  "resource": [{"null_resource": {"third": {}}}]
}"#;

#[test]
fn blocks_are_what_the_native_syntax_makes_of_them() {
    let document = read(MAIN);
    let source = |route: &str| document.source_text(at(&document, route));
    assert_eq!(source("resource[0].labels[1]"), "\"logs\"");
    assert_eq!(source("resource[1].labels[0]"), "\"aws_s3_bucket\"");
    assert_eq!(source("resource[0].body.bucket"), "\"logs\"");
    assert_eq!(source("resource[2].body.lifecycle[0].body.prevent_destroy"), "true");
    assert_eq!(source("resource[3].labels[1]"), "\"third\"");
    assert_eq!(source("locals[0].body.x"), "1");
    assert_eq!(source("resource[0]"), "\"logs\": {\"bucket\": \"logs\"}");
    assert_eq!(source("resource[1]"), "{\"bucket\": \"d-${var.x}\"}");
    assert_eq!(source("locals[0]"), "\"locals\": {\"x\": 1}");
    let names: Vec<&str> =
        document.entries(document.roots()[0]).iter().map(|entry| document.scalar(entry.key).unwrap().text).collect();
    assert_eq!(names, ["resource", "locals"]);
    // The keys of a block share one place, which tells a block from an object.
    let keys: Vec<String> = document
        .entries(at(&document, "resource[3]"))
        .iter()
        .map(|entry| document.locate_node(entry.key).to_string())
        .collect();
    assert_eq!(keys, ["main.tf.json:10:3", "main.tf.json:10:3"]);
    let route = document.route_of(at(&document, "resource[1].body.bucket"));
    assert_eq!(route.to_string(), "resource[1].body.bucket");
}

#[test]
fn texts_are_templates() {
    check("\"plain \\\"x\\\" é\\u00e9\"", "str:plain \\\"x\\\" éé");
    check("\"${var.x}\"", "Template(Interpolation(Traversal(Variable(var) x)))");
    check("\"a-${local.y}.\"", "Template(frag:a- Interpolation(Traversal(Variable(local) y)) frag:.)");
    check("\"$${x} %%{y}\"", "str:${x} %{y}");
    check("\"$${x}\\n\"", "str:${x}\\n");
    check("\"%{ if a }x%{ endif }\"", "Template(Directive(Variable(a) Template(frag:x)))");
    check("\"${x[\\\"k\\\"]}\\n\"", "Template(Interpolation(Traversal(Variable(x) Index(str:k))) frag:\\n)");
    check("\"${\\\"a\\\\n$${b}\\\"}\"", "Template(Interpolation(str:a\\n${b}))");
    check("{\"a\": 1, \"${k}\": [true, null]}", "{str:a=1 Template(Interpolation(Variable(k)))=[true null]}");
    check("\"C:\\\\${x}\\\\y\"", "Template(frag:C:\\\\ Interpolation(Variable(x)) frag:\\\\y)");
    check("\"\\u0024{x}\"", "Template(Interpolation())");
}

#[test]
fn places_lead_through_the_escapes() {
    let document = read(r#"{"locals": {"a": "é\n${x[\"é\\n\"].y}-\t$${z}"}}"#);
    let source = |route: &str| document.source_text(at(&document, route));
    assert_eq!(source("locals[0].body.a[0]"), "é\\n");
    assert_eq!(source("locals[0].body.a[1]"), "${x[\\\"é\\\\n\\\"].y}");
    assert_eq!(source("locals[0].body.a[1][0][1]"), "[\\\"é\\\\n\\\"]");
    assert_eq!(source("locals[0].body.a[1][0][1][0]"), "\\\"é\\\\n\\\"");
    assert_eq!(source("locals[0].body.a[1][0][2]"), "y");
    let key = at(&document, "locals[0].body.a[1][0][1][0]");
    assert_eq!(document.scalar(key).unwrap().text, "é\n");
    assert_eq!(document.locate_text(key, Span::new(2, 3)).text(), "\\\\n");
    let tail = at(&document, "locals[0].body.a[2]");
    assert_eq!(document.scalar(tail).unwrap().text, "-\t${z}");
    assert_eq!(document.locate_text(tail, Span::new(1, 2)).text(), "\\t");
    assert_eq!(document.locate_text(tail, Span::new(2, 4)).text(), "$${");
}

#[test]
fn some_texts_are_expressions_and_some_are_literal() {
    let document = read(
        r#"{"variable": {"v": {"type": "map(string)", "default": {"a": "${b}"}}},
            "resource": {"r": {"n": {"provider": "aws.west", "depends_on": ["r.a", "module.b"],
              "lifecycle": {"ignore_changes": "all"}}}},
            "import": [{"to": "r.a[0]", "id": "${x}"}], "moved": {"from": "r.a", "to": "r.b"},
            "module": {"m": {"source": "./m", "providers": {"aws.x": "aws.y", "b": "b"}}}}"#,
    );
    let draw = |route: &str| draw(&document, at(&document, route));
    assert_eq!(draw("variable[0].body.type"), "Call(map Variable(string))");
    assert_eq!(draw("variable[0].body.default"), "{str:a=str:${b}}");
    assert_eq!(draw("resource[0].body.provider"), "Traversal(Variable(aws) west)");
    assert_eq!(draw("resource[0].body.depends_on"), "[Traversal(Variable(r) a) Traversal(Variable(module) b)]");
    assert_eq!(draw("resource[0].body.lifecycle[0].body.ignore_changes"), "Variable(all)");
    assert_eq!(draw("import[0].body.to"), "Traversal(Variable(r) a Index(0))");
    assert_eq!(draw("import[0].body.id"), "Template(Interpolation(Variable(x)))");
    assert_eq!(draw("moved[0].body.from"), "Traversal(Variable(r) a)");
    assert_eq!(draw("module[0].body.source"), "str:./m");
    assert_eq!(
        draw("module[0].body.providers"),
        "{Traversal(Variable(aws) x)=Traversal(Variable(aws) y) str:b=Variable(b)}"
    );
}

#[test]
fn a_variable_file_holds_literals() {
    let parsed = parse_as("x.auto.tfvars.json", "{\"//\": 0, \"a\": \"${b}\", \"resource\": {\"x\": [\"%{\"]}}");
    assert_eq!(parsed.broken, None);
    let document = parsed.document.unwrap();
    assert_eq!(draw(&document, document.roots()[0]), "{str:a=str:${b} str:resource={str:x=[str:%{]}}");
}

/// The findings, as `line:column: message`.
fn refused(text: &str, expect: &[&str]) {
    let parsed = parse_as("main.tf.json", text);
    let each = parsed.findings.iter().map(|finding| {
        assert_eq!(finding.rule.to_string(), "broken-document");
        format!("{}:{}: {}", finding.location.start().line, finding.location.start().column, finding.message)
    });
    assert_eq!(each.collect::<Vec<_>>(), expect, "{text}");
    assert_eq!(parsed.broken, Some(GapCause::BrokenDocument));
    if let Some(document) = parsed.document {
        sound(&document);
    }
}

#[test]
fn what_terraform_refuses_is_named_where_it_is() {
    refused("", &["1:1: there is no JSON in this text"]);
    refused("{\"locals\": {\"a\": 1,}}", &["1:19: nothing follows this comma"]);
    refused("\u{feff}{}", &["1:1: a byte order mark, which Terraform does not read in JSON"]);
    for text in ["{}", "[]", "null", "{\"r\": {}}"] {
        let parsed = parse_as("main.tf.json", &format!("{{\"resource\": {text}}}"));
        assert_eq!(parsed.findings[0].message, "a `resource` block wants a label, and there is none here", "{text}");
    }
    refused("1", &["1:1: the whole of the file is an object, or an array of objects"]);
    refused("{\"resource\": \"x\"}", &["1:14: a `resource` block is an object, or an array of objects"]);
    refused("{\"locals\": [1, {\"a\": 2}]}", &["1:13: a `locals` block is an object, or an array of objects"]);
    refused(
        "{\"locals\": {\"a\": 1, \"a\": 2, \"b\": {\"c\": 1, \"c\": 2}}}",
        &[
            "1:21: `a` is set twice, which Terraform refuses",
            "1:43: `c` stands twice in this object, which Terraform refuses",
        ],
    );
    let unread = "Terraform cannot read this text: this is not HCL";
    for text in ["${x", "${}", "a ${x + } b", "%{ if x }"] {
        let parsed = parse_as("main.tf.json", &format!("{{\"locals\": {{\"a\": \"{text}\"}}}}"));
        assert!(parsed.findings[0].message.starts_with(unread), "{text}: {}", parsed.findings[0].message);
        let document = parsed.document.unwrap();
        let Kind::Expression(Op::Template, parts) = document.node(at(&document, "locals[0].body.a")).kind else {
            panic!("{text}")
        };
        assert!(matches!(document.node(parts[0]).kind, Kind::Expression(Op::Interpolation, [])));
    }
    assert!(parse_as("a.tf.json", "{\"moved\": {\"from\": \"a b\"}}").broken.is_some());
    // Blocks may be spread, and a block that is `null` is none.
    read(r#"{"locals": {"a": 1}, "locals": [{"b": 1}, {"b": 2}], "terraform": null, "output": {"x": null}}"#);
}

#[test]
fn hostile_text_is_answered() {
    let n = 100_000;
    for text in [
        "{\"locals\":".repeat(n),
        format!("{{\"locals\": {{\"a\": \"{}\"}}}}", "${".repeat(n)),
        format!("{{\"locals\": {{\"a\": \"${{{}}}\"}}}}", "(".repeat(n)),
        format!("{{\"locals\": {{\"a\": \"${{{}1}}\"}}}}", "1 + ".repeat(n)),
        format!("{{\"resource\": {{\"a\": {{{}\"b\": 1}}}}}}", "\"b\": 1, ".repeat(n)),
        format!("{{\"locals\": {{{}\"b\": 1}}}}", "\"b\": 1, ".repeat(n)),
        format!("{{\"resource\": {{\"{}\\n\": {{{}\"b\": {{}}}}}}}}", "x".repeat(4 << 20), "\"b\": {}, ".repeat(n)),
    ] {
        let parsed = parse_as("main.tf.json", &text);
        assert!(parsed.broken.is_some() && parsed.findings.len() <= 100);
        assert!(parsed.findings.iter().all(|finding| finding.message.chars().count() <= 300));
    }
}

#[test]
fn no_mutation_breaks_a_span() {
    let seed = r#"{"resource": {"r": {"n": {"a": "é${x[\"k\"]}\u00e9\n$${y}", "provider": "a.b", "l": [{"b": 1}]}}},
 "variable": [{"v": {"type": "list(string)", "default": "${"}}], "locals": {"${k}": {"${k}": "%{ if a }b%{ endif }"}}}"#;
    sound(&parse_as("main.tf.json", seed).document.unwrap());
    const PIECES: [&str; 18] = [
        "{", "}", "[", "]", "\"", "\\", "\\n", "\\u0024", "${", "%{", "}", ",", ":", "null", "é", "\\\"", "resource",
        "~",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let (mut whole, mut broken) = (0, 0);
    for _ in 0..6000 {
        let mut text: Vec<char> = seed.chars().collect();
        for _ in 0..=next(2) {
            let from = next(text.len());
            match next(3) {
                0 => drop(text.remove(from)),
                1 => drop(text.splice(from..from, PIECES[next(PIECES.len())].chars())),
                _ => text.truncate(from.max(1)),
            }
        }
        let text: String = text.into_iter().collect();
        let parsed = parse_as("main.tf.json", &text);
        for finding in &parsed.findings {
            assert!(text.get(finding.location.span.range()).is_some());
        }
        if let Some(document) = &parsed.document {
            sound(document);
        }
        if parsed.broken.is_some() { broken += 1 } else { whole += 1 }
    }
    assert!(whole > 300 && broken > 2000, "{whole} {broken}");
}
