//! Copies of what pipelines include from elsewhere, and the lock that names them.
//!
//! ```text
//! tree ─► includes that are not here ─ Forge ─► copies, entries of the lock ─► tree again, until nothing is missing
//! ```
//! A file that was fetched may include further ones, so that the pipelines are resolved anew with what has come. Nothing
//! is written before all of it is here.
//!
//! This is the one part of the engine that asks a server, and only when somebody runs `engine vendor`.

mod api;
mod forge;
mod git;
mod lock;
mod overlay;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use engine_facts::gitlab::{LOCK, Locked, VENDORED, Wanted};
use engine_gate::Elsewhere;
use engine_model::{FilePath, Location, Tree};

pub use api::Api;
pub use forge::{Failure, Forge};
pub use git::Git;
use overlay::Overlay;

/// How often what has come is looked through for more: as often as files can include one another.
const MAX_ROUNDS: usize = 150;

/// The largest file that is copied, in bytes. GitLab's own default is 2 MB of its memory.
const MAX_BYTES: usize = 4 << 20;

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What is missing; copies that are what the lock says stay.
    Missing,
    /// Everything anew.
    All,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Vendored {
    /// The text of the lock; `None` where nothing is included from elsewhere.
    pub lock: Option<String>,
    /// The copies, by path.
    pub copies: BTreeMap<FilePath, Vec<u8>>,
    /// Copies of before that nobody includes any more.
    pub unused: Vec<FilePath>,
    /// What was fetched, for people, in order.
    pub fetched: Vec<String>,
    /// How many copies of before stay.
    pub kept: usize,
    /// What cannot be fetched, where it is included, and why.
    pub failed: Vec<Failed>,
    /// What is other than it was, a sentence each: where [`Mode::All`] finds another commit or another text.
    pub changed: Vec<String>,
}

/// An include that cannot be followed.
#[derive(Debug)]
pub struct Failed {
    /// What is included.
    pub title: String,
    /// Where.
    pub location: Location,
    /// Why not.
    pub failure: Failure,
}

/// Fetches what the pipelines of a tree include from elsewhere. `told` hears of each file before it is fetched.
///
/// # Errors
/// Where the tree cannot be listed. What cannot be fetched is in [`Vendored::failed`].
pub fn vendor(
    tree: &dyn Tree,
    forge: &dyn Forge,
    mode: Mode,
    told: &dyn Fn(&str),
) -> Result<Vendored, engine_gate::Error> {
    let before = Elsewhere::of(tree)?;
    let mut overlay = Overlay::new(tree);
    let mut entries: Vec<Locked> = Vec::new();
    if mode == Mode::All {
        overlay.hide(FilePath::new(LOCK));
    } else {
        entries.clone_from(&before.lock.entries);
    }
    let mut out = Vendored::default();
    let mut tried: BTreeSet<Wanted> = BTreeSet::new();
    let mut commits = Commits::default();
    for _ in 0..MAX_ROUNDS {
        let found = Elsewhere::of(&overlay)?;
        let missing = found.wanted.iter().filter(|wanted| !wanted.resolved);
        let missing: Vec<_> = missing.filter(|wanted| tried.insert(wanted.what.clone())).cloned().collect();
        if missing.is_empty() {
            break;
        }
        for wanted in missing {
            let title = wanted.what.title();
            told(&title);
            match fetched(forge, &mut commits, &wanted.what) {
                Ok(files) => {
                    for (entry, bytes) in files {
                        entries.retain(|known| known.wanted != entry.wanted);
                        overlay.put(entry.vendored.clone(), bytes.clone());
                        out.copies.insert(entry.vendored.clone(), bytes);
                        entries.push(entry);
                    }
                    out.fetched.push(title);
                }
                Err(failure) => out.failed.push(Failed { title, location: wanted.location, failure }),
            }
        }
        overlay.put_text(LOCK, lock::text(&entries));
    }
    let found = Elsewhere::of(&overlay)?;
    let used = |entry: &Locked| found.files.contains(&entry.vendored);
    out.kept = entries.iter().filter(|entry| used(entry) && !out.copies.contains_key(&entry.vendored)).count();
    if out.failed.is_empty() {
        entries.retain(used);
    }
    let kept: BTreeSet<&FilePath> = entries.iter().map(|entry| &entry.vendored).collect();
    let was = before.lock.entries.iter().map(|entry| &entry.vendored);
    let ours = |path: &&FilePath| path.as_str().starts_with(&format!("{VENDORED}/"));
    out.unused = was.filter(|path| !kept.contains(path)).filter(ours).cloned().collect();
    out.unused.dedup();
    out.changed = changes(&before.lock.entries, &entries);
    out.lock = (!entries.is_empty()).then(|| lock::text(&entries));
    Ok(out)
}

/// What differs between two locks.
fn changes(before: &[Locked], after: &[Locked]) -> Vec<String> {
    let mut out = Vec::new();
    for entry in after {
        let title = entry.wanted.title();
        match before.iter().find(|known| known.wanted == entry.wanted) {
            None => out.push(format!("the {title} is not in `{LOCK}`")),
            Some(known) if known.digest != entry.digest => out.push(format!("the {title} is another text now")),
            Some(known) if known.commit != entry.commit => out.push(format!("the {title} is of another commit now")),
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|known| !after.iter().any(|entry| entry.wanted == known.wanted));
    out.extend(gone.map(|known| format!("the {} is in `{LOCK}`, and nobody includes it", known.wanted.title())));
    out
}

/// The commits of projects and refs, so that all files of one ref are of one commit, and it is asked for once.
#[derive(Default)]
struct Commits(BTreeMap<(String, Option<String>), String>);

impl Commits {
    fn of(&mut self, forge: &dyn Forge, project: &str, reference: Option<&str>) -> Result<String, Failure> {
        let key = (project.to_owned(), reference.map(str::to_owned));
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let commit = forge.commit(project, reference)?;
        self.0.insert(key, commit.clone());
        Ok(commit)
    }
}

/// The files that an include asks for, with their entries of the lock.
fn fetched(forge: &dyn Forge, commits: &mut Commits, wanted: &Wanted) -> Result<Vec<(Locked, Vec<u8>)>, Failure> {
    match wanted {
        Wanted::File { project, reference, file } => {
            let commit = commits.of(forge, project, reference.as_deref())?;
            if !file.contains('*') {
                let bytes = forge.file(project, &commit, file)?;
                return Ok(vec![lock::file(wanted.clone(), project, &commit, file, bytes)?]);
            }
            let paths = forge.paths(project, &commit)?;
            let matching: Vec<&String> = paths.iter().filter(|path| lock::includes(file, path)).collect();
            if matching.is_empty() {
                return Err(Failure::Absent(format!("no file of the project `{project}` matches `{file}`")));
            }
            let one = |path: &String| {
                let bytes = forge.file(project, &commit, path)?;
                let wanted =
                    Wanted::File { project: project.clone(), reference: Some(commit.clone()), file: path.clone() };
                lock::file(wanted, project, &commit, path, bytes)
            };
            matching.into_iter().map(one).collect()
        }
        Wanted::Remote(address) => {
            let bytes = forge.remote(address)?;
            Ok(vec![lock::single(wanted.clone(), "remote", address, bytes)?])
        }
        Wanted::Template(name) => {
            let bytes = forge.template(name)?;
            Ok(vec![lock::single(wanted.clone(), "template", name, bytes)?])
        }
        Wanted::Component(address) => component(forge, wanted, address),
    }
}

/// A component: `host/group/project/name@version`.
fn component(forge: &dyn Forge, wanted: &Wanted, address: &str) -> Result<Vec<(Locked, Vec<u8>)>, Failure> {
    let odd = || Failure::Absent(format!("`{address}` is no address of a component: `host/project/name@version`"));
    let (path, version) = address.split_once('@').ok_or_else(odd)?;
    let (host, path) = path.split_once('/').ok_or_else(odd)?;
    let (project, name) = path.rsplit_once('/').ok_or_else(odd)?;
    if !forge.is_host(host) {
        return Err(Failure::Absent(format!("`{host}` is not the GitLab that is asked: components are of one's own")));
    }
    if project.contains('$') || version.contains('$') {
        return Err(Failure::Absent("its address holds a variable that only a pipeline knows".to_owned()));
    }
    let commit = forge.version(project, version)?;
    let files = [format!("templates/{name}.yml"), format!("templates/{name}/template.yml")];
    let mut last = None;
    for file in files {
        match forge.file(project, &commit, &file) {
            Ok(bytes) => return Ok(vec![lock::file(wanted.clone(), project, &commit, &file, bytes)?]),
            Err(failure @ Failure::Absent(_)) => last = Some(failure),
            Err(failure) => return Err(failure),
        }
    }
    Err(last.unwrap_or_else(odd))
}
