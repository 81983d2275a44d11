//! `.terraform.lock.hcl`: the providers that `terraform init` chose for the module beside it.

use std::sync::Arc;

use engine_model::{Document, NodeId, Place};

use super::block::blocks;

/// The name of the file.
pub(super) const FILE_NAME: &str = ".terraform.lock.hcl";

/// A lock file.
#[derive(Debug)]
pub struct LockFile {
    /// The file.
    pub place: Place,
    /// Its providers, in order.
    pub providers: Vec<LockedProvider>,
}

/// A provider as it is locked.
#[derive(Debug)]
pub struct LockedProvider {
    /// Its address, `registry.terraform.io/hashicorp/aws`.
    pub source: String,
    /// Its block.
    pub place: Place,
    /// The version, where it is written as a text.
    pub version: Option<(String, Place)>,
    /// How many checksums there are.
    pub hashes: usize,
}

/// Reads a lock file's document.
pub(super) fn read(document: &Arc<Document>) -> Option<LockFile> {
    let root = *document.roots().first()?;
    let mut providers = Vec::new();
    let named = |entry: &&engine_model::Entry| document.scalar(entry.key).is_some_and(|key| key.text == "provider");
    for entry in document.entries(root).iter().filter(named) {
        for block in blocks(document, *entry).into_iter().flatten() {
            let version = document.get(block.body, "version").and_then(|node| text(document, node));
            let hashes = document.get(block.body, "hashes").map_or(0, |hashes| document.items(hashes).len());
            let place = Place::new(document, block.node);
            providers.push(LockedProvider { source: block.label(document, 0).to_owned(), place, version, hashes });
        }
    }
    Some(LockFile { place: Place::new(document, root), providers })
}

fn text(document: &Arc<Document>, node: NodeId) -> Option<(String, Place)> {
    Some((document.scalar(node)?.text.to_owned(), Place::new(document, node)))
}

impl LockFile {
    /// The entry of the provider that `source` names, as `required_providers` writes it.
    #[must_use]
    pub fn provider(&self, source: &str) -> Option<&LockedProvider> {
        self.providers.iter().find(|locked| is_same(&locked.source, source))
    }
}

/// Whether a full address is the one that `source` is short for. Which host a short one means depends on the program.
fn is_same(full: &str, source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    let mut ends = full.to_ascii_lowercase();
    let wanted = if source.contains('/') { source } else { format!("hashicorp/{source}") };
    if wanted.matches('/').count() < 2 {
        ends = ends.split_once('/').map_or(ends.clone(), |(_, rest)| rest.to_owned());
    }
    ends == wanted
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn a_short_address_means_a_provider_of_some_host() {
        assert!(is_same("registry.terraform.io/hashicorp/aws", "hashicorp/aws"));
        assert!(is_same("registry.opentofu.org/hashicorp/aws", "aws"));
        assert!(is_same("registry.terraform.io/DataDog/datadog", "datadog/Datadog"));
        assert!(is_same("a.example/b/c", "a.example/b/c"));
        assert!(!is_same("a.example/b/c", "d.example/b/c"));
        assert!(!is_same("registry.terraform.io/hashicorp/aws", "other/aws"));
    }
}
