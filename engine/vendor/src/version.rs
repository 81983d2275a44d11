//! Versions of components: `1.2.3`, and what `~latest`, `1` and `1.2` stand for among those that were released.

/// A version, `v` in front or not. One with more behind it, a release to try say, is none.
fn parsed(tag: &str) -> Option<[u64; 3]> {
    let mut parts = tag.strip_prefix('v').unwrap_or(tag).split('.').map(|part| part.parse::<u64>().ok());
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

/// Whether a version stands for one of several.
pub(crate) fn is_range(version: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version == "~latest" || (version.split('.').count() < 3 && version.split('.').all(number))
}

/// The newest of the tags that a version stands for.
pub(crate) fn newest<'t>(version: &str, tags: impl IntoIterator<Item = &'t str>) -> Option<&'t str> {
    let wanted: Vec<u64> = if version == "~latest" {
        Vec::new()
    } else {
        version.split('.').filter_map(|part| part.parse().ok()).collect()
    };
    let known = tags.into_iter().filter_map(|tag| Some((parsed(tag)?, tag)));
    known.filter(|(version, _)| version.starts_with(&wanted)).max_by_key(|(version, _)| *version).map(|(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::{is_range, newest};

    #[test]
    fn a_version_stands_for_the_newest_release_that_begins_so() {
        let tags = ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc1", "2.1.0-beta", "v3.0.0", "main"];
        let check = |version: &str, expect: Option<&str>| assert_eq!(newest(version, tags), expect, "{version}");
        check("~latest", Some("v3.0.0"));
        check("1", Some("1.10.0"));
        check("1.2", Some("1.2.0"));
        check("2", None);
        assert!(is_range("1") && is_range("1.2") && is_range("~latest"));
        assert!(!is_range("1.2.3") && !is_range("main") && !is_range("v1") && !is_range(""));
    }
}
