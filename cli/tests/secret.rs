//! Secrets that are found, or that only stand on the line of something else, are in no report.

use crate::support::{Project, checked, engine};

const MAIN: &str = r#"terraform {
  backend "http" {
    address  = "http://robot:hunter-address@states.example.com/prod?token=hunter-query"
    username = "robot"
    password = "hunter-password"
  }
}
provider "aws" {
  region = "eu-west-1"
}
module "vpc" {
  source = "git::https://oauth2:glpat-hunter-module@git.example.com/vpc.git"
}
module "archive" {
  source = "https://files.example.com/vpc.zip?X-Amz-Signature=hunter-signature"
}
module "quiet" {
  source = "git::https://oauth2:${var.token}@git.example.com/vpc.git?ref=v1.0.0"
}
module "ssh" {
  source = "git::ssh://git@git.example.com/vpc.git?ref=v1.0.0"
}
resource "vault_policy" "one" {
  name   = "one"
  policy = "path \"secret/*\" { capabilities = [\"read\"] }"
}
"#;

#[test]
fn secrets_in_backends_and_addresses_are_found_and_shown_nowhere() {
    let project = Project::with(&[("main.tf", MAIN)]);
    let found = checked(project.path(), &[]);
    for line in [
        "credential-in-open main.tf:5: `password` of the backend `http` is written here in the open",
        "credential-in-open main.tf:12: the secret in the source of the module `vpc` is written here in the open",
        "credential-in-open main.tf:15: the secret in the source of the module `archive` is written here in the open",
        "plain-http-state main.tf:3: the state is read and written over plain HTTP, with all secrets in it: \
         `http://robot:***@states.example.com/prod?token=***`",
    ] {
        assert!(found.says(line), "no `{line}` in {:#?}", found.said);
    }
    let open = found.said.iter().filter(|line| line.starts_with("credential-in-open")).count();
    assert_eq!(open, 3, "{:#?}", found.said);
    for format in ["text", "json", "sarif", "codequality", "junit", "markdown"] {
        let shown = engine(project.path(), &["check", "--all", "--format", format]).out;
        assert!(shown.contains("states.example.com"), "{format}: {shown}");
        assert!(!shown.contains("hunter"), "{format} shows a secret:\n{shown}");
    }
}

#[test]
fn what_is_named_and_not_written_is_no_secret() {
    let project = Project::with(&[(
        "main.tf",
        "terraform {\n  backend \"http\" {\n    address  = \"https://states.example.com/prod\"\n    username = \"robot\"\n    \
         password = \"\"\n  }\n}\nterraform {\n  required_version = \">= 1.5\"\n}\nprovider \"aws\" {}\n",
    )]);
    let found = checked(project.path(), &[]);
    assert!(!found.says("credential-in-open"), "{:#?}", found.said);
}
