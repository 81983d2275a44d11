//! The known word that somebody meant who wrote another.

/// How many characters of a word are compared.
const MAX_CHARS: usize = 100;

/// The word of `known` that is nearest to `word`, where one is near enough to be meant: at most one letter and a third
/// of its own length away. Of two as near, the first.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = |word: &str| word.chars().take(MAX_CHARS).count();
    let own = length(word);
    let mut best: Option<(usize, &str)> = None;
    for known in known {
        // Words are at least as far apart as their lengths are.
        let nearer = |distance: usize| best.is_none_or(|(least, _)| distance < least);
        if nearer(length(known).abs_diff(own))
            && let Some(distance) = Some(distance(known, word)).filter(|distance| nearer(*distance))
        {
            best = Some((distance, known));
        }
    }
    let (distance, nearest) = best?;
    (distance <= nearest.len() / 3 + 1).then_some(nearest)
}

/// How many letters must be added, dropped or changed to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(MAX_CHARS).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(MAX_CHARS).enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (right, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = diagonal + usize::from(left != *right);
            diagonal = *cell;
            before = changed.min(before + 1).min(*cell + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_letters() {
        assert_eq!(distance("apply-unattended", "aply-unattended"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
        assert_eq!(distance(&"a".repeat(9000), &"b".repeat(9000)), 100);
    }

    #[test]
    fn only_a_word_that_may_be_meant_is_named() {
        let known = ["branches", "branch", "push"];
        assert_eq!(nearest("brnaches", known), Some("branches"));
        assert_eq!(nearest("branchs", known), Some("branches"));
        assert_eq!(nearest("pull", known), Some("push"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(nearest("a", []), None);
    }
}
