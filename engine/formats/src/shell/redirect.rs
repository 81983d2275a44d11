//! Redirects.

use engine_model::Span;

use super::heredoc::Pending;
use super::reader::Reader;
use super::word::Builder;
use super::{Redirect, RedirectKind};

/// The operators, longer ones before those they begin with.
const OPERATORS: [(&str, RedirectKind); 12] = [
    ("&>>", RedirectKind::AppendBoth),
    ("&>", RedirectKind::WriteBoth),
    ("<<<", RedirectKind::HereString),
    ("<<-", RedirectKind::HereDoc),
    ("<<", RedirectKind::HereDoc),
    ("<&", RedirectKind::DuplicateIn),
    ("<>", RedirectKind::ReadWrite),
    ("<", RedirectKind::Read),
    (">>", RedirectKind::Append),
    (">&", RedirectKind::DuplicateOut),
    (">|", RedirectKind::Clobber),
    (">", RedirectKind::Write),
];
/// The longest descriptor, in digits.
const MAX_DIGITS: usize = 9;

impl Reader<'_> {
    /// How many digits of a descriptor stand at the cursor before an operator, and the operator.
    fn operator(&self) -> Option<(usize, &'static str, RedirectKind)> {
        let digits = self.rest().bytes().take(MAX_DIGITS + 1).take_while(u8::is_ascii_digit).count();
        let at = self.rest().get(digits..)?;
        let (operator, kind) = OPERATORS.into_iter().find(|(operator, _)| at.starts_with(operator))?;
        let process = matches!(operator, "<" | ">") && at.as_bytes().get(1) == Some(&b'(');
        let misplaced = digits > MAX_DIGITS || (digits > 0 && operator.starts_with('&'));
        (!process && !misplaced).then_some((digits, operator, kind))
    }

    /// Whether a redirect stands at the cursor.
    pub(super) fn at_redirect(&self) -> bool {
        self.byte().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'&' | b'<' | b'>'))
            && self.operator().is_some()
    }

    /// Reads the redirect at the cursor, the `index`th of the command in `slot`; `None` where there is none.
    pub(super) fn redirect(&mut self, slot: usize, index: usize) -> Option<Redirect> {
        if !self.at_redirect() {
            return None;
        }
        let start = self.pos;
        let (digits, operator, mut kind) = self.operator()?;
        let descriptor = self.slice(start..start + digits).parse().ok();
        self.pos += digits + operator.len();
        let after = self.pos;
        self.blanks();
        let at = self.pos;
        let target = match self.word() {
            Some(word) => word,
            None => {
                self.problem(start..after, format!("nothing follows `{operator}`"));
                self.pos = after;
                Builder::new(after).finish(self.text, after)
            }
        };
        if kind == RedirectKind::DuplicateOut && descriptor.is_none() {
            let written = self.slice(at..self.pos);
            if !written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && !written.starts_with('$') {
                kind = RedirectKind::WriteBoth;
            }
        }
        if kind == RedirectKind::HereDoc {
            let written = self.slice(at..self.pos);
            self.pending.push(Pending {
                slot,
                index,
                delimiter: target.literal().unwrap_or_else(|| written.to_owned()),
                quoted: written.contains(['\'', '"', '\\']),
                tabs: operator == "<<-",
                operator: start..after,
                context: self.context.clone(),
            });
        }
        Some(Redirect { kind, descriptor, target, body: None, span: Span::from_range(start..self.pos) })
    }
}
