//! Policies: of files, of `vault_policy` resources, of policy documents.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_model::{Document, Kind, Op, Place, Value};

use super::resource::{Block, Mode, Resources};
use super::role::sanitized;
use super::stanza::Stanzas;
use super::{Policy, Vault, text};
use crate::credential::Source;
use crate::sourced::{Origin, Sourced};
use crate::terraform::Evaluated;

const DOCUMENT: &str = "vault_policy_document";

/// Reads a policy file.
pub(super) fn file(vault: &mut Vault, document: &Arc<Document>) {
    let Some(root) = document.roots().first() else { return };
    let mut stanzas = Stanzas::default();
    text::document(document, &mut stanzas);
    let policy = Policy {
        name: Sourced::default(),
        title: format!("policy file `{}`", document.file().path()),
        source: Source::File,
        origin: Origin::written(Place::new(document, *root)),
        paths: Vec::new(),
        complete: true,
    };
    push(vault, policy, stanzas);
}

/// Reads every policy of the resources. A policy document that a policy uses is not told again by itself.
pub(super) fn read(vault: &mut Vault, resources: &Resources<'_>) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for block in resources.iter().filter(|block| block.kind() == "vault_policy" && block.mode == Mode::Managed) {
        let mut stanzas = Stanzas::default();
        match document_of(resources, block) {
            Some(document) => {
                used.insert(&document.resource.address);
                text::rules(&document.resource.attributes, &mut stanzas);
            }
            None => match block.argument("policy") {
                Some(policy) => text::value(policy, &mut stanzas),
                None => stanzas.complete = false,
            },
        }
        let name = sanitized(resources.text(block.argument("name")));
        let title = match name.get() {
            Some(name) => format!("policy `{name}`"),
            None => format!("policy `{}`", block.resource.address),
        };
        if let Some(file) = block.argument("policy").and_then(|policy| file_of(vault, policy)) {
            // It was read where it stands; what was missing is its name.
            (file.name, file.title) = (name, title);
            continue;
        }
        push(vault, policy(resources, block, name, title), stanzas);
    }
    for block in resources.iter().filter(|block| block.kind() == DOCUMENT) {
        if used.contains(block.resource.address.as_str()) {
            continue;
        }
        let mut stanzas = Stanzas::default();
        text::rules(&block.resource.attributes, &mut stanzas);
        let title = format!("policy document `{}`", block.resource.address);
        push(vault, policy(resources, block, Sourced::default(), title), stanzas);
    }
}

/// The policy file that `file("${path.module}/app.hcl")` reads, where it is one of the tree that no other policy has
/// taken. A path without `path.module` is taken from the module's directory, as in a root module.
fn file_of<'v>(vault: &'v mut Vault, policy: &Evaluated) -> Option<&'v mut Policy> {
    let document = &policy.place.document;
    let Kind::Expression(Op::Call, [name, argument]) = document.node(policy.place.node).kind else { return None };
    if document.scalar(*name)?.text != "file" {
        return None;
    }
    let written = match document.node(*argument).kind {
        Kind::Scalar(scalar) => scalar.text,
        Kind::Expression(Op::Template, [module, rest]) if document.source_text(*module) == "${path.module}" => {
            document.scalar(*rest)?.text.strip_prefix('/')?
        }
        _ => return None,
    };
    let path = document.file().path().sibling(written).filter(|_| !written.starts_with('/'))?;
    let is_it = |policy: &&mut Policy| {
        policy.source == Source::File && policy.name.is_absent() && *policy.origin.place.document.file().path() == path
    };
    vault.policies.iter_mut().find(is_it)
}

/// The policy document that a policy is made of, where its text is nothing but a reference to one.
fn document_of<'r, 's>(resources: &'s Resources<'r>, policy: &Block<'_>) -> Option<&'s Block<'r>> {
    let Value::Unknown(unknown) = &policy.argument("policy")?.value else { return None };
    let (block, attribute) = resources.reference(unknown)?;
    (block.kind() == DOCUMENT && attribute == "hcl").then_some(block)
}

fn policy(resources: &Resources<'_>, block: &Block<'_>, name: Sourced<String>, title: String) -> Policy {
    let (source, origin) = (resources.source, block.origin());
    Policy { name, title, source, origin, paths: Vec::new(), complete: true }
}

fn push(vault: &mut Vault, mut policy: Policy, stanzas: Stanzas) {
    policy.paths = stanzas.stanzas;
    policy.complete = stanzas.complete;
    vault.findings.extend(stanzas.findings);
    vault.policies.push(policy);
}
