//! `include:`: files of the same tree are read and merged; every other kind is a gap with its place.

use std::collections::HashMap;
use std::sync::Arc;

use engine_model::{Document, FilePath, Gap, GapCause, Location, NodeId, Place};

use super::node::{Edge, Field, Loader, Node, Shape, merge};
use super::problem::Problem;
use super::wildcard::Wildcard;
use crate::sourced::How;

/// How many files one pipeline may include, nested ones and duplicates counted: GitLab's default.
const MAX_INCLUDES: usize = 150;

/// Where parsed files come from. The implementation keeps each file's document, so that asking twice costs nothing.
pub trait Library {
    /// The document of a YAML file; `None` where there is no such file or nothing of it could be read.
    fn yaml(&self, path: &FilePath) -> Option<Arc<Document>>;

    /// Every file of the tree, sorted.
    fn paths(&self) -> Vec<FilePath>;

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
    /// How many files define each name of the top level.
    defined: HashMap<Arc<str>, usize>,
    /// Includes that `rules` may leave out, with the names they define.
    conditional: Vec<(Place, Vec<Arc<str>>)>,
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
            defined: HashMap::new(),
            conditional: Vec::new(),
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
            let message = format!("`{path}` merges more values than are followed");
            self.gap(GapCause::NotEvaluated, document.locate_node(root), message, Some("use fewer merge keys"));
        }
        if let Some(place) = loader.input_in_key.take() {
            let message = "a key holds an input, so that what it means is known only where it is included".to_owned();
            let way_out = "write the keyword out, and give only its value as an input";
            self.gap(GapCause::NotEvaluated, place.location(), message, Some(way_out));
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
        let include = own.node.field("include").map(|include| include.edge.clone());
        let merged = include.and_then(|include| self.all(path, &include));
        self.stack.pop();
        let own = without(&own, "include");
        for field in own.node.fields() {
            let count = self.defined.entry(Arc::clone(&field.name)).or_default();
            *count = count.saturating_add(1);
        }
        Some(merged.map_or_else(|| own.clone(), |base| merge(&base, &own)))
    }

    /// Says which includes with `rules` would change what is here by being left out. They are merged as if they were
    /// always there, which shows every job that may run; but what they replace or set for all jobs is then not seen.
    pub(super) fn conditions(&mut self) {
        const SHARED: [&str; 9] = [
            "default",
            "variables",
            "stages",
            "workflow",
            "image",
            "services",
            "cache",
            "before_script",
            "after_script",
        ];
        for (place, names) in std::mem::take(&mut self.conditional) {
            let replaces = |name: &&Arc<str>| {
                self.defined.get(*name).is_some_and(|count| *count > 1) || SHARED.contains(&&***name)
            };
            let Some(name) = names.iter().find(replaces) else { continue };
            let message = format!("whether this file is included depends on its `rules`, and it changes `{name}`");
            let way_out = "let files that are included with `rules` only add jobs of their own";
            self.gap(GapCause::Dynamic, place.location(), message, Some(way_out));
        }
    }

    /// Everything that an `include:` brings, merged in order; `None` where it brings nothing.
    pub(super) fn all(&mut self, from: &FilePath, include: &Edge) -> Option<Edge> {
        let mut merged: Option<Edge> = None;
        for entry in entries(include) {
            for (edge, place) in self.entry(from, &entry) {
                if let Some(rules) = entry.node.field("rules") {
                    let names = edge.node.fields().iter().map(|field| Arc::clone(&field.name)).collect();
                    self.conditional.push((rules.key.clone(), names));
                }
                let edge = included(&edge, &place);
                merged = Some(merged.map_or_else(|| edge.clone(), |base| merge(&base, &edge)));
            }
        }
        merged
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
        if let Some(name) = text("component").as_deref().and_then(own_component) {
            let folder = FilePath::new(&format!("templates/{name}/template.yml"));
            let in_folder = folder.filter(|path| self.library.exists(path));
            let path = in_folder.map_or_else(|| format!("templates/{name}.yml"), |path| path.to_string());
            return self.local(from, &path, &at("component"));
        }
        let foreign =
            [("project", "project"), ("remote", "remote file"), ("template", "template"), ("component", "component")];
        for (key, noun) in foreign {
            if let Some(name) = text(key) {
                let file = text("file").filter(|_| key == "project");
                let file = file.map_or_else(String::new, |file| format!("file `{file}` of the "));
                self.missing(&at(key), format!("{file}{noun} `{name}`"));
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
        let paths: Vec<FilePath> = if text.contains('*') {
            let wildcard = Wildcard::new(text.trim_start_matches('/'));
            self.library.paths().into_iter().filter(|path| wildcard.matches(path)).collect()
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
                let message = format!("the file `{path}` is included and not in this tree");
                self.gap(GapCause::NotVendored, place.location(), message, None);
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
        let way_out = "keep a copy in the repository and include it with `local:`";
        let message = format!("the {title} is included from elsewhere and not in this tree");
        self.gap(GapCause::NotVendored, place.location(), message, Some(way_out));
        self.includes.push(Include { title, place: place.clone(), resolved: false });
    }

    fn gap(&mut self, cause: GapCause, location: Location, message: String, way_out: Option<&str>) {
        let (location, way_out) = (Some(location), way_out.map(str::to_owned));
        self.gaps.push(Gap { kind: super::JOB, fields: &[], cause, message, location, way_out });
    }
}

/// Whether a document reads like a pipeline: it includes, names stages, or has something that GitLab would run.
///
/// For files whose name does not say what they are: a workflow of another product is YAML too.
#[must_use]
pub fn is_pipeline(document: &Document) -> bool {
    const TOP: [&str; 4] = ["include", "stages", "default", "workflow"];
    const JOB: [&str; 6] = ["script", "trigger", "extends", "before_script", "after_script", "stage"];
    let Some(root) = content_root(document) else {
        return false;
    };
    let foreign = document.get(root, "jobs").is_some() && document.get(root, "on").is_some();
    let entries = document.entries(root).iter();
    let mut values = entries.map(|entry| entry.value);
    let has = |node: NodeId, names: &[&str]| names.iter().any(|name| document.get(node, name).is_some());
    !foreign && (has(root, &TOP) || values.any(|value| has(value, &JOB)))
}

/// The root that holds the pipeline: the one after a `spec:` header where there is one.
fn content_root(document: &Document) -> Option<NodeId> {
    match document.roots() {
        [] => None,
        [header, content, ..] if document.get(*header, "spec").is_some() => Some(*content),
        [first, ..] => Some(*first),
    }
}

/// The name of a component of the project itself at the commit that the pipeline is for: of this very tree. Any other
/// reference may be of another time.
fn own_component(address: &str) -> Option<&str> {
    let name = address.strip_prefix("$CI_SERVER_FQDN/$CI_PROJECT_PATH/")?.strip_suffix("@$CI_COMMIT_SHA")?;
    (!name.is_empty() && !name.contains(['/', '$', '*'])).then_some(name)
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
