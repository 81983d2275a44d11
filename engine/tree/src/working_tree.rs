//! The working tree on disk: which paths were asked for, and the way from a path to bytes.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use engine_model::{FilePath, Listing, Tree, TreeError};
use rustix::fs::FileType;

use crate::disk::{self, Failure};
use crate::repository::Repository;
use crate::walk::{MAX_ENTRIES, Walk};

/// The files in a directory on disk, in a git repository or not. Paths are relative to the directory.
///
/// In a repository (a linked working tree and a submodule are ones too) it holds what git's index names and the disk
/// has, and the untracked files that no `.gitignore` and no `info/exclude` hides; a tracked file is never hidden, and
/// the user's own excludes do not count. Elsewhere it holds every file. Never listed: `.git`; symbolic links, tracked
/// or not (what one points to inside the tree is listed under its own name); submodules and repositories inside the
/// repository; pipes, sockets, devices; names that are not UTF-8. All but `.git` are in [`Listing::skipped`] with the
/// reason.
///
/// [`Tree::read`] reads any regular file below the directory, listed or not, but for `.git`, and goes through no link.
#[derive(Debug)]
pub struct WorkingTree {
    root: PathBuf,
    opened: OwnedFd,
    repository: Option<Repository>,
    asked: Option<Vec<Asked>>,
    limit: usize,
}

/// One path that was asked for.
#[derive(Debug)]
enum Asked {
    /// Empty for the root, else ending with `/`.
    Directory(String),
    File(FilePath),
}

impl WorkingTree {
    /// The tree below the directory `root`, which may itself be reached through a link. Nothing is listed yet.
    ///
    /// # Errors
    /// Where `root` is no directory that can be read.
    pub fn open(root: &Path) -> Result<Self, TreeError> {
        let of = |failure: Failure| failure.of(root.to_string_lossy());
        let opened = disk::open_directory(root).map_err(of)?;
        let root = std::path::absolute(root).and_then(|path| path.canonicalize()).map_err(|error| {
            TreeError::Unreadable { path: root.to_string_lossy().into(), reason: error.kind().to_string() }
        })?;
        let repository = Repository::around(&root)?;
        Ok(Self { root, opened, repository, asked: None, limit: MAX_ENTRIES })
    }

    /// The same tree, of which only `paths` are listed: files, whether ignored or not, and what is below directories
    /// (there the ignore rules count, but not whether they hide the directory itself). Paths are relative to `root`,
    /// or absolute and below it.
    ///
    /// # Errors
    /// Where `root` is no directory, or one of the paths is outside it, not there, or neither file nor directory.
    pub fn with_paths(root: &Path, paths: &[PathBuf]) -> Result<Self, TreeError> {
        let mut tree = Self::open(root)?;
        tree.asked = Some(paths.iter().map(|path| tree.asked(root, path)).collect::<Result<_, _>>()?);
        Ok(tree)
    }

    /// The same without regard to git: what is ignored is listed as well, and what is in repositories inside of it. All
    /// of `root` where there are no paths.
    ///
    /// # Errors
    /// As for [`Self::with_paths`].
    pub fn everything(root: &Path, paths: &[PathBuf]) -> Result<Self, TreeError> {
        let tree = if paths.is_empty() { Self::open(root)? } else { Self::with_paths(root, paths)? };
        Ok(Self { repository: None, ..tree })
    }

    /// The directory, absolute and without links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The branch that changes production, as far as the repository tells: what `origin/HEAD` points to, else `main`
    /// or `master`, the first that is known here. `None` outside a repository.
    #[must_use]
    pub fn production_branch(&self) -> Option<String> {
        self.repository.as_ref().and_then(Repository::production_branch)
    }

    /// The same tree with another limit on the names of one listing.
    #[cfg(test)]
    pub(crate) fn at_most(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// What a path on the command line stands for.
    fn asked(&self, root: &Path, path: &Path) -> Result<Asked, TreeError> {
        let shown = || path.to_string_lossy().into_owned();
        let refused = |reason: &str| TreeError::Unreadable { path: shown(), reason: reason.into() };
        let inside = if path.is_absolute() {
            path.strip_prefix(&self.root)
                .or_else(|_| path.strip_prefix(root))
                .map_err(|_| refused("it is outside the tree"))?
        } else {
            path
        };
        let text = inside.to_str().ok_or_else(|| refused("its name is not UTF-8"))?;
        let Some(file) = FilePath::new(text) else {
            // Nothing is left of `.`; `..` at the root leads out.
            let stays = inside.components().all(|part| part == Component::CurDir);
            return if stays { Ok(Asked::Directory(String::new())) } else { Err(refused("it is outside the tree")) };
        };
        if is_gits(&file) {
            return Err(refused(GITS));
        }
        let directory = disk::descend(self.opened.as_fd(), file.directory()).map_err(|failure| failure.of(shown()))?;
        let found =
            disk::stat(directory.as_fd(), file.file_name()).map_err(|errno| Failure::from(errno).of(shown()))?;
        match disk::kind(&found) {
            FileType::Directory => Ok(Asked::Directory(format!("{file}/"))),
            kind => disk::refusal(kind).map_or(Ok(Asked::File(file)), |reason| Err(refused(reason))),
        }
    }

    /// What can be done in the directory that holds the file `path`.
    fn in_directory_of<T>(
        &self,
        path: &FilePath,
        work: impl FnOnce(BorrowedFd<'_>) -> Result<T, Failure>,
    ) -> Result<T, TreeError> {
        let refused = || is_gits(path).then(|| Failure::Unreadable(GITS.into()));
        let done = refused().map_or_else(|| disk::descend(self.opened.as_fd(), path.directory()), Err);
        done.and_then(|directory| work(directory.as_fd())).map_err(|failure| failure.of(path.as_str()))
    }

    /// Whether the regular file `path` is there, and can be executed.
    fn executable(&self, path: &FilePath) -> Option<bool> {
        let directory = disk::descend(self.opened.as_fd(), path.directory()).ok()?;
        let found = disk::stat(directory.as_fd(), path.file_name()).ok()?;
        (disk::kind(&found) == FileType::RegularFile).then_some(found.st_mode & 0o100 != 0)
    }
}

/// Why nothing in `.git` is read as a file of the tree: it holds credentials, and is no part of what is delivered.
const GITS: &str = "it is git's own";

fn is_gits(path: &FilePath) -> bool {
    path.as_str().split('/').any(|part| part == ".git")
}

impl Tree for WorkingTree {
    fn list(&self) -> Result<Listing, TreeError> {
        let mut walk = Walk::new(self.repository.as_ref(), self.limit)?;
        let whole = [Asked::Directory(String::new())];
        for asked in self.asked.as_deref().unwrap_or(&whole) {
            match asked {
                Asked::Directory(path) => {
                    let opened = disk::descend(self.opened.as_fd(), path).map_err(|failure| failure.of(path))?;
                    walk.directory(opened, path)?;
                }
                Asked::File(path) => {
                    if let Some(executable) = self.executable(path) {
                        walk.file(path.clone(), executable);
                    }
                }
            }
        }
        Ok(walk.finish())
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        let read = |directory: BorrowedFd<'_>| disk::read_below(directory, path.file_name(), limit);
        self.in_directory_of(path, read)
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        let open = |directory: BorrowedFd<'_>| disk::file_below(directory, path.file_name());
        Ok(Box::new(self.in_directory_of(path, open)?))
    }
}
