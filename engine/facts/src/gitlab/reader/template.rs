//! Templates inside of command lines: `{{ … }}` of Ansible, `${{ … }}` of workflows. What they come to is known when
//! they run.

use engine_model::Span;

/// What a template begins and ends with.
const MARKS: [(&str, &str); 4] = [("${{", "}}"), ("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// The bytes of every template of a text, in order.
pub(super) fn holes(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0_usize;
    while let Some((begin, close)) = next(text.get(at..).unwrap_or("")) {
        let start = at.saturating_add(begin);
        let rest = text.get(start..).unwrap_or("");
        let length = rest.find(close).map_or(rest.len(), |end| end.saturating_add(close.len()));
        at = start.saturating_add(length);
        out.push(Span::from_range(start..at));
    }
    out
}

/// Where the next template begins, and what ends it.
fn next(text: &str) -> Option<(usize, &'static str)> {
    MARKS.iter().filter_map(|(open, close)| Some((text.find(open)?, *close))).min_by_key(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::holes;

    #[test]
    fn a_template_is_a_hole() {
        for (text, expect) in [
            ("terraform -chdir={{ dir }} apply", &["{{ dir }}"][..]),
            ("a {{x}} b {{ y }}", &["{{x}}", "{{ y }}"]),
            ("${{ secrets.A }} b", &["${{ secrets.A }}"]),
            ("{% if x %}a{% endif %}", &["{% if x %}", "{% endif %}"]),
            ("{# {{ #} a", &["{# {{ #}"]),
            ("a {{ never", &["{{ never"]),
            ("plain ${A} {b}", &[]),
        ] {
            let found: Vec<&str> = holes(text).into_iter().map(|span| text.get(span.range()).unwrap()).collect();
            assert_eq!(found, expect, "{text}");
        }
    }
}
