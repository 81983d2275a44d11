//! The keys of `engine.yaml`, each once: the reader, the JSON Schema and the page for people are held to this table.

/// A mapping of the file and the keys that it may have.
#[derive(Debug)]
pub struct Section {
    /// The way to it: names joined by dots, `*` for every item of a list or every name.
    pub path: &'static str,
    /// Its keys, in the order in which people read of them.
    pub keys: &'static [Key],
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value is, in Markdown.
    pub kind: &'static str,
    /// What holds where the key is not written, in Markdown.
    pub default: Default,
    /// What it means, in Markdown.
    pub meaning: &'static str,
}

/// What holds where a key is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// The key must be written.
    Required,
    /// This does, in Markdown.
    Is(&'static str),
}

impl Section {
    /// Whether the key must be written.
    pub fn required(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().filter(|key| key.default == Default::Required).map(|key| key.name)
    }
}

const fn required(name: &'static str, kind: &'static str, meaning: &'static str) -> Key {
    Key { name, kind, default: Default::Required, meaning }
}

const fn key(name: &'static str, kind: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, kind, default: Default::Is(default), meaning }
}

/// Every mapping, outermost first.
pub const SECTIONS: [&Section; 16] = [
    &TOP,
    &PRODUCTION,
    &TENANT,
    &VAULT,
    &CEILINGS,
    &GITLAB,
    &PROTECTED_BRANCH,
    &GRANT,
    &APPROVAL,
    &APPROVAL_SETTINGS,
    &SETTINGS,
    &JOBS,
    &TERRAFORM,
    &RULE,
    &ASSUMPTION,
    &WAIVER,
];

const LIST: &str = "list of text";
const DURATION: &str = "duration";
const FLAG: &str = "`true` or `false`";
const GRANTS: &str = "word or list";
const UNSAID: &str = "nothing is said";

/// The file.
pub const TOP: Section = Section {
    path: "",
    keys: &[
        required("version", "`1`", "The version of this grammar."),
        key(
            "profile",
            "`standard`, `continuous` or `strict`",
            "`standard`",
            "How strict the gate is. `standard`: production changes are started by hand. `continuous`: they may start by themselves. `strict`: as `standard`, and a default rule that could not be decided closes the gate too.",
        ),
        key("production", "mapping", "see `branches`", "What production is."),
        key(
            "tenants",
            "list of mappings",
            "none",
            "Those who must not reach beyond what is theirs: clients, teams, environments. Without any, the rules about tenants do not apply.",
        ),
        key("vault", "mapping", "see `shared`", "What holds in Vault for everybody."),
        key("ceilings", "mapping", "see there", "The longest that each kind of credential may live."),
        key(
            "gitlab",
            "mapping",
            "nothing is said",
            "What GitLab is set to and no file of the repository shows. What Terraform sets need not be repeated here.",
        ),
        key(
            "jobs",
            "mapping",
            "nothing is said",
            "Where the jobs of pipelines run, what they run in, and what of your own changes production.",
        ),
        key("terraform", "mapping", "nothing is said", "What Terraform is made of."),
        key(
            "policies",
            "list of text",
            "all of them",
            "The built-in policies that run, by the names that `engine rules` lists.",
        ),
        key(
            "plugins",
            "list of paths",
            "none",
            "Policies from disk that run besides: components, and folders of rules in Rego, by their paths from the folder of `engine.yaml`.",
        ),
        key(
            "rules",
            "mapping of mappings",
            "each as its policy says",
            "What a rule's findings weigh, by the rule's id. A rule that is mandatory stays as it is.",
        ),
        key(
            "assume",
            "list of mappings",
            "none",
            "What the engine cannot see and somebody vouches for, until a day: it settles what rules could not decide, and never a finding.",
        ),
        key(
            "waive",
            "list of mappings",
            "none",
            "Findings that somebody accepts at a place, until a day: they are shown, and decide nothing. A mandatory rule cannot be waived.",
        ),
    ],
};

/// `production`.
pub const PRODUCTION: Section = Section {
    path: "production",
    keys: &[required(
        "branches",
        LIST,
        "The branches that production changes from: names, or patterns with `*` for any text, as in GitLab's protected branches. Where `production` is not written it is the branch that `origin/HEAD` names, else `main` and `master`.",
    )],
};

/// An item of `tenants`. One of `vault`, `accounts` and `groups` must be there.
pub const TENANT: Section = Section {
    path: "tenants.*",
    keys: &[
        required("name", "text", "Its name, for people. No two tenants share one."),
        key(
            "vault",
            "list of paths",
            "none",
            "The paths of Vault that are its own. A path means itself and all below it; one that ends in `*` means whatever begins with what stands before. No two tenants overlap.",
        ),
        key(
            "accounts",
            "list of account ids",
            "none",
            "Its AWS accounts, twelve digits each. No two tenants share one.",
        ),
        key(
            "groups",
            "list of paths",
            "none",
            "Its groups in GitLab, by full path; a group means all below it too. No two tenants overlap.",
        ),
    ],
};

/// `vault`.
pub const VAULT: Section = Section {
    path: "vault",
    keys: &[key(
        "shared",
        "list of paths",
        "what Vault's own policy `default` allows",
        "Paths that everybody may reach, written as those of a tenant and added to the default.",
    )],
};

/// `ceilings`. The names are those of `engine_facts::credential::Kind`, but for a static key, which has no end.
pub const CEILINGS: Section = Section {
    path: "ceilings",
    keys: &[
        key("job-token", DURATION, "`1h`", "Tokens of a Vault role that CI jobs log in with (JWT)."),
        key(
            "machine-token",
            DURATION,
            "`24h`",
            "Tokens of a Vault role that machines log in with (AppRole, Kubernetes, AWS, certificates), and tokens made outright.",
        ),
        key("human-token", DURATION, "`24h`", "Tokens that people log in to get (OIDC, LDAP, userpass, GitHub)."),
        key("secret-id", DURATION, "`24h`", "The secret ids of an AppRole role."),
        key("aws-sts", DURATION, "`1h`", "Temporary AWS credentials."),
        key("aws-iam-user", DURATION, "`24h`", "AWS users made on demand."),
        key("certificate", DURATION, "`24h`", "What a PKI or SSH role signs."),
        key("database", DURATION, "`24h`", "Database users made on demand."),
        key("gitlab-token", DURATION, "`24h`", "Project, group and deploy tokens of GitLab."),
        key("plan-artifact", DURATION, "`1h`", "Saved plans kept as artifacts."),
    ],
};

/// `gitlab`.
pub const GITLAB: Section = Section {
    path: "gitlab",
    keys: &[
        key("protected_branches", "list of mappings", UNSAID, "The protected branches of this project."),
        key("approvals", "list of mappings", UNSAID, "The approval rules of this project."),
        key("approval_settings", "mapping", UNSAID, "What an approval is worth in this project."),
        key("settings", "mapping", UNSAID, "What this project is set to besides."),
    ],
};

/// `gitlab.settings`.
pub const SETTINGS: Section = Section {
    path: "gitlab.settings",
    keys: &[
        key(
            "keep_latest_artifact",
            FLAG,
            UNSAID,
            "Whether the artifacts of the latest pipeline that succeeded are kept whatever `expire_in` says.",
        ),
        key("pipelines_must_succeed", FLAG, UNSAID, "Whether a merge request needs a pipeline that succeeded."),
        key("shared_runners", FLAG, UNSAID, "Whether runners of the whole instance take its jobs."),
        key(
            "variable_override_role",
            "`no_one_allowed`, `developer`, `maintainer` or `owner`",
            UNSAID,
            "The least role that may set variables of a pipeline.",
        ),
    ],
};

/// `jobs`.
pub const JOBS: Section = Section {
    path: "jobs",
    keys: &[
        key(
            "deployers",
            LIST,
            UNSAID,
            "Programs of your own that change production, whatever they are told, by name: `deploy.sh`. Other programs that do are known, see `docs/reach.md`.",
        ),
        key(
            "registries",
            LIST,
            UNSAID,
            "Where the images of jobs come from: a registry, or a registry and the beginning of a path. Without any, the rule about registries does not apply.",
        ),
        key(
            "runner_tags",
            LIST,
            UNSAID,
            "Tags of the runners that are this project's own. Without any, the rule about a job's runner asks for tags of any kind.",
        ),
    ],
};

/// `terraform`.
pub const TERRAFORM: Section = Section {
    path: "terraform",
    keys: &[key(
        "providers",
        LIST,
        UNSAID,
        "The providers that configurations may use, by their addresses: `hashicorp/aws`, or `registry.example.com/acme/*` for all of a namespace. Without any, the rule about providers does not apply.",
    )],
};

/// An item of `gitlab.protected_branches`.
pub const PROTECTED_BRANCH: Section = Section {
    path: "gitlab.protected_branches.*",
    keys: &[
        required("branch", "text", "The branch's name or pattern: `main`, `release/*`."),
        key(
            "push",
            GRANTS,
            UNSAID,
            "Who may push, so without a merge request: `no one`, `developers`, `maintainers` or `admins`, each with those above it, or a list of such words and of mappings that name a `user`, a `group` or a `key`.",
        ),
        key("merge", GRANTS, UNSAID, "Who may merge, written as `push`."),
        key("unprotect", GRANTS, UNSAID, "Who may take the protection away, written as `push`."),
        key("force_push", FLAG, "`false`", "Whether those who may push may also rewrite history."),
        key("code_owners", FLAG, "`false`", "Whether code owners must approve."),
    ],
};

/// An item of `push`, `merge` or `unprotect` that is no word. Exactly one key is there.
pub const GRANT: Section = Section {
    path: "gitlab.protected_branches.*.push.*",
    keys: &[
        key("user", "text or number", "nobody", "One user, by name or number."),
        key("group", "text or number", "nobody", "A group, by path or number."),
        key("key", "text or number", "nobody", "A deploy key, by number."),
    ],
};

/// An item of `gitlab.approvals`.
pub const APPROVAL: Section = Section {
    path: "gitlab.approvals.*",
    keys: &[
        required("required", "whole number", "How many must approve, from 0 to 100."),
        key("branches", LIST, "every protected branch", "The protected branches that the rule is for."),
    ],
};

/// `gitlab.approval_settings`.
pub const APPROVAL_SETTINGS: Section = Section {
    path: "gitlab.approval_settings",
    keys: &[
        key("author", FLAG, UNSAID, "Whether the author of a change may approve it."),
        key("committers", FLAG, UNSAID, "Whether those who committed to a change may approve it."),
        key("override", FLAG, UNSAID, "Whether the rules can be changed for a single merge request."),
        key("kept_on_push", FLAG, UNSAID, "Whether approvals stay when commits are added."),
    ],
};

/// A value of `rules`. One of the keys must be there.
pub const RULE: Section = Section {
    path: "rules.*",
    keys: &[
        key("severity", "`info`, `low`, `medium`, `high` or `critical`", "the rule's own", "How bad a finding is."),
        key(
            "class",
            "`advice`, `default` or `mandatory`",
            "the rule's own",
            "What a finding does to the gate: `advice` never closes it, `default` does at or above `--fail-on`, `mandatory` always does.",
        ),
    ],
};

/// An item of `assume`.
pub const ASSUMPTION: Section = Section {
    path: "assume.*",
    keys: &[
        required("rules", "list of rule ids", "The rules that it settles."),
        key(
            "path",
            "path or pattern",
            "any place, and none",
            "Only what is undecided at a place in this file, from the top of the repository; `*` stands for any text without `/`, `**` for any text.",
        ),
        key("message", "text", "any message", "Only what is undecided with a message that holds this text."),
        required("owner", "text", "Who answers for it."),
        required("reason", "text", "Why it is true although the engine cannot see it."),
        required(
            "expires",
            "date",
            "The last day on which it holds, as `2027-01-31`. After it, the rules are undecided again.",
        ),
    ],
};

/// An item of `waive`.
pub const WAIVER: Section = Section {
    path: "waive.*",
    keys: &[
        required("rules", "list of rule ids", "The rules whose findings it covers; none of them mandatory."),
        required(
            "path",
            "path or pattern",
            "The file that the findings are in, from the top of the repository; `*` stands for any text without `/`, `**` for any text. A pattern of every file is refused.",
        ),
        key(
            "route",
            "route",
            "any place of the file",
            "Only findings at this place of the document or below it: keys and indices from its top, as `apply.script[0]`. A key that holds a dot, a bracket, a quote or white space stands in double quotes.",
        ),
        key("message", "text", "any message", "Only findings with a message that holds this text."),
        required("owner", "text", "Who answers for it."),
        required("reason", "text", "Why it is accepted."),
        required(
            "expires",
            "date",
            "The last day on which it holds, as `2027-01-31`. After it, the findings count again.",
        ),
    ],
};
