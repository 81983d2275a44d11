//! Terraform's two syntaxes are one language: what is derived from a `.tf.json` is what is derived from the same module
//! in the native syntax.

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine_facts::terraform::{Data, Evaluated, Module, Modules, Named, Resource, derive};
    use engine_formats::hcl;
    use engine_model::{Document, FilePath, SourceFile, Value};

    fn read(path: &str, text: &str) -> Arc<Document> {
        let file = SourceFile::new(FilePath::new(path).unwrap(), text.into());
        let parsed = if path.ends_with(".json") { hcl::parse_json(&file) } else { hcl::parse(&file) };
        assert!(parsed.findings.is_empty(), "{path}: {:?}", parsed.findings);
        parsed.document.unwrap()
    }

    fn tree(files: &[(&str, &str)]) -> Modules {
        let documents: Vec<_> = files.iter().map(|(path, text)| read(path, text)).collect();
        derive(&documents, &[])
    }

    /// A value on one line: `?why` where it is not known.
    fn show(value: &Evaluated) -> String {
        let list = |items: &[Evaluated]| format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "));
        match &value.value {
            Value::Absent => "absent".into(),
            Value::Unknown(unknown) => format!("?{}", unknown.why),
            Value::Known(Data::Null) => "null".into(),
            Value::Known(Data::Bool(value)) => value.to_string(),
            Value::Known(Data::Number(number)) => number.to_string(),
            Value::Known(Data::Text(text)) => format!("{text:?}"),
            Value::Known(Data::Json(inner)) => format!("json {}", show(inner)),
            Value::Known(Data::List(items) | Data::Set(items)) => list(items),
            Value::Known(Data::Map(items)) => {
                let items = items.iter().map(|(key, item)| format!("{key}: {}", show(item)));
                format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// A module, a line for each thing in it.
    fn list(module: &Module) -> Vec<String> {
        let named = |kind: &str, named: &Named| format!("{kind} {} = {}", named.name, show(&named.value));
        let resource = |resource: &Resource| format!("{} = {}", resource.address, show(&resource.attributes));
        let mut lines = vec![format!("module {:?} root={}", module.directory, module.is_root)];
        lines.extend(module.variables.iter().map(|variable| {
            let (default, value) = (show(&variable.default), show(&variable.value));
            format!("variable {} hidden={} default={default} value={value}", variable.name, variable.is_hidden)
        }));
        lines.extend(module.locals.iter().map(|local| named("local", local)));
        lines.extend([&module.resources, &module.data, &module.ephemeral].into_iter().flatten().map(resource));
        lines.extend(module.providers.iter().map(|one| format!("provider {} = {}", one.name, show(&one.attributes))));
        lines.extend(module.backend.iter().map(|one| format!("backend {} = {}", one.kind, show(&one.attributes))));
        lines.extend(
            module
                .calls
                .iter()
                .map(|call| format!("call {} -> {:?} = {}", call.name, call.directory, show(&call.arguments))),
        );
        lines.extend(module.outputs.iter().map(|output| named("output", output)));
        lines.extend(module.required_versions.iter().map(|version| format!("requires {}", show(version))));
        lines.extend(module.required_providers.iter().map(|provider| named("requires", provider)));
        lines
    }

    /// Checks that both texts come to the same, which has `lines` lines besides the module's own; gives them.
    fn check(native: &str, json: &str, lines: usize) -> Vec<String> {
        let lists = |files: &[(&str, &str)]| tree(files).modules.iter().flat_map(list).collect::<Vec<_>>();
        let native = lists(&[("main.tf", native)]);
        let json = lists(&[("main.tf.json", json)]);
        assert_eq!(json, native);
        assert_eq!(json.len(), lines + 1, "{json:#?}");
        json
    }

    #[test]
    fn resources_variables_and_locals() {
        let lines = check(
            r#"
variable "client" {
  type    = string
  default = "acme"
}
variable "ports" {
  type    = list(number)
  default = [80, "443"]
}
variable "token" {
  sensitive = true
  default   = "x"
}
variable "open" {}
locals {
  name = "${var.client}-logs"
  all  = { for_all = true, "${var.client}" = 1 }
  raw  = "$${x} %%{y}"
  port = "${var.ports[1]}"
  pick = var.client == "acme" ? "a\n\"b\"" : "c"
}
resource "aws_s3_bucket" "logs" {
  bucket        = local.name
  force_destroy = false
  tags          = { Owner = "x-${local.raw}", "Env" = null }
  count         = 2
}
resource "aws_s3_bucket" "data" {
  bucket     = aws_kms_key.k.arn
  provider   = aws.west
  depends_on = [aws_s3_bucket.logs]
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags["Name"], bucket]
  }
}
data "aws_iam_policy_document" "p" { version = "2012-10-17" }
ephemeral "random_password" "e" { length = 16 }
"#,
            r#"{
  "//": "a comment",
  "variable": {
    "client": {"type": "string", "default": "acme"},
    "ports": {"type": "list(number)", "default": [80, "443"]},
    "token": [{"sensitive": true, "default": "x"}],
    "open": {}
  },
  "locals": {
    "name": "${var.client}-logs",
    "all": {"for_all": true, "${var.client}": 1},
    "raw": "$${x} %%{y}",
    "port": "${var.ports[1]}",
    "pick": "${var.client == \"acme\" ? \"a\\n\\\"b\\\"\" : \"c\"}"
  },
  "resource": [
    {"aws_s3_bucket": {"logs": {
      "//": "ignored",
      "bucket": "${local.name}", "force_destroy": false, "count": 2,
      "tags": {"Owner": "x-${local.raw}", "Env": null}
    }}},
    {"aws_s3_bucket": {"data": {
      "bucket": "${aws_kms_key.k.arn}",
      "provider": "aws.west",
      "depends_on": ["aws_s3_bucket.logs"],
      "lifecycle": [{"prevent_destroy": true, "ignore_changes": ["tags[\"Name\"]", "bucket"]}]
    }}}
  ],
  "data": {"aws_iam_policy_document": {"p": {"version": "2012-10-17"}}},
  "ephemeral": {"random_password": {"e": {"length": 16}}}
}"#,
            13,
        );
        let has = |line: &str| assert!(lines.contains(&line.to_owned()), "{line}\n{lines:#?}");
        has("local name = \"acme-logs\"");
        has("local raw = \"${x} %{y}\"");
        has("local pick = \"a\\n\\\"b\\\"\"");
        has("variable ports hidden=false default=[80, 443] value=[80, 443]");
        has("variable token hidden=true default=?sensitive value=?sensitive");
    }

    #[test]
    fn settings_providers_modules_and_outputs() {
        let lines = check(
            r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 5.0"
      configuration_aliases = [aws.west]
    }
  }
  backend "s3" {
    bucket = "state"
    key    = "x"
  }
}
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
provider "vault" { address = "https://vault" }
module "a" {
  source    = "./a"
  providers = { aws = aws.west }
  name      = "n"
}
output "o" {
  value     = "${module.a.x}-1"
  sensitive = true
}
output "p" { value = { a = [1, "b"] } }
"#,
            r#"{
  "terraform": {
    "required_version": ">= 1.5",
    "required_providers": {
      "aws": {"source": "hashicorp/aws", "version": "~> 5.0", "configuration_aliases": ["aws.west"]}
    },
    "backend": {"s3": {"bucket": "state", "key": "x"}}
  },
  "provider": {
    "aws": [{"region": "eu-west-1"}, {"alias": "west", "region": "us-west-2"}],
    "vault": {"address": "https://vault"}
  },
  "module": {"a": {"source": "./a", "providers": {"aws": "aws.west"}, "name": "n"}},
  "output": {"o": {"value": "${module.a.x}-1", "sensitive": true}, "p": {"value": {"a": [1, "b"]}}}
}"#,
            9,
        );
        assert!(lines.contains(&"backend s3 = {bucket: \"state\", key: \"x\"}".to_owned()), "{lines:#?}");
        let cloud = "terraform {\n  cloud {\n    workspaces { name = \"w\" }\n  }\n}\n";
        check(cloud, r#"{"terraform": [{"cloud": {"workspaces": {"name": "w"}}}]}"#, 1);
    }

    #[test]
    fn nested_blocks_that_terraform_itself_knows() {
        check(
            r#"
resource "null_resource" "x" {
  provisioner "local-exec" {
    when    = destroy
    command = "echo ${self.id}"
  }
  provisioner "local-exec" { command = "true" }
  connection { host = "h" }
  dynamic "setting" {
    for_each = var.s
    iterator = it
    content { name = it.value }
  }
  lifecycle {
    create_before_destroy = true
    precondition {
      condition     = true
      error_message = "no"
    }
  }
}
"#,
            r#"{"resource": {"null_resource": {"x": {
  "provisioner": [
    {"local-exec": {"when": "destroy", "command": "echo ${self.id}"}},
    {"local-exec": {"command": "true"}}
  ],
  "connection": {"host": "h"},
  "dynamic": {"setting": {"for_each": "${var.s}", "iterator": "it", "content": {"name": "${it.value}"}}},
  "lifecycle": {"create_before_destroy": true, "precondition": {"condition": "${true}", "error_message": "no"}}
}}}}"#,
            1,
        );
    }

    #[test]
    fn an_object_that_may_be_a_block_of_a_provider_is_a_value() {
        let module = |text| tree(&[("main.tf.json", text)]).modules.remove(0);
        let read = module(r#"{"resource": {"r": {"x": {"one": {"a": 1}, "many": [{"a": 1}, {"a": 2}]}}}}"#);
        assert_eq!(show(&read.resources[0].attributes), "{many: [{a: 1}, {a: 2}], one: {a: 1}}");
        // An array of objects comes to what repeated blocks come to in the native syntax.
        let native =
            tree(&[("main.tf", "resource \"r\" \"x\" {\n many { a = 1 }\n many { a = 2 }\n}\n")]).modules.remove(0);
        assert_eq!(show(&native.resources[0].attributes), "{many: [{a: 1}, {a: 2}]}");
    }

    #[test]
    fn what_is_hidden_in_escapes_is_never_text() {
        let local = |text: &str| {
            let text =
                format!("{{\"variable\": {{\"v\": {{\"default\": \"${{x}}\"}}}}, \"locals\": {{\"l\": {text}}}}}");
            show(tree(&[("main.tf.json", &text)]).modules[0].local("l").unwrap())
        };
        // A default is no template.
        assert_eq!(local(r#""${var.v}""#), "\"${x}\"");
        assert_eq!(local(r#""a\n${var.v}\t""#), "\"a\\n${x}\\t\"");
        assert_eq!(local(r#""\u0024{var.v}""#), "?not-evaluated");
        assert_eq!(local(r#""$\u007bvar.v}""#), "?not-evaluated");
        assert_eq!(local(r#""${\u0076ar.v}""#), "?not-evaluated");
        assert_eq!(local(r#""${jsonencode({\"a\" = 1})}""#), "json {a: 1}");
        assert_eq!(local(r#""{\"a\": \"b\"}""#), "\"{\\\"a\\\": \\\"b\\\"}\"");
    }

    #[test]
    fn variable_files_and_calls_across_the_two_syntaxes() {
        let modules = tree(&[
            ("main.tf", "module \"m\" { source = \"./m\" }\nvariable \"a\" { default = \"d\" }\nvariable \"b\" {}\n"),
            ("terraform.tfvars.json", "{\"a\": \"${literal}\", \"b\": 1, \"//\": 1}"),
            ("terraform.tfvars", "a = \"first\"\n"),
            ("a.auto.tfvars", "b = 2\n"),
            ("m/main.tf.json", "{\"locals\": {\"x\": \"${1 + 1}\"}}"),
            ("m/x_override.tf.json", "{\"resource\": {\"r\": {\"x\": {}}}}"),
        ]);
        let lines: Vec<String> = modules.modules.iter().flat_map(list).collect();
        assert_eq!(
            lines,
            [
                "module \"\" root=true",
                "variable a hidden=false default=\"d\" value=\"${literal}\"",
                "variable b hidden=false default=absent value=2",
                "call m -> Some(\"m\") = {source: \"./m\"}",
                "module \"m\" root=false",
                "local x = 2",
            ]
        );
    }
}
