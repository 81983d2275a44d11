//! The expressions of `rules:if`, `only:variables` and `except:variables` (B1.14): reading and evaluating.
//!
//! Truth. An expression has a value, not a truth: null, a text, or true or false. `a && b` and `a || b` are Ruby's:
//! they yield one of their operands, and only null and false count as false *between* them. The whole expression is
//! true when its value is true or a text that is not blank. So `$EMPTY` alone is false, but `$EMPTY && $SET` yields
//! the value of `$SET` and is true, and `$EMPTY || $SET` yields the empty text and is false. The documentation says
//! only that a variable alone has to be defined and not empty; the rest is in GitLab's API documentation of
//! `Lexeme::And` and `Lexeme::Or` and in the open issues gitlab-org/gitlab#321371, #358775 and #463528.

use std::collections::BTreeMap;

use super::pattern::{self, Pattern};

/// A read expression.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// `null`.
    Null,
    /// A quoted text.
    Text(String),
    /// `$NAME`.
    Variable(String),
    /// `/…/` with its flags.
    Pattern(Pattern, String),
    /// `!operand`; younger than the facts.
    Not(Box<Expression>),
    /// Two operands.
    Binary(Operator, Box<Expression>, Box<Expression>),
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `=~`
    Match,
    /// `!~`
    Mismatch,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// What an expression yields.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Yield {
    Null,
    Text(String),
    Truth(bool),
}

#[derive(Debug, Clone)]
enum Token {
    Open,
    Close,
    Not,
    Operator(Operator),
    Operand(Expression),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Where GitLab says `invalid expression syntax`.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("invalid expression syntax in `{text}`: {why}");
        let tokens = tokens(text).map_err(wrong)?;
        let mut rest = tokens.as_slice();
        let read = either(&mut rest).map_err(wrong)?;
        if rest.is_empty() { Ok(read) } else { Err(wrong("something is left behind the expression".to_owned())) }
    }

    /// The truth of the whole expression.
    pub(crate) fn is_true(&self, variables: &BTreeMap<String, String>) -> bool {
        match self.evaluate(variables) {
            Yield::Null => false,
            Yield::Text(text) => !text.trim().is_empty(),
            Yield::Truth(truth) => truth,
        }
    }

    fn evaluate(&self, variables: &BTreeMap<String, String>) -> Yield {
        match self {
            Self::Null => Yield::Null,
            Self::Text(text) | Self::Pattern(_, text) => Yield::Text(text.clone()),
            Self::Variable(name) => variables.get(name).map_or(Yield::Null, |value| Yield::Text(value.clone())),
            Self::Not(operand) => Yield::Truth(!operand.is_true(variables)),
            Self::Binary(Operator::And, left, right) => match left.evaluate(variables) {
                no @ (Yield::Null | Yield::Truth(false)) => no,
                _ => right.evaluate(variables),
            },
            Self::Binary(Operator::Or, left, right) => match left.evaluate(variables) {
                Yield::Null | Yield::Truth(false) => right.evaluate(variables),
                yes => yes,
            },
            Self::Binary(operator, left, right) => {
                let text = left.evaluate(variables);
                Yield::Truth(match operator {
                    Operator::Equal => equal(&text, &right.evaluate(variables)),
                    Operator::Unequal => !equal(&text, &right.evaluate(variables)),
                    Operator::Match => right.found_in(&text, variables),
                    _ => !right.found_in(&text, variables),
                })
            }
        }
    }

    /// The right side of `=~` against the left one. Null matches nothing. A text that is no `/…/` is searched for
    /// the left text instead of the other way round.
    fn found_in(&self, text: &Yield, variables: &BTreeMap<String, String>) -> bool {
        let text = written(text);
        if let Self::Pattern(pattern, _) = self {
            return pattern.is_match(&text);
        }
        let right = match self.evaluate(variables) {
            Yield::Null | Yield::Truth(false) => return false,
            right => written(&right),
        };
        let compiled = pattern::split(&right).and_then(|(body, flags)| Pattern::new(body, flags).ok());
        compiled.map_or_else(|| right.contains(&text), |pattern| pattern.is_match(&text))
    }
}

/// Compares two values; true and false compare as the texts `true` and `false`, null equals null alone.
fn equal(left: &Yield, right: &Yield) -> bool {
    match (left, right) {
        (Yield::Null, Yield::Null) => true,
        (Yield::Null, _) | (_, Yield::Null) => false,
        _ => written(left) == written(right),
    }
}

/// A value as text; null is empty.
fn written(value: &Yield) -> String {
    match value {
        Yield::Null => String::new(),
        Yield::Text(text) => text.clone(),
        Yield::Truth(truth) => truth.to_string(),
    }
}

/// `a || b`, the loosest.
fn either(rest: &mut &[Token]) -> Result<Expression, String> {
    let mut left = both(rest)?;
    while let [Token::Operator(Operator::Or), behind @ ..] = *rest {
        *rest = behind;
        left = Expression::Binary(Operator::Or, Box::new(left), Box::new(both(rest)?));
    }
    Ok(left)
}

/// `a && b`.
fn both(rest: &mut &[Token]) -> Result<Expression, String> {
    let mut left = comparison(rest)?;
    while let [Token::Operator(Operator::And), behind @ ..] = *rest {
        *rest = behind;
        left = Expression::Binary(Operator::And, Box::new(left), Box::new(comparison(rest)?));
    }
    Ok(left)
}

/// `a == b` and its kin, from left to right.
fn comparison(rest: &mut &[Token]) -> Result<Expression, String> {
    let mut left = operand(rest)?;
    while let [Token::Operator(operator), behind @ ..] = *rest
        && !matches!(operator, Operator::And | Operator::Or)
    {
        *rest = behind;
        left = Expression::Binary(*operator, Box::new(left), Box::new(operand(rest)?));
    }
    Ok(left)
}

/// A value, a negation, or an expression in parentheses.
fn operand(rest: &mut &[Token]) -> Result<Expression, String> {
    match *rest {
        [Token::Operand(value), behind @ ..] => {
            *rest = behind;
            Ok(value.clone())
        }
        [Token::Not, behind @ ..] => {
            *rest = behind;
            Ok(Expression::Not(Box::new(operand(rest)?)))
        }
        [Token::Open, behind @ ..] => {
            *rest = behind;
            let inner = either(rest)?;
            let [Token::Close, behind @ ..] = *rest else { return Err("a parenthesis is not closed".to_owned()) };
            *rest = behind;
            Ok(inner)
        }
        _ => Err("a value is missing".to_owned()),
    }
}

/// Cuts the text into tokens.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let marks = [
        ("(", Token::Open),
        (")", Token::Close),
        ("==", Token::Operator(Operator::Equal)),
        ("=~", Token::Operator(Operator::Match)),
        ("!=", Token::Operator(Operator::Unequal)),
        ("!~", Token::Operator(Operator::Mismatch)),
        ("&&", Token::Operator(Operator::And)),
        ("||", Token::Operator(Operator::Or)),
        ("!", Token::Not),
    ];
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(letter) = rest.chars().next() {
        let mark = marks.iter().find(|(mark, _)| rest.starts_with(mark));
        let (token, behind) = match (mark, letter) {
            (Some((mark, token)), _) => (token.clone(), rest.strip_prefix(mark).unwrap_or_default()),
            (None, '$') => variable(rest)?,
            (None, '"' | '\'') => {
                let inside = rest.get(1..).unwrap_or_default();
                let (value, behind) = inside.split_once(letter).ok_or("a quote is not closed")?;
                (Token::Operand(Expression::Text(value.to_owned())), behind)
            }
            (None, '/') => literal(rest)?,
            (None, _) => match rest.strip_prefix("null") {
                Some(behind) => (Token::Operand(Expression::Null), behind),
                None => return Err(format!("`{rest}` is no part of an expression")),
            },
        };
        found.push(token);
        rest = behind.trim_start();
    }
    Ok(found)
}

/// Reads `$NAME`; `${NAME}` is not known here.
fn variable(rest: &str) -> Result<(Token, &str), String> {
    let behind = rest.strip_prefix('$').unwrap_or_default();
    let length = behind.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(behind.len());
    match behind.split_at_checked(length) {
        Some((name, behind)) if !name.is_empty() => Ok((Token::Operand(Expression::Variable(name.to_owned())), behind)),
        _ => Err(format!("`{rest}` is no variable")),
    }
}

/// Reads `/…/flags`. A slash inside is escaped; fewer than two letters inside are refused.
fn literal(rest: &str) -> Result<(Token, &str), String> {
    let inside = rest.strip_prefix('/').unwrap_or_default();
    let mut escaped = false;
    let end = inside.find(|letter| {
        let ends = letter == '/' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    let (body, behind) = end.and_then(|end| inside.split_at_checked(end)).ok_or("a pattern is not closed")?;
    if body.chars().count() < 2 {
        return Err(format!("the pattern `/{body}/` is shorter than two characters"));
    }
    let behind = behind.strip_prefix('/').unwrap_or_default();
    let length = behind.find(|letter| !"ismU".contains(letter)).unwrap_or(behind.len());
    let (flags, behind) = behind.split_at_checked(length).unwrap_or_default();
    let pattern = Pattern::new(body, flags)?;
    Ok((Token::Operand(Expression::Pattern(pattern, format!("/{body}/{flags}"))), behind))
}
