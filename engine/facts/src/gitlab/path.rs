//! Paths in a job: where a command runs, what a relative path means there, and which patterns keep a file.

use engine_model::{Value, Why};
use globset::GlobBuilder;

use crate::sourced::Sourced;

/// The variable that holds the project's directory. Paths below it are written from there.
pub(super) const PROJECT_DIRECTORY: &str = "CI_PROJECT_DIR";

/// A directory, as a path from the project's own; unknown after a `cd` to somewhere unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory(Option<String>);

impl Directory {
    /// The project's directory, where every job's shell starts.
    #[must_use]
    pub fn project() -> Self {
        Self(Some(String::new()))
    }

    /// Somewhere.
    #[must_use]
    pub fn unknown() -> Self {
        Self(None)
    }

    /// A directory below the project's.
    pub(super) fn at(path: String) -> Self {
        Self(Some(path))
    }

    /// The path from the project's directory (`""` for itself), or `None` where it is unknown.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Where `cd TARGET` leads. What a subshell does is undone at its end, which is not followed: unknown from there.
    pub(super) fn enter(&self, target: Option<&Sourced<String>>, subshell: bool) -> Self {
        if subshell {
            return Self::unknown();
        }
        let target = target.and_then(|target| target.get());
        Self(target.and_then(|target| self.join(target)).filter(|path| !path.starts_with(['/', '~', '-'])))
    }

    /// `path` as seen from this directory: from the project's directory, or absolute. `None` where that is unknown.
    pub(super) fn join(&self, path: &str) -> Option<String> {
        let below = path.strip_prefix(&format!("${PROJECT_DIRECTORY}")).map(|rest| rest.trim_start_matches('/'));
        if below.is_none() && (path.starts_with('/') || path.starts_with('~')) {
            return Some(path.to_owned());
        }
        let base = if below.is_some() { "" } else { self.0.as_deref()? };
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(below.unwrap_or(path).split('/')) {
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
}

/// A word as a path from the project's directory; as it stands where the directory is unknown.
pub(super) fn from_project(word: &Sourced<String>, directory: &Directory) -> Sourced<String> {
    let value = match &word.value {
        Value::Known(text) => {
            directory.join(text).map_or_else(|| Value::unknown(Why::Dynamic, text.as_str()), Value::Known)
        }
        other => other.clone(),
    };
    Sourced { value, origin: word.origin.clone() }
}

/// The operands of a command that names files (`rm`, `tee`), as paths from the project's directory.
pub(super) fn operands(words: &[Sourced<String>], directory: &Directory) -> Vec<Sourced<String>> {
    let operand =
        |word: &&Sourced<String>| word.get().is_none_or(|text| !text.starts_with('-') && !text.starts_with("/dev/"));
    words.iter().skip(1).filter(operand).map(|word| from_project(word, directory)).collect()
}

/// The files that a program writes because its words say so: `tee FILE`, `cp FROM FILE`, `curl -o FILE`.
pub(super) fn written(program: &str, words: &[Sourced<String>], directory: &Directory) -> Vec<Sourced<String>> {
    let after = |options: &[&str]| {
        let at = words.iter().position(|word| word.get().is_some_and(|text| options.contains(&text.as_str())))?;
        words.get(at.saturating_add(1)).map(|word| from_project(word, directory))
    };
    match program {
        "tee" => operands(words, directory),
        "cp" | "mv" | "ln" | "install" => {
            operands(words, directory).into_iter().skip(1).next_back().into_iter().collect()
        }
        "curl" => after(&["-o", "--output"]).into_iter().collect(),
        "wget" => after(&["-O", "--output-document"]).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether two paths name the same file. A path that is not wholly known is compared as it is written, or by its last
/// part.
pub(super) fn same_file(a: &Sourced<String>, b: &Sourced<String>) -> bool {
    let text = |path: &Sourced<String>| match &path.value {
        Value::Known(path) => Some(spelled(path)),
        Value::Unknown(unknown) => Some(spelled(&unknown.on)),
        Value::Absent => None,
    };
    match (text(a), text(b)) {
        (Some(left), Some(right)) if a.get().is_some() && b.get().is_some() => left == right,
        (Some(left), Some(right)) => file_name(&left) == file_name(&right),
        _ => false,
    }
}

/// Whether a pattern of `artifacts:paths` or `cache:paths` keeps a file, or a folder above it. A path that is not
/// wholly known is matched by its last part.
pub(super) fn keeps(pattern: &str, path: &Sourced<String>) -> bool {
    let Some(pattern) = Directory::project().join(pattern) else {
        return false;
    };
    match &path.value {
        Value::Known(path) => covers(&pattern, path),
        Value::Unknown(unknown) => covers(file_name(&pattern), file_name(&unknown.on)),
        Value::Absent => false,
    }
}

fn covers(pattern: &str, path: &str) -> bool {
    if pattern.is_empty() {
        // `./` and `$CI_PROJECT_DIR`: everything.
        return !path.starts_with('/');
    }
    let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else {
        // A pattern that cannot be read may keep anything.
        return true;
    };
    let matcher = glob.compile_matcher();
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).any(|folder| matcher.is_match(folder))
}

/// A text with variables as it would be spelled without quotes and braces. A variable that GitLab sets is the same in
/// all jobs of a pipeline.
fn spelled(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '"' | '\'' | '{' | '}')).collect()
}

/// The last part of a path: the program without its folder.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use engine_model::{Value, Why};

    use super::{Directory, keeps};
    use crate::sourced::Sourced;

    fn word(text: &str) -> Sourced<String> {
        Sourced { value: Value::Known(text.to_owned()), origin: None }
    }

    #[test]
    fn a_path_is_seen_from_the_projects_directory() {
        let start = Directory::project();
        let inside = start.enter(Some(&word("terraform/eu-west-1")), false);
        assert_eq!(inside.join("plan").as_deref(), Some("terraform/eu-west-1/plan"));
        assert_eq!(inside.join("../x").as_deref(), Some("terraform/x"));
        assert_eq!(inside.join("$CI_PROJECT_DIR/tmp").as_deref(), Some("tmp"));
        assert_eq!(inside.join("/tmp/x").as_deref(), Some("/tmp/x"));
        assert_eq!(start.enter(Some(&word("/opt")), false), Directory::unknown());
        assert_eq!(start.enter(Some(&word("a")), true), Directory::unknown());
        assert_eq!(start.enter(None, false).join("plan"), None);
    }

    #[test]
    fn patterns_keep_files_and_what_is_below_folders() {
        let check = |pattern: &str, path: &str, expect: bool| {
            assert_eq!(keeps(pattern, &word(path)), expect, "{pattern} {path}");
        };
        check("plan", "plan", true);
        check("*.tfplan", "a.tfplan", true);
        check("*.tfplan", "terraform/a.tfplan", false);
        check("**/*.tfplan", "terraform/a.tfplan", true);
        check("terraform/", "terraform/eu/plan", true);
        check("$CI_PROJECT_DIR/terraform", "terraform/eu/plan", true);
        check("./", "anything", true);
        check("plan", "/tmp/plan", false);
        let unknown = Sourced { value: Value::unknown(Why::Dynamic, "$DIR/plan"), origin: None };
        assert!(keeps("a/plan", &unknown) && !keeps("a/other", &unknown));
    }
}
