//! What is to be checked, as it is sent: documents by their paths, an archive, or either in a CloudEvents envelope.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine_model::FilePath;
use engine_tree::{ArchiveLimits, Memory};
use serde::Deserialize;
use serde_json::value::RawValue;

/// How many times its own size an archive may unpack to.
const UNPACKED: u64 = 8;

/// What an archive may unpack to however small it is, in bytes.
const LEAST: u64 = 256 * 1024;

/// How many files an archive may hold.
const FILES: u64 = 100_000;

/// What is checked.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) tree: Memory,
    /// Files that the sender named: a YAML file of any name among them is a pipeline.
    pub(crate) named: Vec<FilePath>,
    /// The id of the event that it came in.
    pub(crate) event: Option<String>,
}

/// Why something cannot be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It says that it is of a type that is not read.
    Type(String),
    /// It is not what it says.
    Content(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Documents {
    files: BTreeMap<String, String>,
    #[serde(default)]
    named: Vec<String>,
}

#[derive(Deserialize)]
struct Event<'a> {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    datacontenttype: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_base64: Option<String>,
    dataref: Option<String>,
    reports: Option<String>,
}

/// The version of CloudEvents that is read.
pub(crate) const EVENTS: &str = "1.0";

/// The type of an event that asks for a check.
pub(crate) const ASKS: &str = "engine.v1.check";

/// Reads a body of this content type.
pub(crate) fn read(content_type: &str, bytes: &[u8]) -> Result<Asked, Refused> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/cloudevents+json" => event(bytes),
        "application/json" => documents(bytes),
        "application/x-tar" | "application/gzip" | "application/x-gzip" | "application/x-gtar" => archive(bytes),
        "" => Err(Refused::Type("there is no `Content-Type`".to_owned())),
        other => Err(Refused::Type(format!(
            "`{other}` is not read; there are `application/json`, `application/x-tar`, `application/gzip` and `application/cloudevents+json`"
        ))),
    }
}

fn documents(bytes: &[u8]) -> Result<Asked, Refused> {
    let documents: Documents = serde_json::from_slice(bytes).map_err(no_json)?;
    let named = documents.named.iter().map(|path| {
        let known = FilePath::new(path).filter(|_| documents.files.contains_key(path));
        known.ok_or_else(|| Refused::Content(format!("`{path}` is named, and is not among the files")))
    });
    let named = named.collect::<Result<_, _>>()?;
    let files = documents.files.into_iter().map(|(path, text)| (path, text.into_bytes()));
    let tree = Memory::new(files).map_err(|error| Refused::Content(error.to_string()))?;
    Ok(Asked { tree, named, event: None })
}

fn archive(bytes: &[u8]) -> Result<Asked, Refused> {
    let limits = ArchiveLimits { bytes: (bytes.len() as u64).saturating_mul(UNPACKED).max(LEAST), files: FILES };
    let tree = Memory::from_archive(bytes, limits).map_err(|error| Refused::Content(error.to_string()))?;
    Ok(Asked { tree, named: Vec::new(), event: None })
}

fn event(bytes: &[u8]) -> Result<Asked, Refused> {
    let event = open(bytes)?;
    let Carried::Here(body) = event.body else {
        return Err(Refused::Content("an event with a `dataref` is not read here: nothing is fetched".to_owned()));
    };
    Ok(Asked { event: Some(event.id), ..read(&event.content_type, &body)? })
}

/// An event that asks for a check, opened as far as its body.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Its id.
    pub(crate) id: String,
    /// What its body is.
    pub(crate) content_type: String,
    pub(crate) body: Carried,
    /// The reports that are wanted, by their words.
    pub(crate) reports: Vec<String>,
}

/// Where the body of an event is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// In it.
    Here(Vec<u8>),
    /// In a store, under this name.
    Elsewhere(String),
}

/// Opens an event.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, Refused> {
    let event: Event<'_> = serde_json::from_slice(bytes).map_err(no_json)?;
    is_asked(&event.specversion, &event.kind)?;
    if event.source.is_empty() || event.id.is_empty() {
        return Err(Refused::Content("an event has an `id` and a `source`".to_owned()));
    }
    let content_type = event.datacontenttype.unwrap_or_else(|| "application/json".to_owned());
    if content_type.starts_with("application/cloudevents") {
        return Err(Refused::Type("an event in an event is not read".to_owned()));
    }
    let body = match (event.data, event.data_base64, event.dataref) {
        (Some(data), None, None) => Carried::Here(data.get().as_bytes().to_vec()),
        (None, Some(data), None) => {
            let bytes = STANDARD.decode(data.as_bytes());
            Carried::Here(bytes.map_err(|error| Refused::Content(format!("`data_base64` is no base64: {error}")))?)
        }
        (None, None, Some(name)) => Carried::Elsewhere(name),
        _ => return Err(Refused::Content("an event has either `data` or `data_base64`".to_owned())),
    };
    let reports =
        event.reports.unwrap_or_default().split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Ok(Opened { id: event.id, content_type, body, reports })
}

/// Whether an event of this version and type asks for a check.
pub(crate) fn is_asked(version: &str, kind: &str) -> Result<(), Refused> {
    if version != EVENTS {
        return Err(Refused::Content(format!("CloudEvents `{version}` is not read; `{EVENTS}` is")));
    }
    if kind != ASKS {
        return Err(Refused::Content(format!("an event of type `{kind}` asks for nothing here; `{ASKS}` does")));
    }
    Ok(())
}

fn no_json(error: serde_json::Error) -> Refused {
    Refused::Content(format!("the body is not the JSON that is expected: {error}"))
}

#[cfg(test)]
mod tests {
    use engine_model::Tree as _;

    use super::{Refused, read};

    /// Checks what a body is read as: its files, the named ones with a star; or why it is refused.
    #[track_caller]
    fn check(content_type: &str, body: &str, expect: Result<&[&str], &str>) {
        match (read(content_type, body.as_bytes()), expect) {
            (Ok(asked), Ok(expect)) => {
                let files = asked.tree.list().unwrap().files.into_iter().map(|entry| {
                    let star = if asked.named.contains(&entry.path) { "*" } else { "" };
                    format!("{star}{}", entry.path)
                });
                assert_eq!(files.collect::<Vec<_>>(), expect, "{body}");
            }
            (Err(Refused::Type(said) | Refused::Content(said)), Err(expect)) => {
                assert!(said.contains(expect), "{said} and not {expect}");
            }
            (found, expect) => panic!("{body}: {found:?} and not {expect:?}"),
        }
    }

    const FILES: &str = r#"{"files": {"a.tf": "", "b.yml": "x: 1"}, "named": ["b.yml"]}"#;

    #[test]
    fn documents_are_files_by_their_paths() {
        check("application/json; charset=utf-8", FILES, Ok(&["a.tf", "*b.yml"]));
        check("application/json", r#"{"files": {}}"#, Ok(&[]));
        check("application/json", r#"{"files": {"a": ""}, "named": ["b"]}"#, Err("`b` is named, and is not among"));
        check("application/json", r#"{"files": {"../a": ""}}"#, Err("`../a` is no path below"));
        check("application/json", r#"{"files": {"a": 1}}"#, Err("line 1 column"));
        check("application/json", r#"{"file": {}}"#, Err("unknown field `file`"));
        check("application/json", "{", Err("EOF"));
        check("application/json", &"[".repeat(10_000), Err("expected a map"));
        check("text/plain", "", Err("`text/plain` is not read"));
        check("", "", Err("no `Content-Type`"));
        check("application/x-tar", "no archive", Err("the archive cannot be read"));
    }

    #[test]
    fn an_event_carries_documents_or_an_archive() {
        let event = |fields: &str| {
            format!(r#"{{"specversion": "1.0", "id": "7", "source": "/ci", "type": "engine.v1.check", {fields}}}"#)
        };
        let kind = "application/cloudevents+json";
        check(kind, &event(&format!(r#""data": {FILES}"#)), Ok(&["a.tf", "*b.yml"]));
        check(kind, &event(r#""data_base64": "eyJmaWxlcyI6IHt9fQ==""#), Ok(&[]));
        check(kind, &event(r#""data_base64": "***""#), Err("no base64"));
        check(kind, &event(r#""datacontenttype": "text/x", "data": {}"#), Err("`text/x` is not read"));
        check(
            kind,
            &event(r#""datacontenttype": "application/cloudevents+json", "data": {}"#),
            Err("an event in an event"),
        );
        check(kind, &event(r#""data": {}, "data_base64": """#), Err("either `data` or `data_base64`"));
        check(kind, &event(r#""dataref": "x""#), Err("nothing is fetched"));
        check(kind, &event(r#""x": 1"#), Err("either `data` or `data_base64`"));
        check(kind, &event("\"data\": {}").replace("\"1.0\"", "\"0.3\""), Err("CloudEvents `0.3` is not read"));
        check(kind, &event("\"data\": {}").replace("v1.check", "v2.check"), Err("`engine.v2.check` asks for nothing"));
        check(kind, "{}", Err("missing field"));
        check(kind, &format!("{{\"x\": {}", "[".repeat(10_000)), Err("EOF"));
        check(kind, &event(&format!("\"data\": {}", "[".repeat(10_000))), Err("expected value"));
    }
}
