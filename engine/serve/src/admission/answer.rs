//! What an evaluation comes to for Kubernetes: denied with what closes the gate, or allowed with warnings.

use engine_model::{Class, Evaluation, Finding, Undecided, Verdict};

/// The longest warning, in characters: longer ones may be cut by the API server.
const WARNING: usize = 120;

/// How many warnings there are at most.
const WARNINGS: usize = 10;

/// The longest denial, in characters.
const DENIAL: usize = 2_000;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status and the sentence of a denial.
    pub(super) denied: Option<(u16, String)>,
    pub(super) warnings: Vec<String>,
    /// The verdict, for the audit log; empty where nothing was judged.
    pub(super) verdict: String,
    /// The rules that close the gate, for the audit log.
    pub(super) rules: String,
}

impl Answer {
    /// There is nothing to judge.
    pub(super) fn allowed() -> Self {
        Self::default()
    }

    /// Nobody knows: denied.
    pub(super) fn undecided(why: &str) -> Self {
        let verdict = Verdict::Undecided.as_str().to_owned();
        Self { denied: Some((403, cut(&format!("undecided: {why}"), DENIAL))), verdict, ..Self::default() }
    }

    /// What the evaluation comes to.
    pub(super) fn of(evaluation: &Evaluation) -> Self {
        let closing: Vec<&Finding> = evaluation.findings.iter().filter(|finding| evaluation.closes(finding)).collect();
        let mandatory =
            |undecided: &&Undecided| undecided.rules.iter().any(|rule| evaluation.class_of(rule) == Class::Mandatory);
        let nothing = evaluation.evaluated.is_empty() && evaluation.undecided.is_empty();
        let open: Vec<String> = match evaluation.verdict {
            Verdict::Pass => Vec::new(),
            Verdict::Fail => closing.iter().map(|finding| sentence(finding)).collect(),
            Verdict::Undecided if nothing => Vec::new(),
            Verdict::Undecided => {
                let certain = evaluation.undecided.iter().filter(mandatory);
                let causes: Vec<&Undecided> = certain.collect();
                let causes = if causes.is_empty() { evaluation.undecided.iter().collect() } else { causes };
                causes.into_iter().map(|undecided| format!("undecided: {}", undecided.message)).collect()
            }
        };
        let denied = match evaluation.verdict {
            Verdict::Pass => None,
            Verdict::Undecided if nothing => None,
            Verdict::Undecided if open.is_empty() => Some(format!("undecided: {}", evaluation.reason)),
            _ => Some(open.join("; ")),
        };
        let mut warnings: Vec<String> = Vec::new();
        if nothing && evaluation.verdict == Verdict::Undecided {
            warnings.push(evaluation.reason.clone());
        }
        let rest = evaluation.findings.iter().filter(|finding| !evaluation.closes(finding));
        warnings.extend(rest.map(sentence));
        warnings.extend(evaluation.waived.iter().map(|waived| {
            format!("waived until {} by {}: {}", waived.expires, waived.owner, sentence(&waived.finding))
        }));
        if denied.is_none() {
            warnings.extend(evaluation.undecided.iter().map(|undecided| format!("undecided: {}", undecided.message)));
        }
        let left = warnings.len().saturating_sub(WARNINGS);
        if left > 0 {
            // One line says how many are not shown.
            warnings.truncate(WARNINGS.saturating_sub(1));
            warnings.push(format!("{} warnings more", left.saturating_add(1)));
        }
        let mut rules: Vec<&str> = closing.iter().map(|finding| finding.rule.as_str()).collect();
        rules.dedup();
        Self {
            denied: denied.map(|message| (403, cut(&message, DENIAL))),
            warnings: warnings.iter().map(|warning| cut(warning, WARNING)).collect(),
            verdict: evaluation.verdict.as_str().to_owned(),
            rules: rules.join(","),
        }
    }
}

fn sentence(finding: &Finding) -> String {
    format!("{}: {}", finding.rule, finding.message)
}

/// At most `limit` characters on one line, with `…` where some are cut off.
fn cut(text: &str, limit: usize) -> String {
    let plain: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    match plain.char_indices().nth(limit) {
        None => plain,
        Some(_) => plain.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_long_sentence_is_cut() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("äbcd", 3), "äb…");
        assert_eq!(cut("a\nb", 3), "a b");
    }
}
