//! Bodies, blocks and expressions of HCL as conftest shows them.
//!
//! A block is an object under its type and then under each of its labels, in a list, since there may be another of
//! the same name. Attributes come after blocks, and take the place of those of their name. Text, numbers, `true`,
//! `false`, `null`, lists and objects are themselves; any other expression is its own source text between `${` and
//! `}`. What a template is, `template` says.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_model::{Document, Entry, Kind, NodeId, Op, Scalar, ScalarStyle, UnaryOp};

use super::{Fields, Refused, at, number, refused, template, too_large};
use crate::terraform::block::{Block, blocks};
use crate::wire::{Json, Node};

/// The object of a whole file.
pub(super) fn body(document: &Arc<Document>) -> Result<Node, Refused> {
    let root = document.roots().first().copied();
    let entries = root.map_or(&[][..], |root| document.entries(root));
    let json = members(document, entries)?;
    Ok(match root {
        Some(root) => at(document, root, json),
        None => Node::new(json, None),
    })
}

/// What stands under a name.
enum Member {
    Value(Node),
    Blocks { first: NodeId, blocks: Vec<Node> },
    Labels { written: NodeId, members: Members },
}

type Members = BTreeMap<Arc<str>, Member>;

fn members(document: &Arc<Document>, entries: &[Entry]) -> Result<Json, Refused> {
    let mut members = Members::new();
    for entry in entries {
        for block in blocks(document, *entry).into_iter().flatten() {
            add(document, entry.key, block, &mut members)?;
        }
    }
    for entry in entries.iter().filter(|entry| blocks(document, **entry).is_none()) {
        let name = document.scalar(entry.key).map_or("", |key| key.text);
        members.insert(name.into(), Member::Value(expression(document, entry.value)?));
    }
    Ok(finish(document, members))
}

/// Adds a block whose type is written at `kind`.
fn add(document: &Arc<Document>, kind: NodeId, block: Block, members: &mut Members) -> Result<(), Refused> {
    let mut written = kind;
    let mut members = members;
    for label in document.items(block.labels) {
        let labels = Member::Labels { written, members: Members::new() };
        members = match members.entry(name(document, written)).or_insert(labels) {
            Member::Labels { members, .. } => members,
            _ => return Err(mixed(document, kind, block)),
        };
        written = *label;
    }
    let body = at(document, block.node, self::members(document, document.entries(block.body))?);
    let blocks = Member::Blocks { first: block.node, blocks: Vec::new() };
    match members.entry(name(document, written)).or_insert(blocks) {
        Member::Blocks { blocks, .. } => blocks.push(body),
        _ => return Err(mixed(document, kind, block)),
    }
    Ok(())
}

fn name(document: &Document, node: NodeId) -> Arc<str> {
    document.scalar(node).map_or("", |scalar| scalar.text).into()
}

fn mixed(document: &Arc<Document>, kind: NodeId, block: Block) -> Refused {
    let kind = name(document, kind);
    refused(document, block.node, format!("blocks of `{kind}` stand here with more labels and with fewer"))
}

fn finish(document: &Arc<Document>, members: Members) -> Json {
    let node = |member: Member| match member {
        Member::Value(node) => node,
        Member::Blocks { first, blocks } => at(document, first, Json::List(blocks)),
        Member::Labels { written, members } => at(document, written, finish(document, members)),
    };
    Json::Object(members.into_iter().map(|(name, member)| (name, node(member))).collect())
}

/// An expression that is a value of its own. Its depth is bounded by the reader.
pub(super) fn expression(document: &Arc<Document>, node: NodeId) -> Result<Node, Refused> {
    let json = match document.node(node).kind {
        Kind::Scalar(scalar) => literal(scalar).ok_or_else(|| too_large(document, node))?,
        Kind::Sequence(items) => {
            Json::List(items.iter().map(|item| expression(document, *item)).collect::<Result<_, _>>()?)
        }
        Kind::Mapping(entries) => {
            let mut fields = Fields::default();
            for entry in entries {
                fields.put(&template::key(document, entry.key), expression(document, entry.value)?);
            }
            fields.finish()
        }
        Kind::Expression(Op::Template, &[only]) if template::is_interpolation(document, only) => {
            return Ok(Node { origin: at(document, node, Json::Null).origin, ..inside(document, only)? });
        }
        Kind::Expression(Op::Unary(op), &[operand]) => match unary(document, op, operand) {
            Some(json) => json.ok_or_else(|| too_large(document, node))?,
            None => Json::String(template::wrapped(document, node).into()),
        },
        _ => Json::String(template::text(document, node).into()),
    };
    Ok(at(document, node, json))
}

/// What stands between the `${` and `}` of a template that is nothing else.
fn inside(document: &Arc<Document>, interpolation: NodeId) -> Result<Node, Refused> {
    match document.node(interpolation).kind {
        Kind::Expression(_, &[inner]) => expression(document, inner),
        _ => Ok(Node::new(Json::Null, None)),
    }
}

/// A literal; `None` where it is a number that is too large.
fn literal(scalar: Scalar<'_>) -> Option<Json> {
    match scalar.text {
        text if scalar.style != ScalarStyle::Plain => Some(Json::String(template::escaped(text).into())),
        "true" => Some(Json::Boolean(true)),
        "false" => Some(Json::Boolean(false)),
        "null" => Some(Json::Null),
        text => number::json(text),
    }
}

/// `- 1` and `!true`; `None` where the operand is no literal that the operator takes.
fn unary(document: &Document, op: UnaryOp, operand: NodeId) -> Option<Option<Json>> {
    let scalar = document.scalar(operand).filter(|scalar| scalar.style == ScalarStyle::Plain)?;
    match (op, scalar.text) {
        (UnaryOp::Not, "true") => Some(Some(Json::Boolean(false))),
        (UnaryOp::Not, "false") => Some(Some(Json::Boolean(true))),
        (UnaryOp::Negate, text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            Some(number::json(&format!("-{text}")))
        }
        _ => None,
    }
}
