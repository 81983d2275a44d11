//! A pattern of paths as Vault reads it: `+` is one segment, a `*` at the end is whatever follows.
//!
//! What a template (`{{…}}`) comes to is known only when somebody logs in; it stands here as it is written.

/// A pattern, or a path, which is a pattern that matches itself alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern<'p> {
    pub(crate) text: &'p str,
    /// What stands before the first wildcard, templates as they are written.
    pub(crate) fixed: &'p str,
    /// Whether it has a wildcard.
    pub(crate) wild: bool,
    /// Whether it ends with `*`.
    glob: bool,
}

impl<'p> Pattern<'p> {
    pub(crate) fn new(text: &'p str) -> Self {
        let text = text.strip_prefix('/').unwrap_or(text);
        let glob = text.ends_with('*');
        let mut fixed = text.strip_suffix('*').unwrap_or(text);
        let mut wild = glob;
        let mut at = 0;
        for segment in text.split('/') {
            if segment == "+" {
                (fixed, wild) = (text.get(..at).unwrap_or(fixed), true);
                break;
            }
            at += segment.len() + 1;
        }
        Self { text, fixed, wild, glob }
    }

    /// A path, of which nothing is a wildcard.
    pub(crate) fn literal(text: &'p str) -> Self {
        let text = text.strip_prefix('/').unwrap_or(text);
        Self { text, fixed: text, wild: false, glob: false }
    }

    /// Whether it has nothing but wildcards, and so reaches into every mount.
    pub(crate) fn is_everything(&self) -> bool {
        let all = self.text.split('/').all(|segment| matches!(segment, "+" | "*"));
        all && (self.glob || self.text.contains('/'))
    }

    /// Whether nothing but wildcards follows its fixed part, which ends with a segment: it has all that is there.
    pub(crate) fn has_all(&self) -> bool {
        let rest = self.text.get(self.fixed.len()..).unwrap_or("");
        self.wild && self.fixed.ends_with('/') && rest.split('/').all(|segment| matches!(segment, "+" | "*"))
    }

    /// The text before its first template, where it has one before its first wildcard.
    pub(crate) fn before_template(&self) -> Option<&'p str> {
        self.fixed.split_once("{{").map(|(before, _)| before)
    }

    /// The segments of its fixed part, the last one perhaps cut off by a wildcard.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &'p str> {
        self.fixed.split('/')
    }

    /// Whether the path is one that it may match. A template may stand for anything within its segment.
    pub(crate) fn may_match(&self, path: &str) -> bool {
        let mut wanted = path.split('/');
        let mut segments = self.text.split('/').peekable();
        while let Some(segment) = segments.next() {
            if let (true, None, Some(start)) = (self.glob, segments.peek(), segment.strip_suffix('*')) {
                return start.contains("{{") || wanted.next().is_some_and(|part| part.starts_with(start));
            }
            let Some(part) = wanted.next() else { return false };
            if !(segment == part || self.stands_for_any(segment)) {
                return false;
            }
        }
        wanted.next().is_none()
    }

    /// Whether it may match something that `scope` holds.
    pub(crate) fn may_reach(&self, scope: Scope<'_>) -> bool {
        let mut segments = self.text.split('/').peekable();
        let mut parts = scope.base.split('/').peekable();
        while let Some(part) = parts.next() {
            let partial = scope.open && parts.peek().is_none();
            // It ends above the scope.
            let Some(segment) = segments.next() else { return false };
            if let (true, None, Some(start)) = (self.glob, segments.peek(), segment.strip_suffix('*')) {
                return start.contains("{{") || part.starts_with(start) || partial && start.starts_with(part);
            }
            if self.stands_for_any(segment) || segment == part {
                continue;
            }
            return partial && segment.starts_with(part);
        }
        true
    }

    fn stands_for_any(&self, segment: &str) -> bool {
        self.wild && segment == "+" || segment.contains("{{")
    }
}

/// What a tenant may reach by one of its prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope<'s> {
    base: &'s str,
    /// Whether it ends with `*`: then it holds whatever begins with `base`, and else `base` and all below it.
    open: bool,
}

impl<'s> Scope<'s> {
    pub(crate) fn new(prefix: &'s str) -> Self {
        let prefix = prefix.strip_prefix('/').unwrap_or(prefix);
        match prefix.strip_suffix('*') {
            Some(base) => Self { base, open: true },
            None => Self { base: prefix.trim_end_matches('/'), open: false },
        }
    }

    /// Whether it holds whatever the pattern matches.
    pub(crate) fn holds(&self, pattern: &Pattern<'_>) -> bool {
        self.begins(pattern.fixed) || !self.open && !pattern.wild && pattern.fixed == self.base
    }

    /// Whether it holds whatever begins with `start`.
    pub(crate) fn begins(&self, start: &str) -> bool {
        match start.strip_prefix(self.base) {
            Some(rest) => self.open || rest.starts_with('/'),
            None => false,
        }
    }

    /// Whether something that it holds may begin with `start`.
    pub(crate) fn may_begin(&self, start: &str) -> bool {
        self.base.starts_with(start) || self.begins(start)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pattern, Scope};

    #[test]
    fn the_fixed_part_ends_at_the_first_wildcard() {
        let cases = [
            ("secret/data/acme", "secret/data/acme", false),
            ("/secret/data/acme", "secret/data/acme", false),
            ("secret/data/acme/*", "secret/data/acme/", true),
            ("secret/data/ac*", "secret/data/ac", true),
            ("secret/data/+/app", "secret/data/", true),
            ("secret/+/acme*", "secret/", true),
            ("+/data", "", true),
            ("secret/+acme/x", "secret/+acme/x", false),
            ("secret/a*b", "secret/a*b", false),
            ("*", "", true),
            ("", "", false),
        ];
        for (text, fixed, wild) in cases {
            let pattern = Pattern::new(text);
            assert_eq!((pattern.fixed, pattern.wild), (fixed, wild), "{text}");
        }
    }

    #[test]
    fn everything_is_what_has_only_wildcards() {
        for text in ["*", "/*", "+/*", "+/+", "+/+/*"] {
            assert!(Pattern::new(text).is_everything(), "{text}");
        }
        for text in ["+", "", "s*", "+/data/*", "secret/*", "{{identity.entity.id}}/*", "/"] {
            assert!(!Pattern::new(text).is_everything(), "{text}");
        }
    }

    #[test]
    fn all_that_is_there_is_what_only_wildcards_follow() {
        for text in ["secret/*", "secret/+", "secret/+/*", "/secret/data/*"] {
            assert!(Pattern::new(text).has_all(), "{text}");
        }
        for text in ["secret", "secret/", "secret*", "secret/a*", "secret/+/a", "secret/+/a*", "*"] {
            assert!(!Pattern::new(text).has_all(), "{text}");
        }
    }

    #[test]
    fn a_prefix_holds_itself_and_all_below_at_a_segments_end() {
        let holds = [
            ("secret/data/acme", "secret/data/acme"),
            ("secret/data/acme", "secret/data/acme/"),
            ("secret/data/acme/", "secret/data/acme"),
            ("/secret/data/acme", "secret/data/acme/*"),
            ("secret/data/acme", "secret/data/acme/a/+/b*"),
            ("secret/data/acme", "secret/data/acme/{{identity.entity.id}}/*"),
            ("secret/data/acme*", "secret/data/acme*"),
            ("secret/data/acme*", "secret/data/acme-prod/x"),
            ("secret/data/acme-*", "secret/data/acme-prod/*"),
            ("secret/data/{{identity.entity.name}}", "secret/data/{{identity.entity.name}}/*"),
        ];
        for (prefix, pattern) in holds {
            assert!(Scope::new(prefix).holds(&Pattern::new(pattern)), "{prefix} holds {pattern}");
        }
        let beyond = [
            ("secret/data/acme", "secret/data/acme*"),
            ("secret/data/acme", "secret/data/acme-evil"),
            ("secret/data/acme", "secret/data/acme-evil/*"),
            ("secret/data/acme", "secret/data/*"),
            ("secret/data/acme", "secret/data/+"),
            ("secret/data/acme", "secret/+/acme/*"),
            ("secret/data/acme", "secret/metadata/acme/*"),
            ("secret/data/acme", "secret/data/acme{{identity.entity.id}}"),
            ("secret/data/acme", "*"),
            ("secret/data/acme", ""),
            ("secret/data/acme-*", "secret/data/acme"),
            ("secret/data/acme-*", "secret/data/acm*"),
        ];
        for (prefix, pattern) in beyond {
            assert!(!Scope::new(prefix).holds(&Pattern::new(pattern)), "{prefix} holds {pattern}");
        }
    }

    #[test]
    fn a_wildcard_reaches_whatever_it_may_stand_for() {
        let reaches = [
            ("secret/data/acme", "*"),
            ("secret/data/acme", "s*"),
            ("secret/data/acme", "secret/*"),
            ("secret/data/acme", "secret/data/a*"),
            ("secret/data/acme", "secret/data/acme*"),
            ("secret/data/acme", "secret/data/+"),
            ("secret/data/acme", "secret/data/+/app"),
            ("secret/data/acme", "+/data/acme/x"),
            ("secret/data/acme", "secret/data/{{identity.entity.name}}/*"),
            ("secret/data/acme", "secret/data/acme/below"),
            ("secret/data/acme-*", "secret/data/acme-prod"),
            ("secret/data/acme-*", "secret/data/acme-prod*"),
            ("secret/data/acme-*", "secret/data/ac*"),
        ];
        for (prefix, pattern) in reaches {
            assert!(Pattern::new(pattern).may_reach(Scope::new(prefix)), "{pattern} reaches {prefix}");
        }
        let not = [
            ("secret/data/acme", "secret/data"),
            ("secret/data/acme", "secret/+"),
            ("secret/data/acme", "secret/data/globex/*"),
            ("secret/data/acme", "secret/data/acme-evil"),
            ("secret/data/acme", "secret/data/acme-*"),
            ("secret/data/acme", "kv/*"),
            ("secret/data/acme", ""),
            ("secret/data/acme-*", "secret/data/acme"),
        ];
        for (prefix, pattern) in not {
            assert!(!Pattern::new(pattern).may_reach(Scope::new(prefix)), "{pattern} reaches {prefix}");
        }
    }

    #[test]
    fn a_pattern_matches_as_vault_matches() {
        let cases = [
            ("pki/*", "pki/root/generate", true),
            ("pki/+", "pki/root/generate", false),
            ("pki/+/generate", "pki/root/generate", true),
            ("pki/+/gen*", "pki/root/generate/internal", true),
            ("pki/root", "pki/root", true),
            ("pki/root", "pki/root/generate", false),
            ("pki/ro*", "pki", false),
            ("p*", "pki/root", true),
            ("pki/{{identity.entity.name}}/x", "pki/root/x", true),
        ];
        for (pattern, path, matches) in cases {
            assert_eq!(Pattern::new(pattern).may_match(path), matches, "{pattern} {path}");
        }
    }
}
