//! A file as conftest shows it to a policy: [`read`] picks the reader by the file's name, [`Shown::new`] makes of its
//! document the very JSON value that is `input` there, with the place of every node.
//!
//! `hcl` is the shape of bodies, blocks and expressions, `yaml` that of mappings, aliases and streams, `scalar` what a
//! plain YAML scalar is to Go's library, `number` what becomes of numbers, `syntax` what a file is by its name. Which
//! rules are asked, and what their answers come to, is not here.

mod hcl;
mod number;
mod scalar;
mod syntax;
mod template;
mod yaml;

use std::sync::Arc;

use engine_formats::Parsed;
use engine_model::{Builder, Document, Format, Frame, Kind, NodeId, Place, ScalarStyle, SourceFile, Span};

use crate::sourced::Origin;
use crate::wire::{Item, Json, Node, Object};
pub use syntax::{Named, Syntax, named};

/// The kind of a file as it stands: an object of its `path` and its `contents`.
pub const FILE: &str = "file.parsed";

/// The kind of all files together: one object, whose `contents` are a list of such objects.
pub const FILES: &str = "file.combined";

/// The most levels of lists and mappings that a file may have to be shown.
pub const MAX_DEPTH: usize = 100;

/// The most values that one file may have to be shown, each alias counted as what it stands for.
pub const MAX_NODES: usize = 1_000_000;

/// Reads a file as `syntax`. What is broken is said as it is for every other reader.
#[must_use]
pub fn read(file: &Arc<SourceFile>, syntax: Syntax) -> Parsed {
    match syntax {
        Syntax::Hcl => engine_formats::hcl::parse(file),
        Syntax::Yaml => engine_formats::yaml::parse(file),
        Syntax::Json => engine_formats::json::parse(file),
    }
}

/// Why a file has no such value, and where.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What is in the way, one sentence without a full stop.
    pub message: String,
    /// Where it is written.
    pub place: Place,
}

/// A file as it is shown: one value for each time that the rules are asked.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The values: one, or one for each document of a YAML stream, or one for each item of a list that is the whole
    /// file. Empty where that list is.
    pub inputs: Vec<Node>,
}

impl Shown {
    /// The values of a document that was read to its end by [`read`].
    ///
    /// # Errors
    /// [`Refused`] where the file holds what has no JSON value (a key that is null, a tag that changes the value), is
    /// nested deeper than [`MAX_DEPTH`] or larger than [`MAX_NODES`], or has blocks of one type with and without labels.
    pub fn new(document: &Arc<Document>) -> Result<Self, Refused> {
        let root = match document.format() {
            Format::Hcl => hcl::body(document)?,
            Format::Json => json(document, document.roots().first().copied(), 0)?,
            _ => yaml::stream(document)?,
        };
        let mut inputs = match root.json {
            Json::List(items) => items,
            json => vec![Node { json, origin: root.origin }],
        };
        // Of an empty file there is no node; what is said of it has a place all the same.
        for input in inputs.iter_mut().filter(|input| input.origin.is_none()) {
            input.origin = Some(top(document));
        }
        Ok(Self { file: Arc::clone(document.file()), inputs })
    }

    /// The values as facts, each with the path of its file.
    pub fn items(&self) -> impl Iterator<Item = Item> + '_ {
        let title = |index: usize| match self.inputs.len() {
            1 => format!("`{}`", self.file.path()),
            _ => format!("`{}`, document {}", self.file.path(), index.saturating_add(1)),
        };
        let item = move |(index, input): (usize, &Node)| Item {
            kind: FILE,
            title: title(index),
            root: entry(self.file.path().as_str(), input.clone()),
        };
        self.inputs.iter().enumerate().map(item)
    }
}

/// All files in one value, as with `--combine`: a list of `path` and `contents`, sorted by path.
#[must_use]
pub fn combined(files: &[Shown]) -> Item {
    let mut files: Vec<&Shown> = files.iter().collect();
    files.sort_by(|one, other| one.file.path().cmp(other.file.path()));
    let mut entries = Vec::new();
    for file in files {
        entries.extend(file.inputs.iter().map(|input| entry(file.file.path().as_str(), input.clone())));
    }
    let origin = entries.first().and_then(|entry: &Node| entry.origin.clone());
    let root = entry("Combined", Node::new(Json::List(entries), origin));
    Item { kind: FILES, title: "the files together".to_owned(), root }
}

fn entry(path: &str, contents: Node) -> Node {
    let origin = contents.origin.clone();
    let mut object = Object::default();
    object.put("path", Node::string(path, None));
    object.put("contents", contents);
    object.finish(origin)
}

/// A JSON value. A key that stands twice has its last value.
fn json(document: &Arc<Document>, node: Option<NodeId>, depth: usize) -> Result<Node, Refused> {
    let Some(node) = node else { return Ok(Node::new(Json::Null, None)) };
    let json = match document.node(node).kind {
        Kind::Mapping(_) | Kind::Sequence(_) if depth >= MAX_DEPTH => return Err(too_deep(document, node)),
        Kind::Mapping(entries) => {
            let mut fields = Fields::default();
            for entry in entries {
                let key = document.scalar(entry.key).map_or("", |key| key.text);
                fields.put(key, json(document, Some(entry.value), depth.saturating_add(1))?);
            }
            fields.finish()
        }
        Kind::Sequence(items) => {
            let items = items.iter().map(|item| json(document, Some(*item), depth.saturating_add(1)));
            Json::List(items.collect::<Result<_, _>>()?)
        }
        Kind::Scalar(scalar) if scalar.style == ScalarStyle::Plain => match scalar.text {
            "true" => Json::Boolean(true),
            "false" => Json::Boolean(false),
            "null" => Json::Null,
            text => number::json(text).ok_or_else(|| too_large(document, node))?,
        },
        Kind::Scalar(scalar) => Json::String(scalar.text.into()),
        Kind::Null | Kind::Alias(_) | Kind::Expression(..) => Json::Null,
    };
    Ok(at(document, node, json))
}

/// The fields of an object that is being made: a later value takes the place of an earlier one of the same name.
#[derive(Default)]
struct Fields {
    fields: Vec<(Arc<str>, Node)>,
    index: std::collections::HashMap<Arc<str>, usize>,
}

impl Fields {
    fn put(&mut self, name: &str, node: Node) {
        if let Some(known) = self.index.get(name).and_then(|index| self.fields.get_mut(*index)) {
            known.1 = node;
            return;
        }
        let name: Arc<str> = name.into();
        self.index.insert(Arc::clone(&name), self.fields.len());
        self.fields.push((name, node));
    }

    fn finish(self) -> Json {
        Json::Object(self.fields)
    }
}

/// The top of a document's file, as a place of its own.
fn top(document: &Document) -> Origin {
    let mut builder = Builder::new(Frame::File(Arc::clone(document.file())), document.format());
    let node = builder.null(Span::default());
    Origin::written(Place::new(&Arc::new(builder.finish(vec![node])), node))
}

/// A value that is written at `node`.
fn at(document: &Arc<Document>, node: NodeId, json: Json) -> Node {
    Node::new(json, Some(Origin::written(Place::new(document, node))))
}

fn refused(document: &Arc<Document>, node: NodeId, message: impl Into<String>) -> Refused {
    Refused { message: message.into(), place: Place::new(document, node) }
}

fn too_deep(document: &Arc<Document>, node: NodeId) -> Refused {
    refused(document, node, format!("the file is nested deeper than {MAX_DEPTH} levels"))
}

fn too_large(document: &Arc<Document>, node: NodeId) -> Refused {
    let text: String = document.source_text(node).chars().take(40).collect();
    refused(document, node, format!("`{text}` is a larger number than JSON readers hold"))
}
