//! Real policies.

use std::path::{Path, PathBuf};

use engine_facts::terraform::Modules;
use engine_facts::vault::derive;

use crate::support::policy_file;

#[test]
#[expect(clippy::disallowed_methods, reason = "a fixture is no tree that a user checks")]
fn every_policy_of_the_corpus_is_read_whole() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/vault-policy");
    let mut open: Vec<PathBuf> = vec![corpus.clone()];
    let (mut files, mut stanzas) = (0, 0);
    while let Some(path) = open.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let parsed = policy_file("policy.hcl", &text);
            assert!(parsed.broken.is_none(), "{}: {:?}", path.display(), parsed.findings);
            let vault = derive(&Modules::default(), &parsed.document.into_iter().collect::<Vec<_>>());
            assert_eq!(vault.findings, [], "{}", path.display());
            assert!(vault.policies[0].complete, "{}", path.display());
            files += 1;
            stanzas += vault.policies[0].paths.len();
        }
    }
    if files == 0 {
        println!("skipped: no corpus at {}", corpus.display());
    } else {
        assert!(files >= 11 && stanzas >= files, "{files} files, {stanzas} stanzas");
    }
}
