//! Vault: policies as patterns and what they grant, roles and the policies that they give, paths that are read.
//!
//! They are written in files of their own, in the `vault_*` resources of Terraform, and in plans. Zero and nothing
//! written mean here what Vault makes of them.

mod access;
mod decode;
mod key;
mod lease;
mod lifetime;
mod policy;
mod problem;
mod resource;
mod role;
mod stanza;
mod text;
mod token;
mod understood;
mod wire;

use std::sync::Arc;

pub use problem::{INVALID_DURATION, INVALID_VAULT_POLICY};
pub use understood::understood;
pub use wire::{access_item, policy_item, role_item};

use engine_formats::{Parsed, hcl1};
use engine_model::{Document, Finding, Gap, GapCause, NodeId};

use crate::credential::{CREDENTIAL, Credential, Source};
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Modules, Provider, Resource};
use resource::Resources;

/// The kind of fact that a policy is.
pub const POLICY: &str = "vault.policy";
/// The kind of fact that a role is.
pub const ROLE: &str = "vault.role";
/// The kind of fact that an access is.
pub const ACCESS: &str = "vault.access";

/// Everything that is known of Vault.
#[derive(Clone, Debug, Default)]
pub struct Vault {
    /// Policies, in the order in which they were read.
    pub policies: Vec<Policy>,
    /// Roles, likewise.
    pub roles: Vec<Role>,
    /// Paths that Terraform reads and writes, likewise.
    pub accesses: Vec<Access>,
    /// What the roles, mounts and resources hand out, and how long it lives.
    pub credentials: Vec<Credential>,
    /// What is wrong with them: what Vault itself would refuse.
    pub findings: Vec<Finding>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name; absent for a file.
    pub name: Sourced<String>,
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The resource or the file.
    pub origin: Origin,
    /// Its stanzas in order.
    pub paths: Vec<Stanza>,
    /// Whether all of its text is known.
    pub complete: bool,
}

/// One stanza of a policy.
#[derive(Clone, Debug)]
pub struct Stanza {
    /// The pattern, without a `/` before it.
    pub path: Sourced<String>,
    /// The whole stanza.
    pub origin: Origin,
    /// The literal text before the first wildcard, template or unknown part; `None` where the pattern begins unknown.
    pub prefix: Option<String>,
    /// Which wildcards it has.
    pub wildcard: Wildcard,
    /// Whether it holds `{{…}}`.
    pub templated: bool,
    /// What is allowed, as written.
    pub capabilities: Vec<Sourced<String>>,
    /// Whether it is written with the legacy `policy`.
    pub legacy: bool,
    /// The known capabilities, sorted, and nothing where one of them is `deny`.
    pub grants: Vec<String>,
    /// Whether it denies.
    pub denies: bool,
    /// Whether some of its capabilities are unknown.
    pub open: bool,
}

/// Which wildcards a pattern has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wildcard {
    /// None.
    None,
    /// A `*` at its end.
    Prefix,
    /// A segment that is `+`.
    Segment,
    /// Both.
    Both,
}

/// A role or a user of an auth method, or a token made outright.
#[derive(Clone, Debug)]
pub struct Role {
    /// The auth method: `approle`.
    pub method: &'static str,
    /// Its name; absent where it has none.
    pub name: Sourced<String>,
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// Its block.
    pub origin: Origin,
    /// The policies that its tokens get, besides `default`.
    pub policies: Vec<Sourced<String>>,
    /// Whether that list is known as a whole.
    pub policies_known: bool,
    /// Whether its tokens get `default` too.
    pub default_policy: Sourced<bool>,
}

/// A path that Terraform reads or writes.
#[derive(Clone, Debug)]
pub struct Access {
    /// The path.
    pub path: Sourced<String>,
    /// Whether it is written.
    pub writes: bool,
    /// Who does it, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block.
    pub origin: Origin,
}

/// Derives what is known of Vault from the Terraform modules of a tree and from the documents of its policy files.
///
/// What is wrong with a policy file as a text is said where it was parsed, and not again here.
#[must_use]
pub fn derive(modules: &Modules, policies: &[Arc<Document>]) -> Vault {
    let mut vault = Vault::default();
    for document in policies {
        policy::file(&mut vault, document);
    }
    for module in &modules.modules {
        let resources = module.resources.iter().chain(&module.data).chain(&module.ephemeral);
        read_resources(&mut vault, resources, Source::Terraform);
        read_providers(&mut vault, &module.providers, Source::Terraform);
        key::addresses(&mut vault, module, Source::Terraform);
    }
    let unread = modules.gaps.iter().filter(|gap| gap.cause != GapCause::NotVendored);
    for gap in unread {
        vault.gaps.extend([POLICY, ROLE, ACCESS, CREDENTIAL].map(|kind| Gap { kind, ..gap.clone() }));
    }
    vault
}

/// Adds what the resources, data sources and ephemeral resources of one module, or of a whole plan, say.
///
/// A reference is followed where it leads to another of them by its address, so all of a module are handed over at
/// once.
pub fn read_resources<'r>(vault: &mut Vault, resources: impl Iterator<Item = &'r Resource>, source: Source) {
    let resources = Resources::new(resources, source);
    policy::read(vault, &resources);
    for block in resources.iter() {
        role::read(vault, &resources, block);
        access::read(vault, &resources, block);
        lease::read(vault, &resources, block);
        key::read(vault, &resources, block);
    }
}

/// Adds the keys that providers are configured with.
pub fn read_providers(vault: &mut Vault, providers: &[Provider], source: Source) {
    for provider in providers {
        key::provider(vault, provider, source);
    }
}

/// Reads a policy that is the text of a scalar.
fn parse_embedded(outer: &Arc<Document>, node: NodeId) -> Parsed {
    hcl1::parse_embedded(outer, node)
}

/// The seconds of a duration as Vault reads it, or what is wrong with it.
fn duration(text: &str) -> Result<i64, String> {
    crate::duration::vault(text).map_err(|refusal| format!("`{text}` is no duration: {refusal}"))
}
