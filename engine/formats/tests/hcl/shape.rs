//! The HCL reader's shape: every construct's route, kind and the exact text it is underlined by.

use std::sync::Arc;

use engine_formats::hcl;
use engine_model::{Document, FilePath, Kind, Op, SourceFile, Span, UnaryOp};

use crate::drawing::draw;
use crate::route::{at, route};

fn read(text: &str) -> Arc<Document> {
    let parsed = hcl::parse(&SourceFile::new(FilePath::new("main.tf").unwrap(), text.into()));
    assert!(parsed.findings.is_empty(), "{text}\n{:?}", parsed.findings);
    assert_eq!(parsed.broken, None);
    parsed.document.unwrap()
}

/// The value of `a = …`, drawn; and its source text is what was written.
fn check(expression: &str, expect: &str) {
    let document = read(&format!("a = {expression}\n"));
    let value = at(&document, "a");
    assert_eq!(document.source_text(value), expression);
    assert_eq!(draw(&document, value), expect, "{expression}");
}

const MAIN: &str = r#"# comment
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}

locals { x = 1 }

resource "aws_s3_bucket" "data" {
  bucket = "data-${var.client}"
  lifecycle {
    prevent_destroy = true
  }
  lifecycle { }
}

resource null_resource "third" /* { */ {}
"#;

#[test]
fn blocks_of_one_type_are_one_entry_with_labels_and_bodies() {
    let document = read(MAIN);
    let source = |text: &str| document.source_text(at(&document, text)).to_owned();
    assert_eq!(source("resource[0].labels[1]"), "\"logs\"");
    assert_eq!(source("resource[1].labels[0]"), "\"aws_s3_bucket\"");
    assert_eq!(source("resource[2].labels[0]"), "null_resource");
    assert_eq!(document.scalar(at(&document, "resource[2].labels[1]")).unwrap().text, "third");
    assert_eq!(source("resource[0].labels"), "\"aws_s3_bucket\" \"logs\"");
    assert_eq!(source("resource[0].body.bucket"), "\"logs\"");
    assert_eq!(source("resource[1].body.lifecycle[0].body.prevent_destroy"), "true");
    assert_eq!(source("resource[2]"), "resource null_resource \"third\" /* { */ {}");
    assert_eq!(source("resource[2].body"), "{}");
    assert_eq!(source("locals[0].body"), "{ x = 1 }");
    assert_eq!(source("locals[0].labels"), "");
    let all = source("resource");
    assert!(all.starts_with("resource \"aws_s3_bucket\" \"logs\"") && all.ends_with("/* { */ {}"));
    let names: Vec<&str> =
        document.entries(document.roots()[0]).iter().map(|entry| document.scalar(entry.key).unwrap().text).collect();
    assert_eq!(names, ["resource", "locals"]);
}

#[test]
fn the_keys_of_a_block_are_at_its_type() {
    let document = read(MAIN);
    let block = at(&document, "resource[1]");
    let keys: Vec<(&str, String)> = document
        .entries(block)
        .iter()
        .map(|entry| {
            let text = document.scalar(entry.key).unwrap().text;
            (text, document.locate_text(entry.key, Span::new(0, text.len() as u32)).to_string())
        })
        .collect();
    assert_eq!(keys, [("labels", "main.tf:8:1".into()), ("body", "main.tf:8:1".into())]);
    let body = at(&document, "resource[1].body");
    assert_eq!(document.source_text(document.key_of(body).unwrap()), "resource");
    assert_eq!(document.route_of(at(&document, "resource[1].body.bucket")), route("resource[1].body.bucket"));
    // A block's type is underlined where the first block stands.
    assert_eq!(document.locate_node(document.key_of(at(&document, "resource")).unwrap()).to_string(), "main.tf:2:1");
}

#[test]
fn an_attribute_and_blocks_of_one_name_are_two_entries() {
    let document = read("a = 1\na {}\na {}\n");
    assert_eq!(draw(&document, document.roots()[0]), "{a=1 a=[{labels=[] body={}} {labels=[] body={}}]}");
}

#[test]
fn literals_are_scalars() {
    check("1.5e3", "1.5e3");
    check("-7", "-7");
    check("- 7", "Unary(Negate(7)");
    check("true", "true");
    check("null", "null");
    check("\"plain\"", "str:plain");
    check("\"\"", "str:");
    check("[1, \"x\", [],]", "[1 str:x []]");
    check("{}", "{}");
    check(
        "{ a = 1, \"b\" : 2\n (c) = 3\n d.e = 4 }",
        "{a=1 str:b=2 Parenthesis(Variable(c))=3 Traversal(Variable(d) e)=4}",
    );
}

#[test]
fn operators_calls_and_the_rest_are_expressions() {
    check("x", "Variable(x)");
    check("(x)", "Parenthesis(Variable(x))");
    check("!x.y", "Unary(Not(Traversal(Variable(x) y))");
    check("-x", "Unary(Negate(Variable(x))");
    check("1 + 2 * 3 == 7", "Equal(Add(1 Multiply(2 3)) 7)");
    check("a && b || c", "Or(And(Variable(a) Variable(b)) Variable(c))");
    check("a ? b : c", "Conditional(Variable(a) Variable(b) Variable(c))");
    check("f()", "Call(f)");
    check("f(1, x...)", "CallExpanded(f 1 Variable(x))");
    check("map(\"k\", \"v\")", "Call(map str:k str:v)");
    check("provider::aws::arn_parse(x)", "Call(provider::aws::arn_parse Variable(x))");
    check("templatestring(a, { b = 1 })", "Call(templatestring Variable(a) {b=1})");
    check("a.b[0][\"k\"].c", "Traversal(Variable(a) b Index(0) Index(str:k) c)");
    check("a.0.b", "Traversal(Variable(a) 0 b)");
    check("a.*.b", "Traversal(Variable(a) Splat() b)");
    check("a[*].b", "Traversal(Variable(a) Splat() b)");
    check("[for v in x : v]", "ForList([v] Variable(x) Variable(v))");
    check("[for k, v in x : v if k]", "ForList([k v] Variable(x) Variable(v) Variable(k))");
    check("{ for k, v in x : k => v... if v }", "ForObject([k v] Variable(x) Variable(k) Variable(v) ... Variable(v))");
}

#[test]
fn steps_and_operators_are_underlined_exactly() {
    let document = read("a = x . y [ 0 ].*.z\nb = [for k, v in x : v]\n");
    let source = |text: &str| document.source_text(at(&document, text));
    assert_eq!(source("a[0]"), "x");
    assert_eq!(source("a[1]"), "y");
    assert_eq!(source("a[2]"), "[ 0 ]");
    assert_eq!(source("a[2][0]"), "0");
    assert_eq!(source("a[3]"), ".*");
    assert_eq!(source("b[0]"), "k, v");
    let Kind::Expression(op, _) = document.node(at(&document, "a")).kind else { panic!() };
    assert_eq!(op, Op::Traversal);
    let document = read("a = !b\n");
    let Kind::Expression(op, _) = document.node(at(&document, "a")).kind else { panic!() };
    assert_eq!(op, Op::Unary(UnaryOp::Not));
}

#[test]
fn templates_are_fragments_interpolations_and_directives() {
    // Terraform 0.11.
    check("\"${var.client}\"", "Template(Interpolation(Traversal(Variable(var) client)))");
    check("\"${x.*.y}\"", "Template(Interpolation(Traversal(Variable(x) Splat() y)))");
    check(
        "\"${map(\"k\", \"${v}\")}\"",
        "Template(Interpolation(Call(map str:k Template(Interpolation(Variable(v))))))",
    );
    check("\"a-${b}-\\n${c}\"", "Template(frag:a- Interpolation(Variable(b)) frag:-\\n Interpolation(Variable(c)))");
    check("\"${~ b ~}\"", "Template(Interpolation(Variable(b)))");
    check(
        "\"%{ if a }x\\ty%{ else }z%{ endif }\"",
        "Template(Directive(Variable(a) Template(frag:x\\ty) Template(frag:z)))",
    );
    check(
        "\"%{ for k, v in x ~}${v}%{ endfor }.\"",
        "Template(Directive([k v] Variable(x) Template(Interpolation(Variable(v)))) frag:.)",
    );
}

#[test]
fn escapes_are_decoded_and_lead_back_to_their_bytes() {
    check(r#""a\n\t\r\"\\\u00e9\U0001F600""#, "str:a\\n\\t\\r\\\"\\\\é😀");
    check("\"$${x} %%{y} $$ $$${z}\"", "str:${x} %{y} $$ $${z}");
    let document = read("a = \"é\\u00e9-$${x}!\"\n");
    let value = at(&document, "a");
    assert_eq!(document.scalar(value).unwrap().text, "éé-${x}!");
    let part = |start, end| document.locate_text(value, Span::new(start, end)).text().to_owned();
    assert_eq!(part(0, 2), "é");
    assert_eq!(part(2, 4), "\\u00e9");
    assert_eq!(part(5, 7), "$${");
    assert_eq!(part(7, 8), "x");
    assert_eq!(part(0, 10), "é\\u00e9-$${x}!");
}

#[test]
fn heredocs_lose_their_indentation_and_keep_their_places() {
    let text = "a = <<-EOT\n    one\n  \n      two $${x}\n    EOT\nb = <<E\n  raw\\n\nE\nc = <<E\nE\n";
    let document = read(text);
    let value = at(&document, "a");
    assert_eq!(draw(&document, value), "doc:one\\n  \\n  two ${x}\\n");
    assert_eq!(document.source_text(value), "<<-EOT\n    one\n  \n      two $${x}\n    EOT");
    let decoded = document.scalar(value).unwrap().text;
    let two = decoded.find("two").unwrap() as u32;
    assert_eq!(document.locate_text(value, Span::new(two, two + 3)).to_string(), "main.tf:4:7");
    let one = document.locate_text(value, Span::new(0, 3));
    assert_eq!((one.to_string().as_str(), one.text()), ("main.tf:2:5", "one"));
    assert_eq!(draw(&document, at(&document, "b")), "doc:  raw\\\\n\\n");
    assert_eq!(draw(&document, at(&document, "c")), "doc:");
}

#[test]
fn heredocs_with_interpolation_lose_the_same_indentation() {
    let parts = |text: &str| {
        let document = read(&format!("a = {text}\n"));
        draw(&document, at(&document, "a"))
    };
    assert_eq!(
        parts("<<-E\n    a ${b}\n      c\n    E"),
        "Template(frag:a  Interpolation(Variable(b)) frag:\\n  c\\n)"
    );
    assert_eq!(parts("<<-E\n    a\n${b}\n    E"), "Template(frag:    a\\n Interpolation(Variable(b)) frag:\\n)");
    assert_eq!(
        parts("<<-E\n    %{ if x }\n      y\n    %{ endif }\n    E"),
        "Template(Directive(Variable(x) Template(frag:\\n  y\\n)) frag:\\n)"
    );
    assert_eq!(parts("<<-E\n    ${b}\n    E"), "Template(Interpolation(Variable(b)) frag:\\n)");
    assert_eq!(parts("<<E\n  ${b}\nE"), "Template(frag:   Interpolation(Variable(b)) frag:\\n)");
}

#[test]
fn newer_blocks_are_blocks_like_any_other() {
    let text = r#"
ephemeral "random_password" "x" { length = 16 }
removed {
  from = aws_instance.old
  lifecycle { destroy = false }
}
import {
  for_each = { a = "1", b = "2" }
  to       = aws_s3_bucket.this[each.key]
  id       = each.value
}
moved {
  from = module.a
  to   = module.b[0]
}
check "health" {
  data "http" "x" { url = "https://example.com" }
  assert {
    condition     = data.http.x.status_code == 200
    error_message = "down"
  }
}
"#;
    let document = read(text);
    let source = |text: &str| document.source_text(at(&document, text));
    assert_eq!(source("ephemeral[0].labels[0]"), "\"random_password\"");
    assert_eq!(source("removed[0].body.lifecycle[0].body.destroy"), "false");
    assert_eq!(source("import[0].body.to"), "aws_s3_bucket.this[each.key]");
    assert_eq!(source("import[0].body.for_each.b"), "\"2\"");
    assert_eq!(source("moved[0].body.to[2]"), "[0]");
    assert_eq!(source("check[0].body.data[0].body.url"), "\"https://example.com\"");
    assert_eq!(source("check[0].body.assert[0].body.condition[1]"), "200");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_keep_their_bytes() {
    let document = read("\u{feff}a = \"é\"\r\nb = <<-E\r\n  x\r\n  E\r\n");
    assert_eq!(document.locate_node(at(&document, "a")).text(), "\"é\"");
    assert_eq!(document.node(document.roots()[0]).span.start, 3);
    assert_eq!(draw(&document, at(&document, "b")), "doc:x\\r\\n");
    assert_eq!(read("\u{feff}").node(read("").roots()[0]).span, Span::new(3, 3));
}

#[test]
fn an_embedded_text_is_placed_in_the_outer_file() {
    let outer = read("policy = <<-EOT\n  path \"secret/*\" {\n    capabilities = [\"read\"]\n  }\n  EOT\n");
    let parsed = hcl::parse_embedded(&outer, at(&outer, "policy"));
    let inner = parsed.document.unwrap();
    let location = inner.locate_node(at(&inner, "path[0].body.capabilities[0]"));
    assert_eq!((location.to_string().as_str(), location.text()), ("main.tf:3:21", "\"read\""));

    let outer = read("policy = <<-EOT\n  path \"x\" {\n    a = \n  }\n  EOT\n");
    let parsed = hcl::parse_embedded(&outer, at(&outer, "policy"));
    assert_eq!(parsed.findings[0].location.start().line, 3);
}
