//! Files in, modules out, and a value on one line.

use std::sync::Arc;

use engine_facts::terraform::{Data, Evaluated, Module, Modules, derive};
use engine_formats::hcl;
use engine_model::{Document, FilePath, SourceFile, Value};

pub(crate) fn read(path: &str, text: &str) -> Arc<Document> {
    let parsed = hcl::parse(&SourceFile::new(FilePath::new(path).unwrap(), text.into()));
    assert!(parsed.broken.is_none(), "{path}: {:?}", parsed.findings);
    parsed.document.unwrap()
}

pub(crate) fn tree(files: &[(&str, &str)]) -> Modules {
    let documents: Vec<_> = files.iter().map(|(path, text)| read(path, text)).collect();
    derive(&documents, &[])
}

pub(crate) fn only(files: &[(&str, &str)]) -> Module {
    let mut modules = tree(files).modules;
    assert_eq!(modules.len(), 1);
    modules.remove(0)
}

/// A value on one line: JSON where it is known, `?why:on` where it is not.
pub(crate) fn show(value: &Evaluated) -> String {
    let list = |items: &[Evaluated]| format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "));
    match &value.value {
        Value::Absent => "absent".into(),
        Value::Unknown(unknown) => format!("?{}:{}", unknown.why, unknown.on),
        Value::Known(Data::Null) => "null".into(),
        Value::Known(Data::Bool(value)) => value.to_string(),
        Value::Known(Data::Number(number)) => number.to_string(),
        Value::Known(Data::Text(text)) => serde_json::to_string(text).unwrap(),
        Value::Known(Data::Json(inner)) => format!("?json:{}", show(inner)),
        Value::Known(Data::List(items) | Data::Set(items)) => list(items),
        Value::Known(Data::Map(items)) => {
            let items =
                items.iter().map(|(key, item)| format!("{}: {}", serde_json::to_string(key).unwrap(), show(item)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
    }
}
