//! Which file of a directory is what to Terraform.

/// What a file is to the module in its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Part of the module.
    Code,
    /// Read after the others, and changes what they declare.
    Override,
    /// A variable file that Terraform reads by itself; see [`variable_rank`].
    Variables,
    /// The lock file.
    Lock,
    /// Nothing that Terraform reads by itself.
    Other,
}

/// The role of a file by its name. `.json` is looked through; `.tofu` is what OpenTofu calls `.tf`.
pub(super) fn role(name: &str) -> Role {
    if name == super::lock::FILE_NAME {
        return Role::Lock;
    }
    let name = name.strip_suffix(".json").unwrap_or(name);
    if let Some(stem) = name.strip_suffix(".tf").or_else(|| name.strip_suffix(".tofu")) {
        let overrides = stem == "override" || stem.ends_with("_override");
        return if overrides { Role::Override } else { Role::Code };
    }
    if name == "terraform.tfvars" || name.ends_with(".auto.tfvars") { Role::Variables } else { Role::Other }
}

/// When Terraform reads a variable file: `terraform.tfvars`, `terraform.tfvars.json`, then the others by name. What is
/// read later counts.
pub(super) fn variable_rank(name: &str) -> u8 {
    match name {
        "terraform.tfvars" => 0,
        "terraform.tfvars.json" => 1,
        _ => 2,
    }
}

/// The directory that `path` leads to from `directory`, or `None` where it leaves the tree.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{Role, join, role};

    #[test]
    fn a_file_is_what_its_name_says() {
        assert_eq!(role("main.tf"), Role::Code);
        assert_eq!(role("main.tf.json"), Role::Code);
        assert_eq!(role("override.tf"), Role::Override);
        assert_eq!(role("x_override.tf.json"), Role::Override);
        assert_eq!(role("terraform.tfvars"), Role::Variables);
        assert_eq!(role("a.auto.tfvars.json"), Role::Variables);
        assert_eq!(role("prod.tfvars"), Role::Other);
        assert_eq!(role("main.tofu"), Role::Code);
        assert_eq!(role("x_override.tofu.json"), Role::Override);
        assert_eq!(role(".terraform.lock.hcl"), Role::Lock);
        assert_eq!(role("terraform.lock.hcl"), Role::Other);
    }

    #[test]
    fn a_local_source_leads_to_a_directory() {
        assert_eq!(join("envs/prod", "../../modules/x/").as_deref(), Some("modules/x"));
        assert_eq!(join("a", "..").as_deref(), Some(""));
        assert_eq!(join("a", "../../b"), None);
    }
}
