//! What a file says of its inputs, and the values that an include gives them.

use std::sync::Arc;

use engine_formats::yaml::ScalarValue;
use engine_model::Place;
use regex::Regex;

use super::super::include::Given;
use super::super::node::{Edge, Field, Node, Shape};
use super::super::problem::Problem;
use super::rule::{self, Resolved, Rule};
use super::{Asked, Input, Written, fields, json, unfilled};

/// How many options an input may have: GitLab's limit.
const MAX_OPTIONS: usize = 50;

/// The keys of `spec:`.
const KEYS: [&str; 4] = ["inputs", "component", "include", "description"];

/// What `spec:component` may ask for.
const COMPONENT: [&str; 4] = ["name", "sha", "version", "reference"];

/// The keys of an input.
const INPUT_KEYS: [&str; 6] = ["type", "default", "options", "regex", "description", "rules"];

/// An input as its file declares it.
pub(super) struct Spec {
    pub(super) name: Arc<str>,
    place: Place,
    pub(super) kind: Kind,
    /// `default:`; it may be written and null.
    default: Option<Edge>,
    options: Option<Vec<Edge>>,
    regex: Option<(Regex, Place)>,
    /// `rules:`, which say the default and the options by the values of other inputs.
    pub(super) rules: Option<Vec<Rule>>,
}

/// `type:`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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

/// The inputs of a header, those of other files first, and what it asks for of the component that it is.
pub(super) fn read(header: &Edge, asked: &Asked<'_>, out: &mut Vec<Problem>) -> (Vec<Spec>, Vec<(String, Place)>) {
    let Some(spec) = header.node.field("spec") else { return (Vec::new(), Vec::new()) };
    for field in spec.edge.node.fields().iter().filter(|field| !KEYS.contains(&&*field.name)) {
        out.push(unknown_key(&field.name, &field.key, "`spec`", &KEYS));
    }
    let mut declared = Vec::new();
    if let Some(component) = spec.edge.node.field("component") {
        let node = &component.edge.node;
        if !matches!(node.shape, Shape::Sequence(_) | Shape::Null) {
            out.push(Problem::new(component.key.clone(), "`spec:component` is a list".to_owned()));
        }
        for item in node.items() {
            match item.node.text() {
                Some(text) if COMPONENT.contains(&text) => declared.push((text.to_owned(), item.node.place.clone())),
                text => {
                    let shown = text.unwrap_or("…");
                    let problem = Problem::new(item.node.place.clone(), format!("a component has no `{shown}`"));
                    out.push(problem.meant(shown, COMPONENT));
                }
            }
        }
    }
    let own = spec.edge.node.field("inputs").map_or(&[][..], |inputs| inputs.edge.node.fields());
    let mut specs: Vec<Spec> = Vec::new();
    for field in asked.included.iter().chain(own) {
        if let Some(other) = specs.iter().find(|spec| spec.name == field.name) {
            let message = format!("the input `{}` is there twice", field.name);
            out.push(Problem::new(field.key.clone(), message).related(other.place.clone(), "the other one"));
            continue;
        }
        specs.push(input(field.name.clone(), &field.key, &field.edge, out));
    }
    rule::check(&specs, asked.open, out);
    (specs, declared)
}

fn unknown_key(name: &str, place: &Place, of: &str, known: &[&'static str]) -> Problem {
    let problem = Problem::new(place.clone(), format!("{of} has no key `{name}`"));
    problem.meant(name, known.iter().copied())
}

fn input(name: Arc<str>, place: &Place, edge: &Edge, out: &mut Vec<Problem>) -> Spec {
    let node = &edge.node;
    let mut spec = Spec {
        name: Arc::clone(&name),
        place: place.clone(),
        kind: Kind::Text,
        default: None,
        options: None,
        regex: None,
        rules: None,
    };
    if node.is_null() {
        return spec;
    }
    if !matches!(node.shape, Shape::Mapping(_)) {
        out.push(Problem::new(place.clone(), format!("the input `{name}` is a mapping, or nothing")));
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
                    out.push(Problem::new(at.clone(), message));
                }
            },
            "default" => spec.default = Some(field.edge.clone()),
            "options" => {
                let items = field.edge.node.items().to_vec();
                if items.len() > MAX_OPTIONS {
                    let message = format!("the input `{name}` has more than {MAX_OPTIONS} options");
                    out.push(Problem::new(at.clone(), message));
                }
                spec.options = Some(items);
            }
            "regex" => match field.edge.node.text().map(Regex::new) {
                Some(Ok(regex)) => spec.regex = Some((regex, at.clone())),
                _ => {
                    let message = format!("`regex` of the input `{name}` is no regular expression");
                    out.push(Problem::new(at.clone(), message));
                }
            },
            "description" => {}
            "rules" => spec.rules = Some(rule::read(&name, &field.edge, out)),
            other => out.push(unknown_key(other, &field.key, "an input", &INPUT_KEYS)),
        }
    }
    for keyword in ["options", "default"] {
        if let Some(field) = node.field(keyword).filter(|_| spec.rules.is_some()) {
            let message = format!("the input `{name}` has `rules`, so that it cannot have `{keyword}`");
            out.push(Problem::new(field.key.clone(), message));
        }
    }
    if spec.regex.is_some() && spec.kind != Kind::Text {
        let message = format!("`regex` of the input `{name}` is for strings alone");
        out.push(Problem::new(place.clone(), message));
    }
    if spec.options.is_some() && matches!(spec.kind, Kind::Boolean | Kind::List) {
        let message = format!("`options` of the input `{name}` are for strings and numbers alone");
        out.push(Problem::new(place.clone(), message));
    }
    if let Some(default) = spec.default.clone() {
        // GitLab takes a string that is nothing for one.
        let nothing = spec.kind == Kind::Text && default.node.is_null();
        if let Some(wrong) = (!nothing).then(|| spec.refuses(&default.node, spec.options.as_deref())).flatten() {
            let message = format!("the default of the input `{name}` {wrong}");
            out.push(Problem::new(default.node.place.clone(), message));
        }
    }
    spec
}

impl Spec {
    /// What is wrong with a value, as the end of a sentence about it.
    fn refuses(&self, node: &Node, options: Option<&[Edge]>) -> Option<String> {
        if node.text().and_then(unfilled).is_some() {
            return None;
        }
        if !self.kind.holds(node) {
            return Some(format!("is not {}", self.kind.noun()));
        }
        let same =
            |option: &&Edge| option.node.text() == node.text() && option.node.scalar_value() == node.scalar_value();
        if let Some(options) = options
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
        self.default.as_ref().map(|default| self.written(default))
    }

    fn written(&self, edge: &Edge) -> Input {
        let null = edge.node.is_null();
        let value = if null { Some(Written::Text(String::new())) } else { json::written(&edge.node) };
        Input { name: Arc::clone(&self.name), value, place: edge.node.place.clone() }
    }

    /// What the rules say where the values before are `resolved` and `given` ones come behind.
    fn ruled(&self, resolved: &[Resolved], given: &[Resolved]) -> Ruled {
        let Some(rules) = &self.rules else { return Ruled::None };
        match rule::matching(rules, resolved, given) {
            Ok(Some(rule)) => Ruled::Rule(rule.clone()),
            Ok(None) => Ruled::None,
            Err(()) => Ruled::Unknown,
        }
    }

    /// Whether a pipeline starts without a value.
    fn is_required(&self) -> bool {
        let by_rule = |rule: &Rule| rule.default.is_some() || rule.condition.is_none();
        self.default.is_none() && !self.rules.as_ref().is_some_and(|rules| rules.iter().any(by_rule))
    }

    /// The value where none is given.
    fn otherwise(&self, ruled: &Ruled) -> Input {
        match ruled {
            Ruled::Rule(rule) => match rule.default.as_ref().filter(|default| !default.node.is_null()) {
                Some(default) => self.written(default),
                None => self.unknown(),
            },
            Ruled::None => self.default().unwrap_or_else(|| self.unknown()),
            Ruled::Unknown => self.unknown(),
        }
    }

    fn unknown(&self) -> Input {
        Input { name: Arc::clone(&self.name), value: None, place: self.place.clone() }
    }
}

/// What the rules of an input come to.
enum Ruled {
    /// There are none, or none holds.
    None,
    Rule(Rule),
    /// Which one holds, nobody can tell.
    Unknown,
}

/// The inputs of a file that another one includes.
pub(super) fn filled(specs: &[Spec], given: Option<&Edge>, asked: &Asked<'_>, out: &mut Vec<Problem>) -> Vec<Input> {
    let known: Vec<&str> = specs.iter().map(|spec| &*spec.name).collect();
    let unknown = |field: &&Field| !asked.open && !known.contains(&&*field.name);
    for field in fields(given).iter().filter(unknown) {
        let message = format!("`{}` is not among the inputs of the file", field.name);
        let problem = Problem::new(field.key.clone(), message);
        out.push(problem.meant(&field.name, known.iter().copied()));
    }
    let value = |spec: &Spec| {
        fields(given)
            .iter()
            .find(|field| field.name == spec.name && !field.edge.node.is_null())
            .map(|field| &field.edge)
    };
    let all: Vec<Resolved> =
        specs.iter().filter_map(|spec| Some(Resolved::new(spec, &spec.written(value(spec)?)))).collect();
    let mut resolved: Vec<Resolved> = Vec::with_capacity(specs.len());
    let mut inputs = Vec::with_capacity(specs.len());
    for spec in specs {
        let ruled = spec.ruled(&resolved, &all);
        let input = match value(spec) {
            Some(edge) => {
                let options = match &ruled {
                    Ruled::Rule(rule) => rule.options.as_deref(),
                    Ruled::None => spec.options.as_deref(),
                    Ruled::Unknown => None,
                };
                if let Some(wrong) = spec.refuses(&edge.node, options) {
                    let message = format!("the value of the input `{}` {wrong}", spec.name);
                    let problem = Problem::new(edge.node.place.clone(), message);
                    out.push(problem.related(spec.place.clone(), "the input"));
                }
                Input { value: json::written(&edge.node), ..spec.written(edge) }
            }
            None if spec.is_required() => {
                let message = format!("the input `{}` has no default and is not given", spec.name);
                out.push(Problem::new(asked.at.clone(), message).related(spec.place.clone(), "the input"));
                spec.unknown()
            }
            None => spec.otherwise(&ruled),
        };
        resolved.push(Resolved::new(spec, &input));
        inputs.push(input);
    }
    inputs
}

/// The inputs of a pipeline's own file: what it is started with, and unknown where that is anybody's choice.
pub(super) fn started(specs: &[Spec], start: Option<&Given>, out: &mut Vec<Problem>) -> Vec<Input> {
    let given = |spec: &Spec| {
        let text = start?.inputs.get(&*spec.name)?.clone();
        let value = if spec.kind == Kind::Text { Written::Text(text) } else { Written::Json(text) };
        Some(Input { value: Some(value), ..spec.unknown() })
    };
    let all: Vec<Resolved> = specs.iter().filter_map(|spec| Some(Resolved::new(spec, &given(spec)?))).collect();
    let mut resolved: Vec<Resolved> = Vec::with_capacity(specs.len());
    let mut inputs = Vec::with_capacity(specs.len());
    for spec in specs {
        let input = match (start, given(spec)) {
            (None, _) => spec.unknown(),
            (Some(_), Some(input)) => input,
            (Some(_), None) if spec.is_required() => {
                let message =
                    format!("the input `{}` has no default, so that the pipeline cannot start without it", spec.name);
                out.push(Problem::new(spec.place.clone(), message));
                spec.unknown()
            }
            (Some(_), None) => spec.otherwise(&spec.ruled(&resolved, &all)),
        };
        resolved.push(Resolved::new(spec, &input));
        inputs.push(input);
    }
    inputs
}
