//! TOML, as GitLab's runner writes its configuration: text to a [`Document`] of [`Format::Toml`].
//!
//! # Shape
//! That of JSON: a table is a mapping whose keys are [`ScalarStyle::DoubleQuoted`] scalars, a text is one too, and numbers,
//! booleans and dates are [`ScalarStyle::Plain`] scalars. There is one root. A table that is written in several places has
//! the place of its first.
//!
//! # Broken text
//! What is no TOML is a `broken-document` finding, and the document holds what could be read of the rest.

use std::sync::Arc;

#[cfg(doc)]
use engine_model::Document;
use engine_model::{
    Builder, Entry, Format, Frame, GapCause, Location, NodeId, Route, ScalarStyle, SourceFile, Span, Text, TextMap,
};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{BROKEN_DOCUMENT, Parsed};

/// The most findings that one text gives.
const MAX_FINDINGS: usize = 100;

/// Reads a file.
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    let (table, errors) = DeTable::parse_recoverable(file.text());
    let mut builder = Builder::new(Frame::File(Arc::clone(file)), Format::Toml);
    let span = Span::from_range(table.span());
    let root = mapping(&mut builder, table.get_ref(), span);
    let document = Arc::new(builder.finish(vec![root]));
    let finding = |error: &toml::de::Error| {
        let span = error.span().map_or_else(Span::default, Span::from_range);
        let location = Location { file: Arc::clone(file), span };
        BROKEN_DOCUMENT.finding(location, Route::default(), error.message().to_owned())
    };
    let broken = (!errors.is_empty()).then_some(GapCause::BrokenDocument);
    Parsed {
        document: Some(document),
        findings: errors.iter().take(MAX_FINDINGS).filter_map(finding).collect(),
        broken,
    }
}

fn mapping(builder: &mut Builder, table: &DeTable<'_>, span: Span) -> NodeId {
    let mut fields: Vec<_> = table.iter().collect();
    fields.sort_by_key(|(key, _)| key.span().start);
    let mut entries = Vec::with_capacity(fields.len());
    for (key, value) in fields {
        let place = Span::from_range(key.span());
        let key = text(builder, key.get_ref(), place);
        entries.push(Entry { key, value: node(builder, value) });
    }
    builder.mapping(span, &entries)
}

/// A value; the parser bounds how deep they are nested.
fn node(builder: &mut Builder, value: &Spanned<DeValue<'_>>) -> NodeId {
    let span = Span::from_range(value.span());
    match value.get_ref() {
        DeValue::String(value) => text(builder, value, span),
        DeValue::Integer(value) => plain(builder, value.to_string(), span),
        DeValue::Float(value) => plain(builder, value.to_string(), span),
        DeValue::Boolean(value) => plain(builder, value.to_string(), span),
        DeValue::Datetime(value) => plain(builder, value.to_string(), span),
        DeValue::Array(items) => {
            let items: Vec<NodeId> = items.iter().map(|item| node(builder, item)).collect();
            builder.sequence(span, &items)
        }
        DeValue::Table(table) => mapping(builder, table, span),
    }
}

fn text(builder: &mut Builder, text: &str, span: Span) -> NodeId {
    builder.scalar(span, ScalarStyle::DoubleQuoted, decoded(text.to_owned(), span))
}

fn plain(builder: &mut Builder, text: String, span: Span) -> NodeId {
    builder.scalar(span, ScalarStyle::Plain, decoded(text, span))
}

/// A text that was written as `span`, as a whole.
fn decoded(text: String, span: Span) -> Text {
    let mut map = TextMap::default();
    map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), span);
    Text::Decoded(text, map)
}

#[cfg(test)]
mod tests {
    use engine_model::{FilePath, Kind, SourceFile};

    use super::parse;

    #[test]
    fn values_have_their_places() {
        let text = "concurrent = 1\n[[runners]]\n  name = \"a\\tb\"\n  [runners.docker]\n    privileged = true\n    volumes = [\"/x\", '''y''']\n";
        let parsed = parse(&SourceFile::new(FilePath::new("config.toml").unwrap(), text.to_owned()));
        assert!(parsed.broken.is_none() && parsed.findings.is_empty());
        let document = parsed.document.unwrap();
        let root = document.roots()[0];
        let runner = document.items(document.get(root, "runners").unwrap())[0];
        let name = document.get(runner, "name").unwrap();
        assert_eq!(document.scalar(name).unwrap().text, "a\tb");
        assert_eq!(document.locate_node(name).to_string(), "config.toml:3:10");
        let docker = document.get(runner, "docker").unwrap();
        let privileged = document.get(docker, "privileged").unwrap();
        assert_eq!((document.scalar(privileged).unwrap().text, document.source_text(privileged)), ("true", "true"));
        let volumes = document.get(docker, "volumes").unwrap();
        assert!(matches!(document.node(volumes).kind, Kind::Sequence(items) if items.len() == 2));
    }

    #[test]
    fn what_is_no_toml_is_said_and_the_rest_is_there() {
        let text = "a = 1\nb = = 2\nc = 3\n";
        let parsed = parse(&SourceFile::new(FilePath::new("config.toml").unwrap(), text.to_owned()));
        assert!(parsed.broken.is_some());
        assert_eq!(parsed.findings[0].location.to_string(), "config.toml:2:5");
        let document = parsed.document.unwrap();
        assert!(document.get(document.roots()[0], "c").is_some());
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(parse(&SourceFile::new(FilePath::new("config.toml").unwrap(), deep)).broken.is_some());
    }
}
