//! A merge request's hook: what of it is looked at. Nothing in it becomes an address; its numbers and its commit are all
//! that is asked for, of the GitLab that was configured.

use hyper::Uri;
use serde::Deserialize;

use super::client::plain;

/// A merge request whose code changed. Which commit it is at, GitLab is asked when it is worked on: events may come late,
/// and in another order than they happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    /// The project that the merge request is in.
    pub(crate) project: u64,
    /// The number of the merge request in its project.
    pub(crate) request: u64,
}

/// What a hook comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// Something to check.
    Changed(Event),
    /// Nothing, and why: one sentence.
    Nothing(&'static str),
}

/// Why a hook is no hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is not what it says.
    Broken(String),
    /// It is about a server that is not the one that was configured.
    Elsewhere,
}

#[derive(Deserialize)]
struct Wire {
    object_kind: String,
    project: Option<Project>,
    object_attributes: Option<Attributes>,
    #[serde(default)]
    changes: Changes,
}

#[derive(Deserialize)]
struct Project {
    id: Option<u64>,
    web_url: Option<String>,
    git_http_url: Option<String>,
}

#[derive(Deserialize)]
struct Attributes {
    iid: u64,
    action: Option<String>,
    target_project_id: u64,
    oldrev: Option<String>,
    last_commit: Option<Commit>,
    url: Option<String>,
    source: Option<Project>,
    target: Option<Project>,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
    url: Option<String>,
}

#[derive(Default, Deserialize)]
struct Changes {
    target_branch: Option<serde::de::IgnoredAny>,
}

/// Reads a hook of the GitLab at `host`, with its port where that is written.
///
/// # Errors
/// Where it is none, or one of another server.
pub(crate) fn read(body: &[u8], host: &str) -> Result<Hook, Refusal> {
    let wire: Wire = serde_json::from_slice(body)
        .map_err(|error| Refusal::Broken(format!("the body is no hook of GitLab: {error}")))?;
    if wire.object_kind != "merge_request" {
        return Ok(Hook::Nothing("this is no event of a merge request"));
    }
    let broken = |what: &str| Refusal::Broken(format!("the event of a merge request has no {what}"));
    let attributes = wire.object_attributes.ok_or_else(|| broken("`object_attributes`"))?;
    let commit = attributes.last_commit.ok_or_else(|| broken("`last_commit`"))?;
    let project = wire.project.ok_or_else(|| broken("`project`"))?;
    let projects = [Some(&project), attributes.source.as_ref(), attributes.target.as_ref()];
    let addresses = projects.into_iter().flatten().flat_map(|one| [&one.web_url, &one.git_http_url]);
    let addresses = addresses.chain([&attributes.url, &commit.url]).flatten();
    if addresses.into_iter().any(|address| !is_of(address, host)) {
        return Err(Refusal::Elsewhere);
    }
    if project.id.is_some_and(|id| id != attributes.target_project_id) {
        return Err(Refusal::Broken("the event is of another project than its merge request".to_owned()));
    }
    if !is_commit(&commit.id) {
        return Err(Refusal::Broken("`last_commit.id` is no commit".to_owned()));
    }
    let event = Event { project: attributes.target_project_id, request: attributes.iid };
    Ok(match attributes.action.as_deref() {
        Some("open" | "reopen") => Hook::Changed(event),
        Some("update") if attributes.oldrev.is_some() || wire.changes.target_branch.is_some() => Hook::Changed(event),
        _ => Hook::Nothing("nothing changed that a check would see"),
    })
}

/// Whether a text is the name of a commit, in full.
pub(crate) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether an address is one of the host.
fn is_of(address: &str, host: &str) -> bool {
    address.parse::<Uri>().ok().and_then(|uri| plain(&uri)).is_some_and(|plain| plain == host)
}

#[cfg(test)]
mod tests {
    use super::{Event, Hook, Refusal, read};

    fn hook(action: &str, more: &str) -> String {
        let commit = "0123456789012345678901234567890123456789";
        format!(
            r#"{{"object_kind":"merge_request","project":{{"id":7,"web_url":"https://git.example.com/a/b"}},
            "object_attributes":{{"iid":3,"action":"{action}","target_project_id":7,"last_commit":{{"id":"{commit}"}}{more}}}}}"#
        )
    }

    #[test]
    fn what_changes_code_is_checked() {
        let changed = Event { project: 7, request: 3 };
        let check = |body: &str, expect: Result<Hook, Refusal>| {
            assert_eq!(read(body.as_bytes(), "git.example.com"), expect, "{body}");
        };
        check(&hook("open", ""), Ok(Hook::Changed(changed)));
        check(&hook("update", r#","oldrev":"aa""#), Ok(Hook::Changed(changed)));
        let with_port = hook("open", "").replace("git.example.com", "GIT.example.com:443");
        check(&with_port, Ok(Hook::Changed(changed)));
        let nothing = Hook::Nothing("nothing changed that a check would see");
        check(&hook("update", ""), Ok(nothing.clone()));
        check(&hook("approved", ""), Ok(nothing));
        check(r#"{"object_kind":"push"}"#, Ok(Hook::Nothing("this is no event of a merge request")));
        for elsewhere in ["http://169.254.169.254/", "https://git.example.com.evil/a", "https://git.example.com@evil/a"]
        {
            check(&hook("open", &format!(r#","source":{{"git_http_url":"{elsewhere}"}}"#)), Err(Refusal::Elsewhere));
        }
        for broken in
            ["", "[]", r#"{"object_kind":"merge_request"}"#, &hook("open", "").replace("0123456789", "../../../a")]
        {
            assert!(matches!(read(broken.as_bytes(), "git.example.com"), Err(Refusal::Broken(_))), "{broken}");
        }
        let other = hook("open", "").replace(r#""id":7"#, r#""id":8"#);
        assert!(matches!(read(other.as_bytes(), "git.example.com"), Err(Refusal::Broken(_))));
    }
}
