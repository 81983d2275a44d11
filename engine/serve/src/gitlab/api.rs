//! GitLab's API as far as a check needs it. Source: GitLab's documentation, "REST API resources": merge requests,
//! branches, repositories, commits, notes.

use axum::body::Bytes;
use axum::http::{Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::client::{Answer, Client, Failure};

/// The largest answer of a few fields, in bytes.
const SMALL: usize = 4 << 20;

/// How many entries of a listing come at a time, the most that GitLab gives.
const PAGE: usize = 100;

/// How many are asked for where a full page was the last one, to see whether it was.
const OTHER_PAGE: usize = 97;

/// How many pages of notes are looked through for one's own.
const NOTE_PAGES: usize = 20;

/// A merge request as it is now.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MergeRequest {
    /// The commit at its head.
    pub(crate) sha: Option<String>,
    /// `opened`, `closed`, `locked`, `merged`.
    pub(crate) state: String,
    /// The branch that it would go into.
    pub(crate) target_branch: String,
    /// The project that it comes from: another one for a fork; nothing where that is gone.
    pub(crate) source_project_id: Option<u64>,
    /// The branch that it comes from.
    pub(crate) source_branch: String,
    /// The pipeline that counts for it.
    pub(crate) head_pipeline: Option<HeadPipeline>,
}

/// A pipeline.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct HeadPipeline {
    pub(crate) id: u64,
    pub(crate) project_id: Option<u64>,
}

/// One entry of a listing.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    /// The object's name.
    pub(crate) id: String,
    /// From the top of the repository.
    pub(crate) path: String,
    /// git's mode, six digits.
    pub(crate) mode: String,
}

/// What a commit status says.
#[derive(Debug, Serialize)]
pub(crate) struct Status<'a> {
    /// `running`, `success`, `failed`.
    pub(crate) state: &'static str,
    /// Which status it is.
    pub(crate) name: &'a str,
    /// At most 255 characters.
    pub(crate) description: &'a str,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pipeline_id: Option<u64>,
}

#[derive(Deserialize)]
struct Branch {
    commit: CommitId,
}

#[derive(Deserialize)]
struct CommitId {
    id: String,
}

#[derive(Deserialize)]
struct Project {
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
}

#[derive(Deserialize)]
struct Note {
    id: u64,
    body: String,
    author: Option<User>,
    #[serde(default)]
    system: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    body: &'a str,
}

impl Client {
    /// A merge request.
    pub(crate) async fn merge_request(&self, project: u64, request: u64) -> Result<MergeRequest, Failure> {
        self.read(&format!("/projects/{project}/merge_requests/{request}")).await
    }

    /// The commit at the tip of a branch.
    pub(crate) async fn tip(&self, project: u64, branch: &str) -> Result<String, Failure> {
        let path = format!("/projects/{project}/repository/branches/{}", encoded(branch));
        self.read::<Branch>(&path).await.map(|branch| branch.commit.id)
    }

    /// The branch that a project calls its default one.
    pub(crate) async fn default_branch(&self, project: u64) -> Result<Option<String>, Failure> {
        self.read::<Project>(&format!("/projects/{project}")).await.map(|project| project.default_branch)
    }

    /// All entries of a commit, below every folder; an error where there are more than `limit`.
    pub(crate) async fn listing(&self, project: u64, commit: &str, limit: usize) -> Result<Vec<Entry>, Failure> {
        let (entries, is_whole) = self.listed(project, commit, limit, PAGE).await?;
        if is_whole {
            return Ok(entries);
        }
        // The last page was full, and nothing says that it was the last: what is lost on the way would look the same.
        let (again, is_whole) = self.listed(project, commit, limit, OTHER_PAGE).await?;
        if is_whole && again.len() == entries.len() {
            return Ok(again);
        }
        Err(Failure::Unread("a listing ends, and does not say that it does".to_owned()))
    }

    /// The entries of a commit by pages of `size`, and whether the last one was certainly that.
    async fn listed(
        &self,
        project: u64,
        commit: &str,
        limit: usize,
        size: usize,
    ) -> Result<(Vec<Entry>, bool), Failure> {
        let first = format!(
            "/projects/{project}/repository/tree?recursive=true&per_page={size}&pagination=keyset&ref={commit}"
        );
        let mut path = first.clone();
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let answer = self.get(&path, SMALL).await?;
            let page: Vec<Entry> = parsed(&answer.body)?;
            let count = page.len();
            entries.extend(page);
            if entries.len() > limit {
                return Err(Failure::Unread(format!("the repository has more than {limit} entries, the limit")));
            }
            // Of the address that it gives for what comes next, the mark is taken and nothing else.
            match next_page(&answer)? {
                Some(token) if count > 0 => path = format!("{first}&page_token={}", encoded(&token)),
                _ => return Ok((entries, count < size)),
            }
        }
    }

    /// An archive of a commit, a gzipped tar. What is left out of it or altered in it, its own attributes say.
    pub(crate) async fn archive(&self, project: u64, commit: &str, limit: usize) -> Result<Bytes, Failure> {
        let path = format!("/projects/{project}/repository/archive.tar.gz?sha={commit}");
        self.get(&path, limit).await.map(|answer| answer.body)
    }

    /// The content of a file, by its object's name.
    pub(crate) async fn blob(&self, project: u64, id: &str, limit: usize) -> Result<Bytes, Failure> {
        let path = format!("/projects/{project}/repository/blobs/{}/raw", encoded(id));
        self.get(&path, limit).await.map(|answer| answer.body)
    }

    /// Gives a commit a status.
    pub(crate) async fn set_status(&self, project: u64, commit: &str, status: &Status<'_>) -> Result<(), Failure> {
        let path = format!("/projects/{project}/statuses/{commit}");
        self.write(Method::POST, &path, status, true).await
    }

    /// Writes one's own note on a merge request, which is known by `mark` and by its author, in the place of the one that
    /// is there.
    pub(crate) async fn set_note(&self, project: u64, request: u64, mark: &str, text: &str) -> Result<(), Failure> {
        let own: User = self.read("/user").await?;
        let notes = format!("/projects/{project}/merge_requests/{request}/notes");
        for page in 1..=NOTE_PAGES {
            let path = format!("{notes}?sort=asc&order_by=created_at&per_page={PAGE}&page={page}");
            let found: Vec<Note> = parsed(&self.get(&path, SMALL.saturating_mul(8)).await?.body)?;
            let is_own = |note: &&Note| {
                !note.system && note.body.contains(mark) && note.author.as_ref().is_some_and(|user| user.id == own.id)
            };
            if let Some(note) = found.iter().find(is_own) {
                return self.write(Method::PUT, &format!("{notes}/{}", note.id), &Body { body: text }, true).await;
            }
            if found.len() < PAGE {
                break;
            }
        }
        self.write(Method::POST, &notes, &Body { body: text }, false).await
    }

    async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        parsed(&self.get(path, SMALL).await?.body)
    }

    /// Sends a value; `repeatable` says that it may arrive twice.
    async fn write(&self, method: Method, path: &str, value: &impl Serialize, repeatable: bool) -> Result<(), Failure> {
        let json = serde_json::to_string(value).map_err(|error| Failure::Unread(error.to_string()))?;
        self.send(method, path, json, repeatable).await.map(|_| ())
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::Unread(error.to_string()))
}

/// The mark of the next page, from the header `Link`. A next page without a mark that is understood is an error: the
/// files on it would be gone without a word.
fn next_page(answer: &Answer) -> Result<Option<String>, Failure> {
    let unread = || Failure::Unread("a listing says that there is more, and not where".to_owned());
    let Some(link) = answer.headers.get(header::LINK) else { return Ok(None) };
    let link = link.to_str().map_err(|_| unread())?;
    let Some(next) = link.split(',').find(|one| one.contains("rel=\"next\"")) else { return Ok(None) };
    let address = next.split_once('<').and_then(|(_, rest)| rest.split_once('>')).ok_or_else(unread)?.0;
    let query = address.split_once('?').ok_or_else(unread)?.1;
    let token = query.split('&').find_map(|pair| pair.strip_prefix("page_token=")).and_then(decoded);
    token.map(Some).ok_or_else(unread)
}

/// What a part of a path, or the value of an argument, holds as it is.
const UNCHANGED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as one part of a path, or the value of an argument.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNCHANGED).to_string()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        match (first, behind) {
            (b'%', [high, low, behind @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?);
                rest = behind;
            }
            (b'%', _) => return None,
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{Answer, decoded, encoded, next_page};

    #[test]
    fn a_next_page_that_cannot_be_found_is_no_last_page() {
        let check = |link: &str, expect: Option<Option<&str>>| {
            let headers = HeaderMap::from_iter([(header::LINK, HeaderValue::from_str(link).unwrap())]);
            let next = next_page(&Answer { headers, body: Bytes::new() }).ok();
            assert_eq!(next.as_ref().map(Option::as_deref), expect, "{link}");
        };
        check("<https://x/tree?a=b&page_token=c%2Fd>; rel=\"next\", <https://x>; rel=\"first\"", Some(Some("c/d")));
        check("<https://x/tree?page=1>; rel=\"first\"", Some(None));
        // A GitLab that counts pages gives no mark.
        for lost in [
            "<https://x/tree?page=2>; rel=\"next\"",
            "<https://x>; rel=\"next\"",
            "rel=\"next\"",
            "<?page_token=%>; rel=\"next\"",
        ] {
            check(lost, None);
        }
    }

    #[test]
    fn a_text_is_one_part_of_a_path_and_comes_back() {
        for text in ["main", "feature/x y", "../../user", "a?b=c#d%", "prod+ä"] {
            let part = encoded(text);
            assert!(part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b)), "{part}");
            assert_eq!(decoded(&part).as_deref(), Some(text));
        }
        assert_eq!(encoded("../a"), "..%2Fa");
        assert_eq!((decoded("%"), decoded("%zz")), (None, None));
    }
}
