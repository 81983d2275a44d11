//! Protected branches and approvals out of the `gitlab_*` resources of Terraform.
//!
//! What is not written is what the provider sends for it, as far as its versions agree: maintainers push, merge and
//! unprotect, nobody rewrites history, code owners are not asked, authors may not approve, committers may, and a merge
//! request may change its rules. Whether approvals outlive a push they do not agree about: that stays absent.

use std::collections::BTreeMap;

use engine_model::{Unknown, Value, Why};

use super::protection::{Approval, Grant, ProtectedBranch};
use super::resource::Block;
use crate::credential::Source;
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Data, Evaluated, Resource};

/// Protected branches and approvals among the resources, each in their order.
pub fn guards<'r>(
    resources: impl Iterator<Item = &'r Resource>,
    source: Source,
) -> (Vec<ProtectedBranch>, Vec<Approval>) {
    let (mut branches, mut approvals) = (Vec::new(), Vec::new());
    let resources: Vec<&Resource> = resources.collect();
    let protected = resources.iter().filter(|resource| resource.kind == "gitlab_branch_protection");
    let protected: BTreeMap<&str, &Evaluated> = protected
        .filter_map(|resource| Some((resource.address.as_str(), resource.attributes.attribute("branch")?)))
        .collect();
    for resource in resources {
        let read = Reader { block: Block { resource, source }, protected: &protected };
        match resource.kind.as_str() {
            "gitlab_branch_protection" => branches.push(read.branch("project", LEVELS)),
            "gitlab_group_branch_protection" => branches.push(read.branch("group", &[None; 3])),
            "gitlab_project_approval_rule" => approvals.push(read.rule(&resource.attributes)),
            "gitlab_project_approval_rules" => approvals.extend(read.rules()),
            "gitlab_project_level_mr_approvals" => approvals.push(read.settings()),
            "gitlab_group_level_mr_approvals" => approvals.push(read.group_settings()),
            "gitlab_project" => approvals.extend(read.project()),
            _ => {}
        }
    }
    (branches, approvals)
}

/// The arguments that hold a level for pushing, merging and unprotecting.
const LEVELS: &[Option<&str>; 3] =
    &[Some("push_access_level"), Some("merge_access_level"), Some("unprotect_access_level")];

/// The level that the provider sends where none is written.
const MAINTAINER: &str = "maintainer";

struct Reader<'r> {
    block: Block<'r>,
    /// The branches of the protections beside it, by address.
    protected: &'r BTreeMap<&'r str, &'r Evaluated>,
}

impl Reader<'_> {
    fn branch(&self, owner: &str, levels: &[Option<&str>; 3]) -> ProtectedBranch {
        let [push, merge, unprotect] = levels;
        // The group's protections are for each of its projects: no project is named.
        let project = if owner == "project" { self.block.text(owner) } else { Sourced::default() };
        ProtectedBranch {
            project,
            branch: self.required_text("branch"),
            title: self.block.title(),
            source: self.block.source,
            origin: self.block.origin(),
            push: self.grants(*push, "allowed_to_push"),
            merge: self.grants(*merge, "allowed_to_merge"),
            unprotect: self.grants(*unprotect, "allowed_to_unprotect"),
            force_push: self.block.boolean("allow_force_push", Some(false)),
            code_owners: self.block.boolean("code_owner_approval_required", Some(false)),
        }
    }

    /// A text that the provider asks for, so that it is never absent.
    fn required_text(&self, name: &str) -> Sourced<String> {
        let text = self.block.text(name);
        if text.is_absent() {
            return Sourced { value: Value::unknown(Why::NotEvaluated, name), origin: Some(self.block.origin()) };
        }
        text
    }

    /// The level, and whoever is named besides.
    fn grants(&self, level: Option<&str>, named: &str) -> Vec<Grant> {
        let mut out = Vec::new();
        if let Some(level) = level {
            let written = self.block.text(level);
            let implied = written.is_absent();
            out.push(Grant::Level(if implied { Sourced::implied(MAINTAINER.to_owned()) } else { written }));
        }
        let Some(list) = self.block.attribute(named) else {
            if let (Some(why), None) = (self.block.hidden(), level) {
                out.push(self.nobody_knows(why, None));
            }
            return out;
        };
        match &list.value {
            Value::Known(Data::List(items) | Data::Set(items)) => {
                out.extend(items.iter().flat_map(|item| self.grant(item)));
            }
            Value::Known(Data::Null) | Value::Absent => {}
            Value::Unknown(why) => out.push(self.nobody_knows(why, Some(list))),
            Value::Known(_) => out.extend(self.grant(list)),
        }
        out
    }

    /// Somebody may, and nobody knows who: any role could be meant.
    fn nobody_knows(&self, why: &Unknown, at: Option<&Evaluated>) -> Grant {
        let origin = at.map_or_else(|| self.block.origin(), |at| Origin::written(at.place.clone()));
        Grant::Level(Sourced { value: Value::Unknown(why.clone()), origin: Some(origin) })
    }

    /// Those whom a block names, one of its arguments each.
    fn grant(&self, block: &Evaluated) -> Vec<Grant> {
        if let Some(why) = block.why() {
            return vec![self.nobody_knows(why, Some(block))];
        }
        type Kind = fn(Sourced<String>) -> Grant;
        let kinds: [(&str, Kind); 4] = [
            ("user_id", Grant::User),
            ("group_id", Grant::Group),
            ("deploy_key_id", Grant::Key),
            ("access_level", Grant::Level),
        ];
        let mut out = Vec::new();
        for (name, kind) in kinds {
            let Some(value) = block.attribute(name) else { continue };
            // Older providers took lists of numbers here.
            let values = if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() };
            for value in values {
                let text = value.to_sourced_text();
                // A plan writes nothing as null, and leaves open what the provider computes beside a written one.
                let computed = name == "access_level" && text.get().is_none() && !out.is_empty();
                if !text.is_absent() && !computed {
                    out.push(kind(text));
                }
            }
        }
        out
    }

    fn approval(&self, is_rule: bool) -> Approval {
        Approval::new(is_rule, self.block.title(), self.block.source, self.block.origin())
    }

    /// A rule; `at` is the resource's arguments, or an item of its list.
    fn rule(&self, at: &Evaluated) -> Approval {
        let origin = Origin::written(at.place.clone());
        let unknown = |why: &Unknown| Sourced { value: Value::Unknown(why.clone()), origin: Some(origin.clone()) };
        let required = match (at.why(), at.attribute("approvals_required")) {
            (Some(why), _) => Sourced { value: Value::Unknown(why.clone()), origin: Some(origin.clone()) },
            (None, Some(value)) => value.to_sourced_integer(),
            (None, None) => Sourced::default(),
        };
        let all = at.attribute("applies_to_all_protected_branches").map(Evaluated::to_sourced_bool);
        let all = all.is_some_and(|all| all.get() == Some(&true));
        let mut branches: Vec<Sourced<String>> = Vec::new();
        match (at.why(), at.attribute("protected_branch_ids")) {
            (Some(why), _) => branches.push(unknown(why)),
            (None, Some(ids)) if !all => match ids.why() {
                Some(why) => branches.push(Sourced {
                    value: Value::Unknown(why.clone()),
                    origin: Some(Origin::written(ids.place.clone())),
                }),
                // They are numbers, which say nothing of the branch's name.
                None => branches.extend(ids.items().iter().map(|id| self.branch_of(id))),
            },
            _ => {}
        }
        Approval { project: self.block.text("project"), required, branches, origin, ..self.approval(true) }
    }

    /// The branch behind a number of GitLab's, or behind a reference to one.
    fn branch_of(&self, id: &Evaluated) -> Sourced<String> {
        let named = id.why().and_then(|why| self.protected.get(why.on.strip_suffix(".branch_protection_id")?));
        if let Some(branch) = named {
            return Sourced { origin: Some(Origin::written(id.place.clone())), ..branch.to_sourced_text() };
        }
        let number = id.to_sourced_text();
        let value = match number.value {
            Value::Known(number) => Value::unknown(Why::Dynamic, format!("the protected branch {number}")),
            other => other,
        };
        Sourced { value, origin: number.origin }
    }

    /// All rules of a project, in one resource.
    fn rules(&self) -> Vec<Approval> {
        let Some(list) = self.block.attribute("approval_rules") else {
            return vec![self.rule(&self.block.resource.attributes)];
        };
        match &list.value {
            // No rule at all: nobody has to approve.
            Value::Known(Data::List(items) | Data::Set(items)) if items.is_empty() => {
                let required = Sourced::known(0, Origin::written(list.place.clone()));
                vec![Approval { project: self.block.text("project"), required, ..self.approval(true) }]
            }
            Value::Known(Data::List(items) | Data::Set(items)) => items.iter().map(|item| self.rule(item)).collect(),
            _ => vec![self.rule(list)],
        }
    }

    fn settings(&self) -> Approval {
        // The name of the first versions.
        let project = self.block.text("project");
        let project = if project.is_absent() { self.block.text("project_id") } else { project };
        Approval {
            project,
            author: self.block.boolean("merge_requests_author_approval", Some(false)),
            committers: not(self.block.boolean("merge_requests_disable_committers_approval", Some(false))),
            can_override: not(self.block.boolean("disable_overriding_approvers_per_merge_request", Some(false))),
            kept_on_push: not(self.block.boolean("reset_approvals_on_push", None)),
            ..self.approval(false)
        }
    }

    /// The settings of a group, which hold in each of its projects; what is not written is as it was.
    fn group_settings(&self) -> Approval {
        Approval {
            author: self.block.boolean("allow_author_approval", None),
            committers: self.block.boolean("allow_committer_approval", None),
            can_override: self.block.boolean("allow_overrides_to_approver_list_per_merge_request", None),
            kept_on_push: self.block.boolean("retain_approvals_on_push", None),
            ..self.approval(false)
        }
    }

    /// The number of approvals of a project, as it was set before there were rules.
    fn project(&self) -> Option<Approval> {
        let required = self.block.attribute("approvals_before_merge")?.to_sourced_integer();
        // In a plan nothing written is zero too, and so says nothing.
        if self.block.source == Source::Plan && required.get() == Some(&0) {
            return None;
        }
        Some(Approval { required, project: self.block.text("name"), ..self.approval(true) })
    }
}

fn not(value: Sourced<bool>) -> Sourced<bool> {
    Sourced { value: value.value.map(|value| !value), origin: value.origin }
}
