//! The repository at a commit, as a tree that is held: its listing, and the content of every file, held against the name
//! that the listing gives it.
//!
//! An archive brings most of it at once. What it leaves out or alters is asked for file by file; what is then still
//! missing is among the files that were not read, so that a rule which needs it is undecided.

use std::collections::BTreeSet;

use engine_model::Tree as _;
use engine_tree::{ArchiveLimits, Blobs, ListedEntry, Memory};
use futures_util::stream::{self, StreamExt as _};

use super::api::Entry;
use super::client::{Client, Failure};

/// How many entries a repository may have.
const ENTRIES: usize = 50_000;

/// The largest file that is asked for by itself, in bytes: no reader takes a larger one.
const FILE_BYTES: usize = 8 << 20;

/// From how many missing files on an archive is asked for.
const ARCHIVE_FROM: usize = 12;

/// How many files are asked for by themselves.
const SINGLE_FILES: usize = 2_000;

/// How many are asked for at a time.
const AT_A_TIME: usize = 8;

/// The tree of a commit. `blobs` are contents that are there already, and get those that come; `bytes` is how much they
/// may be in all.
///
/// # Errors
/// Where the listing cannot be had.
pub(crate) async fn tree(
    client: &Client,
    project: u64,
    commit: &str,
    blobs: &mut Blobs,
    bytes: u64,
) -> Result<Memory, Failure> {
    let entries = client.listing(project, commit, ENTRIES).await?;
    let listed = |entry: Entry| ListedEntry { path: entry.path, mode: entry.mode, id: entry.id };
    let entries: Vec<ListedEntry> = entries.into_iter().map(listed).collect();
    if missing(&entries, blobs).len() >= ARCHIVE_FROM {
        archived(client, project, commit, &entries, blobs, bytes).await;
    }
    let wanted: Vec<String> = missing(&entries, blobs).into_iter().take(SINGLE_FILES).collect();
    let fetch = |id: String| async move {
        let content = client.blob(project, &id, FILE_BYTES).await;
        (id, content)
    };
    let mut coming = stream::iter(wanted).map(fetch).buffer_unordered(AT_A_TIME);
    while let Some((id, content)) = coming.next().await {
        match content {
            Ok(content) if blobs.bytes().saturating_add(content.len() as u64) <= bytes => blobs.keep(&content, &id),
            Ok(_) | Err(Failure::TooLarge(_) | Failure::Status(404)) => {}
            Err(failure) => return Err(failure),
        }
    }
    drop(coming);
    Ok(Memory::from_listing(&entries, blobs))
}

/// The names of the files whose content is not there.
fn missing(entries: &[ListedEntry], blobs: &Blobs) -> BTreeSet<String> {
    let files = entries.iter().filter(|entry| entry.is_file() && !blobs.holds(&entry.id));
    files.map(|entry| entry.id.clone()).collect()
}

/// Keeps what an archive holds, whatever it calls it. One that cannot be had or read brings nothing.
async fn archived(client: &Client, project: u64, commit: &str, entries: &[ListedEntry], blobs: &mut Blobs, bytes: u64) {
    let Some(like) = entries.first().map(|entry| entry.id.clone()) else { return };
    let left = bytes.saturating_sub(blobs.bytes());
    let limit = usize::try_from(left).unwrap_or(usize::MAX);
    let Ok(packed) = client.archive(project, commit, limit).await else { return };
    let limits = ArchiveLimits { bytes: left, files: ENTRIES as u64 };
    let Ok(tree) = Memory::from_archive(&packed, limits) else { return };
    for entry in tree.list().map(|listing| listing.files).unwrap_or_default() {
        if let Ok(content) = tree.read(&entry.path, left) {
            blobs.keep(&content, &like);
        }
    }
}
