//! The repository's files as git sees them: tracked ones, and new ones that are not ignored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Every file of the repository with its text.
#[derive(Debug, Default)]
pub(crate) struct Checkout {
    /// Where the repository lies.
    pub(crate) root: PathBuf,
    /// Paths relative to the root, with `/`.
    texts: BTreeMap<String, String>,
}

impl Checkout {
    /// Where the repository lies that this program was built in.
    ///
    /// # Errors
    ///
    /// Where its own folder has none above it.
    pub(crate) fn root() -> Result<&'static Path> {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no folder above it")
    }

    /// Reads the repository that this program was built in.
    ///
    /// # Errors
    ///
    /// Where git is missing, the sources are no git repository, or a file cannot be read.
    pub(crate) fn open() -> Result<Self> {
        let root = Self::root()?;
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
        let output = git.output().context("cannot start `git`, which knows what belongs to the repository")?;
        ensure!(output.status.success(), "`git ls-files` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        let mut texts = BTreeMap::new();
        for path in String::from_utf8_lossy(&output.stdout).split_terminator('\0') {
            let file = root.join(path);
            // A link's target is a file of its own, and a file that git knows may be deleted.
            if file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                #[expect(clippy::disallowed_methods, reason = "the repository's own sources, not a user's")]
                let bytes = std::fs::read(&file).with_context(|| format!("cannot read `{path}`"))?;
                texts.insert(path.to_owned(), String::from_utf8(bytes).unwrap_or_default());
            }
        }
        Ok(Self { root: root.to_owned(), texts })
    }

    /// A made-up repository.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let texts = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { root: PathBuf::new(), texts }
    }

    /// Every file, path first, in the order of the paths. A file that is no UTF-8 has an empty text.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether there is such a file or folder.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        let below = self.texts.range(folder.clone()..).next().is_some_and(|(file, _)| file.starts_with(&folder));
        path.is_empty() || path == "." || below || self.texts.contains_key(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Checkout;

    #[test]
    fn a_folder_exists_where_a_file_is_below_it() {
        let checkout = Checkout::of(&[("engine/model/src/lib.rs", ""), ("engine-old", "")]);
        for there in ["engine", "engine/", "engine/model/src", "engine/model/src/lib.rs", "engine-old", "."] {
            assert!(checkout.has(there), "{there}");
        }
        for absent in ["eng", "engine/mod", "engine/model/src/lib", "engine-", "zoo"] {
            assert!(!checkout.has(absent), "{absent}");
        }
    }
}
