//! Type constraints of variables, and what they make of a value: `type = string` turns `5` into `"5"`.

use std::collections::{BTreeMap, BTreeSet};

use engine_model::{Document, Kind, NodeId, Op, ScalarStyle, Value};

use super::value::{Data, Evaluated, ScalarKinds};

/// A type constraint.
#[derive(Clone, Debug)]
pub(super) enum Constraint {
    Any,
    /// Terraform 0.11's `"list"` and `"map"`: their scalars are texts to one version and what they are to the next.
    Old,
    Text,
    Number,
    Bool,
    List(Box<Constraint>),
    Set(Box<Constraint>),
    Map(Box<Constraint>),
    Tuple(Vec<Constraint>),
    Object(BTreeMap<String, Attribute>),
}

#[derive(Clone, Debug)]
pub(super) struct Attribute {
    constraint: Constraint,
    optional: bool,
    /// The default of an optional attribute.
    default: Option<NodeId>,
}

/// Constraints nested deeper than this are not followed.
const MAX_DEPTH: usize = 32;

impl Constraint {
    /// Reads `type = …`. `None` where it is none that is known.
    pub(super) fn read(document: &Document, node: NodeId) -> Option<Self> {
        Self::read_at(document, node, 0)
    }

    fn read_at(document: &Document, node: NodeId, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let inner = |node: NodeId| Self::read_at(document, node, depth.saturating_add(1));
        match document.node(node).kind {
            // Terraform 0.11 and before wrote the name in quotes.
            Kind::Scalar(scalar) if scalar.style == ScalarStyle::DoubleQuoted => match scalar.text {
                "string" => Some(Self::Text),
                "list" => Some(Self::List(Box::new(Self::Old))),
                "map" => Some(Self::Map(Box::new(Self::Old))),
                _ => None,
            },
            Kind::Expression(Op::Variable, [name]) => match document.scalar(*name)?.text {
                "any" => Some(Self::Any),
                "string" => Some(Self::Text),
                "number" => Some(Self::Number),
                "bool" => Some(Self::Bool),
                "list" => Some(Self::List(Box::new(Self::Any))),
                "map" => Some(Self::Map(Box::new(Self::Any))),
                "set" => Some(Self::Set(Box::new(Self::Any))),
                _ => None,
            },
            Kind::Expression(Op::Call, [name, of]) => match document.scalar(*name)?.text {
                "list" => Some(Self::List(Box::new(inner(*of)?))),
                "set" => Some(Self::Set(Box::new(inner(*of)?))),
                "map" => Some(Self::Map(Box::new(inner(*of)?))),
                "tuple" => match document.node(*of).kind {
                    Kind::Sequence(items) => {
                        Some(Self::Tuple(items.iter().map(|item| inner(*item)).collect::<Option<_>>()?))
                    }
                    _ => None,
                },
                "object" => {
                    let Kind::Mapping(entries) = document.node(*of).kind else { return None };
                    let mut attributes = BTreeMap::new();
                    for entry in entries {
                        let name = document.scalar(entry.key)?.text.to_owned();
                        attributes.insert(name, attribute(document, entry.value, &inner)?);
                    }
                    Some(Self::Object(attributes))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What the constraint makes of a value. `None` where Terraform refuses it or where that cannot be told.
    /// `default` evaluates the default of an optional attribute.
    pub(super) fn convert(&self, value: &Evaluated, default: &dyn Fn(NodeId) -> Evaluated) -> Option<Evaluated> {
        let data = match &value.value {
            Value::Known(data) => data,
            Value::Unknown(_) | Value::Absent => return Some(value.clone()),
        };
        let same = |data: Data| Some(Evaluated { value: Value::Known(data), ..value.clone() });
        let each = |items: &[Evaluated], of: &Self| -> Option<Vec<Evaluated>> {
            items.iter().map(|item| of.convert(item, default)).collect()
        };
        match (self, data) {
            (Self::Any, _) | (_, Data::Null) => Some(value.clone()),
            (Self::Old, _) => {
                let mut kinds = ScalarKinds::default();
                value.scalar_kinds(&mut kinds)?;
                kinds.is_text().then(|| value.clone())
            }
            (Self::Text, Data::Json(_)) => Some(value.clone()),
            (Self::Text, data) => same(Data::Text(data.to_text()?)),
            (Self::Number, data) => same(Data::Number(data.to_number()?)),
            (Self::Bool, data) => same(Data::Bool(data.to_bool()?)),
            (Self::List(of), Data::List(items)) => {
                of.unify(items.iter())?;
                same(Data::List(each(items, of)?))
            }
            (Self::Set(of), Data::List(items) | Data::Set(items)) => {
                let items = each(items, of)?;
                // Only of texts is it known which are equal and how they are sorted.
                let mut seen = BTreeSet::new();
                let mut kept: Vec<(String, Evaluated)> = Vec::new();
                for item in items {
                    let text = item.text()?.to_owned();
                    if seen.insert(text.clone()) {
                        kept.push((text, item));
                    }
                }
                kept.sort_by(|(a, _), (b, _)| a.cmp(b));
                same(Data::Set(kept.into_iter().map(|(_, item)| item).collect()))
            }
            (Self::Map(of), Data::Map(items)) => {
                of.unify(items.values())?;
                let items = items.iter().map(|(name, item)| Some((name.clone(), of.convert(item, default)?)));
                same(Data::Map(items.collect::<Option<_>>()?))
            }
            (Self::Tuple(of), Data::List(items)) if of.len() == items.len() => {
                let items = of.iter().zip(items).map(|(of, item)| of.convert(item, default));
                same(Data::List(items.collect::<Option<_>>()?))
            }
            (Self::Object(attributes), Data::Map(items)) => {
                let mut made = BTreeMap::new();
                for (name, attribute) in attributes {
                    made.insert(name.clone(), attribute.convert(value, items.get(name), default)?);
                }
                same(Data::Map(made))
            }
            _ => None,
        }
    }

    /// Whether items of a collection of this type stay what they are when they are made one type.
    fn unify<'e>(&self, mut items: impl Iterator<Item = &'e Evaluated>) -> Option<()> {
        if !self.has_any() {
            return Some(());
        }
        let mut kinds = ScalarKinds::default();
        let mut shapes: BTreeSet<u8> = BTreeSet::new();
        items.try_for_each(|item| {
            shapes.extend(match item.get()? {
                Data::Null => None,
                Data::Bool(_) | Data::Number(_) | Data::Text(_) | Data::Json(_) => Some(0),
                Data::List(_) | Data::Set(_) => Some(1),
                Data::Map(_) => Some(2),
            });
            item.scalar_kinds(&mut kinds)
        })?;
        (kinds.is_one() && shapes.len() <= 1).then_some(())
    }

    fn has_any(&self) -> bool {
        match self {
            Self::Any => true,
            Self::Old | Self::Text | Self::Number | Self::Bool => false,
            Self::List(of) | Self::Set(of) | Self::Map(of) => of.has_any(),
            Self::Tuple(of) => of.iter().any(Self::has_any),
            Self::Object(attributes) => attributes.values().any(|attribute| attribute.constraint.has_any()),
        }
    }
}

impl Attribute {
    fn convert(
        &self,
        whole: &Evaluated,
        item: Option<&Evaluated>,
        default: &dyn Fn(NodeId) -> Evaluated,
    ) -> Option<Evaluated> {
        let is_null = item.is_none_or(|item| matches!(item.get(), Some(Data::Null)));
        match (item, self.default) {
            (None, _) if !self.optional => None,
            (_, Some(node)) if is_null => self.constraint.convert(&default(node), default),
            (Some(item), _) => self.constraint.convert(item, default),
            (None, None) => Some(Evaluated::new(Value::Known(Data::Null), whole.place.clone(), whole.basis)),
            (None, Some(_)) => None,
        }
    }
}

fn attribute(document: &Document, node: NodeId, inner: &dyn Fn(NodeId) -> Option<Constraint>) -> Option<Attribute> {
    if let Kind::Expression(Op::Call, [name, of, rest @ ..]) = document.node(node).kind
        && document.scalar(*name).is_some_and(|name| name.text == "optional")
    {
        return Some(Attribute { constraint: inner(*of)?, optional: true, default: rest.first().copied() });
    }
    Some(Attribute { constraint: inner(node)?, optional: false, default: None })
}
