//! What a file is by its name, in conftest's order: the name first, then the ending.

use engine_model::FilePath;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Syntax {
    /// HCL in its native syntax.
    Hcl,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// What a file's name says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// It is read.
    Read(Syntax),
    /// conftest reads it, and the engine does not: its format, for people.
    Foreign(&'static str),
    /// Neither reads it.
    Nothing,
}

/// What `path` is by its name, upper case or lower.
#[must_use]
pub fn named(path: &FilePath) -> Named {
    let name = path.file_name().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_called = |word: &str| name == word || name.strip_prefix(word).is_some_and(|rest| rest.starts_with('.'));
    if is_called("dockerfile") || ending == "dockerfile" {
        return Named::Foreign("a Dockerfile");
    }
    match ending {
        "yml" | "yaml" => return Named::Read(Syntax::Yaml),
        "hcl" | "hcl2" | "tf" | "tfvars" => return Named::Read(Syntax::Hcl),
        "gitignore" | "dockerignore" | "ignore" => return Named::Foreign("an ignore file"),
        _ => {}
    }
    if is_called(".env") || ending == "env" || ending == "dotenv" {
        return Named::Foreign("a file of environment variables");
    }
    if name == "nginx.conf" || ending == "nginx" {
        return Named::Foreign("nginx");
    }
    if is_called("jenkinsfile") || ending == "groovy" {
        return Named::Foreign("a Jenkinsfile");
    }
    match ending {
        "json" => Named::Read(Syntax::Json),
        "cue" => Named::Foreign("CUE"),
        "cyclonedx" => Named::Foreign("CycloneDX"),
        "edn" => Named::Foreign("EDN"),
        "hcl1" => Named::Foreign("HCL of the first version"),
        "hocon" => Named::Foreign("HOCON"),
        "ini" => Named::Foreign("INI"),
        "jsonc" => Named::Foreign("JSON with comments"),
        "jsonnet" => Named::Foreign("Jsonnet"),
        "properties" => Named::Foreign("Java properties"),
        "spdx" => Named::Foreign("SPDX"),
        "textproto" | "textpb" => Named::Foreign("a text of protocol buffers"),
        "toml" => Named::Foreign("TOML"),
        "vcl" => Named::Foreign("VCL"),
        "xml" => Named::Foreign("XML"),
        _ => Named::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::{Named, Syntax, named};

    #[test]
    fn a_file_is_what_its_name_says() {
        let check = |path: &str, expect: Named| assert_eq!(named(&FilePath::new(path).unwrap()), expect, "{path}");
        check("a/main.tf", Named::Read(Syntax::Hcl));
        check("MAIN.TF", Named::Read(Syntax::Hcl));
        check("prod.auto.tfvars", Named::Read(Syntax::Hcl));
        check(".terraform.lock.hcl", Named::Read(Syntax::Hcl));
        check("main.tf.json", Named::Read(Syntax::Json));
        check("deployment.yml", Named::Read(Syntax::Yaml));
        check("dockerfile.yaml", Named::Foreign("a Dockerfile"));
        check("Dockerfile", Named::Foreign("a Dockerfile"));
        check("dev.Dockerfile", Named::Foreign("a Dockerfile"));
        check("Dockerfiles.md", Named::Nothing);
        check("a/.gitignore", Named::Foreign("an ignore file"));
        check(".env.yaml", Named::Read(Syntax::Yaml));
        check(".env.prod", Named::Foreign("a file of environment variables"));
        check("nginx.conf", Named::Foreign("nginx"));
        check("Jenkinsfile.safe", Named::Foreign("a Jenkinsfile"));
        check("Cargo.toml", Named::Foreign("TOML"));
        check("grafana.ini", Named::Foreign("INI"));
        check("README.md", Named::Nothing);
        check("json", Named::Nothing);
    }
}
