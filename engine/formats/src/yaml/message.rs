//! What is said of a text that the parser refuses.

use engine_model::{Document, Related, Span};
use granit_parser::ErrorKind;

/// Something that is wrong with a text, before there is a document to place it in.
#[derive(Debug)]
pub(super) struct Problem {
    /// Bytes of the text.
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
    /// A bracket that is still open.
    pub(super) opened: Option<Span>,
}

/// The most characters of the parser's own words in a message.
const MAX_CHARS: usize = 200;

/// How many bytes of one word are underlined.
const MAX_WORD: usize = 40;

const TABS: &str = "indent with spaces: YAML allows no tab there";
const QUOTE: &str = "quote the value if the text is meant as it stands";

/// What a refusal is to people.
pub(super) fn words(kind: &ErrorKind) -> (String, Option<&'static str>) {
    let (message, help) = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => ("a tab where only spaces may indent", Some(TABS)),
        ErrorKind::UnclosedQuotedScalar => ("a quoted text that is never closed", Some("add the closing quote")),
        ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("a quoted text that is still open where the next document begins", Some("add the closing quote"))
        }
        ErrorKind::InvalidQuotedScalarIndent => {
            ("a quoted text that is not closed, or whose next line is not indented", Some("add the closing quote"))
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            return (format!("`{open}` is never closed"), Some("add the closing bracket"));
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{open}` is closed by `{close}`"), None);
        }
        ErrorKind::MisplacedFlowCollectionEnd => ("a closing bracket that nothing opened", Some(QUOTE)),
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            ("expected `,` or `]` in this list", None)
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => ("expected `,` or `}` in this mapping", None),
        ErrorKind::RecursionLimitExceeded => ("nested more than 255 levels deep", None),
        ErrorKind::ExpectedBlockMappingKey => {
            ("expected a key here", Some("indent the line as the keys of its mapping are indented"))
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("expected `-` here", Some("indent the line as the other items of its list are indented"))
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ("a list item cannot stand here", Some("begin the list on a line of its own, below its key"))
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            ("a `:` that makes no key here", Some("quote a value that holds `: `, or mend the line's indentation"))
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("expected `:` after this key", Some("a key must end on its own line, with `: ` after it"))
        }
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidBlockScalarIndent => {
            ("this line is not indented far enough", None)
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            ("text behind a closing quote", Some("quote the whole value"))
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            ("an escape that YAML does not know", Some("use single quotes, or double the backslash"))
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let shown = character.escape_default();
            return (format!("`{shown}` cannot begin a value"), Some(QUOTE));
        }
        ErrorKind::ExpectedNodeContent => ("a value is missing here", None),
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => {
            ("the document has ended before this", Some("begin the next document with `---`"))
        }
        ErrorKind::CommentNotSeparated => ("a `#` right behind a value", Some("put a space before a comment's `#`")),
        ErrorKind::CommentInterceptedScalar => {
            ("a comment inside a text of several lines", Some("move the comment above the text, or quote the text"))
        }
        ErrorKind::BlockEntryInFlowCollection => ("an item with `-` inside brackets", Some("separate items by `,`")),
        ErrorKind::PlainScalarStartsWithDashFlowIndicator => ("a `-` right before a bracket or a `,`", Some(QUOTE)),
        ErrorKind::InvalidBlockEntryWhitespace => ("`-` must be followed by a space", None),
        ErrorKind::InvalidMappingValueWhitespace => ("`:` must be followed by a space", None),
        ErrorKind::InvalidBlockScalarHeader => {
            ("text on the line of a `|` or `>`", Some("begin the text on the next line, indented"))
        }
        ErrorKind::ZeroBlockScalarIndent => ("an indentation of `0` for a block of text", None),
        ErrorKind::MappingKeyNotAllowed => ("a key cannot stand here", None),
        ErrorKind::UndeclaredTagHandle => ("a tag whose handle no `%TAG` line declares", None),
        ErrorKind::UnsupportedYamlMajorVersion => ("a `%YAML` version other than 1", None),
        ErrorKind::BomInsideDocument => ("a byte order mark inside the text", Some("remove the invisible character")),
        ErrorKind::InvalidQuotedScalarHexEscape => ("an escape with too few hexadecimal digits", None),
        ErrorKind::MissingAnchorOrAliasName => ("`&` or `*` without a name", Some(QUOTE)),
        ErrorKind::InvalidTagTerminator | ErrorKind::MissingTagUri | ErrorKind::InvalidTagEscape => {
            ("a `!` that makes no tag", Some(QUOTE))
        }
        other => {
            let said: String = other.to_string().chars().take(MAX_CHARS).collect();
            return (said, None);
        }
    };
    (message.to_owned(), help)
}

/// The word at byte `at`; the end of the text before it where nothing stands there.
pub(super) fn spot(text: &str, at: usize) -> Span {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let word = after.split(char::is_whitespace).next().unwrap_or("");
    let len: usize = word.chars().map(char::len_utf8).take(MAX_WORD).sum();
    if len > 0 || after.starts_with('\t') {
        return Span::from_range(at..at + len.max(1));
    }
    let end = before.trim_end().len();
    Span::from_range(end..end)
}

/// The note on a bracket that is still open.
pub(super) fn opened(document: &Document, span: Span) -> Related {
    Related { message: "opened here".to_owned(), location: document.locate(span) }
}

#[cfg(test)]
mod tests {
    use engine_model::Span;

    use super::spot;

    #[test]
    fn a_place_is_a_word_and_never_a_long_line() {
        assert_eq!(spot("a: éb c", 3), Span::new(3, 6));
        assert_eq!(spot("a: é", 4), Span::new(3, 5));
        assert_eq!(spot("a: [\n\n", 6), Span::new(4, 4));
        assert_eq!(spot("\ta", 0), Span::new(0, 1));
        assert_eq!(spot(&"x".repeat(9000), 0), Span::new(0, 40));
        assert_eq!(spot("", 7), Span::new(0, 0));
    }
}
