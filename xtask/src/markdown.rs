//! Markdown as far as the checks read it: fenced blocks, and code within a line.

/// A line of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// Counted from one.
    pub(crate) number: usize,
    /// Without its end.
    pub(crate) text: &'a str,
    /// Where it stands.
    pub(crate) part: Part<'a>,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Outside fenced blocks.
    Prose,
    /// The first or last line of a fenced block.
    Fence,
    /// In a fenced block of this language; empty where none is given.
    Code(&'a str),
}

/// The lines of a document.
pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut open: Option<(&str, &str)> = None;
    let lines = (1..).zip(text.lines()).map(|(number, text)| {
        let bare = text.trim();
        let rest = bare.trim_start_matches('`');
        let ticks = bare.strip_suffix(rest).unwrap_or_default();
        let part = match open {
            Some((fence, _)) if rest.is_empty() && ticks.len() >= fence.len() => {
                open = None;
                Part::Fence
            }
            Some((_, language)) => Part::Code(language),
            None if ticks.len() >= 3 && !rest.contains('`') => {
                open = Some((ticks, rest.split_whitespace().next().unwrap_or_default()));
                Part::Fence
            }
            None => Part::Prose,
        };
        Line { number, text, part }
    });
    lines.collect()
}

/// What stands between backticks in the prose, with the number of the line where it begins. A blank line ends it.
pub(crate) fn spans(lines: &[Line<'_>]) -> Vec<(usize, String)> {
    let mut spans = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in lines {
        if line.part != Part::Prose || line.text.trim().is_empty() {
            open = None;
            continue;
        }
        for (index, piece) in line.text.split('`').enumerate() {
            if index > 0 {
                open = match open.take() {
                    Some(span) => {
                        spans.push(span);
                        None
                    }
                    None => Some((line.number, String::new())),
                };
            }
            if let Some((_, text)) = &mut open {
                text.push_str(piece);
            }
        }
        if let Some((_, text)) = &mut open {
            text.push(' ');
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{Part, lines, spans};

    #[test]
    fn a_fence_ends_with_as_many_backticks() {
        let text = "a\n````md\n```sh\nb\n```\n````\n- c\n  ```\n  # d\n  ```\n```e```\n";
        let parts: Vec<Part<'_>> = lines(text).iter().map(|line| line.part).collect();
        let (prose, fence, md) = (Part::Prose, Part::Fence, Part::Code("md"));
        assert_eq!(parts, [prose, fence, md, md, md, fence, prose, fence, Part::Code(""), fence, prose]);
    }

    #[test]
    fn code_may_run_over_a_line_but_not_over_a_paragraph() {
        let text = "a `b` c `cargo\nxtask ci` d ` e\n\nf `g`\n```\n`h`\n```\n";
        let expected = [(1, "b".to_owned()), (1, "cargo xtask ci".to_owned()), (4, "g".to_owned())];
        assert_eq!(spans(&lines(text)), expected);
    }
}
