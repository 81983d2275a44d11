//! What GitLab itself holds back: protected branches and approvals, as Terraform sets them or `engine.yaml` declares
//! them. A pipeline cannot show them.

use crate::credential::Source;
use crate::sourced::{Origin, Sourced};
use crate::wire::{Item, Node, Object};

/// The kind of fact that a protected branch is.
pub const PROTECTED_BRANCH: &str = "gitlab.protected_branch";
/// The kind of fact that an approval is.
pub const APPROVAL: &str = "gitlab.approval";

/// The protection of a branch.
#[derive(Clone, Debug)]
pub struct ProtectedBranch {
    /// The project; absent where it is this one.
    pub project: Sourced<String>,
    /// The branch's name or pattern.
    pub branch: Sourced<String>,
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block.
    pub origin: Origin,
    /// Who may push.
    pub push: Vec<Grant>,
    /// Who may merge.
    pub merge: Vec<Grant>,
    /// Who may take the protection away.
    pub unprotect: Vec<Grant>,
    /// Whether history may be rewritten.
    pub force_push: Sourced<bool>,
    /// Whether code owners must approve.
    pub code_owners: Sourced<bool>,
}

/// Somebody who may.
#[derive(Clone, Debug)]
pub enum Grant {
    /// Everybody of this role and above: `no one`, `developer`, `maintainer`, `admin`.
    Level(Sourced<String>),
    /// One user.
    User(Sourced<String>),
    /// A group.
    Group(Sourced<String>),
    /// A deploy key.
    Key(Sourced<String>),
}

/// What is asked of approvals.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Whether it is a rule, and not the settings of a project.
    pub is_rule: bool,
    /// The project; absent where it is this one.
    pub project: Sourced<String>,
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block.
    pub origin: Origin,
    /// How many must approve.
    pub required: Sourced<i64>,
    /// The protected branches that it is for; empty for all.
    pub branches: Vec<Sourced<String>>,
    /// Whether an author may approve.
    pub author: Sourced<bool>,
    /// Whether committers may approve.
    pub committers: Sourced<bool>,
    /// Whether a merge request may change the rules for itself.
    pub can_override: Sourced<bool>,
    /// Whether approvals stay when commits are added.
    pub kept_on_push: Sourced<bool>,
}

impl Approval {
    /// A rule, or the settings of a project, of which nothing is said yet.
    #[must_use]
    pub fn new(is_rule: bool, title: String, source: Source, origin: Origin) -> Self {
        Self {
            is_rule,
            project: Sourced::default(),
            title,
            source,
            origin,
            required: Sourced::default(),
            branches: Vec::new(),
            author: Sourced::default(),
            committers: Sourced::default(),
            can_override: Sourced::default(),
            kept_on_push: Sourced::default(),
        }
    }
}

/// A protected branch on the wire.
#[must_use]
pub fn protected_branch_item(branch: &ProtectedBranch) -> Item {
    let origin = Some(branch.origin.clone());
    let mut object = Object::default();
    object.text("project", &branch.project);
    object.text("branch", &branch.branch);
    object.put("title", Node::string(&branch.title, origin.clone()));
    object.put("source", Node::string(branch.source.as_str(), None));
    for (name, grants) in [("push", &branch.push), ("merge", &branch.merge), ("unprotect", &branch.unprotect)] {
        object.list(name, grants.iter().map(grant).collect(), None);
    }
    object.boolean("force_push", &branch.force_push);
    object.boolean("code_owners", &branch.code_owners);
    Item { kind: PROTECTED_BRANCH, title: branch.title.clone(), root: object.finish(origin) }
}

fn grant(grant: &Grant) -> Node {
    let (name, value) = match grant {
        Grant::Level(value) => ("level", value),
        Grant::User(value) => ("user", value),
        Grant::Group(value) => ("group", value),
        Grant::Key(value) => ("key", value),
    };
    let mut object = Object::default();
    object.text(name, value);
    object.finish(value.origin.clone())
}

/// An approval on the wire.
#[must_use]
pub fn approval_item(approval: &Approval) -> Item {
    let origin = Some(approval.origin.clone());
    let mut object = Object::default();
    object.put("kind", Node::string(if approval.is_rule { "rule" } else { "settings" }, origin.clone()));
    object.text("project", &approval.project);
    object.put("title", Node::string(&approval.title, origin.clone()));
    object.put("source", Node::string(approval.source.as_str(), None));
    object.integer("required", &approval.required);
    object.texts("branches", &approval.branches, None);
    object.boolean("author", &approval.author);
    object.boolean("committers", &approval.committers);
    object.boolean("override", &approval.can_override);
    object.boolean("kept_on_push", &approval.kept_on_push);
    Item { kind: APPROVAL, title: approval.title.clone(), root: object.finish(origin) }
}
