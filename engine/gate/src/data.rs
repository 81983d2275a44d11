//! What policies see as `data` besides the modules: JSON and YAML files, merged as OPA's loader merges them.
//!
//! A file of a folder is merged at the top, one of a folder inside that folder below its name. Two files that say
//! otherwise of one thing are an error.

use engine_facts::parsed::{self, Named, Shown, Syntax};
use engine_facts::wire::{Fields, Item, Node, json};
use engine_formats::{MAX_FILE_BYTES, Source};
use engine_model::{FilePath, Kind, Location, SourceFile, Span, Tree};
use serde_json::{Map, Value};

/// What is wrong with a file of data.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DataError {
    /// One sentence: lower case, no full stop.
    pub message: String,
    /// Where it is written; nothing where a folder as a whole cannot be read.
    pub location: Option<Location>,
}

/// Files of data, merged into one object.
#[derive(Clone, Debug, Default)]
pub struct Data(Map<String, Value>);

impl Data {
    /// The object as JSON; empty where it has nothing.
    #[must_use]
    pub fn to_json(&self) -> String {
        if self.0.is_empty() { String::new() } else { Value::Object(self.0.clone()).to_string() }
    }

    /// Merges every `.json`, `.yaml` and `.yml` file of a tree below `folder`, which may be one such file itself. How
    /// many there were.
    ///
    /// # Errors
    /// Where one of them cannot be read, holds what is no object at its top, or disagrees with another.
    pub fn read(&mut self, tree: &dyn Tree, folder: &str) -> Result<usize, DataError> {
        merged(tree, folder, &mut self.0)
    }
}

fn merged(tree: &dyn Tree, folder: &str, data: &mut Map<String, Value>) -> Result<usize, DataError> {
    let folder = folder.trim_matches('/');
    let below = |path: &str| match path.strip_prefix(folder) {
        Some("") => Some(String::new()),
        Some(rest) if folder.is_empty() => Some(rest.to_owned()),
        Some(rest) => rest.strip_prefix('/').map(str::to_owned),
        None => None,
    };
    let listing = tree.list().map_err(|error| at_top(folder, error.to_string()))?;
    let mut count = 0_usize;
    for entry in &listing.files {
        let path = &entry.path;
        let (Some(rest), Named::Read(syntax @ (Syntax::Json | Syntax::Yaml))) =
            (below(path.as_str()), parsed::named(path))
        else {
            continue;
        };
        let (value, location) = read(tree, path, syntax)?;
        let folders = rest.rsplit_once('/').map_or("", |(folders, _)| folders);
        let wrapped = folders
            .rsplit('/')
            .filter(|name| !name.is_empty())
            .fold(value, |value, name| Value::Object(Map::from_iter([(name.to_owned(), value)])));
        let Value::Object(fields) = wrapped else {
            let message = format!("`{path}` holds no object at its top, and there is nothing to call it by");
            return Err(DataError { message, location: Some(location) });
        };
        merge(data, fields, "data").map_err(|name| DataError {
            message: format!("`{path}` says otherwise of `{name}` than another file of data"),
            location: Some(location),
        })?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

fn read(tree: &dyn Tree, path: &FilePath, syntax: Syntax) -> Result<(Value, Location), DataError> {
    let bytes = tree.read(path, MAX_FILE_BYTES).map_err(|error| at_top(path.as_str(), error.to_string()))?;
    let file = match engine_formats::source(path, bytes) {
        Source::Text(file) => file,
        Source::Broken(finding) => {
            let message = finding.map_or_else(|| format!("`{path}` is not text"), |finding| finding.message.clone());
            return Err(at_top(path.as_str(), message));
        }
    };
    let top = Location { file: std::sync::Arc::clone(&file), span: Span::default() };
    let parsed = parsed::read(&file, syntax);
    if parsed.broken.is_some() {
        let found = parsed.findings.into_iter().next();
        let (message, location) = found.map_or_else(
            || (format!("`{path}` could not be parsed"), top),
            |finding| (finding.message, finding.location),
        );
        return Err(DataError { message, location: Some(location) });
    }
    let Some(document) = parsed.document else { return Ok((Value::Object(Map::new()), top)) };
    // Whoever is asked about files sees the items of a list one by one; here it is one value.
    let is_list = match document.roots() {
        [root] => matches!(document.node(*root).kind, Kind::Sequence(_)),
        _ => false,
    };
    let shown = Shown::new(&document)
        .map_err(|refused| DataError { message: refused.message, location: Some(refused.place.location()) })?;
    if !is_list && shown.inputs.len() != 1 {
        let message = format!("`{path}` holds {} documents, and one is data", shown.inputs.len());
        return Err(DataError { message, location: Some(top) });
    }
    let item = |input: &Node| Item { kind: parsed::FILE, title: path.to_string(), root: input.clone() };
    let text = json(&shown.inputs.iter().map(item).collect::<Vec<_>>(), &Fields::new(["*"]));
    let values: Vec<Value> = serde_json::from_str(&text)
        .map_err(|error| DataError { message: format!("`{path}`: {error}"), location: Some(top.clone()) })?;
    let value = if is_list { Value::Array(values) } else { values.into_iter().next().unwrap_or(Value::Null) };
    Ok((value, top))
}

fn at_top(path: &str, message: impl Into<String>) -> DataError {
    let file = FilePath::new(path).map(|path| SourceFile::new(path, String::new()));
    let location = file.map(|file| Location { file, span: Span::default() });
    DataError { message: message.into(), location }
}

/// Merges objects; the name of what two of them say otherwise of.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>, at: &str) -> Result<(), String> {
    for (name, value) in from {
        let below = format!("{at}.{name}");
        match (into.get_mut(&name), value) {
            (None, value) => {
                into.insert(name, value);
            }
            (Some(Value::Object(known)), Value::Object(value)) => merge(known, value, &below)?,
            (Some(known), value) if *known == value => {}
            _ => return Err(below),
        }
    }
    Ok(())
}
