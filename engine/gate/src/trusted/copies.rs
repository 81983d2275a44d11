//! Copies of files from elsewhere that a tree changes: what it says they are, nobody has held against the server.

use engine_facts::gitlab::{LOCK, Lock};

use super::rule::VENDORED_COPY_CHANGED;
use super::{Compared, Trusted};
use crate::library::Library;

pub(super) fn compare(library: &Library<'_>, there: &Library<'_>, trusted: &Trusted<'_>, compared: &mut Compared) {
    let own = Lock::read(library);
    if own.entries.is_empty() {
        return;
    }
    let there = Lock::read(there);
    let whence = trusted.shown();
    for entry in &own.entries {
        let known = there.entries.iter().filter(|known| known.wanted == entry.wanted).collect::<Vec<_>>();
        if known.iter().any(|known| known.digest == entry.digest && known.commit == entry.commit) {
            continue;
        }
        let title = entry.wanted.title();
        let message = match known.is_empty() {
            true => format!("the copy of the {title} is new: `{LOCK}` of {whence} has none"),
            false => format!("the copy of the {title} is another one than in {whence}"),
        };
        if let Some(finding) = compared.find(VENDORED_COPY_CHANGED, &entry.place, message) {
            finding.help =
                Some("hold the copies against the server in a job of yours: `engine vendor --check`".to_owned());
        }
    }
}
