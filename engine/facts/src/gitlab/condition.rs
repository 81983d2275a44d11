//! `rules:if`: expressions over variables, read as GitLab does.

use engine_model::{Unknown, Why};

use super::language::Pattern;

/// How deep parentheses may be nested.
const MAX_DEPTH: usize = 32;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    Null,
    Text(String),
    /// A variable, and what is said where its value cannot be told.
    Variable(String, Unknown),
    Pattern(Pattern, Unknown),
    Equal(Box<(Self, Self)>, bool),
    /// `=~`, or `!~` where `false`.
    Matches(Box<(Self, Self)>, bool),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl Expression {
    /// Reads an expression; `None` where GitLab would refuse it, or it is nested deeper than is read.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let expression = reader.any(0)?;
        reader.rest.trim_start().is_empty().then_some(expression)
    }

    /// Everything in the expression that has nothing in it, in order.
    pub(super) fn leaves<'e>(&'e self, out: &mut Vec<&'e Self>) {
        match self {
            Self::Null | Self::Text(_) | Self::Variable(..) | Self::Pattern(..) => out.push(self),
            Self::Equal(sides, _) | Self::Matches(sides, _) => {
                sides.0.leaves(out);
                sides.1.leaves(out);
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.leaves(out)),
        }
    }

    /// Whether it may come to something that is blank.
    pub(super) fn may_be_blank(&self) -> bool {
        match self {
            Self::Null | Self::Equal(..) | Self::Matches(..) | Self::Pattern(..) => false,
            Self::Text(_) | Self::Variable(..) => true,
            Self::All(parts) => parts.last().is_some_and(Self::may_be_blank),
            Self::Any(parts) => parts.iter().any(Self::may_be_blank),
        }
    }

    /// Whether `CI_PIPELINE_SOURCE` is compared with texts alone, wherever it is.
    pub(super) fn compares_source_with_text(&self) -> bool {
        let is_source = |side: &Self| matches!(side, Self::Variable(name, _) if name == "CI_PIPELINE_SOURCE");
        match self {
            Self::Equal(sides, _) => match (is_source(&sides.0), is_source(&sides.1)) {
                (false, false) => true,
                (true, false) => matches!(sides.1, Self::Text(_) | Self::Null),
                (false, true) => matches!(sides.0, Self::Text(_) | Self::Null),
                (true, true) => true,
            },
            Self::Matches(sides, _) => !is_source(&sides.0) && !is_source(&sides.1),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::compares_source_with_text),
            Self::Null | Self::Text(_) | Self::Variable(..) | Self::Pattern(..) => true,
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self, depth: usize) -> Option<Expression> {
        let first = self.all(depth)?;
        let mut parts = vec![first];
        while self.eat("||") {
            parts.push(self.all(depth)?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Expression::Any(parts)) }
    }

    fn all(&mut self, depth: usize) -> Option<Expression> {
        let first = self.comparison(depth)?;
        let mut parts = vec![first];
        while self.eat("&&") {
            parts.push(self.comparison(depth)?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Expression::All(parts)) }
    }

    fn comparison(&mut self, depth: usize) -> Option<Expression> {
        let before = self.rest.trim_start();
        let left = self.operand(depth)?;
        for (token, wanted) in [("==", true), ("!=", false)] {
            if self.eat(token) {
                return Some(Expression::Equal(Box::new((left, self.operand(depth)?)), wanted));
            }
        }
        for (token, wanted) in [("=~", true), ("!~", false)] {
            if self.eat(token) {
                return Some(Expression::Matches(Box::new((left, self.operand(depth)?)), wanted));
            }
        }
        // Alone, `false` is nothing; compared, a boolean is what a text says that is written like it.
        let is_false = before.starts_with("false") && matches!(left, Expression::Text(_));
        Some(if is_false { Expression::Null } else { left })
    }

    fn operand(&mut self, depth: usize) -> Option<Expression> {
        if self.eat("(") {
            let inner = if depth < MAX_DEPTH { self.any(depth.saturating_add(1))? } else { return None };
            return self.eat(")").then_some(inner);
        }
        self.rest = self.rest.trim_start();
        let mut chars = self.rest.chars();
        match chars.next()? {
            '$' => {
                let name = self.word(chars.as_str())?;
                let unknown = Unknown { why: Why::Dynamic, on: format!("${name}") };
                Some(Expression::Variable(name.to_owned(), unknown))
            }
            quote @ ('"' | '\'') => {
                let (text, rest) = chars.as_str().split_once(quote)?;
                self.rest = rest;
                Some(Expression::Text(text.to_owned()))
            }
            '/' => self.pattern(chars.as_str()),
            _ => match self.word(self.rest)? {
                "null" => Some(Expression::Null),
                boolean @ ("true" | "false") => Some(Expression::Text(boolean.to_owned())),
                _ => None,
            },
        }
    }

    fn word(&mut self, from: &'t str) -> Option<&'t str> {
        let end = from.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(from.len());
        let (word, rest) = from.split_at_checked(end)?;
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// A pattern behind its first slash: at least two characters, up to the next slash that has no backslash before it.
    fn pattern(&mut self, from: &'t str) -> Option<Expression> {
        let mut before = ' ';
        let mut end = None;
        for (at, c) in from.char_indices() {
            if c == '/' && before != '\\' {
                end = Some(at);
                break;
            }
            before = c;
        }
        let (text, rest) = from.split_at_checked(end?)?;
        let rest = rest.strip_prefix('/')?;
        let flags = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (flags, rest) = rest.split_at_checked(flags)?;
        self.rest = rest;
        let good = text.chars().nth(1).is_some() && flags.chars().all(|flag| "ismU".contains(flag));
        let pattern = Pattern::new(text, flags);
        let unknown = Unknown { why: Why::NotEvaluated, on: pattern.display() };
        good.then_some(Expression::Pattern(pattern, unknown))
    }
}
