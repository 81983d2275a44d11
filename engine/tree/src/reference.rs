//! From the name of a revision to an object: branches, tags, `HEAD` and its like, full and short names of commits. What
//! the object holds is read elsewhere, and expressions (`HEAD~1`, `main@{yesterday}`) are not read at all.
//!
//! Unlike git, a name that stands for two different things is refused, and not settled with a warning: whoever can push
//! a tag `main` could else put it before the branch.
//!
//! Source: gitrevisions(7), gitrepository-layout(5), git-pack-refs(1).

use engine_model::nearest;

use crate::disk::{self, Failure};
use crate::object::{ObjectId, Store};
use crate::repository::Repository;
use crate::revision::RevisionError;

/// The largest file of references that is read, in bytes: some million.
const MAX_PACKED: u64 = 128 << 20;

/// The largest file of one reference; `FETCH_HEAD` has a line for each that was fetched.
const MAX_LOOSE: u64 = 16 << 20;

/// How often a reference may name another one, as in git.
const MAX_HOPS: u32 = 5;

/// How many references are looked through for one of a similar name.
const MAX_KNOWN: usize = 20_000;

/// The fewest digits of a short name, as in git.
const SHORTEST: usize = 4;

/// How many digits a short name has that people write; words of fewer letters happen to be digits too.
const COMMON: usize = 7;

/// The references of a repository.
#[derive(Debug)]
pub(crate) struct References<'a> {
    repository: &'a Repository,
    store: &'a Store,
    /// The text of `packed-refs`.
    packed: String,
}

impl<'a> References<'a> {
    pub(crate) fn new(repository: &'a Repository, store: &'a Store) -> Result<Self, RevisionError> {
        let packed = match disk::read_path(&repository.common.join("packed-refs"), MAX_PACKED) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(Failure::NotFound) => String::new(),
            Err(failure) => return Err(unreadable("packed-refs", failure)),
        };
        Ok(Self { repository, store, packed })
    }

    /// The object that `name` stands for: a commit, or a tag that is to be peeled.
    ///
    /// # Errors
    /// Where it stands for nothing, for several things, or is no name.
    pub(crate) fn resolve(&self, name: &str) -> Result<ObjectId, RevisionError> {
        if !is_name(name) {
            return Err(RevisionError::NoName { name: name.into() });
        }
        if let Some(id) = ObjectId::from_hex(name, self.store.format) {
            return Ok(id);
        }
        let mut found: Vec<(String, ObjectId)> = Vec::new();
        for full in candidates(name) {
            if let Some(id) = self.follow(&full, MAX_HOPS)? {
                found.push((full, id));
            }
        }
        // Who may push a tag could else call it what a commit is called for short.
        if found.is_empty() || name.len() >= COMMON {
            found.extend(self.shortened(name)?);
        }
        match found.as_slice() {
            [] => Err(self.unknown(name)),
            [(_, first), rest @ ..] if rest.iter().all(|(_, id)| id == first) => Ok(*first),
            several => {
                let written: Vec<String> = several.iter().map(|(full, _)| format!("`{full}`")).collect();
                Err(RevisionError::Ambiguous { name: name.into(), meanings: written.join(", ") })
            }
        }
    }

    /// The objects that `name` may abbreviate.
    fn shortened(&self, name: &str) -> Result<Vec<(String, ObjectId)>, RevisionError> {
        if name.len() < SHORTEST || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let found = self.store.with_prefix(&name.to_ascii_lowercase());
        let found = found.map_err(|error| RevisionError::unreadable(name, &error.to_string()))?;
        Ok(found.into_iter().map(|id| (id.to_string(), id)).collect())
    }

    /// What the reference `full` stands for, or `None` where there is none of this name.
    fn follow(&self, full: &str, hops: u32) -> Result<Option<ObjectId>, RevisionError> {
        let Some(text) = self.text(full)? else { return Ok(self.packed(full)) };
        let damaged = || RevisionError::unreadable(full, "git's reference is damaged");
        if let Some(other) = text.strip_prefix("ref:") {
            let other = other.trim();
            let hops = hops.checked_sub(1).ok_or_else(damaged)?;
            if self.repository.has_reftable() {
                return Err(RevisionError::unreadable(full, REFTABLE));
            }
            if !is_name(other) {
                return Err(damaged());
            }
            if full == "HEAD" && self.follow(other, hops)?.is_none() {
                let branch = written(other).unwrap_or(other);
                return Err(RevisionError::unreadable(full, &format!("the branch `{branch}` has no commit yet")));
            }
            return self.follow(other, hops);
        }
        // `FETCH_HEAD` has more behind the name, and further lines.
        let hex = text.split_ascii_whitespace().next().unwrap_or_default();
        ObjectId::from_hex(hex, self.store.format).map(Some).ok_or_else(damaged)
    }

    /// The text of the file of a reference.
    fn text(&self, full: &str) -> Result<Option<String>, RevisionError> {
        const OWN: [&str; 3] = ["refs/bisect/", "refs/worktree/", "refs/rewritten/"];
        let own = !full.starts_with("refs/") || OWN.iter().any(|space| full.starts_with(space));
        let base = if own { &self.repository.own } else { &self.repository.common };
        let path = base.join(full);
        match disk::read_path(&path, MAX_LOOSE) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(Failure::NotFound) => Ok(None),
            Err(_) if path.is_dir() => Ok(None),
            Err(failure) => Err(unreadable(full, failure)),
        }
    }

    fn packed(&self, full: &str) -> Option<ObjectId> {
        let names = self.packed.lines().filter_map(|line| line.split_once(' '));
        let hex = names.into_iter().find_map(|(hex, name)| (name == full).then_some(hex))?;
        ObjectId::from_hex(hex, self.store.format)
    }

    fn unknown(&self, name: &str) -> RevisionError {
        let known = self.known();
        let help = match (nearest(name, known.iter().map(String::as_str)), name.strip_prefix("origin/")) {
            _ if self.repository.has_reftable() => REFTABLE.into(),
            (None, Some(branch)) => format!("fetch it with `git fetch origin {branch}`"),
            (Some(known), Some(branch)) => {
                format!("did you mean `{known}`? else fetch it with `git fetch origin {branch}`")
            }
            (Some(known), None) => format!("did you mean `{known}`?"),
            (None, None) => format!("fetch it with `git fetch origin {name}`, and name it `FETCH_HEAD`"),
        };
        RevisionError::Unknown { name: name.into(), help }
    }

    /// Names of branches and tags as people write them.
    fn known(&self) -> Vec<String> {
        let mut known = vec!["HEAD".to_owned(), "FETCH_HEAD".to_owned()];
        let packed = self.packed.lines().filter_map(|line| line.split_once(' ')).map(|(_, name)| name);
        known.extend(packed.filter_map(|name| written(name).map(str::to_owned)).take(MAX_KNOWN));
        let mut pending = vec!["refs/heads".to_owned(), "refs/remotes".to_owned(), "refs/tags".to_owned()];
        while let Some(space) = pending.pop() {
            let names = disk::names_at(&self.repository.common.join(&space), MAX_KNOWN).unwrap_or_default();
            for (name, is_directory) in names {
                let full = format!("{space}/{name}");
                match written(&full) {
                    _ if known.len() >= MAX_KNOWN => return known,
                    _ if is_directory && full.len() < 1024 => pending.push(full),
                    Some(name) => known.push(name.to_owned()),
                    None => {}
                }
            }
        }
        known
    }
}

/// The end of files that git writes before it puts them in a reference's place.
const LOCK: &str = ".lock";

const REFTABLE: &str =
    "this repository keeps its references in a reftable, which is not read: give the commit's full sha";

fn unreadable(name: &str, failure: Failure) -> RevisionError {
    RevisionError::Unreadable(failure.of(name))
}

/// What people write for a reference.
fn written(full: &str) -> Option<&str> {
    ["refs/heads/", "refs/remotes/", "refs/tags/"].into_iter().find_map(|space| full.strip_prefix(space))
}

/// The references that a name may stand for, in full.
fn candidates(name: &str) -> Vec<String> {
    let special = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    if name.starts_with("refs/") || (special && (name == "HEAD" || name.ends_with("_HEAD"))) {
        return vec![name.into()];
    }
    let spaces = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
    let mut all: Vec<String> = spaces.into_iter().map(|space| format!("{space}{name}")).collect();
    all.push(format!("refs/remotes/{name}/HEAD"));
    all
}

/// Whether git would take this for a name, and it leads nowhere but to a file of references.
fn is_name(name: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !part.ends_with(LOCK);
    let forbidden = |char: char| char.is_ascii_control() || " ~^:?*[\\".contains(char);
    !name.starts_with('-')
        && !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && name != "@"
        && name.len() < 1024
        && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["main", "origin/main", "refs/heads/a.b", "v1.0", "feature/#3", "é", "abc@def", "HEAD"] {
            assert!(is_name(name), "{name}");
        }
        let wrong =
            ["", "a..b", "../x", "a/../b", "/a", "a/", "a//b", "HEAD~1", "a^", "a:b", "a@{1}", "@", "-x", "a b"];
        for name in wrong.iter().chain(&["a.lock/b", ".a", "a/.b", "a\n", "a*", "a."]) {
            assert!(!is_name(name), "{name}");
        }
    }
}
