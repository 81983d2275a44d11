//! Modules of Terraform and objects of Kubernetes: what is written fits the schemas, every field and word of a schema
//! occurs, and `docs/facts.md` has them.

#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "support/table.rs"]
mod table;

use engine_facts::wire::{Fields, Item, json};
use engine_facts::{kubernetes, terraform};
use engine_formats::{hcl, yaml};
use engine_model::{FilePath, SourceFile};
use serde_json::Value;

/// Holds the items against their schema; every field and word of it must occur in them, but for those of `left`.
#[cfg(test)]
fn check(text: &str, items: &[Item], left: &[&str]) -> Vec<Value> {
    let page = include_str!("../../../docs/facts.md");
    let mut schema = schema::Schema::new(text);
    let written: Vec<Value> = serde_json::from_str(&json(items, &Fields::new(["*"]))).unwrap();
    for item in &written {
        assert_eq!(schema.errors(item), Vec::<String>::new(), "{item:#}");
    }
    let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
    assert_eq!(unused, left, "{}", schema.root()["$id"]);
    let table = table::table(&schema);
    assert!(page.contains(&table), "`docs/facts.md` lacks the table:\n{table}");
    written
}

#[cfg(test)]
fn items(files: &[(&str, &str)], unread: &[&str]) -> Vec<Item> {
    let documents: Vec<_> = files
        .iter()
        .map(|(path, text)| {
            let file = SourceFile::new(FilePath::new(path).unwrap(), (*text).to_owned());
            let parsed = if path.ends_with(".json") { hcl::parse_json(&file) } else { hcl::parse(&file) };
            parsed.document.unwrap()
        })
        .collect();
    let unread: Vec<FilePath> = unread.iter().map(|path| FilePath::new(path).unwrap()).collect();
    terraform::derive(&documents, &unread).modules.iter().map(terraform::module_item).collect()
}

#[cfg(test)]
fn module(text: &str) -> Value {
    let items = items(&[("main.tf", text)], &[]);
    serde_json::from_str::<Vec<Value>>(&json(&items, &Fields::new(["*"]))).unwrap().remove(0)
}

#[test]
fn a_module_that_may_be_fetched_from_here_is_not_known_to_be_a_root() {
    let eks = "provider \"aws\" {}\n";
    let source = |source: &str| format!("module \"eks\" {{\n  source = \"{source}\"\n}}\n");
    let root = |source: &str| {
        let items = items(&[("modules/eks/main.tf", eks), ("prod/main.tf", source)], &[]);
        let written: Vec<Value> = serde_json::from_str(&json(&items, &Fields::new(["*"]))).unwrap();
        written[0]["root"].clone()
    };
    assert_eq!(root(&source("github.com/acme/ops//modules/eks?ref=v1"))["$unknown"], "not-evaluated");
    assert_eq!(root(&source("github.com/acme/ops//modules/other?ref=v1")), true);
}

/// A module for each thing that the schema can say.
const WHOLE: &[(&str, &str)] = &[
    (
        "prod/main.tf",
        r#"
terraform {
  required_version = "~> 1.11"
  backend "s3" {
    bucket = "a"
    key    = "k"
    region = "r"
  }
  required_providers {
    aws   = { source = "hashicorp/aws", version = "5.31.0" }
    vault = { source = "hashicorp/vault", version = var.vault }
    null  = { source = var.null }
  }
}
variable "vault" {}
variable "null" {}
resource "random_id" "one" {}
resource "vault_token" "one" {}
module "local" { source = "../local" }
module "registry" {
  source  = "gitlab.example.com/acme/dns/aws"
  version = ">= 1.0"
}
module "unversioned" {
  source  = "acme/dns/aws"
  version = var.vault
}
module "branch" { source = "git::https://git.example.com/vpc.git?ref=main" }
module "tag" { source = "git::ssh://git@git.example.com/vpc.git?ref=v1.2.0" }
module "commit" { source = "git::http://git.example.com/vpc.git?ref=0123456789abcdef0123456789abcdef01234567" }
module "short" { source = "git::git://git.example.com/vpc.git?ref=0123abcd" }
module "named" { source = "git::file:///srv/vpc.git?ref=feature" }
module "mercurial" { source = "hg::http://hg.example.com/vpc" }
module "archive" { source = "https://example.com/vpc.zip?checksum=sha256:00" }
module "s3" { source = "s3::https://s3.amazonaws.com/bucket/vpc.zip" }
module "gcs" { source = "gcs::https://www.googleapis.com/storage/v1/modules/vpc.zip" }
module "oci" { source = "oci://registry.example.com/vpc" }
module "other" { source = "what is this" }
module "unknown" { source = var.vault }
"#,
    ),
    (
        "prod/.terraform.lock.hcl",
        r#"
provider "registry.terraform.io/hashicorp/aws" {
  version = "5.31.0"
  hashes  = ["h1:00"]
}
"#,
    ),
    ("local/main.tf", "terraform {\n  required_version = 1 + var.a\n  backend \"http\" {}\n}\nlocals { a = 1 }\n"),
    ("unread/main.tf", "resource \"random_id\" \"one\" {}\n"),
    ("over/main.tf", "terraform {\n  backend \"gcs\" {\n    bucket = \"a\"\n  }\n}\n"),
    ("over/main_override.tf", "terraform {\n  backend \"s3\" {}\n}\n"),
    ("json/main.tf.json", r#"{"terraform": {"backend": {"s3": "${var.a}"}}}"#),
];

#[test]
fn every_field_and_word_of_a_module_occurs_and_fits() {
    let items = items(WHOLE, &["over/.terraform.lock.hcl", "unread/main_override.tf"]);
    // Arguments are unknown as a whole only where evaluation gave up: no module so small can make it.
    let left = ["/$defs/backend/properties/arguments/anyOf/1"];
    check(include_str!("../schema/terraform.module.json"), &items, &left);
}

#[test]
fn a_module_says_where_its_state_and_its_modules_come_from() {
    let one = module(
        "terraform {\n  required_version = \"~> 1.11\"\n  backend \"s3\" {\n    bucket = \"a\"\n    key = \"k\"\n    region = \"r\"\n  }\n\
         \x20 required_providers {\n    aws = { source = \"hashicorp/aws\", version = \"5.31.0\" }\n  }\n}\n\
         module \"vpc\" {\n  source = \"git::https://git.example.com/vpc.git?ref=main\"\n}\n\
         module \"dns\" {\n  source = \"acme/dns/aws\"\n  version = \">= 1.0\"\n}\n",
    );
    assert_eq!((&one["root"], &one["backend"]["type"]), (&true.into(), &"s3".into()), "{one:#}");
    assert_eq!(one["backend"]["locks"], false, "{one:#}");
    let call = |name: &str| one["calls"].as_array().unwrap().iter().find(|call| call["name"] == name).unwrap().clone();
    assert_eq!((&call("vpc")["from"], &call("vpc")["ref_type"]), (&"git".into(), &"branch".into()));
    assert_eq!((&call("dns")["from"], &call("dns")["pin"]), (&"registry".into(), &"open".into()));
    assert_eq!(one["providers"][0]["pin"], "exact", "{one:#}");
    let locked = module("terraform {\n  backend \"s3\" {\n    use_lockfile = true\n  }\n}\n");
    assert_eq!(locked["backend"]["locks"], true, "{locked:#}");
    assert!(module("locals {\n  a = 1\n}\n").get("backend").is_none());
}

#[test]
fn a_state_is_told_by_its_name() {
    let path = |path: &str| FilePath::new(path).unwrap();
    assert!(terraform::is_state(&path("a/terraform.tfstate")) && terraform::is_state(&path("x.tfstate.backup")));
    assert!(terraform::is_state(&path("x.TFSTATE")) && terraform::is_state(&path("a.tfstate.1690000.backup")));
    assert!(!terraform::is_state(&path("tfstate.md")) && !terraform::is_state(&path("a.tfstate.md")));
    let items = [terraform::state_item(&path("a/terraform.tfstate"))];
    let written = check(include_str!("../schema/terraform.state.json"), &items, &[]);
    assert_eq!((&written[0]["directory"], &written[0]["backup"]), (&"a".into(), &false.into()));
}

#[test]
fn an_object_is_read_as_kubernetes_reads_it() {
    let text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: prod}\n\
                rules:\n  - verbs: [\"*\"]\n    resources: [yes]\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n\
                stringData: {token: hvs.CAESIJ1rq}\n---\napiVersion: '{{ .v }}'\nkind: '{{ .k }}'\n\
                metadata: {name: '{{ .n }}', namespace: '{{ .s }}'}\n";
    let file = SourceFile::new(FilePath::new("k.yaml").unwrap(), text.to_owned());
    let objects = kubernetes::derive(&[yaml::parse(&file).document.unwrap()]);
    let items: Vec<Item> = objects.objects.iter().map(kubernetes::object_item).collect();
    let written = check(include_str!("../schema/kubernetes.object.json"), &items, &[]);
    assert_eq!((&written[0]["name"], &written[0]["namespace"]), (&"r".into(), &"prod".into()));
    assert_eq!(written[0]["body"]["rules"][0]["resources"][0], true, "{:#}", written[0]);
    assert!(!written[1].to_string().contains("hvs."), "{:#}", written[1]);
}

#[test]
fn what_aliases_make_of_an_object_is_followed_or_said() {
    let check = |text: &str, objects: usize, reason: Option<&str>| {
        let file = SourceFile::new(FilePath::new("k.yaml").unwrap(), text.to_owned());
        let found = kubernetes::derive(&[yaml::parse(&file).document.unwrap()]);
        assert_eq!(found.objects.len(), objects, "{text:.60}");
        let said = found.findings.first().map(|finding| finding.message.as_str());
        assert_eq!(said.is_some(), reason.is_some(), "{text:.60}: {said:?}");
        assert!(said.unwrap_or("").contains(reason.unwrap_or("")), "{said:?}");
        assert_eq!(found.gaps.len(), found.findings.len());
    };
    let first = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";
    let last = "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n";
    let before = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\n";
    let list = |times: usize| format!("x: &x [{}]\n", vec!["1"; times].join(", "));
    let uses = |times: usize| format!("y: [{}]\n", vec!["*x"; times].join(", "));
    // What an object before it holds leaves room for the one behind it.
    check(&format!("{first}{}{}{last}", list(100), uses(980)), 2, None);
    check(&format!("{first}{}{}{last}", list(100), uses(1_000)), 0, Some("aliases"));
    check(&format!("{before}{first}{}{}", list(100), uses(1_000)), 1, Some("aliases"));
    let deep = format!("{first}y: {}{}\n{last}", "[".repeat(110), "]".repeat(110));
    check(&deep, 0, Some("nested"));
    // A list of aliases is as many objects.
    let items = |times: usize| {
        let items = vec!["*p"; times].join(", ");
        format!(
            "apiVersion: v1\nkind: List\nx: &p {{apiVersion: v1, kind: Pod, metadata: {{name: p}}}}\nitems: [{items}]\n"
        )
    };
    check(&items(100), 100, None);
    check(&items(100_000), 16_666, Some("aliases"));
}

#[test]
fn objects_of_lists_are_found_and_templates_are_not_taken_for_values() {
    let read = |text: &str| -> Vec<Value> {
        let file = SourceFile::new(FilePath::new("k.yaml").unwrap(), text.to_owned());
        let found = kubernetes::derive(&[yaml::parse(&file).document.unwrap()]);
        assert!(found.findings.is_empty(), "{:?}", found.findings);
        let items: Vec<Item> = found.objects.iter().map(kubernetes::object_item).collect();
        serde_json::from_str(&json(&items, &Fields::new(["*"]))).unwrap()
    };
    let found = read(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleList\nitems:\n- metadata: {name: a}\n  rules: []\n\
         - kind: ClusterRole\n  metadata: {name: b}\n",
    );
    let kinds: Vec<(&str, &str)> =
        found.iter().map(|object| (object["kind"].as_str().unwrap(), object["name"].as_str().unwrap())).collect();
    assert_eq!(kinds, [("ClusterRole", "a"), ("ClusterRole", "b")]);
    assert_eq!(found[0]["api_version"], "rbac.authorization.k8s.io/v1");
    let nested = (0..20).fold("{apiVersion: v1, kind: Pod}".to_owned(), |inner, _| {
        format!("{{apiVersion: v1, kind: List, items: [{inner}]}}")
    });
    assert_eq!(read(&nested).len(), 1);
    let found = read("apiVersion: v1\nkind: Role\nrules: {{ .Values.rules }}\nother: {? [a] : b, c: d}\n");
    assert_eq!(found[0]["body"]["rules"]["$unknown"], "not-evaluated", "{:#}", found[0]);
    assert_eq!(found[0]["body"]["other"]["c"], "d", "{:#}", found[0]);
}
