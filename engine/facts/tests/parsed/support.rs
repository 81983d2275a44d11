//! One text, and what it is shown as.

use engine_facts::parsed::{self, Named, Refused, Shown};
use engine_facts::wire;
use engine_model::{FilePath, SourceFile};
use serde_json::Value;

/// What a policy is asked about `text`, or why not.
pub(crate) fn shown(path: &str, text: &str) -> Result<Shown, Refused> {
    let path = FilePath::new(path).unwrap();
    let Named::Read(syntax) = parsed::named(&path) else { panic!("`{path}` is nothing that is read") };
    let read = parsed::read(&SourceFile::new(path, text.into()), syntax);
    assert_eq!(read.broken, None, "{:?}", read.findings);
    Shown::new(&read.document.unwrap())
}

/// Its inputs as JSON.
pub(crate) fn inputs(path: &str, text: &str) -> Value {
    let items: Vec<_> = shown(path, text).unwrap().items().collect();
    let items: Vec<Value> = serde_json::from_str(&wire::json(&items, &wire::Fields::new(["*"]))).unwrap();
    items.iter().for_each(|item| assert_eq!(item["path"], path));
    items.into_iter().map(|mut item| item["contents"].take()).collect()
}

/// Checks that a text is one input, and which.
#[track_caller]
pub(crate) fn check(path: &str, text: &str, expect: Value) {
    assert_eq!(inputs(path, text), Value::Array(vec![expect]), "{text}");
}

/// Checks that a text is refused: the line, and why.
#[track_caller]
pub(crate) fn refused(path: &str, text: &str, line: u32, message: &str) {
    let refused = shown(path, text).unwrap_err();
    assert_eq!((refused.place.location().start().line, refused.to_string().as_str()), (line, message));
}
