//! Facts as policies see them: the only place where a fact becomes JSON.
//!
//! An [`Item`] is a tree of values, each with its origin. [`json`] writes the part of it that a policy reads;
//! [`Item::resolve`] turns a route that a policy returns back into where that value is written.

use std::sync::Arc;

use engine_model::{Route, Step, Unknown, Value};

use crate::sourced::{Origin, Sourced};

/// One fact on the wire.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its kind, `gitlab.job`.
    pub kind: &'static str,
    /// Who it is, for people: ``job `apply` ``.
    pub title: String,
    /// Its values.
    pub root: Node,
}

/// A value on the wire, and where it comes from.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub json: Json,
    /// Where it comes from; `None` where nobody wrote it.
    pub origin: Option<Origin>,
}

/// A value on the wire.
#[derive(Clone, Debug)]
pub enum Json {
    /// `true` or `false`.
    Boolean(bool),
    /// Nothing, where a list must keep its positions.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number, as JSON writes it.
    Number(Arc<str>),
    /// A string.
    String(Arc<str>),
    /// An array.
    List(Vec<Node>),
    /// An object, its fields in a fixed order; an absent field is left out.
    Object(Vec<(Arc<str>, Node)>),
    /// `{"$unknown": WHY, "on": TEXT}`.
    Unknown(Unknown),
}

impl Node {
    /// A value that is written at `origin`.
    #[must_use]
    pub fn new(json: Json, origin: Option<Origin>) -> Self {
        Self { json, origin }
    }

    /// A string.
    #[must_use]
    pub fn string(text: &str, origin: Option<Origin>) -> Self {
        Self::new(Json::String(text.into()), origin)
    }
}

/// Collects the fields of an object and leaves absent ones out.
#[derive(Debug, Default)]
pub struct Object(Vec<(Arc<str>, Node)>);

impl Object {
    /// Adds a field.
    pub fn put(&mut self, name: &str, node: Node) {
        self.0.push((name.into(), node));
    }

    /// Adds a sourced value: known as `json` says, unknown as unknown, absent not at all.
    pub fn value<T>(&mut self, name: &str, sourced: &Sourced<T>, json: impl FnOnce(&T) -> Json) {
        let json = match &sourced.value {
            Value::Known(value) => json(value),
            Value::Unknown(unknown) => Json::Unknown(unknown.clone()),
            Value::Absent => return,
        };
        self.put(name, Node::new(json, sourced.origin.clone()));
    }

    /// Adds a sourced string.
    pub fn text(&mut self, name: &str, sourced: &Sourced<String>) {
        self.value(name, sourced, |text| Json::String(text.as_str().into()));
    }

    /// Adds a sourced boolean.
    pub fn boolean(&mut self, name: &str, sourced: &Sourced<bool>) {
        self.value(name, sourced, |value| Json::Boolean(*value));
    }

    /// Adds a sourced whole number.
    pub fn integer(&mut self, name: &str, sourced: &Sourced<i64>) {
        self.value(name, sourced, |value| Json::Integer(*value));
    }

    /// Adds a boolean that is always known and that nobody wrote as such.
    pub fn flag(&mut self, name: &str, value: bool) {
        self.put(name, Node::new(Json::Boolean(value), None));
    }

    /// Adds a list, also where it is empty.
    pub fn list(&mut self, name: &str, items: Vec<Node>, origin: Option<Origin>) {
        self.put(name, Node::new(Json::List(items), origin));
    }

    /// Adds a list of strings, also where it is empty.
    pub fn texts(&mut self, name: &str, items: &[Sourced<String>], origin: Option<Origin>) {
        let nodes = items.iter().filter_map(|item| match &item.value {
            Value::Known(text) => Some(Node::string(text, item.origin.clone())),
            Value::Unknown(unknown) => Some(Node::new(Json::Unknown(unknown.clone()), item.origin.clone())),
            Value::Absent => None,
        });
        self.list(name, nodes.collect(), origin);
    }

    /// The object.
    #[must_use]
    pub fn finish(self, origin: Option<Origin>) -> Node {
        Node::new(Json::Object(self.0), origin)
    }
}

impl Item {
    /// The value at the end of `route`, or the nearest one above it that has an origin, and what of the route was
    /// walked to get there.
    #[must_use]
    pub fn resolve(&self, route: &Route) -> Resolved<'_> {
        let mut node = &self.root;
        let mut origin = node.origin.as_ref();
        let mut complete = true;
        for step in &route.0 {
            let next = match (&node.json, step) {
                (Json::List(items), Step::Index(index)) => items.get(*index as usize),
                (Json::Object(fields), Step::Key(key)) => {
                    fields.iter().find(|(name, _)| name == key).map(|(_, node)| node)
                }
                _ => None,
            };
            let Some(next) = next else {
                complete = false;
                break;
            };
            node = next;
            if let Some(found) = &node.origin {
                origin = Some(found);
            }
        }
        let exact = complete && node.origin.is_some();
        Resolved {
            origin,
            exact,
            text: if let (true, Json::String(text)) = (exact, &node.json) { Some(text) } else { None },
        }
    }
}

/// What a route leads to.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'i> {
    /// Where the value, or the nearest one above it, is written.
    pub origin: Option<&'i Origin>,
    /// Whether the route led all the way to a written value.
    pub exact: bool,
    /// The string at the end, where it is one.
    pub text: Option<&'i Arc<str>>,
}

/// What of an item a policy reads: a tree of names, `*` for every item or value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    children: Vec<(String, Fields)>,
    whole: bool,
}

impl Fields {
    /// The fields named by paths of names and `*` joined by dots. A path that ends means all below it.
    pub fn new<'p>(paths: impl IntoIterator<Item = &'p str>) -> Self {
        let mut fields = Self::default();
        for path in paths {
            let mut at = &mut fields;
            for name in path.split('.') {
                let index = at.children.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                    at.children.push((name.to_owned(), Self::default()));
                    at.children.len().saturating_sub(1)
                });
                let Some((_, next)) = at.children.get_mut(index) else { break };
                at = next;
            }
            at.whole = true;
        }
        fields
    }

    fn child(&self, name: &str) -> Option<&Self> {
        let found = |wanted: &str| self.children.iter().find(|(known, _)| known == wanted).map(|(_, fields)| fields);
        found(name).or_else(|| found("*"))
    }

    /// What is read of the field `name` of an object; nothing where it is cut away.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        if self.whole { Some(self) } else { self.child(name) }
    }

    /// What is read of each item of a list.
    #[must_use]
    pub fn item(&self) -> &Self {
        if self.whole { self } else { self.child("*").unwrap_or(self) }
    }

    /// Whether anything at or below the top-level field `name` is read.
    #[must_use]
    pub fn reads(&self, name: &str) -> bool {
        self.whole || self.child(name).is_some()
    }
}

/// The JSON array of `items`, cut to `fields`.
#[must_use]
pub fn json<'i>(items: impl IntoIterator<Item = &'i Item>, fields: &Fields) -> String {
    let mut out = String::from("[");
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        append(item, fields, &mut out);
    }
    out.push(']');
    out
}

/// Appends the JSON object of one item, cut to `fields`.
pub fn append(item: &Item, fields: &Fields, out: &mut String) {
    write(&item.root, fields, out);
}

/// How many bytes [`append`] would add.
#[must_use]
pub fn size(item: &Item, fields: &Fields) -> usize {
    let mut size = Size(0);
    write(&item.root, fields, &mut size);
    size.0
}

/// What JSON is written to.
trait Out {
    fn text(&mut self, text: &str);
}

impl Out for String {
    fn text(&mut self, text: &str) {
        self.push_str(text);
    }
}

/// Counts bytes and keeps none.
struct Size(usize);

impl Out for Size {
    fn text(&mut self, text: &str) {
        self.0 = self.0.saturating_add(text.len());
    }
}

fn write(node: &Node, fields: &Fields, out: &mut impl Out) {
    // Facts are a fixed few levels deep, and the values of plans as deep as the JSON reader lets them be.
    match &node.json {
        Json::Boolean(value) => out.text(if *value { "true" } else { "false" }),
        Json::Null => out.text("null"),
        Json::Integer(value) => out.text(&value.to_string()),
        Json::Number(text) => out.text(text),
        Json::String(text) => quote(text, out),
        Json::Unknown(unknown) => {
            out.text("{\"$unknown\":");
            quote(unknown.why.as_str(), out);
            out.text(",\"on\":");
            quote(&unknown.on, out);
            out.text("}");
        }
        Json::List(items) => {
            let below = fields.item();
            out.text("[");
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.text(",");
                }
                write(item, below, out);
            }
            out.text("]");
        }
        Json::Object(entries) => {
            out.text("{");
            let mut first = true;
            for (name, value) in entries {
                let Some(below) = fields.field(name) else { continue };
                if !first {
                    out.text(",");
                }
                first = false;
                quote(name, out);
                out.text(":");
                write(value, below, out);
            }
            out.text("}");
        }
    }
}

fn quote(text: &str, out: &mut impl Out) {
    out.text("\"");
    // Most texts hold nothing to escape, and the stretches between escapes go as they are.
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        let (plain, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.text(plain);
        let mut characters = behind.chars();
        match characters.next() {
            Some('"') => out.text("\\\""),
            Some('\\') => out.text("\\\\"),
            Some('\n') => out.text("\\n"),
            Some('\r') => out.text("\\r"),
            Some('\t') => out.text("\\t"),
            Some(control) => out.text(&format!("\\u{:04x}", u32::from(control))),
            None => {}
        }
        rest = characters.as_str();
    }
    out.text(rest);
    out.text("\"");
}

#[cfg(test)]
mod tests {
    use engine_model::{Route, Step, Unknown, Why};

    use super::{Fields, Item, Json, Node, Object, json};

    fn item() -> Item {
        let mut command = Object::default();
        command.put("program", Node::string("terraform", None));
        command.put("text", Node::string("a \"b\"\n\u{1}", None));
        let mut job = Object::default();
        job.put("name", Node::string("apply", None));
        job.list("commands", vec![command.finish(None)], None);
        job.put("when", Node::new(Json::Unknown(Unknown { why: Why::Dynamic, on: "$[[ inputs.when ]]".into() }), None));
        Item { kind: "gitlab.job", title: "job `apply`".into(), root: job.finish(None) }
    }

    #[test]
    fn a_policy_sees_only_what_it_reads() {
        let check =
            |paths: &[&str], expect: &str| assert_eq!(json([&item()], &Fields::new(paths.iter().copied())), expect);
        check(&["name"], r#"[{"name":"apply"}]"#);
        check(&["commands.*.program"], r#"[{"commands":[{"program":"terraform"}]}]"#);
        check(&["commands"], r#"[{"commands":[{"program":"terraform","text":"a \"b\"\n\u0001"}]}]"#);
        check(&["when", "nothing"], r#"[{"when":{"$unknown":"dynamic","on":"$[[ inputs.when ]]"}}]"#);
        check(&[], "[{}]");
    }

    #[test]
    fn what_is_written_is_json() {
        let text = json([&item(), &item()], &Fields::new(["name", "commands", "when"]));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[1]["commands"][0]["text"], "a \"b\"\n\u{1}");
    }

    #[test]
    fn a_route_that_leads_nowhere_is_not_exact() {
        let item = item();
        assert!(!item.resolve(&Route(vec!["commands".into(), Step::Index(7)])).exact);
    }
}
