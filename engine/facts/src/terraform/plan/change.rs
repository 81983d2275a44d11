//! One change: what it is in brief, borrowed from its text, and in full, with a place for each value.

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use engine_formats::json;
use engine_formats::plan::Piece;
use engine_model::{Builder, Document, FilePath, Format, Frame, NodeId, Place, SourceFile, Span};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::redact;
use super::value::{self, Marks};
use crate::terraform::{Evaluated, Provider, Resource};

/// What a change does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read while applying.
    Read,
    /// It is changed in place.
    Update,
    /// It is removed.
    Delete,
    /// It is removed and made again, in whatever order.
    Replace,
    /// Terraform forgets it; it stays.
    Forget,
    /// Something that this engine has no word for.
    Other,
}

impl Action {
    /// The word for it on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Forget => "forget",
            Self::Other => "other",
        }
    }
}

/// What a change is, without its values.
#[derive(Debug, Deserialize)]
pub struct Brief<'b> {
    /// `module.network.aws_vpc.main[0]`.
    #[serde(borrow)]
    pub address: Cow<'b, str>,
    /// The module's address; absent for the root module.
    #[serde(borrow, default)]
    pub module_address: Option<Cow<'b, str>>,
    /// `managed` or `data`.
    #[serde(borrow, default)]
    pub mode: Option<Cow<'b, str>>,
    /// `aws_vpc`.
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'b, str>,
    /// `main`.
    #[serde(borrow, default)]
    pub name: Cow<'b, str>,
    /// `registry.terraform.io/hashicorp/aws`.
    #[serde(borrow, default)]
    pub provider_name: Option<Cow<'b, str>>,
    /// Why Terraform chose the action, where it says so.
    #[serde(borrow, default)]
    pub action_reason: Option<Cow<'b, str>>,
    /// The key of an object that is only left to be removed.
    #[serde(borrow, default)]
    pub deposed: Option<Cow<'b, str>>,
    /// What is done.
    #[serde(borrow)]
    pub change: Doing<'b>,
}

/// What is done to a resource.
#[derive(Debug, Deserialize)]
pub struct Doing<'b> {
    /// As written: `["delete", "create"]`.
    #[serde(borrow)]
    pub actions: Vec<Cow<'b, str>>,
    /// Whether the resource is taken over from outside of Terraform.
    #[serde(default)]
    importing: Option<IgnoredAny>,
}

impl<'b> Brief<'b> {
    /// Reads it off a change's text. The error is a sentence without a full stop and without any of the text.
    pub(super) fn read(text: &'b str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let plain = message.rsplit_once(" at line ").map_or(message.as_str(), |(plain, _)| plain);
            // What stands in backticks or quotes may be a value.
            match plain.split_once(['`', '"']) {
                Some((before, _)) if !before.starts_with("missing field ") => {
                    format!("a change cannot be read: {}", before.trim_end_matches([' ', ':']))
                }
                _ => format!("a change cannot be read: {plain}"),
            }
        })
    }

    /// What it does, in one word.
    #[must_use]
    pub fn action(&self) -> Action {
        let mut actions: Vec<&str> = self.change.actions.iter().map(AsRef::as_ref).collect();
        actions.sort_unstable();
        match actions.as_slice() {
            ["no-op"] => Action::NoOp,
            ["create"] => Action::Create,
            ["read"] => Action::Read,
            ["update"] => Action::Update,
            ["delete"] => Action::Delete,
            ["create", "delete"] => Action::Replace,
            ["forget"] | ["create", "forget"] => Action::Forget,
            _ => Action::Other,
        }
    }

    /// Whether the resource is taken over from outside of Terraform.
    #[must_use]
    pub fn is_import(&self) -> bool {
        self.change.importing.is_some()
    }
}

/// A key of the summary that owns nothing, to look up what was counted before.
pub(super) trait Key {
    fn parts(&self) -> (&str, Action);
}

impl Key for (String, Action) {
    fn parts(&self) -> (&str, Action) {
        (&self.0, self.1)
    }
}

impl Key for (&str, Action) {
    fn parts(&self) -> (&str, Action) {
        (self.0, self.1)
    }
}

impl<'k> Borrow<dyn Key + 'k> for (String, Action) {
    fn borrow(&self) -> &(dyn Key + 'k) {
        self
    }
}

impl PartialEq for dyn Key + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn Key + '_ {}

impl PartialOrd for dyn Key + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn Key + '_ {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(&other.parts())
    }
}

/// A change with its values.
#[derive(Debug)]
pub struct Full {
    /// Its text, sensitive values masked.
    document: Arc<Document>,
    root: NodeId,
    /// What was there.
    pub(super) before: Option<Evaluated>,
    /// What will be.
    pub(super) after: Option<Evaluated>,
}

impl Full {
    /// Parses the text of a change. The error is a sentence without a full stop.
    pub(super) fn read(path: &FilePath, piece: Piece<'_>) -> Result<Self, String> {
        let (document, root) = parsed(path, piece)?;
        let document = match redact::masked(&document, root) {
            None => document,
            Some(text) => parsed(path, Piece { text: &text, ..piece })?.0,
        };
        let change = document.get(root, "change");
        let side = |value: &str, marks: [Option<&str>; 2]| {
            let change = change?;
            let node = document.get(change, value)?;
            let [unknown, sensitive] = marks.map(|name| name.and_then(|name| document.get(change, name)));
            let is_null = matches!(document.scalar(node), Some(scalar) if scalar.text == "null");
            if is_null && !value::is_marked(&document, node, unknown) {
                return None;
            }
            Some(value::evaluated(&document, node, Marks { unknown, sensitive }))
        };
        let before = side("before", [None, Some("before_sensitive")]);
        let after = side("after", [Some("after_unknown"), Some("after_sensitive")]);
        Ok(Self { before, after, document, root })
    }

    /// The whole change.
    pub(super) fn place(&self) -> Place {
        Place::new(&self.document, self.root)
    }

    /// Where the value of a field of the change itself stands: `address`, `type`.
    pub(super) fn field(&self, name: &str) -> Place {
        let found = self.document.get(self.root, name);
        found.map_or_else(|| self.place(), |node| Place::new(&self.document, node))
    }

    /// Where the value of a field below `change` stands: `actions`.
    pub(super) fn doing(&self, name: &str) -> Place {
        let change = self.document.get(self.root, "change");
        let found = change.and_then(|change| self.document.get(change, name));
        found.map_or_else(|| self.place(), |node| Place::new(&self.document, node))
    }

    /// What the resource will be; `None` where it goes.
    pub(super) fn resource(self, brief: &Brief<'_>) -> Option<Resource> {
        let place = self.place();
        Some(Resource {
            address: brief.address.to_string(),
            kind: brief.kind.to_string(),
            name: brief.name.to_string(),
            place,
            attributes: self.after?,
        })
    }
}

fn parsed(path: &FilePath, piece: Piece<'_>) -> Result<(Arc<Document>, NodeId), String> {
    let file = SourceFile::part(path.clone(), piece.text.to_owned(), piece.start);
    let parsed = json::parse(&file);
    if parsed.broken.is_none() && !parsed.findings.is_empty() {
        // Which of two counts is not for a reader of somebody else's plan to say.
        return Err("a change cannot be read: a key stands twice in it".to_owned());
    }
    let message = || parsed.findings.first().map_or("it is no JSON", |finding| &finding.message);
    if parsed.broken.is_some() {
        return Err(format!("a change cannot be read: {}", message()));
    }
    let document = parsed.document.ok_or("a change cannot be read: it is empty")?;
    let root = document.roots().first().copied().ok_or("a change cannot be read: it is empty")?;
    Ok((document, root))
}

/// The providers of `configuration.provider_config`: their arguments that are literal in the code.
pub(super) fn providers(path: &FilePath, piece: Piece<'_>) -> Result<Vec<Provider>, String> {
    let (document, root) = parsed(path, piece)?;
    let (document, root) = match redact::masked_providers(&document, root) {
        None => (document, root),
        Some(text) => parsed(path, Piece { text: &text, ..piece })?,
    };
    let mut found = Vec::new();
    for entry in document.entries(root) {
        let name =
            document.get(entry.value, "name").and_then(|name| document.scalar(name)).map_or("", |name| name.text);
        let expressions = document.get(entry.value, "expressions");
        found.push(Provider {
            name: name.to_owned(),
            place: Place::new(&document, entry.value),
            attributes: value::expressions(&document, expressions.unwrap_or(entry.value)),
        });
    }
    Ok(found)
}

/// The place of a whole file whose text is not held: its start.
pub(super) fn whole(file: &Arc<SourceFile>) -> Place {
    let mut builder = Builder::new(Frame::File(Arc::clone(file)), Format::Json);
    let root = builder.mapping(Span::default(), &[]);
    Place::new(&Arc::new(builder.finish(vec![root])), root)
}
