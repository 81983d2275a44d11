//! Kubernetes: the objects that YAML files of the tree describe, each with all of its fields at their places.
//!
//! An object is known by its own marks, `apiVersion` and `kind`. Templates are not rendered, and nothing is asked of a
//! cluster: no defaults, no schemas.

mod object;
mod understood;
mod value;
mod wire;

pub use object::{Object, Objects, derive};
pub use understood::understood;
pub use wire::object_item;

/// The kind of fact that an object is.
pub const OBJECT: &str = "kubernetes.object";

/// Whether a text may hold an object: a line, or a JSON object, begins with `apiVersion`, and another with `kind`.
///
/// A look at the bytes, cheap enough for every YAML file of a tree.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    let has = |key: &str| {
        text.match_indices(key).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("");
            let quoted = before.ends_with(['"', '\'']);
            let before = if quoted { before.get(..before.len().saturating_sub(1)).unwrap_or("") } else { before };
            let behind = text.get(at.saturating_add(key.len())..).unwrap_or("");
            let behind = if quoted { behind.strip_prefix(['"', '\'']).unwrap_or(behind) } else { behind };
            let starts = before.is_empty() || before.ends_with(['\n', '\r', '\u{feff}']);
            let in_flow = || before.trim_end().ends_with(['{', ',']);
            behind.trim_start_matches([' ', '\t']).starts_with(':') && (starts || in_flow())
        })
    };
    has("apiVersion") && has("kind")
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn an_object_is_told_by_its_marks() {
        for text in [
            "apiVersion: v1\nkind: Pod\n",
            "# a\n---\nkind: Pod\r\napiVersion : v1\n",
            "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}",
            "\"apiVersion\": v1\n'kind': Pod\n",
            "\u{feff}apiVersion: v1\nkind: Pod\n",
        ] {
            assert!(looks_like(text), "{text}");
        }
        for text in [
            "",
            "apiVersion: v2\nname: chart\n",
            "spec:\n  apiVersion: v1\n  kind: Pod\n",
            "# apiVersion: v1\n# kind: Pod\n",
            "apiVersions: [a]\nkind: Pod\n",
            "script: [kubectl api-versions]\n",
        ] {
            assert!(!looks_like(text), "{text}");
        }
    }
}
