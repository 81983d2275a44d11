//! Where a module comes from: the `source` of a call taken apart as Terraform's installer reads it.
//!
//! What a ref is can only be told by its looks: nothing here asks a server.

use std::ops::Range;

/// What kind of place a module comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SourceKind {
    /// A directory, `./x` or `../x`, or an absolute path.
    Local,
    /// A module registry: `NAMESPACE/NAME/PROVIDER`, with a host before it or without.
    Registry,
    /// A Git repository.
    Git,
    /// A Mercurial repository.
    Mercurial,
    /// An archive that is fetched by HTTP.
    Http,
    /// A bucket of S3.
    S3,
    /// A bucket of Google Cloud Storage.
    Gcs,
    /// An image in an OCI registry, which OpenTofu reads.
    Oci,
    /// None of these.
    Other,
}

impl SourceKind {
    /// A word for wires and messages.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Registry => "registry",
            Self::Git => "git",
            Self::Mercurial => "mercurial",
            Self::Http => "http",
            Self::S3 => "s3",
            Self::Gcs => "gcs",
            Self::Oci => "oci",
            Self::Other => "other",
        }
    }
}

/// What a ref of a repository looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ref {
    /// Forty hexadecimal digits: a commit, and never another.
    Commit,
    /// Hexadecimal digits, fewer than forty: a commit, as long as no other begins like it.
    ShortCommit,
    /// A tag, for it holds a version.
    Tag,
    /// One of the names that branches have.
    Branch,
    /// A tag or a branch; its name does not say which.
    Other,
}

impl Ref {
    /// A word for wires and messages.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::ShortCommit => "short-commit",
            Self::Tag => "tag",
            Self::Branch => "branch",
            Self::Other => "other",
        }
    }

    fn of(name: &str) -> Self {
        const BRANCHES: &[&str] = &[
            "main",
            "master",
            "develop",
            "development",
            "devel",
            "dev",
            "trunk",
            "head",
            "latest",
            "staging",
            "stable",
            "edge",
            "nightly",
            "production",
            "prod",
        ];
        let name = name.strip_prefix("refs/tags/").unwrap_or(name);
        let last = name.rsplit('/').next().unwrap_or(name);
        let hex = name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b.to_ascii_lowercase()));
        let letters = name.bytes().any(|b| b.is_ascii_alphabetic());
        if name.starts_with("refs/heads/") || BRANCHES.iter().any(|branch| last.eq_ignore_ascii_case(branch)) {
            Self::Branch
        } else if hex && name.len() == 40 {
            Self::Commit
        } else if hex && letters && (7..40).contains(&name.len()) {
            Self::ShortCommit
        } else if is_version(last) {
            Self::Tag
        } else {
            Self::Other
        }
    }
}

/// Whether a name ends with a version: `v1.2.0`, `vpc-1.2.0`, `1.0-rc.1`, `v3`, `2024`.
fn is_version(name: &str) -> bool {
    let bare = name.strip_prefix(['v', 'V']).unwrap_or(name);
    if bare.bytes().all(|b| b.is_ascii_digit() || b == b'.') && bare.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let dotted = |at: usize| {
        let digit = |at: Option<usize>| at.and_then(|at| name.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
        digit(at.checked_sub(1)) && digit(at.checked_add(1))
    };
    // A branch that is kept for a release has a version in its name too, which ends in no third number.
    let branch = ["release", "stable", "support", "hotfix"].iter().any(|word| name.contains(word));
    !branch && name.match_indices('.').filter(|(at, _)| dotted(*at)).count() >= 1
}

/// A `source` taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// What kind of place it is.
    pub(crate) kind: SourceKind,
    /// How it is fetched: `https`, `ssh`, `http`, `git`, `file`; `None` where the source does not say.
    pub(crate) scheme: Option<&'static str>,
    /// The bytes of the source that name the host.
    pub(crate) host: Option<Range<usize>>,
    /// The bytes of the source that name the ref, and what it looks like.
    pub(crate) reference: Option<(Range<usize>, Ref)>,
    /// Whether the source names a checksum of what is fetched.
    pub(crate) has_checksum: bool,
}

/// Takes `source` apart.
#[must_use]
pub(crate) fn address(source: &str) -> Address {
    let local = source.starts_with("./") || source.starts_with("../") || source == "." || source == "..";
    if local || source.starts_with('/') {
        return Address { kind: SourceKind::Local, scheme: None, host: None, reference: None, has_checksum: false };
    }
    let (forced, at) = match source.split_once("::") {
        Some((forced, _)) if forced.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (Some(forced), forced.len().saturating_add(2))
        }
        _ => (None, 0),
    };
    let rest = source.get(at..).unwrap_or("");
    let query = rest.find('?').unwrap_or(rest.len());
    let body = rest.get(..query).unwrap_or("");
    let written = body.split_once("://").map(|(scheme, _)| scheme);
    let host_at = written.map_or(0, |scheme| scheme.len().saturating_add(3));
    let host = host(body.get(host_at..).unwrap_or(""), written.is_some());
    // `git@host:path` is what ssh calls an address.
    let scp = written.is_none() && body.split_once('@').is_some_and(|(_, behind)| behind.contains(':'));
    let known = ["github.com/", "gitlab.com/", "bitbucket.org/"];
    let kind = match (forced, written) {
        (Some("git"), _) | (None, Some("git" | "ssh")) => SourceKind::Git,
        (Some("hg"), _) => SourceKind::Mercurial,
        (Some("s3"), _) => SourceKind::S3,
        (Some("gcs"), _) => SourceKind::Gcs,
        (Some("http" | "https"), _) | (None, Some("http" | "https")) => SourceKind::Http,
        (None, Some("oci")) => SourceKind::Oci,
        (Some("file"), _) | (None, Some("file")) => SourceKind::Local,
        (None, None) if scp || known.iter().any(|name| body.starts_with(name)) => SourceKind::Git,
        (None, None) if is_registry(body) => SourceKind::Registry,
        _ => SourceKind::Other,
    };
    let scheme = match written {
        Some("https") => Some("https"),
        Some("http") => Some("http"),
        Some("ssh") => Some("ssh"),
        Some("git") => Some("git"),
        Some("file") => Some("file"),
        None if scp => Some("ssh"),
        None if matches!(kind, SourceKind::Git | SourceKind::Registry) => Some("https"),
        _ => None,
    };
    let shift = |range: Range<usize>| range.start.saturating_add(at)..range.end.saturating_add(at);
    let argument = |name: &str| argument(rest, query, name);
    let named = |range: Range<usize>| {
        let kind = Ref::of(rest.get(range.clone()).unwrap_or(""));
        (shift(range), kind)
    };
    let reference = match kind {
        SourceKind::Git | SourceKind::Mercurial => argument("ref").or_else(|| argument("rev")).map(named),
        SourceKind::Oci => {
            let digest = argument("digest").map(|range| (shift(range), Ref::Commit));
            digest.or_else(|| argument("tag").map(named))
        }
        _ => None,
    };
    let host = match kind {
        SourceKind::Registry if body.matches('/').count() < 3 => None,
        SourceKind::Local | SourceKind::Other => None,
        _ => host.map(|host| shift(host.start.saturating_add(host_at)..host.end.saturating_add(host_at))),
    };
    Address { kind, scheme, host, reference, has_checksum: argument("checksum").is_some() }
}

/// The directory of a repository that `source` names behind `//`; `None` where it is no repository or names none.
#[must_use]
pub(crate) fn subdirectory(source: &str) -> Option<&str> {
    if !matches!(address(source).kind, SourceKind::Git | SourceKind::Mercurial) {
        return None;
    }
    let body = source.split('?').next()?;
    let body = body.split_once("://").map_or(body, |(_, body)| body);
    let (_, directory) = body.split_once("//")?;
    let directory = directory.trim_matches('/');
    (!directory.is_empty()).then_some(directory)
}

/// The host at the beginning of `text`, without a user before it and a port behind it.
fn host(text: &str, url: bool) -> Option<Range<usize>> {
    let end = text.find('/').unwrap_or(text.len());
    let authority = text.get(..end)?;
    let start = authority.rfind('@').map_or(0, |at| at.saturating_add(1));
    let name = authority.get(start..)?;
    let length = name.find(':').unwrap_or(name.len());
    (length > 0 && (url || start > 0 || name.contains('.'))).then(|| start..start.saturating_add(length))
}

/// The bytes of an argument behind the `?` at `query`; `None` where it is missing or empty.
fn argument(text: &str, query: usize, name: &str) -> Option<Range<usize>> {
    let mut at = query.checked_add(1)?;
    for pair in text.get(at..)?.split('&') {
        if let Some(value) = pair.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            let start = at.saturating_add(pair.len()).saturating_sub(value.len());
            return (!value.is_empty()).then(|| start..start.saturating_add(value.len()));
        }
        at = at.saturating_add(pair.len()).saturating_add(1);
    }
    None
}

/// Whether a source has the form of a registry's address. A directory in it stands behind `//`.
fn is_registry(source: &str) -> bool {
    let address = source.split_once("//").map_or(source, |(address, _)| address);
    let parts: Vec<&str> = address.split('/').collect();
    let named = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    match parts.as_slice() {
        [a, b, c] => [a, b, c].into_iter().all(named),
        [host, a, b, c] => host.contains('.') && [a, b, c].into_iter().all(named),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{address, subdirectory};

    #[test]
    fn a_directory_of_a_repository_stands_behind_two_slashes() {
        let check = |source: &str, expect: Option<&str>| assert_eq!(subdirectory(source), expect, "{source}");
        check("github.com/acme/ops//modules/eks?ref=v1", Some("modules/eks"));
        check("git::https://git.example.com/ops.git//modules/eks/", Some("modules/eks"));
        check("git@git.example.com:acme/ops.git//eks", Some("eks"));
        check("git::ssh://git@git.example.com/ops.git?ref=v1", None);
        check("terraform-aws-modules/iam/aws//modules/role", None);
        check("./modules//eks", None);
    }

    fn check(source: &str, expect: &str) {
        let found = address(source);
        let text = |range: &std::ops::Range<usize>| source.get(range.clone()).unwrap().to_owned();
        let mut shown = format!("{} {}", found.kind.as_str(), found.scheme.unwrap_or("-"));
        shown += &format!(" {}", found.host.as_ref().map_or("-".to_owned(), text));
        if let Some((range, kind)) = &found.reference {
            shown += &format!(" {}={}", kind.as_str(), text(range));
        }
        shown += if found.has_checksum { " checksum" } else { "" };
        assert_eq!(shown, expect, "{source}");
    }

    #[test]
    fn a_source_is_taken_apart() {
        check("./modules/vpc", "local - -");
        check("../..", "local - -");
        check("/srv/modules/vpc", "local - -");
        check("terraform-aws-modules/vpc/aws", "registry https -");
        check("terraform-aws-modules/iam/aws//modules/role", "registry https -");
        check("gitlab.example.com/group/vpc/aws", "registry https gitlab.example.com");
        check("github.com/hashicorp/example", "git https github.com");
        check("github.com/hashicorp/example?ref=v1.2.0", "git https github.com tag=v1.2.0");
        check("git@github.com:hashicorp/example.git", "git ssh github.com");
        check("git::ssh://git@git.example.com:2222/a.git//vpc?depth=1&ref=main", "git ssh git.example.com branch=main");
        check("git::https://example.com/vpc.git?ref=", "git https example.com");
        check("git::git@example.com:a/b.git?ref=1a2b3c4", "git ssh example.com short-commit=1a2b3c4");
        check("git::http://example.com/vpc.git?ref=v1", "git http example.com tag=v1");
        check("hg::http://example.com/vpc.hg?rev=default", "mercurial http example.com other=default");
        check("https://example.com/vpc.zip?checksum=sha256:00", "http https example.com checksum");
        check("http://example.com/vpc.zip", "http http example.com");
        check("s3::https://s3-eu-west-1.amazonaws.com/b/vpc.zip", "s3 https s3-eu-west-1.amazonaws.com");
        check("gcs::https://www.googleapis.com/storage/v1/b/vpc.zip", "gcs https www.googleapis.com");
        check("oci://registry.example.com/vpc?tag=1", "oci - registry.example.com tag=1");
        check("oci://registry.example.com/vpc?tag=latest", "oci - registry.example.com branch=latest");
        check("oci://registry.example.com/vpc?digest=sha256:00", "oci - registry.example.com commit=sha256:00");
        check("nothing", "other - -");
        check("", "other - -");
    }

    #[test]
    fn a_ref_is_what_it_looks_like() {
        let check = |name: &str, kind: &str| {
            check(&format!("git::https://a.b/c?ref={name}"), &format!("git https a.b {kind}={name}"));
        };
        check("0123456789abcdef0123456789abcdef01234567", "commit");
        check("0123456789ABCDEF0123456789abcdef0123456", "short-commit");
        check("deadbee", "short-commit");
        check("20240131", "tag");
        check("v5.8.1", "tag");
        check("vpc/v5.8.1-rc.1", "tag");
        check("refs/tags/1.0", "tag");
        check("vpc-1.0.0", "tag");
        check("refs/heads/1.0", "branch");
        check("team/develop", "branch");
        check("HEAD", "branch");
        check("stable", "branch");
        check("release-1.4", "other");
        check("feature-x", "other");
    }
}
