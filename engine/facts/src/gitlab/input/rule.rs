//! `rules:` of an input: which of its defaults and options hold, by the values of the inputs before it.

use std::collections::BTreeMap;

use engine_model::{Place, nearest};

use super::super::condition::Expression;
use super::super::expression;
use super::super::node::{Edge, Shape};
use super::super::problem::Problem;
use super::super::reach;
use super::spec::{Kind, Spec};
use super::{Input, Written, block};

/// How many options a rule may have: GitLab's limit.
const MAX_OPTIONS: usize = 50;

/// The keys of a rule.
const KEYS: [&str; 3] = ["if", "options", "default"];

/// A rule.
#[derive(Clone)]
pub(super) struct Rule {
    /// `if:`, and where it is written.
    pub(super) condition: Option<(String, Place)>,
    pub(super) options: Option<Vec<Edge>>,
    /// `default:`; it may be written and null.
    pub(super) default: Option<Edge>,
}

/// The value of an input as a condition sees it.
pub(super) struct Resolved {
    name: String,
    kind: Kind,
    value: Option<Written>,
}

impl Resolved {
    pub(super) fn new(spec: &Spec, input: &Input) -> Self {
        Self { name: spec.name.to_string(), kind: spec.kind, value: input.value.clone() }
    }
}

/// The rules of the input `name`.
pub(super) fn read(name: &str, rules: &Edge, out: &mut Vec<Problem>) -> Vec<Rule> {
    let Shape::Sequence(items) = &rules.node.shape else {
        out.push(Problem::new(rules.node.place.clone(), format!("`rules` of the input `{name}` is a list")));
        return Vec::new();
    };
    items.iter().map(|item| rule(name, item, out)).collect()
}

fn rule(name: &str, item: &Edge, out: &mut Vec<Problem>) -> Rule {
    let mut rule = Rule { condition: None, options: None, default: None };
    let node = &item.node;
    if !matches!(node.shape, Shape::Mapping(_)) {
        out.push(Problem::new(node.place.clone(), format!("a rule of the input `{name}` is a mapping")));
        return rule;
    }
    for field in node.fields() {
        let at = &field.edge.node;
        match &*field.name {
            "if" if at.is_null() => {}
            "if" => {
                let text = at.text().unwrap_or("").to_owned();
                out.extend(expression::problem("if", &at.place, at.scalar_value(), &text));
                rule.condition = Some((text, at.place.clone()));
            }
            "options" if matches!(at.shape, Shape::Sequence(_)) => {
                if at.items().len() > MAX_OPTIONS {
                    let message = format!("a rule of the input `{name}` has more than {MAX_OPTIONS} options");
                    out.push(Problem::new(at.place.clone(), message));
                }
                rule.options = Some(at.items().to_vec());
            }
            "options" if at.is_null() => {}
            "options" => {
                out.push(Problem::new(
                    at.place.clone(),
                    format!("`options` in a rule of the input `{name}` is a list"),
                ));
            }
            "default" => rule.default = Some(field.edge.clone()),
            other => {
                let problem = Problem::new(field.key.clone(), format!("a rule of an input has no key `{other}`"));
                out.push(problem.meant(other, KEYS));
            }
        }
    }
    if rule.options.is_none() && rule.default.is_none() {
        let message = format!("a rule of the input `{name}` has neither `options` nor `default`");
        out.push(Problem::new(node.place.clone(), message));
    }
    rule
}

/// What GitLab refuses of the rules of all inputs together; `open` says that some inputs are not here.
pub(super) fn check(specs: &[Spec], open: bool, out: &mut Vec<Problem>) {
    let rules = |spec: &Spec| spec.rules.clone().unwrap_or_default();
    let mut needs: Vec<(usize, Vec<usize>)> = Vec::new();
    for (index, spec) in specs.iter().enumerate() {
        let mut behind = Vec::new();
        for (text, place) in rules(spec).into_iter().filter_map(|rule| rule.condition) {
            for name in names(&text) {
                match specs.iter().position(|other| *other.name == name) {
                    Some(other) => behind.push(other),
                    None if open => {}
                    None => {
                        let message = format!("a rule of the input `{}` asks for `{name}`, which is none", spec.name);
                        let near = nearest(&name, specs.iter().map(|spec| &*spec.name));
                        let problem = Problem::new(place.clone(), message);
                        out.push(near.map_or(problem.clone(), |near| problem.help(&format!("did you mean `{near}`?"))));
                    }
                }
            }
        }
        needs.push((index, behind));
    }
    // What is left when inputs that ask for nothing are taken away, again and again, asks for itself.
    while let Some(free) = needs.iter().position(|(_, behind)| behind.is_empty()) {
        let (index, _) = needs.swap_remove(free);
        needs.iter_mut().for_each(|(_, behind)| behind.retain(|other| *other != index));
    }
    needs.sort_by_key(|(index, _)| *index);
    let first = needs.first().and_then(|(index, _)| specs.get(*index));
    if let Some((spec, (_, place))) = first.and_then(|spec| {
        let condition = rules(spec).into_iter().find_map(|rule| rule.condition)?;
        Some((spec, condition))
    }) {
        let message = format!("the rules of the input `{}` ask for its own value, by way of other inputs", spec.name);
        out.push(Problem::new(place, message));
    }
}

/// The inputs that a condition asks for, each once.
fn names(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in block::find(text).iter().filter_map(|block| block.data.strip_prefix("inputs.")) {
        if !out.iter().any(|known| known == name) {
            out.push(name.to_owned());
        }
    }
    out
}

/// The first rule that holds; an error where nobody can tell which one does.
pub(super) fn matching<'r>(
    rules: &'r [Rule],
    resolved: &[Resolved],
    given: &[Resolved],
) -> Result<Option<&'r Rule>, ()> {
    for rule in rules {
        let Some((text, _)) = &rule.condition else { return Ok(Some(rule)) };
        if holds(text, resolved, given).ok_or(())? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

/// Whether a condition holds; `None` where nobody can tell.
fn holds(text: &str, resolved: &[Resolved], given: &[Resolved]) -> Option<bool> {
    let mut variables = BTreeMap::new();
    let mut booleans = Vec::new();
    let mut out = String::new();
    let mut copied = 0_usize;
    for found in block::find(text) {
        let name = found.data.strip_prefix("inputs.")?;
        let variable = format!("input_{}", found.range.start);
        // An input that comes later and is not given has no value yet.
        if let Some(input) = resolved.iter().chain(given).find(|input| input.name == name) {
            let value = match (input.value.as_ref()?, input.kind) {
                (Written::Text(text), _) => text.clone(),
                (Written::Json(_), Kind::List) => return None,
                // A number is no text that is written like it.
                (Written::Json(text), Kind::Number) => format!("\u{0}{text}"),
                (Written::Json(text), Kind::Boolean | Kind::Text) => text.clone(),
            };
            if input.kind == Kind::Boolean {
                booleans.push(variable.clone());
            }
            variables.insert(variable.clone(), value);
        }
        out.push_str(text.get(copied..found.range.start)?);
        out.push('$');
        out.push_str(&variable);
        copied = found.range.end;
    }
    out.push_str(text.get(copied..)?);
    let expression = Expression::parse(&out)?;
    // Alone, `false` is nothing, and a text that says so is something.
    if booleans.iter().any(|name| stands_alone(&expression, name)) {
        return None;
    }
    reach::holds(&expression, &variables)
}

/// Whether a variable is compared with nothing.
fn stands_alone(expression: &Expression, name: &str) -> bool {
    match expression {
        Expression::Variable(variable, _) => variable == name,
        Expression::All(parts) | Expression::Any(parts) => parts.iter().any(|part| stands_alone(part, name)),
        Expression::Matches(sides, _) => stands_alone(&sides.0, name) || stands_alone(&sides.1, name),
        Expression::Equal(sides, _) => [&sides.0, &sides.1]
            .into_iter()
            .any(|side| matches!(side, Expression::All(_) | Expression::Any(_)) && stands_alone(side, name)),
        Expression::Null | Expression::Text(_) | Expression::Pattern(..) => false,
    }
}
