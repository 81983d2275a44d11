//! `include:`: every file of a pipeline, merged in GitLab's order.
//!
//! Files of the same tree are read where they are, files from elsewhere where [`lock`] says that their copies are. What
//! is neither here nor vendored is a gap with its place.

mod elsewhere;
mod header;
mod lock;
mod rules;
mod variables;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine_model::{Document, FilePath, Gap, GapCause, Location, NodeId, Place, Span};

use super::input::{self, Component};
use super::node::{Edge, Field, Loader, Node, Shape, merge};
use super::problem::Problem;
use super::reach::{Project, Started};
use super::wildcard::Wildcard;
use crate::sourced::How;

pub use lock::{LOCK, Lock, Locked, VENDORED, Wanted, is_copy};
use rules::Answer;
pub(super) use variables::expanded;

/// How many files one pipeline may include, nested ones and duplicates counted: GitLab's default.
const MAX_INCLUDES: usize = 150;

/// How large GitLab lets one file become in its memory, by default.
const MAX_FILE_MEMORY: usize = 2 << 20;

/// What a value may take of that memory beside its text, at the most.
const MEMORY_OF_VALUE: usize = 120;

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

    /// The SHA-256 of a file's bytes, 32 of them; `None` where it cannot be read.
    fn digest(&self, path: &FilePath) -> Option<Vec<u8>>;
}

/// What a pipeline is started with, where one start is asked about and not all of them.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The variables that there are before the pipeline has a text: those of GitLab, the project and whoever starts it.
    /// `None` where nobody says.
    pub variables: Option<BTreeMap<String, String>>,
    /// The values of the pipeline's own inputs; the others have their defaults.
    pub inputs: BTreeMap<String, String>,
    /// What is known of the project.
    pub project: Project,
    /// The one pipeline that is asked about, so that only its jobs are shown.
    pub started: Option<Started>,
}

/// One `include:` entry, as far as the first screen and the gate need it.
#[derive(Clone, Debug)]
pub struct Include {
    /// What is included, for people: ``project `group/ci` ``.
    pub title: String,
    /// What is asked for from elsewhere; `None` for files of this tree.
    pub wanted: Option<Wanted>,
    /// Where it is written.
    pub place: Place,
    /// Whether it was found and merged.
    pub resolved: bool,
}

/// Where a file belongs, which is where its `local` includes are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Home {
    /// This tree.
    Tree,
    /// Another project at a commit.
    Project { project: String, commit: String },
    /// A remote file and a template belong nowhere.
    Nowhere,
}

/// A file that is included.
struct Found {
    path: FilePath,
    home: Home,
    /// Where the include is written.
    place: Place,
}

/// A text that inputs were put in, and where each of their values is written.
type Interpolated = (Arc<Document>, Vec<(Span, Place)>);

/// How a file comes into the pipeline.
struct Entrance<'e> {
    /// `inputs:` of the include.
    inputs: Option<&'e Edge>,
    /// Where it is included; `None` for the pipeline's own file.
    place: Option<&'e Place>,
    /// The component that it is included as.
    component: Option<&'e Component>,
}

/// Merges a pipeline's files.
pub(super) struct Includer<'l> {
    library: &'l dyn Library,
    given: Option<&'l Given>,
    lock: Option<Lock>,
    stack: Vec<FilePath>,
    /// The component that the next file is included as.
    component: Option<Component>,
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
    pub(super) fn new(library: &'l dyn Library, given: Option<&'l Given>) -> Self {
        Self {
            library,
            given,
            lock: None,
            stack: Vec::new(),
            component: None,
            count: 0,
            defined: HashMap::new(),
            conditional: Vec::new(),
            includes: Vec::new(),
            files: Vec::new(),
            gaps: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The top-level mapping of `path`, the pipeline's own file, with everything it includes; `None` where it has none.
    pub(super) fn own(&mut self, path: &FilePath) -> Option<Edge> {
        self.file(path, &Home::Tree, &Entrance { inputs: None, place: None, component: None })
    }

    fn file(&mut self, path: &FilePath, home: &Home, entrance: &Entrance<'_>) -> Option<Edge> {
        let document = self.library.yaml(path)?;
        let root = content_root(&document);
        self.size(path, &document);
        let header = input::header(&document);
        if let (None, Some(inputs)) = (header, entrance.inputs) {
            let message = format!("`{path}` takes no inputs: it has no `spec:` in front of a line with `---`");
            self.problems.push(Problem::new(inputs.node.place.clone(), message));
            return None;
        }
        let interpolated = match header {
            Some(header) => Some(self.interpolated(path, home, &document, header, entrance)?),
            None => None,
        };
        let own = match &interpolated {
            Some((document, inserted)) => self.load(path, document, *document.roots().first()?, inserted),
            None => self.load(path, &document, root?, &[]),
        };
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
        let merged = include.and_then(|include| self.all(path, home, &include));
        self.stack.pop();
        let own = without(&own, "include");
        for field in own.node.fields() {
            let count = self.defined.entry(Arc::clone(&field.name)).or_default();
            *count = count.saturating_add(1);
        }
        Some(merged.map_or_else(|| own.clone(), |base| merge(&base, &own)))
    }

    fn load(&mut self, path: &FilePath, document: &Arc<Document>, root: NodeId, inserted: &[(Span, Place)]) -> Edge {
        let mut loader = Loader::interpolated(document, inserted);
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
        if let Some(place) = loader.date.take() {
            let written = place.document.source_text(place.node);
            let message = format!("`{written}` is a date to GitLab, which takes no dates and refuses the file");
            self.problems.push(Problem::new(place, message).help("write it in quotes"));
        }
        own
    }

    /// GitLab bounds a file by the memory that its values take, which nobody can count without it.
    fn size(&mut self, path: &FilePath, document: &Arc<Document>) {
        let values = document.node_count().saturating_mul(MEMORY_OF_VALUE);
        if document.file().text().len().saturating_add(values) <= MAX_FILE_MEMORY {
            return;
        }
        let Some(root) = document.roots().first() else { return };
        let message = format!("whether `{path}` is too large for GitLab depends on the memory that it takes there");
        let location = Place::new(document, *root).location();
        self.gap(GapCause::Dynamic, location, message, Some("divide it into several files"));
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

    /// Everything that the `include:` of a child pipeline brings.
    pub(super) fn child(&mut self, from: &FilePath, include: &Edge) -> Option<Edge> {
        self.all(from, &Home::Tree, include)
    }

    /// Everything that an `include:` brings, merged in order; `None` where it brings nothing.
    fn all(&mut self, from: &FilePath, home: &Home, include: &Edge) -> Option<Edge> {
        let mut merged: Option<Edge> = None;
        for entry in entries(include) {
            let rules = entry.node.field("rules");
            let answer = rules
                .map_or(Answer::Yes, |rules| rules::answer(&rules.edge, self.given, self.library, *home == Home::Tree));
            self.problems.extend(rules.map_or_else(Vec::new, |rules| rules::problems(&rules.edge)));
            if answer == Answer::No {
                continue;
            }
            for (edge, place) in self.entry(from, home, &entry) {
                if let (Some(rules), Answer::Maybe) = (rules, answer) {
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
    fn entry(&mut self, from: &FilePath, home: &Home, entry: &Edge) -> Vec<(Edge, Place)> {
        let node = &entry.node;
        let place = node.place.clone();
        self.component = None;
        let inputs = node.field("inputs").map(|field| field.edge.clone());
        if let Some(text) = node.text() {
            let text = self.expanded(text);
            if text.starts_with("http://") || text.starts_with("https://") {
                return self.elsewhere(from, Wanted::Remote(text), &place, None, None);
            }
            return self.local(from, home, &text, &place, None);
        }
        let at = |name: &str| node.field(name).map_or_else(|| place.clone(), |field| field.edge.node.place.clone());
        let text = |name: &str| {
            let text = node.field(name).and_then(|field| field.edge.node.text().map(str::to_owned));
            text.map(|text| self.expanded(&text))
        };
        if let Some(path) = text("local") {
            return self.local(from, home, &path, &at("local"), inputs.as_ref());
        }
        if let Some(project) = text("project") {
            let reference = text("ref");
            let files: Vec<(String, Place)> = match node.field("file").map(|field| &field.edge) {
                Some(file) => {
                    let items =
                        if file.node.items().is_empty() { std::slice::from_ref(file) } else { file.node.items() };
                    let named = |item: &Edge| Some((self.expanded(item.node.text()?), item.node.place.clone()));
                    items.iter().filter_map(named).collect()
                }
                None => Vec::new(),
            };
            if files.is_empty() {
                let message = format!("which `file` of the project `{project}` is included is not said");
                self.problems.push(Problem::new(place, message));
            }
            let mut out = Vec::new();
            for (file, place) in files {
                let wanted = Wanted::File { project: project.clone(), reference: reference.clone(), file };
                out.extend(self.elsewhere(from, wanted, &place, inputs.as_ref(), None));
            }
            return out;
        }
        if let Some(address) = text("component") {
            self.component = Some(header::component(&address));
            if let Some(name) = self.own_component(&address) {
                let folder = FilePath::new(&format!("templates/{name}/template.yml"));
                let in_folder = folder.filter(|path| self.library.exists(path));
                let path = in_folder.map_or_else(|| format!("templates/{name}.yml"), |path| path.to_string());
                return self.local(from, &Home::Tree, &path, &at("component"), inputs.as_ref());
            }
            // The lock has the address as it is written.
            let written = node.field("component").and_then(|field| field.edge.node.text()).unwrap_or("").to_owned();
            return self.elsewhere(from, Wanted::Component(written), &at("component"), inputs.as_ref(), None);
        }
        if let Some(address) = text("remote") {
            let integrity = node.field("integrity").map(|field| field.edge.clone());
            let wanted = Wanted::Remote(address);
            return self.elsewhere(from, wanted, &at("remote"), inputs.as_ref(), integrity.as_ref());
        }
        if let Some(name) = text("template") {
            return self.elsewhere(from, Wanted::Template(name), &at("template"), inputs.as_ref(), None);
        }
        self.problems.push(Problem::new(
            place,
            "an include names `local`, `project`, `remote`, `template` or `component`".into(),
        ));
        Vec::new()
    }

    /// A text with the variables that are given; one that is not stays.
    fn expanded(&self, text: &str) -> String {
        match self.given.and_then(|given| given.variables.as_ref()) {
            Some(known) => expanded(text, known),
            None => text.to_owned(),
        }
    }

    /// The name of a component of the project itself at the commit that the pipeline is for: of this very tree. Any
    /// other reference may be of another time.
    fn own_component(&self, address: &str) -> Option<String> {
        let project = self.expanded("$CI_SERVER_FQDN/$CI_PROJECT_PATH/");
        let commit = self.expanded("@$CI_COMMIT_SHA");
        let name = address.strip_prefix(&project)?.strip_suffix(&commit)?;
        (!name.is_empty() && !name.contains(['/', '$', '*'])).then(|| name.to_owned())
    }

    fn local(
        &mut self,
        from: &FilePath,
        home: &Home,
        text: &str,
        place: &Place,
        inputs: Option<&Edge>,
    ) -> Vec<(Edge, Place)> {
        let title = format!("`{text}`");
        if text.contains('$') {
            self.missing(None, place, format!("file `{text}`, whose name holds a variable,"));
            return Vec::new();
        }
        let (project, commit) = match home {
            Home::Tree => return self.here(from, title, text, place, inputs),
            Home::Project { project, commit } => (project, commit),
            Home::Nowhere => {
                let message =
                    format!("`{from}` belongs to no project, so that it cannot include the local file `{text}`");
                self.problems.push(Problem::new(place.clone(), message));
                return Vec::new();
            }
        };
        let wanted = Wanted::File { project: project.clone(), reference: Some(commit.clone()), file: text.to_owned() };
        if !text.contains('*') {
            return self.elsewhere(from, wanted, place, inputs, None);
        }
        // Which files there are is known to the lock alone.
        let wildcard = Wildcard::new(text.trim_start_matches('/'));
        let of_project = |entry: &&Locked| {
            entry.project.as_ref() == Some(project)
                && entry.commit.as_ref() == Some(commit)
                && entry.file.as_ref().is_some_and(|file| wildcard.matches(file))
        };
        let mut found: Vec<Locked> = self.lock().entries.iter().filter(of_project).cloned().collect();
        found.sort_by(|one, other| one.file.cmp(&other.file));
        found.dedup_by(|one, other| one.file == other.file);
        if found.is_empty() {
            self.missing(Some(wanted), place, format!("files `{text}` of the project `{project}`"));
            return Vec::new();
        }
        let mut out = Vec::new();
        for entry in found {
            out.extend(self.copy(from, &entry, place, inputs, None));
        }
        let wanted = Some(wanted);
        self.includes.push(Include { title, wanted, place: place.clone(), resolved: true });
        out
    }

    /// Files of this tree.
    fn here(
        &mut self,
        from: &FilePath,
        title: String,
        text: &str,
        place: &Place,
        inputs: Option<&Edge>,
    ) -> Vec<(Edge, Place)> {
        let paths: Vec<FilePath> = if text.contains('*') {
            let wildcard = Wildcard::new(text.trim_start_matches('/'));
            self.library.paths().into_iter().filter(|path| wildcard.matches(path)).collect()
        } else {
            FilePath::new(text).into_iter().collect()
        };
        let mut out = Vec::new();
        let mut resolved = true;
        for path in &paths {
            if !is_yaml(path) {
                let message = format!("`{path}` is included, and its name does not end in `.yml` or `.yaml`");
                self.problems.push(Problem::new(place.clone(), message));
                resolved = false;
                continue;
            }
            if !self.library.exists(path) {
                let help = "the path of a local include starts at the root of the repository";
                self.problems
                    .push(Problem::new(place.clone(), format!("there is no file `{path}` to include")).help(help));
                let message = format!("the file `{path}` is included and not in this tree");
                self.gap(GapCause::NotVendored, place.location(), message, None);
                resolved = false;
                continue;
            }
            let found = Found { path: path.clone(), home: Home::Tree, place: place.clone() };
            match self.found(from, found, inputs) {
                Some(edge) => out.push((edge, place.clone())),
                None => resolved = false,
            }
        }
        if paths.is_empty() {
            self.problems.push(Problem::new(place.clone(), format!("no file matches the include `{text}`")));
            resolved = false;
        }
        self.includes.push(Include { title, wanted: None, place: place.clone(), resolved });
        out
    }

    /// A file that is here; `None` where GitLab refuses to include it, or nothing of it can be read.
    fn found(&mut self, from: &FilePath, found: Found, inputs: Option<&Edge>) -> Option<Edge> {
        let Found { path, home, place } = found;
        self.count = self.count.saturating_add(1);
        if self.count > MAX_INCLUDES {
            if self.count == MAX_INCLUDES.saturating_add(1) {
                let message = format!("a pipeline includes at most {MAX_INCLUDES} files");
                self.problems.push(self.chain(Problem::new(place, message)));
            }
            return None;
        }
        if self.stack.contains(&path) {
            let message = format!("`{from}` includes `{path}`, which includes it in turn");
            self.problems.push(self.chain(Problem::new(place, message)));
            return None;
        }
        let before = self.problems.len();
        let component = self.component.take();
        let entrance = Entrance { inputs, place: Some(&place), component: component.as_ref() };
        let edge = self.file(&path, &home, &entrance);
        if edge.is_none() && self.problems.len() == before && self.library.yaml(&path).is_some_and(|d| is_empty(&d)) {
            let message = format!("`{path}` is included, and there is nothing in it");
            self.problems.push(Problem::new(place, message));
        }
        edge
    }

    /// Says by which files one came to where a problem is.
    fn chain(&self, problem: Problem) -> Problem {
        let files = self.stack.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>();
        if files.len() < 2 {
            return problem;
        }
        let shown = if files.len() > 6 {
            let (first, last) = (files.first().cloned().unwrap_or_default(), files.last().cloned().unwrap_or_default());
            format!("{first}, {} files between, {last}", files.len().saturating_sub(2))
        } else {
            files.join(", ")
        };
        problem.help(&format!("one file includes the next here: {shown}"))
    }

    fn missing(&mut self, wanted: Option<Wanted>, place: &Place, title: String) {
        let message = format!("the {title} is included from elsewhere and not in this tree");
        let way_out = if wanted.is_some() { WAY_OUT } else { "write the name out" };
        self.gap(GapCause::NotVendored, place.location(), message, Some(way_out));
        self.includes.push(Include { title, wanted, place: place.clone(), resolved: false });
    }

    fn gap(&mut self, cause: GapCause, location: Location, message: String, way_out: Option<&str>) {
        let (location, way_out) = (Some(location), way_out.map(str::to_owned));
        self.gaps.push(Gap { kind: super::JOB, fields: &[], cause, message, location, way_out });
    }
}

/// What settles an include that is not here.
const WAY_OUT: &str = "run `engine vendor`";

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
    if input::header(document) == Some(root) {
        // What is below was not read.
        return document.get(root, "apiVersion").is_none();
    }
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

/// Whether there is nothing in a document.
fn is_empty(document: &Document) -> bool {
    content_root(document).is_none_or(|root| document.entries(root).is_empty())
}

/// Whether GitLab takes a file for YAML by its name.
fn is_yaml(path: &FilePath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    [".yml", ".yaml"].iter().any(|end| name.strip_suffix(end).is_some_and(|stem| !stem.is_empty()))
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
