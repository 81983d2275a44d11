//! Expressions to values. What is not sure to be Terraform's own result is unknown, with the reason.
//!
//! Evaluated: literals, lists, objects, templates without directives, parentheses, `var.…`, `local.…`, conditionals,
//! logic, comparison, exact arithmetic, attributes and indices of known values, and of `jsonencode` the value that
//! it is given. Not evaluated: other functions, `for`, splats, directives, `~`, equality of collections, `each`,
//! `count`, `path`, outputs of modules.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use engine_model::{
    BinaryOp, Document, Entry, Kind, NodeId, Op, Place, Scalar, ScalarStyle, UnaryOp, Unknown, Value, Why,
};

use super::assembly::Assembly;
use super::number::Number;
use super::scope::{Root, Scope};
use super::value::{Basis, Data, Evaluated, ScalarKinds, is_composed};

/// Expressions and references nested deeper than this are not followed.
const MAX_DEPTH: usize = 200;

impl Scope<'_> {
    /// What the expression at `node` comes to.
    pub(super) fn evaluate(&self, document: &Arc<Document>, node: NodeId, depth: usize) -> Evaluated {
        let place = Place::new(document, node);
        if depth > MAX_DEPTH || !self.budget.spend(1) {
            return Evaluated::unknown(Why::NotEvaluated, "more than is followed", place);
        }
        let below = |node: NodeId| self.evaluate(document, node, depth.saturating_add(1));
        match document.node(node).kind {
            Kind::Scalar(scalar) => self.scalar(scalar, place),
            Kind::Sequence(items) => {
                let items: Vec<Evaluated> = items.iter().map(|item| below(*item)).collect();
                let basis = items.iter().map(|item| item.basis).max().unwrap_or_default();
                Evaluated::new(Value::Known(Data::List(items)), place, basis)
            }
            Kind::Mapping(entries) => self.object(document, entries, place, depth),
            Kind::Null | Kind::Alias(_) => refuse(place),
            Kind::Expression(op, parts) => match (op, parts) {
                (Op::Parenthesis, [inner]) => below(*inner).used_at(place),
                (Op::Template, parts) => self.template(document, node, parts, depth),
                (Op::Conditional, [condition, yes, no]) => {
                    self.conditional(document, place, [*condition, *yes, *no], depth)
                }
                (Op::Binary(op), [left, right]) => binary(op, below(*left), below(*right), place),
                (Op::Unary(op), [operand]) => unary(op, below(*operand), place),
                (Op::Call, [name, value]) if plain(document, *name) == Some("jsonencode") => {
                    encoded(below(*value), place)
                }
                (Op::Traversal, [root, steps @ ..]) => self.traversal(document, place, *root, steps, depth),
                _ => refuse(place),
            },
        }
    }

    fn scalar(&self, scalar: Scalar<'_>, place: Place) -> Evaluated {
        let data = match (scalar.style, scalar.text) {
            (ScalarStyle::Plain, text) => match Data::of_plain(text) {
                Some(data) => data,
                None => return refuse(place),
            },
            (_, text) if is_composed(text) && self.budget.spend(text.len() >> 6) => Data::Text(text.to_owned()),
            _ => return refuse(place),
        };
        Evaluated::known(data, place)
    }

    fn object(&self, document: &Arc<Document>, entries: &[Entry], place: Place, depth: usize) -> Evaluated {
        let mut items = BTreeMap::new();
        let mut basis = Basis::Code;
        for entry in entries {
            let key = match document.node(entry.key).kind {
                // A bare word is a name, unless it is a number or the like.
                Kind::Scalar(scalar) if scalar.style == ScalarStyle::Plain && is_name(scalar.text) => {
                    Evaluated::known(Data::Text(scalar.text.to_owned()), place.clone())
                }
                _ => self.evaluate(document, entry.key, depth.saturating_add(1)),
            };
            let value = self.evaluate(document, entry.value, depth.saturating_add(1));
            basis = basis.max(key.basis).max(value.basis);
            match key.value {
                Value::Known(key) => match key.to_text().filter(|key| is_composed(key)) {
                    Some(key) => items.insert(key, value),
                    None => return refuse(place),
                },
                Value::Unknown(unknown) => return Evaluated::new(Value::Unknown(unknown), place, basis),
                Value::Absent => return refuse(place),
            };
        }
        Evaluated::new(Value::Known(Data::Map(items)), place, basis)
    }

    fn template(&self, document: &Arc<Document>, node: NodeId, parts: &[NodeId], depth: usize) -> Evaluated {
        let place = Place::new(document, node);
        let quoted = document.source_text(node).starts_with('"');
        let mut text = Assembly::default();
        let mut basis = Basis::Code;
        let mut missing: Option<Unknown> = None;
        for part in parts {
            let value = match document.node(*part).kind {
                Kind::Scalar(fragment) if is_composed(fragment.text) => {
                    text.fragment(document, *part, fragment.text);
                    continue;
                }
                Kind::Expression(Op::Interpolation, [inner]) if !strips(document.source_text(*part)) => {
                    self.evaluate(document, *inner, depth.saturating_add(1))
                }
                _ => return refuse(place),
            };
            if quoted && parts.len() == 1 {
                // `"${x}"` is x, of whatever type.
                return value.used_at(place);
            }
            basis = basis.max(value.basis);
            let at = document.node(*part).span;
            match &value.value {
                Value::Known(Data::Json(_)) => {
                    let unknown = Unknown { why: Why::NotEvaluated, on: "jsonencode(…)".to_owned() };
                    text.unknown(&unknown, at);
                    missing = Some(worse(missing, unknown));
                }
                Value::Known(data) => match data.to_text() {
                    Some(piece) => text.piece(&piece, at),
                    None => return refuse(place),
                },
                Value::Unknown(unknown) => {
                    match &value.wording {
                        Some(wording) => text.worded(wording, at),
                        None => text.unknown(unknown, at),
                    }
                    missing = Some(worse(missing, unknown.clone()));
                }
                Value::Absent => return refuse(place),
            }
            if text.is_too_long() {
                return match missing {
                    Some(unknown) => Evaluated::new(Value::Unknown(unknown), place, basis),
                    None => refuse(place),
                };
            }
        }
        if !self.budget.spend(text.size()) {
            return match missing {
                Some(unknown) => Evaluated::new(Value::Unknown(unknown), place, basis),
                None => refuse(place),
            };
        }
        let value = match missing {
            Some(unknown) => Value::Unknown(unknown),
            None => Value::Known(Data::Text(text.text.clone())),
        };
        Evaluated { wording: Some(Arc::new(text.finish(&place))), ..Evaluated::new(value, place, basis) }
    }

    fn conditional(&self, document: &Arc<Document>, place: Place, parts: [NodeId; 3], depth: usize) -> Evaluated {
        let [condition, yes, no] = parts.map(|part| self.evaluate(document, part, depth.saturating_add(1)));
        let chosen = match &condition.value {
            Value::Known(data) => match data.to_bool() {
                Some(chosen) => chosen,
                None => return refuse(place),
            },
            Value::Unknown(unknown) => {
                return Evaluated::new(Value::Unknown(unknown.clone()), place, condition.basis);
            }
            Value::Absent => return refuse(place),
        };
        let [_, yes_node, no_node] = parts;
        let (value, other, other_node) = if chosen { (yes, no, no_node) } else { (no, yes, yes_node) };
        match unify(&value, &other, is_null_literal(document, other_node)) {
            Some(value) => value.resting_on(condition.basis).used_at(place),
            None => refuse(place),
        }
    }

    fn traversal(
        &self,
        document: &Arc<Document>,
        place: Place,
        root: NodeId,
        steps: &[NodeId],
        depth: usize,
    ) -> Evaluated {
        let name = match document.node(root).kind {
            Kind::Expression(Op::Variable, [name]) => document.scalar(*name).map(|name| name.text),
            _ => None,
        };
        let on = || summary(document, place.node);
        let (base, rest) = match (name, steps) {
            (Some("var"), [first, rest @ ..]) => match plain(document, *first) {
                Some(name) => (self.name(Root::Variable, name, &place, depth), rest),
                None => return refuse(place),
            },
            (Some("local"), [first, rest @ ..]) => match plain(document, *first) {
                Some(name) => (self.name(Root::Local, name, &place, depth), rest),
                None => return refuse(place),
            },
            (Some("terraform"), _) => return Evaluated::unknown(Why::Dynamic, on(), place),
            (Some("module" | "each" | "count" | "path"), _) => return refuse(place),
            // A resource, a data source, `self`.
            (Some(_), _) => return Evaluated::unknown(Why::UntilApply, on(), place),
            (None, steps) => (Arc::new(self.evaluate(document, root, depth.saturating_add(1))), steps),
        };
        let mut at: &Evaluated = &base;
        let mut basis = base.basis;
        for step in rest {
            let data = match &at.value {
                Value::Known(data) => data,
                Value::Unknown(unknown) => {
                    return Evaluated::new(Value::Unknown(unknown.clone()), place, basis.max(at.basis));
                }
                Value::Absent => return refuse(place),
            };
            let key = match (plain(document, *step), document.node(*step).kind) {
                (Some(name), _) if name.starts_with(|c: char| c.is_ascii_digit()) => match Number::parse(name) {
                    Some(number) => Data::Number(number),
                    None => return refuse(place),
                },
                (Some(name), _) => match data {
                    Data::Map(_) => Data::Text(name.to_owned()),
                    _ => return refuse(place),
                },
                (None, Kind::Expression(Op::Index, [key])) => {
                    let key = self.evaluate(document, *key, depth.saturating_add(1));
                    basis = basis.max(key.basis);
                    match key.value {
                        Value::Known(key) => key,
                        Value::Unknown(unknown) => {
                            return Evaluated::new(Value::Unknown(unknown), place, basis);
                        }
                        Value::Absent => return refuse(place),
                    }
                }
                _ => return refuse(place),
            };
            let Some(found) = item(data, &key) else { return refuse(place) };
            at = found;
            basis = basis.max(at.basis);
        }
        if !self.budget.spend(at.size()) {
            return Evaluated::unknown(Why::NotEvaluated, "more than is followed", place);
        }
        at.clone().resting_on(basis).used_at(place)
    }
}

/// What `jsonencode` makes of a value.
fn encoded(value: Evaluated, place: Place) -> Evaluated {
    let basis = value.basis;
    let made = match value.value {
        Value::Known(_) => Value::Known(Data::Json(Box::new(value))),
        Value::Unknown(unknown) => Value::Unknown(unknown),
        Value::Absent => return refuse(place),
    };
    Evaluated::new(made, place, basis)
}

/// A construct that is not evaluated, or that Terraform refuses.
fn refuse(place: Place) -> Evaluated {
    let on = summary(&place.document, place.node);
    Evaluated::unknown(Why::NotEvaluated, on, place)
}

/// What an expression is, for messages: its text up to a length, without any text in quotes, which may be a secret.
fn summary(document: &Document, node: NodeId) -> String {
    const LONGEST: usize = 60;
    let text = match document.node(node).kind {
        Kind::Expression(Op::Call | Op::CallExpanded, [name, ..]) => {
            return format!("{}(…)", document.scalar(*name).map_or("", |name| name.text));
        }
        Kind::Expression(Op::Template, _) => return "a template".to_owned(),
        Kind::Scalar(_) => return "a text or a number".to_owned(),
        _ => document.source_text(node),
    };
    let end = text.find(['"', '\n', '<']).unwrap_or(text.len());
    let mut kept: String = text.get(..end).unwrap_or("").chars().take(LONGEST).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// The reason that counts of two: a secret stays one whatever it is joined with.
fn worse(first: Option<Unknown>, second: Unknown) -> Unknown {
    match first {
        Some(first) if second.why != Why::Sensitive || first.why == Why::Sensitive => first,
        _ => second,
    }
}

fn strips(interpolation: &str) -> bool {
    interpolation.starts_with("${~") || interpolation.ends_with("~}")
}

fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

fn is_null_literal(document: &Document, node: NodeId) -> bool {
    document.scalar(node).is_some_and(|scalar| scalar.style == ScalarStyle::Plain && scalar.text == "null")
}

fn plain(document: &Document, node: NodeId) -> Option<&str> {
    document.scalar(node).filter(|scalar| scalar.style == ScalarStyle::Plain).map(|scalar| scalar.text)
}

fn item<'d>(data: &'d Data, key: &Data) -> Option<&'d Evaluated> {
    match data {
        Data::List(items) => items.get(key.to_number()?.index()?),
        Data::Map(items) => items.get(&key.to_text()?),
        _ => None,
    }
}

/// `value` as a conditional gives it, whose other branch is `other`: Terraform gives both branches one type first.
fn unify(value: &Evaluated, other: &Evaluated, other_is_null: bool) -> Option<Evaluated> {
    let data = match &value.value {
        Value::Known(data) => data,
        Value::Unknown(_) => return Some(value.clone()),
        Value::Absent => return None,
    };
    match (data, other.get()) {
        (Data::Null, _) => Some(value.clone()),
        _ if other_is_null => Some(value.clone()),
        (
            Data::Text(_) | Data::Json(_),
            None | Some(Data::Text(_) | Data::Json(_) | Data::Number(_) | Data::Bool(_) | Data::Null),
        ) => Some(value.clone()),
        (Data::Number(_), Some(Data::Number(_))) | (Data::Bool(_), Some(Data::Bool(_))) => Some(value.clone()),
        (Data::Number(_) | Data::Bool(_), Some(Data::Text(_) | Data::Json(_))) => {
            Some(Evaluated { value: Value::Known(Data::Text(data.to_text()?)), ..value.clone() })
        }
        (Data::List(_), Some(Data::List(_)))
        | (Data::Map(_), Some(Data::Map(_)))
        | (Data::Set(_), Some(Data::Set(_))) => {
            let mut kinds = ScalarKinds::default();
            value.scalar_kinds(&mut kinds)?;
            other.scalar_kinds(&mut kinds)?;
            kinds.is_one().then(|| value.clone())
        }
        _ => None,
    }
}

fn unary(op: UnaryOp, operand: Evaluated, place: Place) -> Evaluated {
    let basis = operand.basis;
    let data = match operand.value {
        Value::Known(data) => data,
        value => return Evaluated::new(value, place, basis),
    };
    let made = match op {
        UnaryOp::Not => data.to_bool().map(|value| Data::Bool(!value)),
        UnaryOp::Negate => data.to_number().and_then(Number::negate).map(Data::Number),
    };
    made.map_or_else(|| refuse(place.clone()), |data| Evaluated::new(Value::Known(data), place.clone(), basis))
}

fn binary(op: BinaryOp, left: Evaluated, right: Evaluated, place: Place) -> Evaluated {
    let basis = left.basis.max(right.basis);
    let decides = |value: &Evaluated, decisive: bool| value.get().and_then(Data::to_bool) == Some(decisive);
    let value = match (left.value.clone(), right.value.clone()) {
        (Value::Known(left), Value::Known(right)) => match compute(op, &left, &right) {
            Some(data) => Value::Known(data),
            None => return refuse(place),
        },
        (Value::Unknown(one), Value::Unknown(two)) => Value::Unknown(worse(Some(one), two)),
        (Value::Unknown(unknown), _) | (_, Value::Unknown(unknown)) => {
            let decided = match op {
                BinaryOp::And => decides(&left, false) || decides(&right, false),
                BinaryOp::Or => decides(&left, true) || decides(&right, true),
                _ => false,
            };
            if decided && unknown.why != Why::Sensitive {
                Value::Known(Data::Bool(op == BinaryOp::Or))
            } else {
                Value::Unknown(unknown)
            }
        }
        _ => return refuse(place),
    };
    Evaluated::new(value, place, basis)
}

fn compute(op: BinaryOp, left: &Data, right: &Data) -> Option<Data> {
    let arithmetic =
        |f: fn(Number, Number) -> Option<Number>| f(left.to_number()?, right.to_number()?).map(Data::Number);
    let order = |accept: fn(Ordering) -> bool| {
        left.to_number()?.compare(right.to_number()?).map(|order| Data::Bool(accept(order)))
    };
    match op {
        BinaryOp::Or => Some(Data::Bool(left.to_bool()? | right.to_bool()?)),
        BinaryOp::And => Some(Data::Bool(left.to_bool()? & right.to_bool()?)),
        BinaryOp::Equal => equal(left, right).map(Data::Bool),
        BinaryOp::NotEqual => equal(left, right).map(|equal| Data::Bool(!equal)),
        BinaryOp::Less => order(Ordering::is_lt),
        BinaryOp::LessOrEqual => order(Ordering::is_le),
        BinaryOp::Greater => order(Ordering::is_gt),
        BinaryOp::GreaterOrEqual => order(Ordering::is_ge),
        BinaryOp::Add => arithmetic(Number::plus),
        BinaryOp::Subtract => arithmetic(Number::minus),
        BinaryOp::Multiply => arithmetic(Number::times),
        BinaryOp::Divide => arithmetic(Number::over),
        BinaryOp::Modulo => arithmetic(Number::modulo),
    }
}

/// Equality as Terraform has it: no conversion, so that `1 == "1"` is false. Of collections it depends on types that
/// are not kept here.
fn equal(left: &Data, right: &Data) -> Option<bool> {
    match (left, right) {
        (Data::Null, Data::Null) => Some(true),
        (Data::Null, _) | (_, Data::Null) => Some(false),
        (Data::Bool(left), Data::Bool(right)) => Some(left == right),
        (Data::Number(left), Data::Number(right)) => left.compare(*right).map(Ordering::is_eq),
        (Data::Text(left), Data::Text(right)) => Some(left == right),
        (Data::Bool(_) | Data::Number(_) | Data::Text(_), Data::Bool(_) | Data::Number(_) | Data::Text(_)) => {
            Some(false)
        }
        _ => None,
    }
}
