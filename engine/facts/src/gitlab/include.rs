//! `include:`: files of the same tree are read and merged; every other kind is a gap with its place.

use std::sync::Arc;

use engine_model::{Document, FilePath, Gap, GapCause, NodeId, Place};

use super::node::{Edge, Field, Loader, Node, Shape, merge};
use super::problem::Problem;
use crate::sourced::How;

/// How many files one pipeline may include, nested ones and duplicates counted: GitLab's default.
const MAX_INCLUDES: usize = 150;

/// Where parsed files come from. The implementation keeps each file's document, so that asking twice costs nothing.
pub trait Library {
    /// The document of a YAML file; `None` where there is no such file or nothing of it could be read.
    fn yaml(&self, path: &FilePath) -> Option<Arc<Document>>;

    /// Every file of the tree whose path matches a pattern of GitLab's (`*` in one part, `**` over parts), sorted.
    fn matching(&self, pattern: &str) -> Vec<FilePath>;

    /// Whether the file is in the tree, readable or not.
    fn exists(&self, path: &FilePath) -> bool;

    /// A file of the tree as one piece of text, which is what a script is: see [`super::script_document`]. `None` where
    /// there is no such file, or it is no text.
    fn script(&self, path: &FilePath) -> Option<Arc<Document>>;
}

/// One `include:` entry, as far as the first screen and the gate need it.
#[derive(Clone, Debug)]
pub struct Include {
    /// What is included, for people: ``project `group/ci` ``.
    pub title: String,
    /// Where it is written.
    pub place: Place,
    /// Whether it was found and merged.
    pub resolved: bool,
}

/// Merges a pipeline's files.
pub(super) struct Includer<'l> {
    library: &'l dyn Library,
    stack: Vec<FilePath>,
    count: usize,
    pub(super) includes: Vec<Include>,
    pub(super) files: Vec<FilePath>,
    pub(super) gaps: Vec<Gap>,
    pub(super) problems: Vec<Problem>,
}

impl<'l> Includer<'l> {
    pub(super) fn new(library: &'l dyn Library) -> Self {
        Self {
            library,
            stack: Vec::new(),
            count: 0,
            includes: Vec::new(),
            files: Vec::new(),
            gaps: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The top-level mapping of `path` with everything it includes; `None` where the file has none.
    pub(super) fn file(&mut self, path: &FilePath) -> Option<Edge> {
        let document = self.library.yaml(path)?;
        let root = content_root(&document)?;
        let mut loader = Loader::new(&document);
        let own = loader.load(root);
        if loader.truncated {
            self.gaps.push(Gap {
                kind: super::JOB,
                fields: &[],
                cause: GapCause::NotEvaluated,
                message: format!("`{path}` merges more values than are followed"),
                location: Some(document.locate_node(root)),
                way_out: Some("use fewer merge keys".into()),
            });
        }
        if !matches!(own.node.shape, Shape::Mapping(_)) {
            if !own.node.is_null() {
                let place = own.node.place.clone();
                self.problems.push(Problem::new(place, "a pipeline is a mapping of jobs and keywords".to_owned()));
            }
            return None;
        }
        self.files.push(path.clone());
        self.stack.push(path.clone());
        let mut merged: Option<Edge> = None;
        if let Some(include) = own.node.field("include") {
            for entry in entries(&include.edge) {
                for (edge, place) in self.entry(path, &entry) {
                    let edge = included(&edge, &place);
                    merged = Some(merged.map_or_else(|| edge.clone(), |base| merge(&base, &edge)));
                }
            }
        }
        self.stack.pop();
        let own = without(&own, "include");
        Some(merged.map_or_else(|| own.clone(), |base| merge(&base, &own)))
    }

    /// What one entry of an `include:` brings, file by file.
    fn entry(&mut self, from: &FilePath, entry: &Edge) -> Vec<(Edge, Place)> {
        let node = &entry.node;
        let place = node.place.clone();
        if let Some(text) = node.text() {
            if text.starts_with("http://") || text.starts_with("https://") {
                self.missing(&place, format!("remote file `{text}`"));
                return Vec::new();
            }
            return self.local(from, text, &place);
        }
        let text = |name: &str| node.field(name).and_then(|field| field.edge.node.text().map(str::to_owned));
        let at = |name: &str| node.field(name).map_or_else(|| place.clone(), |field| field.edge.node.place.clone());
        if let Some(path) = text("local") {
            return self.local(from, &path, &at("local"));
        }
        let foreign =
            [("project", "project"), ("remote", "remote file"), ("template", "template"), ("component", "component")];
        for (key, noun) in foreign {
            if let Some(name) = text(key) {
                self.missing(&at(key), format!("{noun} `{name}`"));
                return Vec::new();
            }
        }
        self.problems.push(Problem::new(
            place,
            "an include names `local`, `project`, `remote`, `template` or `component`".into(),
        ));
        Vec::new()
    }

    fn local(&mut self, from: &FilePath, text: &str, place: &Place) -> Vec<(Edge, Place)> {
        let title = format!("`{text}`");
        if text.contains('$') {
            self.missing(place, format!("file `{text}`, whose name holds a variable,"));
            return Vec::new();
        }
        let paths = if text.contains('*') {
            self.library.matching(text.trim_start_matches('/'))
        } else {
            FilePath::new(text).into_iter().collect()
        };
        let mut out = Vec::new();
        let mut resolved = true;
        for path in &paths {
            self.count = self.count.saturating_add(1);
            if self.count > MAX_INCLUDES {
                self.problems
                    .push(Problem::new(place.clone(), format!("a pipeline includes at most {MAX_INCLUDES} files")));
                resolved = false;
                break;
            }
            if self.stack.contains(path) {
                let message = format!("`{from}` includes `{path}`, which includes it in turn");
                self.problems.push(Problem::new(place.clone(), message));
                resolved = false;
            } else if let Some(edge) = self.file(path) {
                out.push((edge, place.clone()));
            } else if !self.library.exists(path) {
                let help = "the path of a local include starts at the root of the repository";
                self.problems
                    .push(Problem::new(place.clone(), format!("there is no file `{path}` to include")).help(help));
                resolved = false;
            }
        }
        if paths.is_empty() {
            self.problems.push(Problem::new(place.clone(), format!("no file matches the include `{text}`")));
            resolved = false;
        }
        self.includes.push(Include { title, place: place.clone(), resolved });
        out
    }

    fn missing(&mut self, place: &Place, title: String) {
        self.gaps.push(Gap {
            kind: super::JOB,
            fields: &[],
            cause: GapCause::NotVendored,
            message: format!("the {title} is included from elsewhere and not in this tree"),
            location: Some(place.location()),
            way_out: Some("keep a copy in the repository and include it with `local:`".into()),
        });
        self.includes.push(Include { title, place: place.clone(), resolved: false });
    }
}

/// The root that holds the pipeline: the one after a `spec:` header where there is one.
fn content_root(document: &Document) -> Option<NodeId> {
    match document.roots() {
        [] => None,
        [header, content, ..] if document.get(*header, "spec").is_some() => Some(*content),
        [first, ..] => Some(*first),
    }
}

/// The entries of an `include:`, which may be one or a list.
fn entries(include: &Edge) -> Vec<Edge> {
    match &include.node.shape {
        Shape::Sequence(items) => items.clone(),
        Shape::Null => Vec::new(),
        _ => vec![include.clone()],
    }
}

/// The fields of an included file, each reached through the include.
fn included(edge: &Edge, place: &Place) -> Edge {
    let fields = edge.node.fields().iter().map(|field| field.through(How::Include, place)).collect();
    Edge { node: Arc::new(Node { place: edge.node.place.clone(), shape: Shape::Mapping(fields) }), via: None }
}

fn without(edge: &Edge, name: &str) -> Edge {
    let kept = |field: &&Field| &*field.name != name;
    let fields = edge.node.fields().iter().filter(kept).cloned().collect();
    Edge {
        node: Arc::new(Node { place: edge.node.place.clone(), shape: Shape::Mapping(fields) }),
        via: edge.via.clone(),
    }
}
