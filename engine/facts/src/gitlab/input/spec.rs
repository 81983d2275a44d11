//! What a file says of its inputs, and the values that an include gives them.

use std::sync::Arc;

use engine_formats::yaml::ScalarValue;
use engine_model::Place;
use regex::Regex;

use super::super::include::Given;
use super::super::node::{Edge, Node, Shape};
use super::super::problem::Problem;
use super::{Content, Input, Written, fields, json, unfilled};

/// How many options an input may have: GitLab's limit.
const MAX_OPTIONS: usize = 50;

/// The keys of `spec:`.
const KEYS: [&str; 3] = ["inputs", "component", "include"];

/// The keys of an input.
const INPUT_KEYS: [&str; 6] = ["type", "default", "options", "regex", "description", "rules"];

/// An input as its file declares it.
pub(super) struct Spec {
    name: Arc<str>,
    place: Place,
    kind: Kind,
    /// `default:`; it may be written and null.
    default: Option<Edge>,
    options: Option<Vec<Edge>>,
    regex: Option<(Regex, Place)>,
    /// Whether something says of it what is not read yet.
    open: bool,
}

/// `type:`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Boolean,
    List,
}

/// The types, as they are written.
const KINDS: [(&str, Kind, &str); 4] = [
    ("string", Kind::Text, "a string"),
    ("number", Kind::Number, "a number"),
    ("boolean", Kind::Boolean, "a boolean"),
    ("array", Kind::List, "an array"),
];

impl Kind {
    fn noun(self) -> &'static str {
        KINDS.iter().find(|(_, kind, _)| *kind == self).map_or("", |(_, _, noun)| *noun)
    }

    /// Whether a value is of this type.
    fn holds(self, node: &Node) -> bool {
        match (&node.shape, node.scalar_value()) {
            (Shape::Sequence(_), _) => self == Self::List,
            (Shape::Scalar, Some(ScalarValue::Boolean(_))) => self == Self::Boolean,
            (Shape::Scalar, Some(ScalarValue::Integer(_) | ScalarValue::Float(_))) => self == Self::Number,
            (Shape::Scalar, Some(ScalarValue::String)) => self == Self::Text,
            _ => false,
        }
    }
}

/// The inputs of a header, in order.
pub(super) fn read(header: &Edge, content: &mut Content) -> Vec<Spec> {
    let Some(spec) = header.node.field("spec") else { return Vec::new() };
    for field in spec.edge.node.fields().iter().filter(|field| !KEYS.contains(&&*field.name)) {
        content.problems.push(unknown_key(&field.name, &field.key, "`spec`", &KEYS));
    }
    if let Some(include) = spec.edge.node.field("include") {
        content.unread = Some((include.key.clone(), "inputs that are included from another file".to_owned()));
    }
    let Some(inputs) = spec.edge.node.field("inputs") else { return Vec::new() };
    inputs.edge.node.fields().iter().map(|field| input(field.name.clone(), &field.key, &field.edge, content)).collect()
}

fn unknown_key(name: &str, place: &Place, of: &str, known: &[&'static str]) -> Problem {
    let problem = Problem::new(place.clone(), format!("{of} has no key `{name}`"));
    problem.meant(name, known.iter().copied())
}

fn input(name: Arc<str>, place: &Place, edge: &Edge, content: &mut Content) -> Spec {
    let node = &edge.node;
    let mut spec = Spec {
        name: Arc::clone(&name),
        place: place.clone(),
        kind: Kind::Text,
        default: None,
        options: None,
        regex: None,
        open: false,
    };
    if node.is_null() {
        return spec;
    }
    if !matches!(node.shape, Shape::Mapping(_)) {
        content.problems.push(Problem::new(place.clone(), format!("the input `{name}` is a mapping, or nothing")));
        return spec;
    }
    for field in node.fields() {
        let at = &field.edge.node.place;
        match &*field.name {
            "type" => match field.edge.node.text().and_then(|text| KINDS.iter().find(|(word, ..)| *word == text)) {
                Some((_, kind, _)) => spec.kind = *kind,
                None => {
                    let message = format!(
                        "the input `{name}` has a type that is none: `string`, `number`, `boolean` and `array` are"
                    );
                    content.problems.push(Problem::new(at.clone(), message));
                }
            },
            "default" => spec.default = Some(field.edge.clone()),
            "options" => {
                let items = field.edge.node.items().to_vec();
                if items.len() > MAX_OPTIONS {
                    let message = format!("the input `{name}` has more than {MAX_OPTIONS} options");
                    content.problems.push(Problem::new(at.clone(), message));
                }
                spec.options = Some(items);
            }
            "regex" => match field.edge.node.text().map(Regex::new) {
                Some(Ok(regex)) => spec.regex = Some((regex, at.clone())),
                _ => {
                    let message = format!("`regex` of the input `{name}` is no regular expression");
                    content.problems.push(Problem::new(at.clone(), message));
                }
            },
            "description" => {}
            "rules" => spec.open = true,
            other => content.problems.push(unknown_key(other, &field.key, "an input", &INPUT_KEYS)),
        }
    }
    if spec.regex.is_some() && spec.kind != Kind::Text {
        let message = format!("`regex` of the input `{name}` is for strings alone");
        content.problems.push(Problem::new(place.clone(), message));
    }
    if spec.options.is_some() && matches!(spec.kind, Kind::Boolean | Kind::List) {
        let message = format!("`options` of the input `{name}` are for strings and numbers alone");
        content.problems.push(Problem::new(place.clone(), message));
    }
    if let Some(default) = spec.default.clone() {
        // GitLab takes a string that is nothing for one.
        let nothing = spec.kind == Kind::Text && default.node.is_null();
        if let Some(wrong) = (!nothing).then(|| spec.refuses(&default.node)).flatten() {
            let message = format!("the default of the input `{name}` {wrong}");
            content.problems.push(Problem::new(default.node.place.clone(), message));
        }
    }
    spec
}

impl Spec {
    /// What is wrong with a value, as the end of a sentence about it.
    fn refuses(&self, node: &Node) -> Option<String> {
        if node.text().and_then(unfilled).is_some() {
            return None;
        }
        if !self.kind.holds(node) {
            return Some(format!("is not {}", self.kind.noun()));
        }
        let same =
            |option: &&Edge| option.node.text() == node.text() && option.node.scalar_value() == node.scalar_value();
        if let Some(options) = &self.options
            && options.iter().find(same).is_none()
        {
            let shown: Vec<String> =
                options.iter().filter_map(|option| option.node.text()).map(|text| format!("`{text}`")).collect();
            return Some(format!("is not one of the options {}", shown.join(", ")));
        }
        let (regex, _) = self.regex.as_ref()?;
        let matches = node.text().is_some_and(|text| regex.is_match(text));
        (!matches).then(|| format!("does not match `{}`", regex.as_str()))
    }

    fn default(&self) -> Option<Input> {
        let default = self.default.as_ref()?;
        let value =
            if default.node.is_null() { Some(Written::Text(String::new())) } else { json::written(&default.node) };
        Some(Input { name: Arc::clone(&self.name), value, place: default.node.place.clone() })
    }

    fn unknown(&self) -> Input {
        Input { name: Arc::clone(&self.name), value: None, place: self.place.clone() }
    }
}

/// The inputs of a file that another one includes at `at`.
pub(super) fn filled(specs: &[Spec], given: Option<&Edge>, at: &Place, content: &mut Content) -> Vec<Input> {
    let known: Vec<&str> = specs.iter().map(|spec| &*spec.name).collect();
    for field in fields(given).iter().filter(|field| !known.contains(&&*field.name)) {
        let message = format!("`{}` is not among the inputs of the file", field.name);
        let problem = Problem::new(field.key.clone(), message);
        content.problems.push(problem.meant(&field.name, known.iter().copied()));
    }
    let mut inputs = Vec::with_capacity(specs.len());
    for spec in specs {
        let value = fields(given).iter().find(|field| field.name == spec.name && !field.edge.node.is_null());
        inputs.push(match value {
            Some(field) => {
                if let Some(wrong) = spec.refuses(&field.edge.node) {
                    let message = format!("the value of the input `{}` {wrong}", spec.name);
                    let problem = Problem::new(field.edge.node.place.clone(), message);
                    content.problems.push(problem.related(spec.place.clone(), "the input"));
                }
                let value = json::written(&field.edge.node);
                Input { name: Arc::clone(&spec.name), value, place: field.edge.node.place.clone() }
            }
            None if spec.open => spec.unknown(),
            None => match spec.default() {
                Some(input) => input,
                None => {
                    let message = format!("the input `{}` has no default and is not given", spec.name);
                    content.problems.push(Problem::new(at.clone(), message).related(spec.place.clone(), "the input"));
                    spec.unknown()
                }
            },
        });
    }
    inputs
}

/// The inputs of a pipeline's own file: what it is started with, and unknown where that is anybody's choice.
pub(super) fn started(specs: &[Spec], start: Option<&Given>, content: &mut Content) -> Vec<Input> {
    let mut inputs = Vec::with_capacity(specs.len());
    for spec in specs {
        let Some(start) = start.filter(|_| !spec.open) else {
            inputs.push(spec.unknown());
            continue;
        };
        if let Some(value) = start.inputs.get(&*spec.name) {
            let written = |text: &str| {
                if spec.kind == Kind::Text { Written::Text(text.to_owned()) } else { Written::Json(text.to_owned()) }
            };
            inputs.push(Input { value: Some(written(value)), ..spec.unknown() });
            continue;
        }
        inputs.push(spec.default().unwrap_or_else(|| {
            let message =
                format!("the input `{}` has no default, so that the pipeline cannot start without it", spec.name);
            content.problems.push(Problem::new(spec.place.clone(), message));
            spec.unknown()
        }));
    }
    inputs
}
