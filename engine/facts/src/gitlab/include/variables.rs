//! Variables in the words of an include.

use std::collections::BTreeMap;

/// `$NAME` and `${NAME}` replaced by what is known; what is not stays.
pub(in crate::gitlab) fn expanded(text: &str, known: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let braced = from.starts_with("${");
        let skip = if braced { 2 } else { 1 };
        let name = from.get(skip..).unwrap_or("");
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        let whole = skip.saturating_add(end).saturating_add(usize::from(braced));
        let closed = !braced || name.get(end..).is_some_and(|rest| rest.starts_with('}'));
        match name.get(..end).filter(|_| closed).and_then(|name| known.get(name)) {
            Some(value) => out.push_str(value),
            None => out.push_str(from.get(..whole.min(from.len())).unwrap_or("")),
        }
        rest = from.get(whole.min(from.len())..).unwrap_or("");
    }
    out.push_str(rest);
    out
}
