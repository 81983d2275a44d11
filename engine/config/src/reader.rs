//! Walking an `engine.yaml`: mappings with known keys, lists, texts, words, numbers, each with its place or an error.
//!
//! Scalars are those of the core schema of YAML 1.2. Aliases and tags are refused, so that everything is read once and
//! stands where it is written.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::str::FromStr;
use std::sync::Arc;

use engine_formats::yaml::{Dialect, ScalarValue, scalar_value};
use engine_model::{Document, Entry, Kind, NodeId, Place, ScalarStyle, nearest};

use crate::error::{ConfigError, meant, shown};
use crate::grammar::Section;
use crate::setting::Written;

/// The most errors that one file gives.
const MAX_ERRORS: usize = 100;

/// Tags that leave a value what it looks like, or make text of it.
const PLAIN_TAGS: [&str; 7] = ["!", "!!str", "!!int", "!!float", "!!bool", "!!map", "!!seq"];

/// Reads one document and gathers what is wrong with it.
#[derive(Debug)]
pub(crate) struct Reader<'d> {
    document: &'d Arc<Document>,
    errors: Vec<ConfigError>,
    more: usize,
}

/// What a mapping of a section holds: every known key once.
#[derive(Debug)]
pub(crate) struct Fields {
    known: Vec<(&'static str, NodeId)>,
    /// Whether it has keys that the section does not know, which is an error already.
    pub(crate) has_unknown: bool,
}

impl Fields {
    /// The value of a key, where it is written.
    pub(crate) fn get(&self, name: &str) -> Option<NodeId> {
        self.known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// A scalar as YAML reads it.
struct Read<'d> {
    text: &'d str,
    value: ScalarValue,
    plain: bool,
}

fn names(section: &'static Section) -> impl Iterator<Item = &'static str> {
    section.keys.iter().map(|key| key.name)
}

impl<'d> Reader<'d> {
    pub(crate) fn new(document: &'d Arc<Document>) -> Self {
        Self { document, errors: Vec::new(), more: 0 }
    }

    /// What is wrong, in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<ConfigError> {
        self.errors.sort_by_key(|error| error.location.span);
        if let Some(last) = self.errors.last_mut().filter(|_| self.more > 0) {
            last.help = Some(format!("{} more errors are not shown", self.more));
        }
        self.errors
    }

    pub(crate) fn place(&self, node: NodeId) -> Place {
        Place::new(self.document, node)
    }

    /// Whether one more error is only counted, which this does.
    fn is_full(&mut self) -> bool {
        let full = self.errors.len() >= MAX_ERRORS;
        self.more = self.more.saturating_add(usize::from(full));
        full
    }

    /// Says what is wrong at a node; an empty `help` is none.
    pub(crate) fn error(&mut self, node: NodeId, message: impl Into<String>, help: impl Into<String>) {
        self.error_at(&self.place(node), message, help);
    }

    /// Says what is wrong at a place; an empty `help` is none.
    pub(crate) fn error_at(&mut self, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        if self.is_full() {
            return;
        }
        let error = ConfigError::new(place, message);
        let help = help.into();
        self.errors.push(if help.is_empty() { error } else { error.with_help(help) });
    }

    /// The way to a node as people write it.
    pub(crate) fn name(&self, node: NodeId) -> String {
        // Nobody sees the names of errors that are only counted, and each costs a walk.
        let route = if self.errors.len() < MAX_ERRORS { self.document.route_of(node) } else { Default::default() };
        if route.0.is_empty() { "the file".to_owned() } else { shown(&route.to_string()) }
    }

    /// Says that a node is not what it must be.
    pub(crate) fn expected(&mut self, node: NodeId, what: &str, help: &str) {
        let found = match self.document.node(node).kind {
            Kind::Sequence(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping".to_owned(),
            _ => match self.scalar(node) {
                Some(read) if read.plain => shown(read.text),
                Some(read) => format!("the text {}", shown(read.text)),
                None => "nothing".to_owned(),
            },
        };
        let message = format!("{} must be {what}, and this is {found}", self.name(node));
        self.error(node, message, help);
    }

    /// The node, where it may be read at all: no alias, no tag, not empty.
    fn kind(&mut self, node: NodeId) -> Option<Kind<'d>> {
        let kind = self.document.node(node).kind;
        if let Kind::Alias(_) = kind {
            self.error(node, "aliases are not read here", "write the value out");
            return None;
        }
        if let Some(tag) = self.document.tag(node).filter(|tag| !PLAIN_TAGS.contains(tag)) {
            let message = format!("the tag {} is not read here", shown(tag));
            self.error(node, message, "remove it");
            return None;
        }
        let null = match kind {
            Kind::Null => true,
            Kind::Scalar(_) => self.scalar(node).is_some_and(|read| read.value == ScalarValue::Null),
            _ => false,
        };
        if null {
            let message = format!("{} has no value", self.name(node));
            self.error(node, message, "write one, or remove it");
            return None;
        }
        Some(kind)
    }

    fn scalar(&self, node: NodeId) -> Option<Read<'d>> {
        let scalar = self.document.scalar(node)?;
        let value = scalar_value(&scalar, self.document.tag(node), Dialect::Yaml12);
        Some(Read { text: scalar.text, value, plain: scalar.style == ScalarStyle::Plain })
    }

    fn mapping(&mut self, node: NodeId) -> Option<&'d [Entry]> {
        match self.kind(node)? {
            Kind::Mapping(entries) => Some(entries),
            _ => {
                self.expected(node, "a mapping", "");
                None
            }
        }
    }

    /// The text of a key; an error where it is none.
    fn key(&mut self, key: NodeId) -> Option<&'d str> {
        match self.document.node(key).kind {
            Kind::Scalar(scalar) => Some(scalar.text),
            _ => {
                self.error(key, "a key must be text", "");
                None
            }
        }
    }

    fn twice(&mut self, key: NodeId, text: &str, first: NodeId) {
        if self.is_full() {
            return;
        }
        let first = self.document.locate_node(first);
        self.error(
            key,
            format!("{} stands twice in this mapping", shown(text)),
            format!("it is first written at {first}"),
        );
    }

    /// The mapping at `node`, its keys held to those of the section.
    pub(crate) fn fields(&mut self, node: NodeId, section: &'static Section) -> Option<Fields> {
        let entries = self.mapping(node)?;
        let mut found: Vec<(&'static str, NodeId, NodeId)> = Vec::with_capacity(section.keys.len());
        let mut unknown: Vec<&str> = Vec::new();
        for entry in entries {
            let Some(text) = self.key(entry.key) else { continue };
            let Some(known) = section.keys.iter().find(|key| key.name == text) else {
                self.unknown_key(entry.key, text, section);
                unknown.push(text);
                continue;
            };
            match found.iter().find(|(name, ..)| *name == known.name).copied() {
                Some((_, first, _)) => self.twice(entry.key, text, first),
                None => found.push((known.name, entry.key, entry.value)),
            }
        }
        // A key that is misspelt, or merged in, is not missing besides.
        let meant = |name: &str| {
            let few = unknown.iter().take(section.keys.len());
            few.copied().any(|text| text == "<<" || nearest(text, names(section)) == Some(name))
        };
        for name in section.required().filter(|name| !found.iter().any(|(found, ..)| found == name) && !meant(name)) {
            let message = format!("{} lacks `{name}`", self.name(node));
            let help = if name == "version" { "begin the file with `version: 1`" } else { "" };
            self.error(node, message, help);
        }
        let known = found.into_iter().map(|(name, _, value)| (name, value)).collect();
        Some(Fields { known, has_unknown: !unknown.is_empty() })
    }

    fn unknown_key(&mut self, key: NodeId, text: &str, section: &'static Section) {
        if self.is_full() {
            return;
        }
        let help = match text {
            "<<" => "merge keys are not read here: write the keys out".to_owned(),
            _ => meant(text, names(section)).unwrap_or_else(|| {
                let names: Vec<String> = names(section).map(|name| format!("`{name}`")).collect();
                format!("its keys are {}", names.join(", "))
            }),
        };
        let message = match section.path {
            "" => format!("there is no key {}", shown(text)),
            path => format!("there is no key {} in `{path}`", shown(text)),
        };
        self.error(key, message, help);
    }

    /// The entries of a mapping whose keys are anybody's, each once.
    pub(crate) fn entries(&mut self, node: NodeId) -> Vec<(Written<&'d str>, NodeId)> {
        let mut first: HashMap<&str, NodeId> = HashMap::new();
        let mut out = Vec::new();
        for entry in self.mapping(node).unwrap_or_default() {
            let Some(text) = self.key(entry.key) else { continue };
            match first.get(text).copied() {
                Some(before) => self.twice(entry.key, text, before),
                None => {
                    first.insert(text, entry.key);
                    out.push((Written { value: text, place: self.place(entry.key) }, entry.value));
                }
            }
        }
        out
    }

    /// Whether the node is a list.
    pub(crate) fn is_list(&self, node: NodeId) -> bool {
        matches!(self.document.node(node).kind, Kind::Sequence(_))
    }

    /// Whether the node is a mapping.
    pub(crate) fn is_mapping(&self, node: NodeId) -> bool {
        matches!(self.document.node(node).kind, Kind::Mapping(_))
    }

    /// Whether the node is a scalar in quotes, or a block of text.
    pub(crate) fn is_quoted(&self, node: NodeId) -> bool {
        self.scalar(node).is_some_and(|read| !read.plain)
    }

    /// The items of a list that may be empty.
    pub(crate) fn items(&mut self, node: NodeId) -> &'d [NodeId] {
        match self.kind(node) {
            Some(Kind::Sequence(items)) => items,
            Some(_) => {
                self.expected(node, "a list", "write `[…]`, or `- ` before each item");
                &[]
            }
            None => &[],
        }
    }

    /// The items of a list that must hold something; `help` says what to write in place of an empty one.
    pub(crate) fn some_items(&mut self, node: NodeId, help: &str) -> &'d [NodeId] {
        let items = self.items(node);
        if items.is_empty() && self.is_list(node) {
            let message = format!("{} is empty", self.name(node));
            self.error(node, message, help);
        }
        items
    }

    /// The items of a list as `read` gives them, each value once.
    pub(crate) fn distinct<T: Clone + Eq + Hash>(
        &mut self,
        items: &[NodeId],
        mut read: impl FnMut(&mut Self, NodeId) -> Option<Written<T>>,
    ) -> Vec<Written<T>> {
        let mut seen: HashSet<T> = HashSet::new();
        let mut out = Vec::new();
        for item in items {
            let Some(value) = read(self, *item) else { continue };
            if seen.insert(value.value.clone()) {
                out.push(value);
            } else {
                let text = self.document.scalar(value.place.node).map_or("", |scalar| scalar.text);
                self.error_at(&value.place, format!("{} stands twice in this list", shown(text)), "remove one");
            }
        }
        out
    }

    /// A text that is not blank.
    pub(crate) fn text(&mut self, node: NodeId) -> Option<Written<&'d str>> {
        let text = self.text_or_blank(node)?;
        if text.value.trim().is_empty() {
            let message = format!("{} is blank", self.name(node));
            self.error(node, message, "");
            return None;
        }
        Some(text)
    }

    /// A text, blank or not.
    pub(crate) fn text_or_blank(&mut self, node: NodeId) -> Option<Written<&'d str>> {
        if !matches!(self.kind(node)?, Kind::Scalar(_)) {
            self.expected(node, "text", "");
            return None;
        }
        let read = self.scalar(node)?;
        if read.value != ScalarValue::String {
            let what = if matches!(read.value, ScalarValue::Boolean(_)) { "a boolean" } else { "a number" };
            let message = format!("{} must be text, and {} is {what}", self.name(node), shown(read.text));
            self.error(node, message, "put it in quotes");
            return None;
        }
        Some(Written { value: read.text, place: self.place(node) })
    }

    /// A scalar as it is written, whatever YAML makes of it.
    pub(crate) fn raw(&mut self, node: NodeId, what: &str) -> Option<Written<&'d str>> {
        match self.kind(node)? {
            Kind::Scalar(scalar) => Some(Written { value: scalar.text, place: self.place(node) }),
            _ => {
                self.expected(node, what, "");
                None
            }
        }
    }

    /// A text, or a whole number as it is written.
    pub(crate) fn text_or_number(&mut self, node: NodeId) -> Option<Written<&'d str>> {
        let number = matches!(self.kind(node)?, Kind::Scalar(_))
            && self.scalar(node).is_some_and(|read| matches!(read.value, ScalarValue::Integer(_)));
        if number {
            let text = self.document.scalar(node).map_or("", |scalar| scalar.text);
            return Some(Written { value: text, place: self.place(node) });
        }
        self.text(node)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, node: NodeId) -> Option<Written<bool>> {
        if let Kind::Scalar(_) = self.kind(node)?
            && let Some(Read { value: ScalarValue::Boolean(value), .. }) = self.scalar(node)
        {
            return Some(Written { value, place: self.place(node) });
        }
        let read = self.scalar(node);
        let help = match read.map(|read| (read.text.to_ascii_lowercase(), read.plain)) {
            Some((text, true)) if matches!(text.as_str(), "yes" | "on" | "y") => "write `true`",
            Some((text, true)) if matches!(text.as_str(), "no" | "off" | "n") => "write `false`",
            Some((text, false)) if matches!(text.as_str(), "true" | "false") => "write it without quotes",
            _ => "",
        };
        self.expected(node, "`true` or `false`", help);
        None
    }

    /// A whole number between two others, both of them allowed.
    pub(crate) fn integer(&mut self, node: NodeId, from: i64, to: i64) -> Option<Written<i64>> {
        if let Kind::Scalar(_) = self.kind(node)?
            && let Some(Read { value: ScalarValue::Integer(value), .. }) = self.scalar(node)
            && (from..=to).contains(&value)
        {
            return Some(Written { value, place: self.place(node) });
        }
        self.expected(node, &format!("a whole number from {from} to {to}"), "");
        None
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&mut self, node: NodeId, words: &[(&'static str, T)]) -> Option<Written<T>> {
        let text = self.text(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(text.map(|_| *value));
        }
        let names: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let what = match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        };
        let help = meant(text.value, words.iter().map(|(word, _)| *word)).unwrap_or_default();
        self.expected(node, &what, &help);
        None
    }

    /// One of the words of a type that has them.
    pub(crate) fn word_of<T: Copy + FromStr>(
        &mut self,
        node: NodeId,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Written<T>> {
        let words: Vec<(&'static str, T)> = all.iter().map(|value| (name(*value), *value)).collect();
        self.word(node, &words)
    }
}
