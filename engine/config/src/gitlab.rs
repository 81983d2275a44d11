//! What GitLab is set to, as a team declares it, in the words of the facts.

use engine_facts::credential::Source;
use engine_facts::gitlab::{Approval, Grant, ProtectedBranch, Settings};
use engine_facts::sourced::{Origin, Sourced};
use engine_model::NodeId;

use crate::error::shown;
use crate::grammar::{APPROVAL, APPROVAL_SETTINGS, GITLAB, GRANT, PROTECTED_BRANCH, SETTINGS};
use crate::reader::{Fields, Reader};
use crate::setting::Written;

/// Who may, as people write it and as facts have it.
const LEVELS: [(&str, &str); 4] =
    [("no one", "no one"), ("developers", "developer"), ("maintainers", "maintainer"), ("admins", "admin")];

/// What makes a grant of a name.
type Maker = fn(Sourced<String>) -> Grant;

/// The most approvals that GitLab lets a rule ask for.
const MAX_APPROVALS: i64 = 100;

/// What `gitlab` declares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub(crate) branches: Vec<ProtectedBranch>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) settings: Option<Settings>,
}

/// Reads `gitlab`.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Declared {
    let mut declared = Declared::default();
    let Some(fields) = reader.fields(node, &GITLAB) else { return declared };
    if let Some(node) = fields.get("protected_branches") {
        let items = reader.items(node);
        reader.distinct(items, |reader, item| {
            let (name, branch) = protected_branch(reader, item)?;
            declared.branches.push(branch);
            Some(name)
        });
    }
    if let Some(node) = fields.get("approvals") {
        for item in reader.items(node) {
            declared.approvals.extend(approval(reader, *item));
        }
    }
    if let Some(node) = fields.get("approval_settings") {
        declared.approvals.extend(settings(reader, node));
    }
    if let Some(node) = fields.get("settings") {
        declared.settings = project(reader, node);
    }
    declared
}

/// Roles as GitLab's API writes them.
const ROLES: [(&str, &str); 4] = [
    ("no_one_allowed", "no_one_allowed"),
    ("developer", "developer"),
    ("maintainer", "maintainer"),
    ("owner", "owner"),
];

fn project(reader: &mut Reader<'_>, node: NodeId) -> Option<Settings> {
    let fields = reader.fields(node, &SETTINGS)?;
    let role = fields.get("variable_override_role").and_then(|node| reader.word(node, &ROLES));
    Some(Settings {
        keep_latest_artifact: flag(reader, &fields, "keep_latest_artifact"),
        pipelines_must_succeed: flag(reader, &fields, "pipelines_must_succeed"),
        shared_runners: flag(reader, &fields, "shared_runners"),
        variable_override_role: role.map(|role| role.map(str::to_owned).sourced()).unwrap_or_default(),
        ..Settings::new(
            "`gitlab.settings` of `engine.yaml`".to_owned(),
            Source::Config,
            Origin::written(reader.place(node)),
        )
    })
}

fn protected_branch(reader: &mut Reader<'_>, node: NodeId) -> Option<(Written<String>, ProtectedBranch)> {
    let fields = reader.fields(node, &PROTECTED_BRANCH)?;
    let name = fields.get("branch").and_then(|branch| branch_name(reader, branch));
    let mut grants = |key: &str| fields.get(key).map(|node| grants(reader, node)).unwrap_or_default();
    let (push, merge, unprotect) = (grants("push"), grants("merge"), grants("unprotect"));
    let force_push = flag(reader, &fields, "force_push");
    let code_owners = flag(reader, &fields, "code_owners");
    let name = name?;
    let branch = ProtectedBranch {
        project: Sourced::default(),
        branch: name.clone().sourced(),
        title: format!("protected branch {}", shown(&name.value)),
        source: Source::Config,
        origin: Origin::written(reader.place(node)),
        push,
        merge,
        unprotect,
        force_push,
        code_owners,
    };
    Some((name, branch))
}

fn flag(reader: &mut Reader<'_>, fields: &Fields, key: &str) -> Sourced<bool> {
    fields.get(key).and_then(|node| reader.flag(node)).map(Written::sourced).unwrap_or_default()
}

/// A word, or a list of words and of mappings with one name.
fn grants(reader: &mut Reader<'_>, node: NodeId) -> Vec<Grant> {
    if reader.is_mapping(node) {
        reader.expected(node, "a word or a list", "write it as an item of a list");
        return Vec::new();
    }
    if !reader.is_list(node) {
        return level(reader, node).into_iter().collect();
    }
    let items = reader.some_items(node, "write `no one` where nobody may");
    items.iter().filter_map(|item| grant(reader, *item)).collect()
}

fn level(reader: &mut Reader<'_>, node: NodeId) -> Option<Grant> {
    let level = reader.word(node, &LEVELS)?;
    Some(Grant::Level(level.map(str::to_owned).sourced()))
}

fn grant(reader: &mut Reader<'_>, node: NodeId) -> Option<Grant> {
    if !reader.is_mapping(node) {
        return level(reader, node);
    }
    let fields = reader.fields(node, &GRANT)?;
    let makers: [(&str, Maker); 3] = [("user", Grant::User), ("group", Grant::Group), ("key", Grant::Key)];
    let mut named = makers.iter().filter_map(|(key, make)| Some((fields.get(key)?, make)));
    let (Some((value, make)), None) = (named.next(), named.next()) else {
        if !fields.has_unknown {
            let message = format!("{} must name exactly one of `user`, `group` and `key`", reader.name(node));
            reader.error(node, message, "write one mapping for each who may");
        }
        return None;
    };
    let value = reader.text_or_number(value)?;
    Some(make(value.map(str::to_owned).sourced()))
}

fn approval(reader: &mut Reader<'_>, node: NodeId) -> Option<Approval> {
    let fields = reader.fields(node, &APPROVAL)?;
    let required = fields.get("required").and_then(|required| reader.integer(required, 0, MAX_APPROVALS));
    let branches = match fields.get("branches") {
        Some(branches) => branch_names(reader, branches, "remove the key where the rule is for every protected branch"),
        None => Vec::new(),
    };
    let title = match branches.as_slice() {
        [] => "approvals for every protected branch".to_owned(),
        [only] => format!("approvals for {}", shown(&only.value)),
        [first, rest @ ..] => format!("approvals for {} and {} more", shown(&first.value), rest.len()),
    };
    Some(Approval {
        required: required?.sourced(),
        branches: branches.into_iter().map(Written::sourced).collect(),
        ..Approval::new(true, title, Source::Config, Origin::written(reader.place(node)))
    })
}

fn settings(reader: &mut Reader<'_>, node: NodeId) -> Option<Approval> {
    let fields = reader.fields(node, &APPROVAL_SETTINGS)?;
    Some(Approval {
        author: flag(reader, &fields, "author"),
        committers: flag(reader, &fields, "committers"),
        can_override: flag(reader, &fields, "override"),
        kept_on_push: flag(reader, &fields, "kept_on_push"),
        ..Approval::new(false, "approval settings".to_owned(), Source::Config, Origin::written(reader.place(node)))
    })
}

/// A list of branches that must hold one.
pub(crate) fn branch_names(reader: &mut Reader<'_>, node: NodeId, empty: &str) -> Vec<Written<String>> {
    let items = reader.some_items(node, empty);
    reader.distinct(items, branch_name)
}

/// A branch's name, or a pattern of names with `*`.
fn branch_name(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let name = reader.text(node)?;
    let text = name.value;
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "~^:?[\\".contains(c);
    let help = if let Some(short) = text.strip_prefix("refs/heads/") {
        format!("write {}", shown(short))
    } else if text.starts_with('/') {
        "patterns are no regular expressions: `*` stands for any text".to_owned()
    } else {
        "write the name as Git has it, or a pattern with `*`".to_owned()
    };
    let bad = text.chars().all(|c| matches!(c, '*' | '/'))
        || text.starts_with(['/', '-'])
        || text.starts_with("refs/heads/")
        || text.ends_with(['/', '.'])
        || text.ends_with(".lock")
        || text.contains("..")
        || text.contains("//")
        || text.contains("@{")
        || text.contains(forbidden);
    if bad {
        reader.error(node, format!("{} is no name of a branch", shown(text)), help);
        return None;
    }
    Some(name.map(str::to_owned))
}
