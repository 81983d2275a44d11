//! Credentials: what opens a door, and how long it does so, whatever product it comes from.
//!
//! Each product's own meaning of zero, of nothing written and of its units is settled by whoever makes a
//! [`Credential`]; here is what they have in common, and how it looks on the wire.

use engine_model::{Place, Value, words};

use crate::sourced::{Origin, Sourced};
use crate::wire::{Item, Node, Object};

/// The kind of fact.
pub const CREDENTIAL: &str = "credential";

/// Something that opens a door.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What it is.
    pub kind: Kind,
    /// What it is, for people: ``tokens of the AppRole role `deploy` ``.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block, job or document that it stands in.
    pub origin: Origin,
    /// How long it lives where nobody asks for more.
    pub initial: Lifetime,
    /// How long it can be made to live, by asking or by renewing.
    pub maximum: Lifetime,
    /// How often it can be used; 0 is without limit.
    pub uses: Sourced<i64>,
    /// Whether it can be renewed without end.
    pub periodic: Sourced<bool>,
    /// Whether it has Vault's policy `root`.
    pub root: Sourced<bool>,
    /// Whether it outlives the token that made it.
    pub orphan: Sourced<bool>,
    /// Where the secret itself stands as literal text; `None` where it does not.
    pub open: Option<Place>,
    /// The job that keeps or uses it.
    pub job: Option<(String, Origin)>,
}

impl Credential {
    /// A credential of which nothing but its lifetimes is known.
    #[must_use]
    pub fn new(
        kind: Kind,
        title: String,
        source: Source,
        origin: Origin,
        initial: Lifetime,
        maximum: Lifetime,
    ) -> Self {
        Self {
            kind,
            title,
            source,
            origin,
            initial,
            maximum,
            uses: Sourced::default(),
            periodic: Sourced::default(),
            root: Sourced::default(),
            orphan: Sourced::default(),
            open: None,
            job: None,
        }
    }
}

words! {
    /// What a credential is.
    Kind {
        /// Tokens of a role that CI jobs log in with.
        JobToken = "job-token",
        /// Tokens of a role that machines log in with, or a token made outright.
        MachineToken = "machine-token",
        /// Tokens that people log in to get.
        HumanToken = "human-token",
        /// The secret ids of an AppRole role.
        SecretId = "secret-id",
        /// Temporary AWS credentials.
        AwsSts = "aws-sts",
        /// AWS users made on demand.
        AwsIamUser = "aws-iam-user",
        /// What a PKI or SSH role signs.
        Certificate = "certificate",
        /// Database users made on demand.
        Database = "database",
        /// A project, group or deploy token of GitLab.
        GitlabToken = "gitlab-token",
        /// A saved plan kept as an artifact.
        PlanArtifact = "plan-artifact",
        /// A key that is configured and not made on demand.
        StaticKey = "static-key",
    }
}

words! {
    /// Where a fact was read.
    Source {
        /// A Terraform configuration.
        Terraform = "terraform",
        /// A Terraform plan.
        Plan = "plan",
        /// A file of its own.
        File = "file",
        /// A GitLab pipeline.
        Pipeline = "pipeline",
        /// `engine.yaml`, which declares it.
        Config = "engine.yaml",
    }
}

words! {
    /// What ends a credential.
    End {
        /// A number that somebody wrote.
        Written = "written",
        /// The product's own fixed default, which nobody wrote.
        Product = "product",
        /// Nothing here: only the mount's or the server's setting does.
        Mount = "mount",
        /// Nothing.
        Never = "never",
    }
}

/// How long a credential lives.
#[derive(Clone, Debug)]
pub struct Lifetime {
    /// What ends it.
    pub end: End,
    /// After how many seconds; absent where `end` is [`End::Mount`] or [`End::Never`].
    pub seconds: Sourced<i64>,
    /// The argument or keyword that says so, or that would.
    pub field: &'static str,
    /// The value as written; absent where nothing is.
    pub text: Sourced<String>,
}

impl Lifetime {
    /// A lifetime that somebody wrote, or that cannot be told.
    #[must_use]
    pub fn written(field: &'static str, seconds: Sourced<i64>, text: Sourced<String>) -> Self {
        Self { end: End::Written, seconds, field, text }
    }

    /// The product's own default.
    #[must_use]
    pub fn product(field: &'static str, seconds: i64) -> Self {
        Self { end: End::Product, seconds: Sourced::implied(seconds), field, text: Sourced::default() }
    }

    /// A lifetime that only the mount or the server bounds, for want of `text`, or because of it.
    #[must_use]
    pub fn mount(field: &'static str, text: Sourced<String>) -> Self {
        Self { end: End::Mount, seconds: Sourced::default(), field, text }
    }

    /// A lifetime without end, for want of `text`, or because of it.
    #[must_use]
    pub fn never(field: &'static str, text: Sourced<String>) -> Self {
        Self { end: End::Never, seconds: Sourced::default(), field, text }
    }

    fn node(&self) -> Node {
        let origin = self.text.origin.clone().or_else(|| self.seconds.origin.clone());
        let mut object = Object::default();
        object.put("end", Node::string(self.end.as_str(), origin.clone()));
        object.integer("seconds", &self.seconds);
        object.put("field", Node::string(self.field, origin.clone()));
        if !matches!(self.text.value, Value::Absent) {
            object.text("text", &self.text);
        }
        object.finish(origin)
    }
}

/// A credential on the wire.
#[must_use]
pub fn credential_item(credential: &Credential) -> Item {
    let origin = Some(credential.origin.clone());
    let mut object = Object::default();
    object.put("kind", Node::string(credential.kind.as_str(), origin.clone()));
    object.put("title", Node::string(&credential.title, origin.clone()));
    object.put("source", Node::string(credential.source.as_str(), None));
    object.put("initial", credential.initial.node());
    object.put("maximum", credential.maximum.node());
    object.integer("uses", &credential.uses);
    object.boolean("periodic", &credential.periodic);
    object.boolean("root", &credential.root);
    object.boolean("orphan", &credential.orphan);
    let open = credential.open.clone().map(Origin::written);
    object.put("open", Node::new(crate::wire::Json::Boolean(open.is_some()), open));
    if let Some((job, origin)) = &credential.job {
        object.put("job", Node::string(job, Some(origin.clone())));
    }
    Item { kind: CREDENTIAL, title: credential.title.clone(), root: object.finish(origin) }
}
