//! The `METADATA` block of a rule: comments in front of its `package`, in YAML, as OPA's annotations are.
//!
//! The block is read by our own reader, on a copy of the file in which everything else is blank, so that what is wrong
//! with it has its place. A file without a block, or with one that does not say what the rule reads, is no rule: other
//! rules may import it.

use std::sync::Arc;

use engine_formats::yaml;
use engine_model::{Class, Document, Kind, Location, NodeId, Place, RuleId, Severity, SourceFile, Span, nearest};
use engine_rego_machine::Scope;

use crate::error::PolicyError;

/// What a block says, and the package behind it.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) id: RuleId,
    /// The package as it is written, names joined by dots.
    pub(crate) package: String,
    pub(crate) category: String,
    /// Where the package is named.
    pub(crate) location: Location,
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    pub(crate) class: Class,
    pub(crate) severity: Severity,
    pub(crate) practices: Vec<String>,
    pub(crate) scope: Scope,
    pub(crate) reads: Vec<Reads>,
}

/// A kind of fact that a rule reads, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) kind: String,
    /// Names and `*` joined by dots.
    pub(crate) fields: Vec<String>,
}

/// Keys of `custom` that a rule may have.
const CUSTOM: [&str; 5] = ["class", "severity", "practices", "scope", "reads"];

/// The rule that a file declares; nothing where it declares none.
///
/// # Errors
/// All that is wrong with its block.
pub(crate) fn read(file: &Arc<SourceFile>) -> Result<Option<Declared>, Vec<PolicyError>> {
    let Some(block) = block(file.text()) else { return Ok(None) };
    let blank: String = blank(file.text(), block);
    let copy = SourceFile::part(file.path().clone(), blank, file.start());
    let parsed = yaml::parse(&copy);
    if parsed.broken.is_some() {
        let errors = parsed.findings.into_iter().map(|finding| PolicyError {
            help: finding.help.clone(),
            ..PolicyError::at(Location { file: Arc::clone(file), ..finding.location }, finding.message)
        });
        return Err(errors.collect());
    }
    let (Some(document), Some(package)) = (parsed.document, package(file)) else { return Ok(None) };
    let Some(root) = document.roots().first().copied() else { return Ok(None) };
    let Some(custom) = document.get(root, "custom") else { return Ok(None) };
    if document.get(custom, "reads").is_none() {
        return Ok(None);
    }
    let mut reader = Reader { file, document: &document, errors: Vec::new() };
    let declared = reader.declared(root, custom, package);
    if reader.errors.is_empty() { Ok(declared) } else { Err(reader.errors) }
}

/// The lines of the block: comments from `# METADATA` on.
fn block(text: &str) -> Option<Span> {
    let mut at = 0_usize;
    let mut start = None;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        match start {
            None if trimmed.strip_prefix('#').is_some_and(|rest| rest.trim() == "METADATA") => {
                start = Some(at.saturating_add(line.len()));
            }
            None if trimmed.is_empty() || trimmed.starts_with('#') => {}
            None => return None,
            Some(start) if !trimmed.starts_with('#') => return Some(Span::from_range(start..at)),
            Some(_) => {}
        }
        at = at.saturating_add(line.len());
    }
    start.map(|start| Span::from_range(start..at))
}

/// The text with nothing but the block in it, each byte where it was, the signs of the comments blank.
fn blank(text: &str, block: Span) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0_usize;
    for line in text.split_inclusive('\n') {
        let inside = block.range().contains(&at);
        let sign = line.find('#').filter(|_| inside);
        for (position, character) in line.char_indices() {
            let kept = character == '\n' || sign.is_some_and(|sign| position > sign);
            if kept { out.push(character) } else { (0..character.len_utf8()).for_each(|_| out.push(' ')) }
        }
        at = at.saturating_add(line.len());
    }
    out
}

/// A package with dots alone between its names: `main["sub"]` is `main.sub`.
fn dotted(package: &str) -> String {
    package.replace("[\"", ".").replace("\"]", "")
}

/// The package of a file, and where it is named: the first line that begins with the word.
pub(crate) fn package(file: &Arc<SourceFile>) -> Option<(String, Location)> {
    let mut at = 0_usize;
    for line in file.text().split_inclusive('\n') {
        if let Some(rest) = line.trim_start().strip_prefix("package").filter(|rest| rest.starts_with([' ', '\t'])) {
            let name = rest.split('#').next().unwrap_or("").trim();
            let start = at.saturating_add(line.find(name).unwrap_or(0));
            let span = Span::from_range(start..start.saturating_add(name.len()));
            return Some((dotted(name), Location { file: Arc::clone(file), span }));
        }
        at = at.saturating_add(line.len());
    }
    None
}

struct Reader<'a> {
    file: &'a Arc<SourceFile>,
    document: &'a Arc<Document>,
    errors: Vec<PolicyError>,
}

impl Reader<'_> {
    fn declared(&mut self, root: NodeId, custom: NodeId, package: (String, Location)) -> Option<Declared> {
        let (package, location) = package;
        let named = self.name(&package, &location);
        let title = self.text(root, "title", "say in one line what is wrong: `title: A module is not pinned`");
        let description = self.document.get(root, "description").and_then(|node| self.scalar(node));
        for entry in self.document.entries(custom) {
            let key = self.scalar(entry.key).unwrap_or_default();
            if !CUSTOM.contains(&key.as_str()) {
                let help = nearest(&key, CUSTOM).map(|word| format!("did you mean `{word}`?"));
                let help = help.unwrap_or_else(|| format!("it may have `{}`", CUSTOM.join("`, `")));
                self.error(entry.key, format!("`custom` has no key `{key}`"), help);
            }
        }
        let class = self.word(custom, "class", Class::ALL, Class::as_str);
        let severity = self.word(custom, "severity", Severity::ALL, Severity::as_str);
        let scopes = [Scope::Item, Scope::Repository];
        let scope = self.word(custom, "scope", &scopes, |scope| match scope {
            Scope::Item => "item",
            Scope::Repository => "repository",
        });
        let practices = self.document.get(custom, "practices").map_or_else(Vec::new, |node| self.texts(node));
        let reads = self.reads(custom, scope);
        let (id, category) = named?;
        let (title, class, severity, scope) = (title?, class?, severity?, scope?);
        Some(Declared { id, package, category, location, title, description, class, severity, practices, scope, reads })
    }

    /// The id and the category of a package: its last name, and the first one.
    fn name(&mut self, package: &str, location: &Location) -> Option<(RuleId, String)> {
        let plain = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let names: Vec<&str> = package.split('.').collect();
        let last = names.last().copied().unwrap_or_default();
        let id = RuleId::new(&last.replace('_', "-"));
        let category = names.first().map(|name| name.replace('_', "-")).and_then(|name| RuleId::new(&name));
        match (id, category) {
            (Some(id), Some(category)) if names.len() > 1 && names.iter().all(|name| plain(name)) => {
                Some((id, category.to_string()))
            }
            _ => {
                let message = format!("the package `{package}` names no rule");
                let help =
                    "write a category and the rule's name, lower-case words joined by `_`: `terraform.local_state`";
                self.errors.push(PolicyError::at(location.clone(), message).with_help(help));
                None
            }
        }
    }

    fn reads(&mut self, custom: NodeId, scope: Option<Scope>) -> Vec<Reads> {
        let Some(node) = self.document.get(custom, "reads") else { return Vec::new() };
        let Kind::Mapping(entries) = self.document.node(node).kind else {
            let help = "write a kind of fact and its fields: `gitlab.job: [name, commands.*.words]`";
            self.error(node, "`reads` must be a mapping from a kind of fact to a list of fields", help);
            return Vec::new();
        };
        let mut reads: Vec<Reads> = Vec::new();
        for entry in entries {
            let kind = self.scalar(entry.key).unwrap_or_default();
            let fields = self.texts(entry.value);
            let wrong = |word: &str, signs: &str| {
                word.is_empty()
                    || word.split('.').any(|part| {
                        part.is_empty()
                            || !part.bytes().all(|b| b.is_ascii_alphanumeric() || signs.as_bytes().contains(&b))
                    })
            };
            if wrong(&kind, "_-") || reads.iter().any(|one| one.kind == kind) {
                self.error(entry.key, format!("`{kind}` is no kind of fact, or is named twice"), "`gitlab.job` is one");
            }
            if let Some(field) = fields.iter().find(|field| wrong(field, "_-$*")) {
                let help = "write names and `*` joined by dots: `commands.*.words`";
                self.error(entry.value, format!("`{field}` is no field"), help);
            }
            reads.push(Reads { kind, fields });
        }
        if scope == Some(Scope::Item) && reads.len() != 1 {
            let message = format!("a rule of scope `item` reads one kind of fact, and this reads {}", reads.len());
            self.error(node, message, "write `scope: repository` for a rule that looks at several kinds together");
        } else if reads.is_empty() {
            self.error(node, "`reads` names no kind of fact", "name the kinds that the rule looks at");
        }
        reads
    }

    fn scalar(&self, node: NodeId) -> Option<String> {
        self.document.scalar(node).map(|scalar| scalar.text.to_owned())
    }

    fn text(&mut self, mapping: NodeId, key: &str, help: &str) -> Option<String> {
        let node = self.document.get(mapping, key);
        let text =
            node.and_then(|node| self.scalar(node)).filter(|text| !text.trim().is_empty() && !text.contains('\n'));
        if text.is_none() {
            let message =
                if node.is_some() { format!("`{key}` must be one line") } else { format!("there is no `{key}`") };
            self.error(node.unwrap_or(mapping), message, help);
        }
        text
    }

    fn texts(&mut self, node: NodeId) -> Vec<String> {
        let Kind::Sequence(items) = self.document.node(node).kind else {
            self.error(node, "this must be a list", "write it between brackets: `[a, b]`");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.scalar(*item)).collect()
    }

    /// One of some words.
    fn word<T: Copy>(&mut self, mapping: NodeId, key: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let words: Vec<&str> = all.iter().map(|one| name(*one)).collect();
        let help = format!("write one of `{}`", words.join("`, `"));
        let Some(node) = self.document.get(mapping, key) else {
            self.error(mapping, format!("`custom` does not say its `{key}`"), help);
            return None;
        };
        let found = self.scalar(node).unwrap_or_default();
        let value = all.iter().copied().find(|one| name(*one) == found);
        if value.is_none() {
            self.error(node, format!("`{found}` is no {key}"), help);
        }
        value
    }

    fn error(&mut self, node: NodeId, message: impl Into<String>, help: impl Into<String>) {
        let location = Location { file: Arc::clone(self.file), ..Place::new(self.document, node).location() };
        self.errors.push(PolicyError::at(location, message).with_help(help));
    }
}
