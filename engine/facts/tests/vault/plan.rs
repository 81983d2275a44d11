//! Resources of a plan, whose places are in a JSON document, read by the same code.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_facts::credential::Source;
use engine_facts::terraform::{Data, Evaluated, Resource};
use engine_facts::vault::{Vault, read_resources};
use engine_formats::yaml;
use engine_model::{Document, FilePath, Kind, NodeId, Place, ScalarStyle, SourceFile, Why};

use crate::support::{accesses, credentials, policies, roles};

/// What is known of the resources in a JSON text: a list of objects with `address`, `type`, `name` and `values`.
pub(crate) fn plan(text: &str) -> Vault {
    let file = SourceFile::new(FilePath::new("plan.json").unwrap(), text.into());
    let document = yaml::parse(&file).document.unwrap();
    let root = document.roots()[0];
    let resources: Vec<Resource> = document.items(root).iter().map(|node| resource(&document, *node)).collect();
    let mut vault = Vault::default();
    read_resources(&mut vault, resources.iter(), Source::Plan);
    vault
}

fn resource(document: &Arc<Document>, node: NodeId) -> Resource {
    let text = |name: &str| document.scalar(document.get(node, name).unwrap()).unwrap().text.to_owned();
    Resource {
        address: text("address"),
        kind: text("type"),
        name: text("name"),
        place: Place::new(document, node),
        attributes: value(document, document.get(node, "values").unwrap()),
    }
}

/// A value of the plan; the plain `unknown` stands for one that is known after the change.
fn value(document: &Arc<Document>, node: NodeId) -> Evaluated {
    let place = Place::new(document, node);
    let data = match document.node(node).kind {
        Kind::Scalar(scalar) => match (scalar.style, scalar.text) {
            (ScalarStyle::Plain, "unknown") => return Evaluated::unknown(Why::UntilApply, "the plan", place),
            (ScalarStyle::Plain, "null") => Data::Null,
            (ScalarStyle::Plain, "true" | "false") => Data::Bool(scalar.text == "true"),
            (_, text) => Data::Text(text.to_owned()),
        },
        Kind::Sequence(items) => Data::List(items.iter().map(|item| value(document, *item)).collect()),
        Kind::Mapping(entries) => {
            let items = entries
                .iter()
                .map(|entry| (document.scalar(entry.key).unwrap().text.to_owned(), value(document, entry.value)));
            Data::Map(items.collect::<BTreeMap<_, _>>())
        }
        _ => Data::Null,
    };
    Evaluated::known(data, place)
}

pub(crate) const PLAN: &str = r#"[
{"address": "module.v.vault_policy.app", "type": "vault_policy", "name": "app", "values": {
  "name": "app", "policy": "path \"secret/*\" {\n  capabilities = [\"read\"]\n}\n"}},
{"address": "vault_policy.later[0]", "type": "vault_policy", "name": "later", "values": {
  "name": "later", "policy": unknown}},
{"address": "module.data.data.vault_policy_document.d", "type": "vault_policy_document", "name": "d", "values": {
  "rule": [{"path": "a", "capabilities": ["list"]}]}},
{"address": "vault_approle_auth_backend_role.r[\"x.y\"]", "type": "vault_approle_auth_backend_role", "name": "r", "values": {
  "role_name": "r", "backend": null, "bind_secret_id": true, "secret_id_ttl": 0, "secret_id_num_uses": unknown,
  "token_ttl": 60, "token_max_ttl": null, "token_policies": ["app", "root"], "token_no_default_policy": unknown}},
{"address": "data.vault_generic_secret.s", "type": "vault_generic_secret", "name": "s", "values": {"path": "secret/s"}},
{"address": "vault_generic_secret.s", "type": "vault_generic_secret", "name": "s", "values": {"path": unknown}},
{"address": "vault_token.t", "type": "vault_token", "name": "t", "values": {
  "policies": ["a"], "period": unknown, "no_parent": unknown}}
]"#;

#[test]
fn a_plan_is_read_like_a_configuration() {
    let vault = plan(PLAN);
    assert_eq!(
        policies(&vault),
        "policy `app` (plan.json:2:1) named app
  plan.json:3:34 secret/* Prefix from `secret/` [read@plan.json:3:68] = read
policy `later` (plan.json:4:1) named later, not complete
policy document `module.data.data.vault_policy_document.d` (plan.json:6:1) named nothing
  plan.json:7:21 a [list@plan.json:7:43] = list
"
    );
    assert_eq!(
        roles(&vault),
        "approle AppRole role `r` (plan.json:8:1): [app@plan.json:10:62 root@plan.json:10:69]
token token `vault_token.t` (plan.json:13:1): [a@plan.json:14:16]
"
    );
    assert_eq!(
        accesses(&vault),
        "data source `data.vault_generic_secret.s` (plan.json:11:1) reads plan.json:11:108 secret/s
resource `vault_generic_secret.s` (plan.json:12:1) writes plan.json:12:103 ?until-apply:the plan
"
    );
    assert_eq!(
        credentials(&vault),
        "machine-token tokens of the AppRole role `r` (plan.json:8:1): written 60 by token_ttl `60` at plan.json:10:16, at most mount by token_max_ttl, root plan.json:10:69
secret-id secret ids of the AppRole role `r` (plan.json:8:1): never by secret_id_ttl `0` at plan.json:9:79, ?until-apply:the plan uses
machine-token token `vault_token.t` (plan.json:13:1): written ?until-apply:the plan by period `?until-apply:the plan` at plan.json:14:32, periodic? the plan, orphan? the plan
"
    );
}
