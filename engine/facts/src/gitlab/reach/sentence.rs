//! Refs in words.

use super::{Ref, RefKind, RefName};

impl Ref {
    /// The refs for people, behind "starts": "on the branch `main` (by schedule)".
    #[must_use]
    pub fn sentence(&self) -> String {
        let protected = if self.protected { "protected " } else { "" };
        let what = match (self.kind, &self.name) {
            (RefKind::MergeRequest, RefName::Any) => format!("for any {protected}merge request"),
            (RefKind::MergeRequest, RefName::Default) => "for a merge request from the default branch".to_owned(),
            (RefKind::MergeRequest, RefName::Exact(name)) => format!("for a merge request from the branch `{name}`"),
            (RefKind::MergeRequest, RefName::Pattern(name)) => {
                format!("for a merge request from a branch like `{name}`")
            }
            (kind, RefName::Any) => format!("on any {protected}{}", noun(kind)),
            (RefKind::Branch, RefName::Default) => "on the default branch".to_owned(),
            (kind, RefName::Default) => format!("on a {protected}{} named as the default branch", noun(kind)),
            (kind, RefName::Exact(name)) => format!("on the {protected}{} `{name}`", noun(kind)),
            (kind, RefName::Pattern(name)) => format!("on any {protected}{} like `{name}`", noun(kind)),
        };
        let fork = if self.kind == RefKind::MergeRequest && !self.fork { ", not from a fork" } else { "" };
        let by = match self.sources.as_slice() {
            [] => String::new(),
            sources => {
                let sources: Vec<String> = sources.iter().map(|source| format!("`{source}`")).collect();
                format!(" (by {})", sources.join(" or "))
            }
        };
        format!("{what}{fork}{by}")
    }
}

fn noun(kind: RefKind) -> &'static str {
    match kind {
        RefKind::Tag => "tag",
        RefKind::Branch | RefKind::MergeRequest => "branch",
    }
}
