//! Variables that hold long-lived credentials, and which texts in them are one.
//!
//! The names are those that the tools themselves read, from their own documentation. A variable of another name may
//! hold a secret as well; that is for scanners of secrets to find.

use engine_model::Place;

/// A variable's name, or `NAME*` for every name that begins so and goes on, and where it is documented.
const NAMES: [(&str, &str); 42] = [
    ("AWS_ACCESS_KEY_ID", "AWS CLI, Environment variables"),
    ("AWS_SECRET_ACCESS_KEY", "AWS CLI, Environment variables"),
    ("AWS_SESSION_TOKEN", "AWS CLI, Environment variables"),
    ("VAULT_TOKEN", "Vault CLI, Environment variables"),
    ("VAULT_SECRET_ID", "Vault, AppRole auth method"),
    ("BAO_TOKEN", "OpenBao CLI, Environment variables"),
    ("CONSUL_HTTP_TOKEN", "Consul CLI, Environment variables"),
    ("NOMAD_TOKEN", "Nomad CLI, Environment variables"),
    ("TF_TOKEN_*", "Terraform CLI configuration, Environment variable credentials"),
    ("TFE_TOKEN", "Terraform provider tfe"),
    ("ATLAS_TOKEN", "Terraform CLI, remote operations"),
    ("TF_HTTP_PASSWORD", "Terraform, backend http"),
    ("TF_ENCRYPTION", "OpenTofu, State and plan encryption"),
    ("GITLAB_TOKEN", "Terraform provider gitlab, glab"),
    ("GITLAB_PRIVATE_TOKEN", "python-gitlab"),
    ("GITHUB_TOKEN", "Terraform provider github, gh"),
    ("GH_TOKEN", "gh"),
    ("ARM_CLIENT_SECRET", "Terraform provider azurerm"),
    ("ARM_ACCESS_KEY", "Terraform, backend azurerm"),
    ("ARM_SAS_TOKEN", "Terraform, backend azurerm"),
    ("AZURE_CLIENT_SECRET", "Azure SDK, EnvironmentCredential"),
    ("GOOGLE_CREDENTIALS", "Terraform provider google"),
    ("GOOGLE_OAUTH_ACCESS_TOKEN", "Terraform provider google"),
    ("ALICLOUD_ACCESS_KEY", "Terraform provider alicloud"),
    ("ALICLOUD_SECRET_KEY", "Terraform provider alicloud"),
    ("CLOUDFLARE_API_KEY", "Terraform provider cloudflare"),
    ("CLOUDFLARE_API_TOKEN", "Terraform provider cloudflare"),
    ("DIGITALOCEAN_ACCESS_TOKEN", "Terraform provider digitalocean"),
    ("DIGITALOCEAN_TOKEN", "Terraform provider digitalocean"),
    ("HCLOUD_TOKEN", "Terraform provider hcloud"),
    ("LINODE_TOKEN", "Terraform provider linode"),
    ("SCW_SECRET_KEY", "Scaleway, Environment variables"),
    ("OS_PASSWORD", "OpenStack client, Environment variables"),
    ("DD_API_KEY", "Terraform provider datadog"),
    ("DD_APP_KEY", "Terraform provider datadog"),
    ("FASTLY_API_KEY", "Terraform provider fastly"),
    ("PAGERDUTY_TOKEN", "Terraform provider pagerduty"),
    ("NEW_RELIC_API_KEY", "Terraform provider newrelic"),
    ("KUBE_TOKEN", "Terraform provider kubernetes"),
    ("INFRACOST_API_KEY", "Infracost, Environment variables"),
    ("SPACELIFT_API_KEY_SECRET", "Terraform provider spacelift"),
    ("PULUMI_ACCESS_TOKEN", "Pulumi, Environment variables"),
];

/// Words that stand where a secret belongs. A text that has one of them is not the secret.
const PLACEHOLDERS: [&str; 20] = [
    "changeme",
    "change",
    "replace",
    "replaceme",
    "placeholder",
    "example",
    "dummy",
    "fake",
    "mock",
    "mocked",
    "test",
    "testing",
    "todo",
    "redacted",
    "masked",
    "hidden",
    "insert",
    "your",
    "localstack",
    "unused",
];

/// Whole texts that say that there is none.
const NOTHING: [&str; 10] =
    ["none", "null", "nil", "true", "false", "unset", "undefined", "secret", "token", "password"];

/// Whether a variable of this name holds a credential that lives long.
pub(super) fn is_key(name: &str) -> bool {
    let is = |known: &str| match known.strip_suffix('*') {
        Some(start) => name.len() > start.len() && name.starts_with(start),
        None => name == known,
    };
    NAMES.iter().any(|(known, _)| is(known))
}

/// Whether a text may be a secret, and is not what stands in the place of one.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    let mut chars = value.chars();
    let first = chars.next();
    let repeats = chars.all(|c| Some(c) == first);
    let framed = [("<", ">"), ("[", "]"), ("{{", "}}"), ("%", "%"), ("__", "__")];
    let framed = framed.iter().any(|(start, end)| value.starts_with(start) && value.ends_with(end));
    let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let placeholder = words.any(|word| PLACEHOLDERS.contains(&word)) || lower.ends_with("example");
    // The path of a key file is as good as the key to the tool, and is none.
    let path = name == "GOOGLE_CREDENTIALS" && !value.contains("private_key");
    !repeats && !framed && !placeholder && !path && !NOTHING.contains(&lower.as_str())
}

/// Whether GitLab would fill a variable into a value: `$NAME`, `${NAME}`.
pub(super) fn refers(value: &str) -> bool {
    let name = |rest: &str| rest.starts_with(|c: char| c == '{' || c == '_' || c.is_ascii_alphabetic());
    // `$$` is a dollar sign.
    value.replace("$$", "").split('$').skip(1).any(name)
}

/// Whether a word of a script is written out, with nothing in it that the shell fills in.
pub(super) fn is_written_out(place: &Place) -> bool {
    let whole = place.document.scalar(place.node).map_or("", |scalar| scalar.text);
    let text = place.range.map_or(whole, |range| whole.get(range.range()).unwrap_or(whole));
    let (mut single, mut double, mut escaped) = (false, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\'' if !double => single = !single,
            _ if single => {}
            '\\' => escaped = true,
            '"' => double = !double,
            '$' | '`' => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_key, is_secret, refers};

    #[test]
    fn a_key_is_known_by_its_name() {
        for name in ["AWS_SECRET_ACCESS_KEY", "VAULT_TOKEN", "TF_TOKEN_app_terraform_io"] {
            assert!(is_key(name), "{name}");
        }
        for name in ["AWS_REGION", "aws_secret_access_key", "TF_TOKEN_", "VAULT_ADDR", "VAULT_TOKEN_FILE", ""] {
            assert!(!is_key(name), "{name}");
        }
    }

    #[test]
    fn what_stands_in_the_place_of_a_secret_is_none() {
        let check = |value: &str, expect: bool| assert_eq!(is_secret("VAULT_TOKEN", value), expect, "{value}");
        for value in ["hvs.CAESIJ1rq", "wJalrXUtnFEMI/K7MDENG", "pa$$word1", "s.8Fr$", "AKIA2E0A8F3B244C9986"] {
            check(value, true);
        }
        for value in ["", " ", "****", "xxxxxxxx", "<token>", "[MASKED]", "{{ token }}"] {
            check(value, false);
        }
        for value in ["changeme", "CHANGE_ME", "your-token-here", "AKIAIOSFODNN7EXAMPLE", "test", "%TOKEN%", "null"] {
            check(value, false);
        }
        for value in ["$TOKEN", "${TOKEN}", "x$TOKEN"] {
            assert!(refers(value), "{value}");
        }
        assert!(!refers("pa$$word1") && !refers("s.8$") && !refers("$5"));
        assert!(!is_secret("GOOGLE_CREDENTIALS", "/secrets/key.json"));
        assert!(is_secret("GOOGLE_CREDENTIALS", r#"{"private_key": "-----BEGIN"}"#));
    }
}
