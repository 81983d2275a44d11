//! Files from elsewhere: the copies that the lock names, each held against its digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use engine_model::{FilePath, GapCause, Place};

use super::super::node::Edge;
use super::super::problem::Problem;
use super::{Found, Home, Include, Includer, LOCK, Lock, Locked, WAY_OUT, Wanted};

impl Includer<'_> {
    /// A file from elsewhere.
    pub(super) fn elsewhere(
        &mut self,
        from: &FilePath,
        wanted: Wanted,
        place: &Place,
        inputs: Option<&Edge>,
        integrity: Option<&Edge>,
    ) -> Vec<(Edge, Place)> {
        let title = wanted.title();
        let locked = match &wanted {
            Wanted::File { project, reference: Some(commit), file } => {
                let by_commit = FilePath::new(file).and_then(|file| self.lock().file(project, commit, &file).cloned());
                by_commit.or_else(|| self.lock().find(&wanted).cloned())
            }
            _ => self.lock().find(&wanted).cloned(),
        };
        let Some(locked) = locked else {
            self.missing(Some(wanted), place, title);
            return Vec::new();
        };
        let found = self.copy(from, &locked, place, inputs, integrity);
        let resolved = found.is_some();
        self.includes.push(Include { title, wanted: Some(wanted), place: place.clone(), resolved });
        found.into_iter().collect()
    }

    /// The copy that the lock names, if it is what the lock says.
    pub(super) fn copy(
        &mut self,
        from: &FilePath,
        locked: &Locked,
        place: &Place,
        inputs: Option<&Edge>,
        integrity: Option<&Edge>,
    ) -> Option<(Edge, Place)> {
        let digest = self.library.digest(&locked.vendored);
        if let Some(integrity) = integrity
            && !self.is_intact(locked, integrity, digest.as_deref())
        {
            return None;
        }
        if digest.as_deref().map(hexadecimal).as_ref() != Some(&locked.digest) {
            let what = if digest.is_some() { "is not what" } else { "is not there, as" };
            let message =
                format!("the copy `{}` of the {} {what} `{LOCK}` says", locked.vendored, locked.wanted.title());
            self.gap(GapCause::NotVendored, place.location(), message, Some(WAY_OUT));
            return None;
        }
        let home = match (&locked.wanted, &locked.project, &locked.commit) {
            (Wanted::File { .. } | Wanted::Component(_), Some(project), Some(commit)) => {
                Home::Project { project: project.clone(), commit: commit.clone() }
            }
            _ => Home::Nowhere,
        };
        if let Some(component) = &mut self.component {
            component.sha.clone_from(&locked.commit);
        }
        let found = Found { path: locked.vendored.clone(), home, place: place.clone() };
        let edge = self.found(from, found, inputs)?;
        Some((edge, place.clone()))
    }

    /// Whether a copy has the digest that the include asks for, as GitLab compares it.
    fn is_intact(&mut self, locked: &Locked, integrity: &Edge, digest: Option<&[u8]>) -> bool {
        let place = integrity.node.place.clone();
        let expected = integrity.node.text().and_then(|text| text.strip_prefix("sha256-"));
        let Some(expected) = expected else {
            let message = "`integrity` is `sha256-` and the digest in Base64".to_owned();
            self.problems.push(Problem::new(place, message));
            return false;
        };
        // A copy that is not there is said as one.
        let intact = digest.is_none_or(|digest| BASE64.encode(digest) == expected);
        if !intact {
            let message = format!("the copy of the {} has another digest than its `integrity`", locked.wanted.title());
            self.problems.push(Problem::new(place, message).help(WAY_OUT));
        }
        intact
    }

    pub(super) fn lock(&mut self) -> &Lock {
        if self.lock.is_none() {
            let lock = Lock::read(self.library);
            for (place, message) in &lock.problems {
                self.gap(GapCause::NotVendored, place.location(), message.clone(), Some(WAY_OUT));
            }
            self.lock = Some(lock);
        }
        self.lock.get_or_insert_default()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
