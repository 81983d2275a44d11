//! What rules say: values of Rego taken apart into findings.

use regorus::Value as RegoValue;

use crate::Error;

/// What one call came to. Everything points into the facts that were handed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// Rules that failed; nothing that they said is in here.
    pub failed: Vec<Failure>,
}

/// A rule that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// Why, one sentence without a full stop.
    pub message: String,
}

/// Something that a rule found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// Where.
    pub place: Place,
    /// What is wrong, one sentence.
    pub message: String,
    /// Other places that belong to the story.
    pub related: Vec<Related>,
    /// What to do.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

/// Something that a rule could not decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The rule's id.
    pub rule: String,
    /// The value that would have to be known.
    pub place: Place,
    /// Why it matters.
    pub message: String,
}

/// Where something is: the position in the list of facts, the position of the item there, and the way below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The position in the list of facts.
    pub facts: u32,
    /// The position of the item.
    pub item: u32,
    /// Keys and indices below the item.
    pub route: Vec<Step>,
    /// Bytes inside the string at the route's end.
    pub range: Option<(u32, u32)>,
}

/// One step of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into an array.
    Index(u32),
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub message: String,
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Whether it may be applied unread.
    pub safe: bool,
    /// Replacements.
    pub edits: Vec<Edit>,
    /// Text to copy.
    pub snippet: Option<String>,
}

/// A value to replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace.
    pub place: Place,
    /// The new text.
    pub replacement: String,
}

/// How a route of a rule becomes a place: for a rule that looks at one item the route counts from it, for one that
/// looks at all of them it starts with the kind and the item's position.
pub(crate) enum Base<'a> {
    Item {
        facts: u32,
        item: u32,
    },
    /// As for an item, but that the rule sees its field `contents` alone.
    File {
        facts: u32,
        item: u32,
    },
    Repository(&'a [&'a str]),
}

impl Base<'_> {
    /// The place of all that the rule sees.
    pub(crate) fn top(&self) -> Place {
        match self {
            Base::Item { facts, item } => Place { facts: *facts, item: *item, route: Vec::new(), range: None },
            Base::File { facts, item } => {
                Place { facts: *facts, item: *item, route: vec![Step::Key("contents".to_owned())], range: None }
            }
            Base::Repository(_) => Place::default(),
        }
    }
}

/// The members of a rule's set, or why they are none.
pub(crate) fn members(value: &RegoValue) -> Result<Vec<&RegoValue>, Error> {
    match value {
        RegoValue::Undefined => Ok(Vec::new()),
        RegoValue::Set(set) => Ok(set.iter().collect()),
        RegoValue::Array(array) => Ok(array.iter().collect()),
        other => Err(Error::plain(format!("it must be a set of objects, and is {}", kind(other)))),
    }
}

/// One finding of the set `findings`.
pub(crate) fn finding(rule: &str, value: &RegoValue, base: &Base<'_>) -> Result<Finding, Error> {
    let known = ["message", "route", "range", "help", "related", "fix"];
    let reader = Reader::new(value, &known, base)?;
    let related = reader
        .objects("related", &["message", "route", "range"])?
        .into_iter()
        .map(|reader| Ok(Related { place: reader.place()?, message: reader.sentence("message")? }));
    Ok(Finding {
        rule: rule.to_owned(),
        place: reader.place()?,
        message: reader.sentence("message")?,
        related: related.collect::<Result<_, Error>>()?,
        help: reader.optional_text("help")?,
        fix: reader.field("fix").map(|fix| mend(fix, base)).transpose()?,
    })
}

/// One member of a set of messages: a string, or an object with `msg`. Nothing of an empty one, which says that all is
/// well. What an object says besides is kept in the help: `_loc`, where it names a file and a line, in the message.
pub(crate) fn message(rule: &str, name: &str, value: &RegoValue, base: &Base<'_>) -> Result<Option<Finding>, Error> {
    let RegoValue::Object(object) = value else {
        let RegoValue::String(text) = value else {
            let kind = kind(value);
            return Err(Error::plain(format!("`{name}` must hold messages or objects with `msg`, and holds {kind}")));
        };
        return Ok(said(rule, text, base.top(), None));
    };
    let reader = Reader { value, base };
    let text = reader.text("msg").map_err(|error| Error::plain(format!("`{name}`: {}", error.message)))?;
    let text = match reader.field("_loc").and_then(location) {
        Some(location) if !text.is_empty() => format!("{text} ({location})"),
        _ => text,
    };
    let known = ["msg", "_loc", "route", "range"];
    let besides = object.iter().filter_map(|(key, value)| match key {
        RegoValue::String(key) if known.contains(&&**key) => None,
        RegoValue::String(key) => Some(format!("`{key}`: {value}")),
        key => Some(format!("{key}: {value}")),
    });
    let besides = besides.collect::<Vec<_>>().join(", ");
    Ok(said(rule, &text, reader.place()?, Some(besides).filter(|text| !text.is_empty())))
}

fn said(rule: &str, text: &str, place: Place, help: Option<String>) -> Option<Finding> {
    let (rule, message) = (rule.to_owned(), text.to_owned());
    (!message.is_empty()).then_some(Finding { rule, place, message, related: Vec::new(), help, fix: None })
}

/// A file and a line, as far as they are said.
fn location(value: &RegoValue) -> Option<String> {
    let object = value.as_object().ok()?;
    let field = |name: &str| object.get(&name.into());
    let file = field("file").and_then(|file| file.as_string().ok()).map(|file| format!("`{file}`"));
    let line = field("line").filter(|line| matches!(line, RegoValue::Number(_))).map(|line| format!("line {line}"));
    let parts: Vec<String> = file.into_iter().chain(line).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// One member of the set `undecided`.
pub(crate) fn undecided(rule: &str, value: &RegoValue, base: &Base<'_>) -> Result<Undecided, Error> {
    let reader = Reader::new(value, &["message", "route", "range"], base)?;
    Ok(Undecided { rule: rule.to_owned(), place: reader.place()?, message: reader.sentence("message")? })
}

fn mend(value: &RegoValue, base: &Base<'_>) -> Result<Fix, Error> {
    let reader = Reader::new(value, &["title", "safe", "edits", "snippet"], base)?;
    let edits = reader
        .objects("edits", &["replacement", "route", "range"])?
        .into_iter()
        .map(|reader| Ok(Edit { place: reader.place()?, replacement: reader.text("replacement")? }));
    Ok(Fix {
        title: reader.text("title")?,
        safe: matches!(reader.field("safe"), Some(RegoValue::Bool(true))),
        edits: edits.collect::<Result<_, Error>>()?,
        snippet: reader.optional_text("snippet")?,
    })
}

/// An object that a rule made, read by its names.
struct Reader<'v> {
    value: &'v RegoValue,
    base: &'v Base<'v>,
}

impl<'v> Reader<'v> {
    /// The object, which has none but the known fields: a word that is mistyped must not be lost.
    fn new(value: &'v RegoValue, known: &[&str], base: &'v Base<'v>) -> Result<Self, Error> {
        let RegoValue::Object(object) = value else {
            return Err(Error::plain(format!("it must be an object, and is {}", kind(value))));
        };
        for (key, _) in object.iter() {
            let name = match key {
                RegoValue::String(name) => name.to_string(),
                other => kind(other).to_owned(),
            };
            if !known.contains(&name.as_str()) {
                return Err(Error::plain(format!("it has a field `{name}`, and may have `{}`", known.join("`, `"))));
            }
        }
        Ok(Self { value, base })
    }

    fn field(&self, name: &str) -> Option<&'v RegoValue> {
        match self.value {
            RegoValue::Object(object) => object.get(&name.into()),
            _ => None,
        }
    }

    fn optional_text(&self, name: &str) -> Result<Option<String>, Error> {
        match self.field(name) {
            None => Ok(None),
            Some(RegoValue::String(text)) => Ok(Some(text.to_string())),
            Some(other) => Err(Error::plain(format!("`{name}` must be a string, and is {}", kind(other)))),
        }
    }

    fn text(&self, name: &str) -> Result<String, Error> {
        self.optional_text(name)?.ok_or_else(|| Error::plain(format!("it has no `{name}`")))
    }

    /// A sentence that somebody shall read.
    fn sentence(&self, name: &str) -> Result<String, Error> {
        let text = self.text(name)?;
        if text.trim().is_empty() {
            return Err(Error::plain(format!("its `{name}` says nothing")));
        }
        Ok(text)
    }

    fn objects(&self, name: &str, known: &[&str]) -> Result<Vec<Self>, Error> {
        let Some(value) = self.field(name) else { return Ok(Vec::new()) };
        let items = members(value).map_err(|error| Error::plain(format!("`{name}`: {}", error.message)))?;
        items.into_iter().map(|item| Reader::new(item, known, self.base)).collect()
    }

    fn place(&self) -> Result<Place, Error> {
        let mut route = Vec::new();
        if let Some(value) = self.field("route") {
            let RegoValue::Array(steps) = value else {
                return Err(Error::plain(format!("`route` must be an array, and is {}", kind(value))));
            };
            for step in steps.iter() {
                route.push(match step {
                    RegoValue::String(key) => Step::Key(key.to_string()),
                    RegoValue::Number(_) => {
                        let index = step.as_u32().map_err(|_| Error::plain("an index of `route` is no position"))?;
                        Step::Index(index)
                    }
                    other => return Err(Error::plain(format!("a step of `route` is {}", kind(other)))),
                });
            }
        }
        let range = self.field("range").map(range).transpose()?;
        let (facts, item) = match self.base {
            Base::Item { facts, item } => (*facts, *item),
            Base::File { facts, item } => {
                route.insert(0, Step::Key("contents".to_owned()));
                (*facts, *item)
            }
            Base::Repository(kinds) => {
                let mut steps = std::mem::take(&mut route).into_iter();
                let (Some(Step::Key(kind)), Some(Step::Index(item))) = (steps.next(), steps.next()) else {
                    return Err(Error::plain(
                        "a `route` of a rule of scope `repository` starts with a kind and a position",
                    ));
                };
                route = steps.collect();
                let Some(facts) = kinds.iter().position(|known| *known == kind) else {
                    return Err(Error::plain(format!("`route` starts with `{kind}`, which the rule does not read")));
                };
                (u32::try_from(facts).unwrap_or(u32::MAX), item)
            }
        };
        Ok(Place { facts, item, route, range })
    }
}

fn range(value: &RegoValue) -> Result<(u32, u32), Error> {
    let wrong = || Error::plain("`range` must be an array of two positions, the first not behind the second");
    let RegoValue::Array(ends) = value else { return Err(wrong()) };
    let end = |index: usize| ends.get(index).and_then(|end| end.as_u32().ok()).ok_or_else(wrong);
    match (end(0)?, end(1)?, ends.get(2)) {
        (start, end, None) if start <= end => Ok((start, end)),
        _ => Err(wrong()),
    }
}

/// What a value is, for people.
pub(crate) fn kind(value: &RegoValue) -> &'static str {
    match value {
        RegoValue::Null => "null",
        RegoValue::Bool(_) => "a boolean",
        RegoValue::Number(_) => "a number",
        RegoValue::String(_) => "a string",
        RegoValue::Array(_) => "an array",
        RegoValue::Set(_) => "a set",
        RegoValue::Object(_) => "an object",
        RegoValue::Undefined => "undefined",
    }
}
