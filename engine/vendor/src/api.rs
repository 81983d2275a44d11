//! GitLab over its REST API. Source: GitLab's documentation, "REST API resources": commits, repository files, repositories,
//! tags, branches, releases, templates of CI/CD.

use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rustls::crypto::ring;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, RequestBuilder};

use crate::MAX_BYTES;
use crate::forge::{Failure, Forge};
use crate::version;

/// Time for one answer, whole.
const ANSWER: Duration = Duration::from_secs(60);

/// The largest answer of a few fields, in bytes.
const SMALL: usize = 4 << 20;

/// How many entries of a listing come at a time, the most that GitLab gives.
const PAGE: usize = 100;

/// How many pages are read.
const MAX_PAGES: usize = 500;

/// A GitLab.
#[derive(Debug)]
pub struct Api {
    /// `https://git.example.com`, without a `/` at its end.
    server: String,
    /// A token of its API.
    token: Option<String>,
    agent: Agent,
    /// The same for addresses of others: nothing of this GitLab is sent there.
    others: Agent,
}

#[derive(Deserialize)]
struct Commit {
    id: String,
}

#[derive(Deserialize)]
struct Named {
    commit: Commit,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
}

#[derive(Deserialize)]
struct Entry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Template {
    content: String,
}

impl Api {
    /// The GitLab at `server`. `authorities` are those that its certificate may be of, as PEM; those of the system
    /// without. `version` is the engine's own.
    ///
    /// # Errors
    /// One sentence where the address or the authorities are none.
    pub fn new(server: &str, token: Option<String>, authorities: Option<&[u8]>, version: &str) -> Result<Self, String> {
        let server = server.trim_end_matches('/').to_owned();
        let bare = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://"));
        if bare.is_none_or(|bare| bare.is_empty() || bare.contains(['@', '?', '#'])) {
            return Err(format!("`{server}` is no address of a GitLab: `https://git.example.com`"));
        }
        let certificates = match authorities {
            Some(pem) => ureq::tls::parse_pem(pem)
                .filter_map(|item| match item {
                    Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect::<Vec<_>>(),
            None => {
                let found = rustls_native_certs::load_native_certs();
                found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect()
            }
        };
        if authorities.is_some() && certificates.is_empty() {
            return Err("there is no certificate in the file of authorities".to_owned());
        }
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(certificates)))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let agent = |redirects: u32| -> Agent {
            Agent::config_builder()
                .timeout_global(Some(ANSWER))
                .max_redirects(redirects)
                .http_status_as_error(false)
                .user_agent(format!("engine/{version}"))
                .tls_config(tls.clone())
                .build()
                .into()
        };
        // A token goes to the server that it is of, and nowhere else.
        Ok(Self { server, token, agent: agent(0), others: agent(5) })
    }

    fn get(&self, path: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut request = self.agent.get(format!("{}/api/v4{path}", self.server));
        if let Some(token) = &self.token {
            request = request.header("PRIVATE-TOKEN", token);
        }
        body(request, limit, "GitLab")
    }

    fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let bytes = self.get(path, SMALL)?;
        serde_json::from_slice(&bytes).map_err(|error| Failure::Unread(error.to_string()))
    }

    /// Every entry of a listing.
    fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let mut out = Vec::new();
        for page in 1..=MAX_PAGES {
            let join = if path.contains('?') { '&' } else { '?' };
            let entries: Vec<T> = self.read(&format!("{path}{join}per_page={PAGE}&page={page}"))?;
            let whole = entries.len() < PAGE;
            out.extend(entries);
            if whole {
                return Ok(out);
            }
        }
        Err(Failure::Unread("a listing has no end".to_owned()))
    }
}

fn body(request: RequestBuilder<ureq::typestate::WithoutBody>, limit: usize, who: &str) -> Result<Vec<u8>, Failure> {
    let mut answer =
        request.call().map_err(|error| Failure::Unreachable(format!("{who} cannot be reached: {error}")))?;
    let status = answer.status().as_u16();
    if status != 200 {
        let message = match status {
            401 | 403 => format!("{who} refuses it (status {status}): the token may not read it, or there is none"),
            404 => format!("{who} does not know it (status 404), or not for this token"),
            _ => format!("{who} answers with the status {status}"),
        };
        return Err(if status < 500 { Failure::Absent(message) } else { Failure::Unreachable(message) });
    }
    let reader = answer.body_mut().with_config().limit(limit as u64);
    reader.read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge(limit),
        error => Failure::Unreachable(format!("{who} breaks off: {error}")),
    })
}

/// What a part of a path, or the value of an argument, holds as it is.
const UNCHANGED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as one part of a path.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNCHANGED).to_string()
}

impl Forge for Api {
    fn commit(&self, project: &str, reference: Option<&str>) -> Result<String, Failure> {
        let (project, reference) = (encoded(project), encoded(reference.unwrap_or("HEAD")));
        self.read::<Commit>(&format!("/projects/{project}/repository/commits/{reference}")).map(|commit| commit.id)
    }

    fn version(&self, project: &str, version: &str) -> Result<String, Failure> {
        if version::is_range(version) {
            let releases: Vec<Release> = self.all(&format!("/projects/{}/releases", encoded(project)))?;
            let newest = version::newest(version, releases.iter().map(|release| release.tag_name.as_str()));
            let absent = || Failure::Absent(format!("no release of `{project}` is what `{version}` stands for"));
            return self.version(project, newest.ok_or_else(absent)?);
        }
        if (version.len() == 40 || version.len() == 64) && version.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.commit(project, Some(version));
        }
        let (project, version) = (encoded(project), encoded(version));
        match self.read::<Named>(&format!("/projects/{project}/repository/tags/{version}")) {
            Err(Failure::Absent(_)) => {
                let path = format!("/projects/{project}/repository/branches/{version}");
                self.read::<Named>(&path).map(|branch| branch.commit.id)
            }
            found => found.map(|tag| tag.commit.id),
        }
    }

    fn file(&self, project: &str, commit: &str, path: &str) -> Result<Vec<u8>, Failure> {
        let (project, path) = (encoded(project), encoded(path.trim_start_matches('/')));
        self.get(&format!("/projects/{project}/repository/files/{path}/raw?ref={}", encoded(commit)), MAX_BYTES)
    }

    fn paths(&self, project: &str, commit: &str) -> Result<Vec<String>, Failure> {
        let path = format!("/projects/{}/repository/tree?recursive=true&ref={}", encoded(project), encoded(commit));
        let entries: Vec<Entry> = self.all(&path)?;
        Ok(entries.into_iter().filter(|entry| entry.kind == "blob").map(|entry| entry.path).collect())
    }

    fn template(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let key = name.strip_suffix(".gitlab-ci.yml").unwrap_or(name);
        let template: Template = self.read(&format!("/templates/gitlab_ci_ymls/{}", encoded(key)))?;
        Ok(template.content.into_bytes())
    }

    fn remote(&self, address: &str) -> Result<Vec<u8>, Failure> {
        body(self.others.get(address), MAX_BYTES, "its server")
    }

    fn is_host(&self, host: &str) -> bool {
        let own = self.server.split_once("://").map_or("", |(_, rest)| rest);
        ["$CI_SERVER_FQDN", "$CI_SERVER_HOST", "${CI_SERVER_FQDN}"].contains(&host)
            || own.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::{Api, encoded};
    use crate::forge::Forge as _;

    #[test]
    fn an_address_is_one() {
        for wrong in ["git.example.com", "https://", "https://user@git.example.com", "file:///x"] {
            assert!(Api::new(wrong, None, None, "0").is_err(), "{wrong}");
        }
        let api = Api::new("https://git.example.com/", None, None, "0").unwrap();
        assert!(api.is_host("git.example.com") && api.is_host("$CI_SERVER_FQDN") && !api.is_host("example.com"));
    }

    #[test]
    fn a_path_is_one_part() {
        assert_eq!(encoded("group/ci"), "group%2Fci");
        assert_eq!(encoded("a b?c#d"), "a%20b%3Fc%23d");
    }
}
