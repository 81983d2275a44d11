//! Entries of `engine.lock`, and its text.

use std::fmt::Write as _;

use engine_facts::gitlab::{Locked, VENDORED, Wanted, is_included, script_document};
use engine_model::{FilePath, Place, SourceFile};
use sha2::{Digest as _, Sha256};

use crate::forge::Failure;

/// What stands above the entries.
const ABOVE: &str = "\
# Files that pipelines of this repository include from elsewhere. Written by `engine vendor`.
version: 1
includes:
";

/// A file of a project.
pub(crate) fn file(
    wanted: Wanted,
    project: &str,
    commit: &str,
    path: &str,
    bytes: Vec<u8>,
) -> Result<(Locked, Vec<u8>), Failure> {
    let odd = || Failure::Unread(format!("`{path}` is no path"));
    let file = FilePath::new(path).ok_or_else(odd)?;
    let vendored = below(&format!("project/{project}/{commit}/{file}")).ok_or_else(odd)?;
    let mut entry = entry(wanted, vendored, &bytes)?;
    entry.project = Some(project.to_owned());
    entry.commit = Some(commit.to_owned());
    entry.file = Some(file);
    Ok((entry, bytes))
}

/// A file that is of no project. `folder` is where its copy goes.
pub(crate) fn single(wanted: Wanted, folder: &str, name: &str, bytes: Vec<u8>) -> Result<(Locked, Vec<u8>), Failure> {
    let bare = name.trim_start_matches("https://").trim_start_matches("http://");
    let (path, query) = bare.split_once(['?', '#']).map_or((bare, false), |(path, _)| (path, true));
    let mut path = path.to_owned();
    if query {
        // Two addresses that differ there are two files.
        let digest = digest(name.as_bytes());
        let _ = write!(path, ".{}.yml", digest.get(..12).unwrap_or(""));
    }
    let vendored = below(&format!("{folder}/{path}")).ok_or_else(|| Failure::Unread(format!("`{name}` is no path")))?;
    Ok((entry(wanted, vendored, &bytes)?, bytes))
}

/// A path in the folder of copies; `None` for one that leads out of it.
fn below(path: &str) -> Option<FilePath> {
    let whole = FilePath::new(&format!("{VENDORED}/{path}"))?;
    let kept = path.split('/').all(|part| part != ".." && !part.contains('\0'));
    kept.then_some(whole)
}

fn entry(wanted: Wanted, vendored: FilePath, bytes: &[u8]) -> Result<Locked, Failure> {
    // An entry that was read has a place; this one has that of its copy.
    let text = String::from_utf8(bytes.to_vec()).map_err(|_| Failure::Unread("it is no text".to_owned()))?;
    let document = script_document(&SourceFile::new(vendored.clone(), text));
    let root = document.roots().first().copied().ok_or_else(|| Failure::Unread("it is no text".to_owned()))?;
    let place = Place::new(&document, root);
    Ok(Locked { wanted, project: None, commit: None, file: None, vendored, digest: digest(bytes), place })
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a wildcard of a `local` include means a file.
pub(crate) fn includes(pattern: &str, path: &str) -> bool {
    FilePath::new(path).is_some_and(|path| is_included(pattern, &path))
}

/// The text of a lock, sorted.
pub(crate) fn text(entries: &[Locked]) -> String {
    let mut sorted: Vec<&Locked> = entries.iter().collect();
    sorted.sort_by(|one, other| one.wanted.cmp(&other.wanted));
    let mut out = ABOVE.to_owned();
    for entry in sorted {
        let mut fields: Vec<(&str, &str)> = Vec::new();
        match &entry.wanted {
            Wanted::File { project, reference, file } => {
                fields.push(("project", project));
                fields.extend(reference.as_deref().map(|reference| ("ref", reference)));
                fields.push(("file", file));
            }
            Wanted::Remote(address) => fields.push(("remote", address)),
            Wanted::Template(name) => fields.push(("template", name)),
            Wanted::Component(address) => {
                fields.push(("component", address));
                fields.extend(entry.project.as_deref().map(|project| ("project", project)));
                fields.extend(entry.file.as_ref().map(|file| ("file", file.as_str())));
            }
        }
        fields.extend(entry.commit.as_deref().map(|commit| ("commit", commit)));
        fields.push(("vendored", entry.vendored.as_str()));
        fields.push(("sha256", &entry.digest));
        for (index, (name, value)) in fields.iter().enumerate() {
            let dash = if index == 0 { '-' } else { ' ' };
            // What JSON writes between quotes, YAML reads.
            let value = serde_json::Value::from(*value);
            let _ = writeln!(out, "{dash} {name}: {value}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use engine_facts::gitlab::Wanted;

    use super::{below, single, text};

    #[test]
    fn a_copy_never_leaves_its_folder() {
        for path in ["project/../../x", "a/..", "../x"] {
            assert_eq!(below(path), None, "{path}");
        }
        assert_eq!(below("remote/a.yml").unwrap().as_str(), ".engine/vendor/remote/a.yml");
    }

    #[test]
    fn addresses_with_a_query_are_files_of_their_own() {
        let path = |address: &str| {
            let wanted = Wanted::Remote(address.to_owned());
            single(wanted, "remote", address, b"x".to_vec()).unwrap().0.vendored.to_string()
        };
        assert_eq!(path("https://example.com/a.yml"), ".engine/vendor/remote/example.com/a.yml");
        assert_ne!(path("https://example.com/a.yml?x"), path("https://example.com/a.yml?y"));
        let entry = single(Wanted::Template("Go.gitlab-ci.yml".into()), "template", "Go.gitlab-ci.yml", b"x".to_vec());
        let written = text(&[entry.unwrap().0]);
        assert!(
            written.contains("- template: \"Go.gitlab-ci.yml\"\n  vendored: \".engine/vendor/template/"),
            "{written}"
        );
    }
}
