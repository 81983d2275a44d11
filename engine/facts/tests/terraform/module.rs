//! What a module declares, on what its values rest, and what could not be seen.

use engine_facts::terraform::{Basis, Module, derive, understood};
use engine_model::FilePath;

use crate::support::{only, read, show, tree};

#[test]
fn a_default_may_be_overridden_and_says_so() {
    let code = "variable \"a\" { default = 1 }\nvariable \"b\" { default = { c = [2] } }\nlocals {\n  x = var.a\n  y = \
                var.b.c[0] + 1\n  z = 3\n  w = { k = true ? var.a : 2 }\n}\n";
    let module = only(&[("main.tf", code)]);
    let basis = |module: &Module, name: &str| module.local(name).unwrap().basis;
    assert_eq!(basis(&module, "x"), Basis::Default);
    assert_eq!(basis(&module, "y"), Basis::Default);
    assert_eq!(basis(&module, "z"), Basis::Code);
    assert_eq!(basis(&module, "w"), Basis::Default);
    assert!(module.local("w").unwrap().attribute("k").unwrap().from_default());

    let module = only(&[
        ("main.tf", code),
        ("b.auto.tfvars", "a = 7\n"),
        ("a.auto.tfvars", "a = 6\n"),
        ("terraform.tfvars", "a = 5\nb = { c = [8] }\n"),
        ("prod.tfvars", "a = 9\n"),
    ]);
    assert_eq!(show(module.local("x").unwrap()), "7");
    assert_eq!(show(module.local("y").unwrap()), "9");
    assert_eq!(basis(&module, "x"), Basis::VariableFile);
    assert_eq!(show(&module.variable("a").unwrap().default), "1");
    // The place of a reference is where it stands, not where its value is written.
    assert_eq!(module.local("x").unwrap().place.location().text(), "var.a");
}

const ROOT: &str = r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
  backend "s3" {
    bucket = "state"
    key    = var.key
  }
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
variable "key" {}
module "net" {
  source = "../modules/net"
  cidr   = "10.0.0.0/8"
}
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
resource "aws_security_group" "web" {
  name = "web"
  ingress {
    cidr_blocks = ["0.0.0.0/0"]
  }
  dynamic "ingress" {
    for_each = var.key
    content {}
  }
  provisioner "local-exec" { command = "true" }
}
data "aws_ami" "a" { owners = ["self"] }
ephemeral "random_password" "p" { length = 8 }
output "o" {
  value = aws_security_group.web.id
}
"#;

const NET: &str = "variable \"cidr\" { default = \"0.0.0.0/0\" }\nvariable \"other\" { default = 1 }\n";

#[test]
fn a_module_says_what_it_declares() {
    let modules = tree(&[("envs/main.tf", ROOT), ("modules/net/variables.tf", NET)]);
    let [root, net] = modules.modules.as_slice() else { panic!("{:?}", modules.modules.len()) };
    assert_eq!((root.directory.as_str(), root.is_root, net.is_root), ("envs", true, false));
    assert!(root.is_complete);

    let group = root.resource("aws_security_group.web").unwrap();
    assert_eq!((group.kind.as_str(), group.name.as_str()), ("aws_security_group", "web"));
    assert_eq!(group.place.location().start().line, 25);
    assert_eq!(
        show(&group.attributes),
        r#"{"ingress": [{"cidr_blocks": ["0.0.0.0/0"]}, ?not-evaluated:dynamic ingress blocks], "name": "web", "provisioner": [{"local-exec": {"command": "true"}}]}"#
    );
    let open = &group.attributes.attribute("ingress").unwrap().items()[0].attribute("cidr_blocks").unwrap().items()[0];
    assert_eq!(
        (open.place.location().to_string().as_str(), open.place.location().text()),
        ("envs/main.tf:28:20", "\"0.0.0.0/0\"")
    );

    assert_eq!(root.data[0].address, "data.aws_ami.a");
    assert_eq!(root.ephemeral[0].address, "ephemeral.random_password.p");
    assert_eq!(root.providers[0].attributes.attribute("region").unwrap().text(), Some("us-west-2"));
    let backend = root.backend.as_ref().unwrap();
    assert_eq!(
        (backend.kind.as_str(), show(&backend.attributes).as_str()),
        ("s3", "{\"bucket\": \"state\", \"key\": ?dynamic:var.key}")
    );
    assert_eq!(root.required_versions[0].text(), Some(">= 1.5"));
    assert_eq!(root.required_providers[0].value.attribute("version").unwrap().text(), Some("~> 5.0"));
    assert_eq!(show(&root.outputs[0].value), "{\"value\": ?until-apply:aws_security_group.web.id}");

    let calls: Vec<_> = root.calls.iter().map(|call| (call.name.as_str(), call.directory.as_deref())).collect();
    assert_eq!(calls, [("net", Some("modules/net")), ("vpc", None)]);
    // What a caller sets is not the default; what none sets still may be one.
    assert_eq!(show(&net.variable("cidr").unwrap().value), "?dynamic:var.cidr");
    assert_eq!(show(&net.variable("other").unwrap().value), "1");

    let gaps: Vec<&str> = modules.gaps.iter().map(|gap| gap.message.as_str()).collect();
    assert_eq!(gaps, ["module `vpc` comes from `terraform-aws-modules/vpc/aws`, which is not in this tree"]);
    assert_eq!(
        understood(&modules).as_deref(),
        Some(
            "Terraform: 1 root module, 1 resource, 2 module calls (1 not in this tree), 3 of 4 attribute values known"
        )
    );
    assert_eq!(understood(&tree(&[])), None);
}

#[test]
fn an_override_file_puts_what_it_names_in_doubt() {
    let code = "resource \"x\" \"a\" { v = 1 }\nresource \"x\" \"b\" { v = 1 }\nlocals {\n  l = 1\n  m = local.l\n}\n";
    let module = only(&[("main.tf", code), ("override.tf", "resource \"x\" \"a\" { v = 2 }\nlocals { l = 2 }\n")]);
    assert_eq!(show(&module.resource("x.a").unwrap().attributes), "?not-evaluated:an override file");
    assert_eq!(show(&module.resource("x.b").unwrap().attributes), "{\"v\": 1}");
    assert_eq!(show(module.local("m").unwrap()), "?not-evaluated:local.l, which an override file changes");
}

#[test]
fn an_override_file_takes_the_place_of_what_a_terraform_block_says() {
    let code = "terraform {\n  required_version = \">= 1.5\"\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n  }\n  required_providers {\n    aws = \"~> 5.0\"\n    tls = \"4.0.5\"\n  }\n}\n";
    let check = |overrides: &str, expect: &str| {
        let module = only(&[("main.tf", code), ("override.tf", overrides)]);
        let backend = module.backend.as_ref().map_or("none", |backend| backend.kind.as_str());
        let versions = module.required_versions.iter().map(show).collect::<Vec<_>>().join(" ");
        let providers = module.required_providers.iter().map(|one| format!("{} {}", one.name, show(&one.value)));
        let providers = providers.collect::<Vec<_>>().join(", ");
        assert_eq!(format!("{backend}; {versions}; {providers}"), expect, "{overrides}");
        assert_eq!(module.doubt(), None);
    };
    check("terraform {}\n", "s3; \">= 1.5\"; aws \"~> 5.0\", tls \"4.0.5\"");
    check("terraform {\n  backend \"local\" {}\n}\n", "local; \">= 1.5\"; aws \"~> 5.0\", tls \"4.0.5\"");
    check("terraform {\n  cloud {}\n}\n", "cloud; \">= 1.5\"; aws \"~> 5.0\", tls \"4.0.5\"");
    check("terraform {\n  required_version = \"1.9.0\"\n}\n", "s3; \"1.9.0\"; aws \"~> 5.0\", tls \"4.0.5\"");
    check(
        "terraform {\n  required_providers {\n    aws = \">= 1\"\n  }\n}\n",
        "s3; \">= 1.5\"; aws \">= 1\", tls \"4.0.5\"",
    );
}

#[test]
fn what_an_override_file_adds_to_a_call_is_set_by_the_caller() {
    let modules = tree(&[
        ("main.tf", "module \"m\" { source = \"./m\" }\n"),
        ("override.tf", "module \"m\" { a = 2 }\n"),
        ("m/main.tf", "variable \"a\" { default = 1 }\nvariable \"b\" { default = 1 }\n"),
    ]);
    let called = &modules.modules[1];
    assert_eq!(show(&called.variables[0].value), "?dynamic:var.a");
    assert_eq!(show(&called.variables[1].value), "1");
}

#[test]
fn a_file_that_was_not_read_leaves_its_module_incomplete() {
    let path = |path| FilePath::new(path).unwrap();
    let documents = [read("a/main.tf", "variable \"v\" { default = 1 }\nresource \"x\" \"y\" { v = var.v }\n")];
    let modules = derive(&documents, &[path("a/broken.tf"), path("b/only.tf.json"), path("a/README.md")]);
    assert!(!modules.modules[0].is_complete);
    assert_eq!(show(&modules.modules[0].variables[0].value), "1");
    let gaps: Vec<&str> = modules.gaps.iter().map(|gap| gap.message.as_str()).collect();
    assert_eq!(
        gaps,
        [
            "`a/broken.tf` of the Terraform module `a` could not be read, or not all of it",
            "`b/only.tf.json` of the Terraform module `b` could not be read, or not all of it",
        ]
    );
    // A variable file or an override file that was not read may change any value.
    let modules = derive(&documents, &[path("a/terraform.tfvars.json")]);
    assert_eq!(show(&modules.modules[0].variables[0].value), "?dynamic:var.v");
    let modules = derive(&documents, &[path("a/x_override.tf")]);
    assert_eq!(show(&modules.modules[0].resources[0].attributes), "?not-evaluated:an override file");
}
