//! The git repository around a directory: where its top and its own files are, and which branch is production. What
//! names and objects stand for is said elsewhere.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use engine_model::TreeError;
use rustix::fs::FileType;

use crate::disk::{self, Failure};
use crate::ignored::{Ignored, MAX_FILE};
use crate::index::Index;
use crate::object::{Absence, Format, Store};

/// The largest index that is read, in bytes: some million entries.
const MAX_INDEX: u64 = 512 << 20;

/// The largest other file of git's that is read, in bytes.
const MAX_SMALL: u64 = 16 << 20;

/// The repository that a directory belongs to.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The top directory.
    pub(crate) top: OwnedFd,
    /// Its path, absolute and without links.
    pub(crate) top_path: PathBuf,
    /// From the top to the directory it was found from: empty, or ending with `/`.
    pub(crate) prefix: String,
    /// What this working tree has for itself: `HEAD`, the index.
    pub(crate) own: PathBuf,
    /// What all working trees of the repository share: refs, configuration.
    pub(crate) common: PathBuf,
}

impl Repository {
    /// The repository around `root`, an absolute path without links, or `None` where there is none.
    pub(crate) fn around(root: &Path) -> Result<Option<Self>, TreeError> {
        for top in root.ancestors() {
            let Some(own) = git_directory(top) else { continue };
            let Ok(inside) = root.strip_prefix(top) else { continue };
            let mut prefix = match inside.to_str() {
                Some(prefix) => prefix.to_owned(),
                None => return Err(Failure::Unreadable("its path is not UTF-8".into()).of(inside.to_string_lossy())),
            };
            if !prefix.is_empty() {
                prefix.push('/');
            }
            let top_path = top.to_path_buf();
            let top = disk::open_directory(top).map_err(|failure| failure.of(top.to_string_lossy()))?;
            let common = match text(&own.join("commondir")) {
                Some(path) => own.join(path.trim_end()),
                None => own.clone(),
            };
            return Ok(Some(Self { top, top_path, prefix, own, common }));
        }
        Ok(None)
    }

    /// What is tracked below the directory, named from there.
    pub(crate) fn index(&self) -> Result<Index, TreeError> {
        match disk::read_path(&self.own.join("index"), MAX_INDEX) {
            Ok(bytes) => self.parsed(&bytes, ".git/index"),
            Err(Failure::NotFound) => Ok(Index::default()),
            Err(failure) => Err(failure.of(".git/index")),
        }
    }

    /// The same by another index, the file at `path`.
    pub(crate) fn index_at(&self, path: &Path) -> Result<Index, TreeError> {
        let name = path.to_string_lossy();
        let bytes = disk::read_path(path, MAX_INDEX).map_err(|failure| failure.of(name.as_ref()))?;
        self.parsed(&bytes, &name)
    }

    fn parsed(&self, bytes: &[u8], name: &str) -> Result<Index, TreeError> {
        let of = |reason| TreeError::Unreadable { path: name.into(), reason };
        let shared = |name: &str| {
            let name = format!("sharedindex.{name}");
            let read = |directory: &Path| disk::read_path(&directory.join(&name), MAX_INDEX).ok();
            read(&self.own).or_else(|| read(&self.common))
        };
        let index = Index::new(bytes, self.format(), shared).map_err(of)?;
        Ok(index.below(&self.prefix))
    }

    /// What the repository names its objects by.
    fn format(&self) -> Format {
        if self.is_set("objectformat", "sha256") { Format::Sha256 } else { Format::Sha1 }
    }

    /// Whether references are kept in a form that is not read here.
    pub(crate) fn has_reftable(&self) -> bool {
        self.is_set("refstorage", "reftable")
    }

    /// Whether a line of the repository's own configuration gives `key`, in lower case, the value `value`.
    fn is_set(&self, key: &str, value: &str) -> bool {
        let config = text(&self.common.join("config")).unwrap_or_default().to_lowercase();
        let mut lines = config.lines().filter_map(|line| line.split_once('='));
        lines.any(|(name, set)| name.trim() == key && set.trim() == value)
    }

    /// The repository's objects.
    pub(crate) fn store(&self) -> Store {
        let absence = if self.is_set("promisor", "true") {
            Absence::Partial
        } else if disk::file_at(&self.common.join("shallow")).is_ok() {
            Absence::Shallow
        } else {
            Absence::Whole
        };
        Store::new(self.common.join("objects"), self.format(), absence)
    }

    /// The ignore rules that count in `directory`, a path from the top that is empty or ends with `/`, without that
    /// directory's own.
    pub(crate) fn ignored_above(&self, directory: &str) -> Ignored {
        let exclude = disk::read_path(&self.common.join("info/exclude"), MAX_FILE).unwrap_or_default();
        let mut ignored = Ignored::default().with("", &exclude);
        let mut base = String::new();
        let Ok(mut at) = self.top.try_clone() else { return ignored };
        for part in directory.split_terminator('/') {
            if let Ok(text) = disk::read_below(at.as_fd(), ".gitignore", MAX_FILE) {
                ignored = ignored.with(&base, &text);
            }
            base.push_str(part);
            base.push('/');
            match disk::open_below(at.as_fd(), part) {
                Ok(below) => at = below,
                Err(_) => break,
            }
        }
        ignored
    }

    /// The branch that `origin` calls its default one, else `main` or `master` where such a branch is known here.
    pub(crate) fn production_branch(&self) -> Option<String> {
        if let Some(head) = text(&self.common.join("refs/remotes/origin/HEAD"))
            && let Some(branch) = head.strip_prefix("ref: refs/remotes/origin/")
        {
            return Some(branch.trim_end().to_owned());
        }
        let packed = text(&self.common.join("packed-refs")).unwrap_or_default();
        // A branch without a commit is in HEAD alone.
        let head = text(&self.own.join("HEAD")).unwrap_or_default();
        let known = |branch: &str| {
            ["refs/remotes/origin/", "refs/heads/"].into_iter().any(|space| {
                let name = format!("{space}{branch}");
                text(&self.common.join(&name)).is_some()
                    || packed.lines().any(|line| line.split_once(' ').is_some_and(|(_, packed)| packed == name))
                    || head.strip_prefix("ref: ").is_some_and(|head| head.trim_end() == name)
            })
        };
        ["main", "master"].into_iter().find(|branch| known(branch)).map(str::to_owned)
    }
}

/// Whether the directory `name` is the top of a git repository, as git sees it when it meets one inside another.
pub(crate) fn is_top(directory: BorrowedFd<'_>, name: &str) -> bool {
    let Ok(found) = disk::stat(directory, format!("{name}/.git")) else { return false };
    match disk::kind(&found) {
        FileType::Directory => {
            ["HEAD", "objects", "refs"].iter().all(|part| disk::stat(directory, format!("{name}/.git/{part}")).is_ok())
        }
        FileType::RegularFile => {
            let below =
                disk::open_below(directory, name).and_then(|at| disk::read_below(at.as_fd(), ".git", MAX_SMALL));
            below.is_ok_and(|text| text.starts_with(b"gitdir: "))
        }
        _ => false,
    }
}

/// The directory of git's own files for the working tree at `top`: `.git`, or what the file `.git` names.
fn git_directory(top: &Path) -> Option<PathBuf> {
    let dot_git = top.join(".git");
    let directory = match disk::read_path(&dot_git, MAX_SMALL) {
        Ok(bytes) => {
            let path = bytes.strip_prefix(b"gitdir: ")?.trim_ascii_end();
            top.join(std::ffi::OsStr::from_bytes(path))
        }
        Err(_) => dot_git,
    };
    // Every repository has a HEAD, a linked working tree's included; an empty `.git` is none.
    disk::read_path(&directory.join("HEAD"), MAX_SMALL).is_ok().then_some(directory)
}

fn text(path: &Path) -> Option<String> {
    String::from_utf8(disk::read_path(path, MAX_SMALL).ok()?).ok()
}
