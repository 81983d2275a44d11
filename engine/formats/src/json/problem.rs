//! What is wrong with a text that is no JSON, in plain words.

use engine_model::Span;

/// The most bytes that one place underlines.
const MAX_BYTES: usize = 40;

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Bytes of the text.
    pub(crate) span: Span,
    /// One sentence.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<&'static str>,
    /// A bracket or a quote that is still open.
    pub(crate) opened: Option<Span>,
}

impl Problem {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, opened: None }
    }

    pub(crate) fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    /// What began at byte `at` is still open.
    pub(crate) fn opened(self, at: u32) -> Self {
        Self { opened: Some(Span::new(at, at.saturating_add(1))), ..self }
    }
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// The whole text's value.
    Document,
    /// The first item of an array.
    Item,
    /// A value behind a `,` of an array.
    NextItem,
    /// A member's value.
    Value,
    /// The first key of an object, or its end.
    FirstKey,
    /// The key behind a `,` of an object.
    NextKey,
    /// The `:` behind a key.
    Colon,
    /// What follows a member of an object.
    MemberEnd,
    /// What follows an item of an array.
    ItemEnd,
    /// Nothing.
    End,
}

/// What is wrong with a text in which `expected` does not stand at byte `at`; `comma` is the `,` before it, if any, and
/// `open` the bracket around it.
pub(super) fn missing(text: &str, at: usize, expected: Expected, comma: Option<usize>, open: Option<u32>) -> Problem {
    let here = spot(text, at);
    let rest = text.get(at..).unwrap_or("");
    let problem = match (rest.chars().next(), expected) {
        (None, Expected::Document) => Problem::new(here, "there is no JSON in this text"),
        (None, _) => Problem::new(here, "the text ends here, and the JSON in it does not"),
        (Some('/' | '#'), _) if rest.starts_with(['#']) || rest.starts_with("//") || rest.starts_with("/*") => {
            Problem::new(here, "a comment, and JSON has none")
        }
        (Some(']' | '}'), Expected::NextItem | Expected::NextKey) => {
            let comma = comma.map_or(here, |comma| Span::from_range(comma..comma.saturating_add(1)));
            Problem::new(comma, "nothing follows this comma").help("remove the comma")
        }
        (Some(_), Expected::End) => Problem::new(here, "the JSON ended before this, and nothing may follow it"),
        (Some(_), Expected::MemberEnd) => Problem::new(here, "a comma or `}` is missing here"),
        (Some(_), Expected::ItemEnd) => Problem::new(here, "a comma or `]` is missing here"),
        (Some(_), Expected::Colon) => Problem::new(here, "a `:` is missing here"),
        (Some('\''), _) => Problem::new(here, "a text in single quotes").help("JSON writes a text in double quotes"),
        (Some(_), Expected::FirstKey) => Problem::new(here, "a key in double quotes or `}` is missing here"),
        (Some(_), Expected::NextKey) => Problem::new(here, "a key in double quotes is missing here"),
        (Some(c), _) if c.is_alphanumeric() => {
            Problem::new(here, format!("`{}` is no value in JSON", text.get(here.range()).unwrap_or("")))
                .help("write a text in double quotes")
        }
        (Some(_), _) => Problem::new(here, "a value is missing here"),
    };
    match (open, rest.is_empty()) {
        (Some(open), true) => problem.opened(open),
        _ => problem,
    }
}

/// The word or the character at byte `at`; empty at the end.
pub(super) fn spot(text: &str, at: usize) -> Span {
    let rest = text.get(at..).unwrap_or("");
    let mut len = 0_usize;
    for c in rest.chars() {
        let word = c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
        if (!word && len > 0) || len >= MAX_BYTES {
            break;
        }
        // A line's end is nothing to underline.
        if matches!(c, '\n' | '\r') {
            break;
        }
        len = len.saturating_add(c.len_utf8());
        if !word {
            break;
        }
    }
    Span::from_range(at..at.saturating_add(len))
}
