//! Which of many paths lie in one another, in time that grows with their number and not with its square.

use crate::setting::Written;

/// Whose a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    /// Whoever asks.
    Everybody,
    /// The tenant of this number.
    Tenant(usize),
}

/// A path and whose it is.
#[derive(Debug)]
pub(crate) struct Claim<'w> {
    pub(crate) owner: Owner,
    pub(crate) path: &'w Written<String>,
    /// What everything in the path begins with, once it has a `/` behind it: `a/b/` for `a/b`, `a/b` for `a/b*`.
    key: String,
}

impl<'w> Claim<'w> {
    /// A path of Vault.
    pub(crate) fn vault(owner: Owner, path: &'w Written<String>) -> Self {
        let key = path.value.strip_suffix('*').map_or_else(|| format!("{}/", path.value), str::to_owned);
        Self { owner, path, key }
    }

    /// A group of GitLab, whose case means nothing.
    pub(crate) fn group(owner: Owner, path: &'w Written<String>) -> Self {
        Self { owner, path, key: format!("{}/", path.value.to_ascii_lowercase()) }
    }
}

/// Each path that lies in one of another owner, behind the nearest such one; equal paths in the order of their owners.
///
/// What everybody may reach is never said to lie in a tenant's: a tenant may give away a part.
pub(crate) fn overlaps<'c, 'w>(claims: &'c [Claim<'w>]) -> Vec<(&'c Claim<'w>, &'c Claim<'w>)> {
    let mut sorted: Vec<&Claim<'_>> = claims.iter().collect();
    sorted.sort_by(|a, b| (&a.key, a.owner).cmp(&(&b.key, b.owner)));
    // The paths that the current one lies in, outermost first, each with the nearest one around it of another owner.
    let mut around: Vec<(&Claim<'_>, Option<&Claim<'_>>)> = Vec::new();
    let mut found = Vec::new();
    for claim in sorted {
        while around.last().is_some_and(|(outer, _)| !claim.key.starts_with(&outer.key)) {
            around.pop();
        }
        let other =
            around.last().and_then(|(outer, other)| if outer.owner == claim.owner { *other } else { Some(*outer) });
        if let Some(other) = other.filter(|_| claim.owner != Owner::Everybody) {
            found.push((other, claim));
        }
        around.push((claim, other));
    }
    found
}
