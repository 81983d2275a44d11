//! Reading a text as every test does.

use std::sync::Arc;

use crate::property;
use engine_formats::{Parsed, yaml};
use engine_model::{Document, FilePath, SourceFile};

/// Reads `text` and holds every property that any text must have.
pub(crate) fn parse(text: &str) -> Parsed {
    let parsed = yaml::parse(&SourceFile::new(FilePath::new("a.yml").unwrap(), text.to_owned()));
    if let Some(document) = &parsed.document {
        property::check(document);
    }
    for finding in &parsed.findings {
        let places = finding.related.iter().map(|related| &related.location).chain([&finding.location]);
        places.for_each(|location| assert!(text.get(location.span.range()).is_some(), "{location:?}"));
        assert!(finding.message.chars().count() <= 300, "{}", finding.message);
    }
    parsed
}

/// Reads `text`, which must be without a finding.
pub(crate) fn good(text: &str) -> Arc<Document> {
    let parsed = parse(text);
    assert!(parsed.findings.is_empty() && parsed.broken.is_none(), "{parsed:#?}");
    parsed.document.unwrap()
}

/// Each finding as `line:column: message`, with its related places.
pub(crate) fn findings(parsed: &Parsed) -> Vec<String> {
    let place = |location: &engine_model::Location| {
        let start = location.start();
        format!("{}:{}", start.line, start.column)
    };
    let line = |finding: &engine_model::Finding| {
        let related = finding.related.iter().map(|r| format!(" ({} {})", r.message, place(&r.location)));
        format!("{}: {}: {}{}", finding.rule, place(&finding.location), finding.message, related.collect::<String>())
    };
    parsed.findings.iter().map(line).collect()
}
