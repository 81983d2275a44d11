//! `engine.lock`: what `engine vendor` brought here of the files that are included from elsewhere.
//!
//! Each entry says what was asked for, in the words of the `include:`, where the file came from, where its copy is in
//! this tree, and the digest of that copy. A copy that is not what the lock says is none.

use std::sync::Arc;

use engine_model::{Document, FilePath, NodeId, Place};

use super::Library;

/// The file's path.
pub const LOCK: &str = "engine.lock";

/// The folder of the copies.
pub const VENDORED: &str = ".engine/vendor";

/// Whether a file is in the folder of copies.
#[must_use]
pub fn is_copy(path: &FilePath) -> bool {
    path.as_str().strip_prefix(VENDORED).is_some_and(|rest| rest.starts_with('/'))
}

/// The version of the file's grammar.
const VERSION: &str = "1";

/// The keys of an entry.
const KEYS: [&str; 9] = ["project", "ref", "file", "remote", "template", "component", "commit", "vendored", "sha256"];

/// The lock of a tree.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// What is there, in order.
    pub entries: Vec<Locked>,
    /// What is wrong with the file, at its place.
    pub problems: Vec<(Place, String)>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct Locked {
    /// What was asked for.
    pub wanted: Wanted,
    /// The project that the file is of: its path.
    pub project: Option<String>,
    /// The commit of that project, 40 or 64 hexadecimal digits.
    pub commit: Option<String>,
    /// The file's path in that project.
    pub file: Option<FilePath>,
    /// Its copy.
    pub vendored: FilePath,
    /// The SHA-256 of the copy, in lower-case hexadecimal digits.
    pub digest: String,
    /// Where the entry is written.
    pub place: Place,
}

/// What an `include:` asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wanted {
    /// A file of a project at a ref; `None` for its default branch.
    File {
        /// The project's path.
        project: String,
        /// A branch, a tag or a commit.
        reference: Option<String>,
        /// The file's path.
        file: String,
    },
    /// An address.
    Remote(String),
    /// A template of GitLab's.
    Template(String),
    /// A component, by its address as it is written.
    Component(String),
}

impl Wanted {
    /// What it is, for people.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::File { project, reference, file } => {
                let at = reference.as_ref().map_or_else(String::new, |name| format!(" at `{name}`"));
                format!("file `{file}` of the project `{project}`{at}")
            }
            Self::Remote(address) => format!("remote file `{address}`"),
            Self::Template(name) => format!("template `{name}`"),
            Self::Component(address) => format!("component `{address}`"),
        }
    }

    /// Whether both are one thing: a path may begin with `/`.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::File { project, reference, file },
                Self::File { project: other_project, reference: other_reference, file: other_file },
            ) => {
                project == other_project
                    && reference == other_reference
                    && FilePath::new(file) == FilePath::new(other_file)
            }
            (one, other) => one == other,
        }
    }
}

impl Lock {
    /// The lock of a tree; empty where there is none.
    #[must_use]
    pub fn read(library: &dyn Library) -> Self {
        let path = FilePath::new(LOCK).filter(|path| library.exists(path));
        let document = path.and_then(|path| library.yaml(&path));
        document.map_or_else(Self::default, |document| Self::of(&document))
    }

    /// The lock in a document.
    #[must_use]
    pub fn of(document: &Arc<Document>) -> Self {
        let mut lock = Self::default();
        let Some(root) = document.roots().first().copied() else { return lock };
        let version = document.get(root, "version").and_then(|node| document.scalar(node));
        if version.as_ref().is_none_or(|version| version.text != VERSION) {
            let place = Place::new(document, root);
            lock.problems.push((place, format!("`{LOCK}` is not of version {VERSION}")));
            return lock;
        }
        let includes = document.get(root, "includes").map_or(&[][..], |node| document.items(node));
        for node in includes {
            match entry(document, *node) {
                Ok(entry) => lock.entries.push(entry),
                Err(message) => lock.problems.push((Place::new(document, *node), message)),
            }
        }
        lock
    }

    /// The copy of what an `include:` asks for.
    #[must_use]
    pub fn find(&self, wanted: &Wanted) -> Option<&Locked> {
        self.entries.iter().find(|entry| entry.wanted.is(wanted))
    }

    /// The copy of a file of a project at a commit.
    #[must_use]
    pub fn file(&self, project: &str, commit: &str, file: &FilePath) -> Option<&Locked> {
        self.entries.iter().find(|entry| {
            entry.project.as_deref() == Some(project)
                && entry.commit.as_deref() == Some(commit)
                && entry.file.as_ref() == Some(file)
        })
    }
}

fn entry(document: &Arc<Document>, node: NodeId) -> Result<Locked, String> {
    for key in document.entries(node) {
        let name = document.scalar(key.key).map_or("", |scalar| scalar.text);
        if !KEYS.contains(&name) {
            return Err(format!("an entry of `{LOCK}` has no key `{name}`"));
        }
    }
    let text = |name: &str| {
        let node = document.get(node, name)?;
        document.scalar(node).map(|scalar| scalar.text.to_owned())
    };
    let (project, file) = (text("project"), text("file"));
    let wanted = match (text("remote"), text("template"), text("component")) {
        (Some(address), None, None) => Wanted::Remote(address),
        (None, Some(name), None) => Wanted::Template(name),
        (None, None, Some(address)) => Wanted::Component(address),
        (None, None, None) => match (&project, &file) {
            (Some(project), Some(file)) => {
                Wanted::File { project: project.clone(), reference: text("ref"), file: file.clone() }
            }
            _ => return Err("an entry names a file of a project, `remote`, `template` or `component`".to_owned()),
        },
        _ => return Err("an entry names one of `remote`, `template` and `component`".to_owned()),
    };
    let digest = text("sha256").filter(|digest| digest.len() == 64 && is_hexadecimal(digest));
    let vendored = text("vendored").and_then(|path| FilePath::new(&path));
    let (Some(digest), Some(vendored)) = (digest, vendored) else {
        return Err("an entry has the path of its copy (`vendored`) and that copy's digest (`sha256`)".to_owned());
    };
    Ok(Locked {
        wanted,
        project,
        commit: text("commit"),
        file: file.and_then(|file| FilePath::new(&file)),
        vendored,
        digest,
        place: Place::new(document, node),
    })
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
