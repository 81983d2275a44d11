//! Whether a text that is no YAML is a template for one.

/// The marks that templates put around what is rendered: Helm's and Jinja's.
const MARKS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// Whether a mark stands where YAML would begin a node: at the start of a line, or behind `- ` or `: `.
///
/// `docker inspect -f '{{.Id}}'` inside a command is no such mark, nor is GitLab's `$[[ inputs.x ]]`.
pub(super) fn is_template(text: &str) -> bool {
    MARKS.iter().any(|(open, close)| {
        let Some(last) = text.rfind(close) else { return false };
        text.match_indices(open).take_while(|(at, _)| *at < last).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '\t', '-']);
            before.is_empty() || before.ends_with(['\n', '\r', ':'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_template;

    #[test]
    fn a_template_has_marks_where_yaml_has_nodes() {
        assert!(is_template("metadata:\n  {{- if .x }}\n  a: 1\n  {{- end }}\n"));
        assert!(is_template("name: {{ .Release.Name }}-x\n"));
        assert!(is_template("{% for a in b %}\n- {{ a }}\n{% endfor %}\n"));
        assert!(!is_template("script: [docker inspect -f '{{.Id}}' x\n"));
        assert!(!is_template("a: $[[ inputs.x ]]\nb: {{\n"));
    }
}
