//! Version constraints: how far they let a version move. Which versions there are is nobody's knowledge here.

/// How far a constraint lets a version move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pin {
    /// One version alone: `1.2.3`, `= 1.2.3`.
    Exact,
    /// Some versions, up to a bound: `~> 1.2`, `>= 1.2, < 2.0`.
    Bounded,
    /// Every version that will ever come: `>= 1.2`, `!= 1.3`.
    Open,
}

impl Pin {
    /// A word for wires and messages.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Bounded => "bounded",
            Self::Open => "open",
        }
    }
}

/// How far `constraint` lets a version move; `None` where it is none that Terraform reads.
#[must_use]
pub(crate) fn pin(constraint: &str) -> Option<Pin> {
    if constraint.trim().is_empty() {
        return Some(Pin::Open);
    }
    let mut found = Pin::Open;
    for term in constraint.split(',') {
        let term = term.trim();
        let version = term.trim_start_matches(['=', '!', '<', '>', '~']);
        let operator = term.get(..term.len().saturating_sub(version.len()))?;
        let version = version.trim_start();
        let version = version.strip_prefix('v').unwrap_or(version);
        let readable = version.starts_with(|c: char| c.is_ascii_digit())
            && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
        if !readable {
            return None;
        }
        match operator {
            "" | "=" => found = Pin::Exact,
            "~>" | "<" | "<=" if found == Pin::Open => found = Pin::Bounded,
            "~>" | "<" | "<=" | ">" | ">=" | "!=" => {}
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::{Pin, pin};

    #[test]
    fn a_constraint_says_how_far_a_version_may_move() {
        let check = |constraint: &str, expect: Option<Pin>| assert_eq!(pin(constraint), expect, "{constraint}");
        check("1.2.3", Some(Pin::Exact));
        check("= v1.2.3-beta.1+5", Some(Pin::Exact));
        check(">= 1.0, = 1.2.3", Some(Pin::Exact));
        check("~> 5.0", Some(Pin::Bounded));
        check(">= 1.2,< 2.0", Some(Pin::Bounded));
        check("<= 2", Some(Pin::Bounded));
        check(">= 3.0", Some(Pin::Open));
        check("> 1, != 1.5", Some(Pin::Open));
        check("", Some(Pin::Open));
        check("latest", None);
        check("=> 1.0", None);
        check("~> ", None);
        check("1.0 2.0", None);
    }
}
