//! `rules:if`: expressions over variables, read and evaluated as GitLab does, with a third answer: it cannot be told.

use engine_model::{Unknown, Why};

use super::pattern::Pattern;

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

/// What a part of an expression comes to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome<'e> {
    Null,
    Text(&'e str),
    /// The name of the ref that the pipeline is for.
    Name,
    /// The name of the default branch.
    Default(&'e Unknown),
    /// Something that is there and is not empty.
    Present(&'e Unknown),
    Pattern(&'e Pattern, &'e Unknown),
    Truth(Truth<'e>),
}

/// Yes, no, or why it cannot be told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Truth<'e> {
    No,
    Yes,
    Unknown(&'e Unknown),
}

/// A pipeline that an expression is asked about.
pub(super) trait Pipeline {
    /// What a variable holds.
    fn variable<'e>(&self, name: &str, unknown: &'e Unknown) -> Outcome<'e>;
    /// Whether the ref has this name; `None` where it cannot be told.
    fn is_named(&self, name: &str) -> Option<bool>;
    /// Whether the ref's name is the default branch's.
    fn is_default(&self) -> bool;
    /// Whether the ref's name matches; `None` where it cannot be told.
    fn matches(&self, pattern: &Pattern) -> Option<bool>;
}

impl From<bool> for Truth<'_> {
    fn from(truth: bool) -> Self {
        if truth { Self::Yes } else { Self::No }
    }
}

impl Truth<'_> {
    fn of(truth: Option<bool>, unknown: &Unknown) -> Truth<'_> {
        truth.map_or(Truth::Unknown(unknown), Truth::from)
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

impl Expression {
    /// Reads an expression; `None` where GitLab would refuse it, or it is nested deeper than is read.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let expression = reader.any(0)?;
        reader.rest.trim_start().is_empty().then_some(expression)
    }

    /// The expression with every variable written out: its text, a pattern where that is one and stands behind `=~`, or
    /// nothing where `known` has none of that name.
    pub(super) fn with(&self, known: &dyn Fn(&str) -> Option<String>) -> Self {
        let sides = |sides: &(Self, Self)| Box::new((sides.0.with(known), sides.1.with(known)));
        match self {
            Self::Variable(name, _) => known(name).map_or(Self::Null, Self::Text),
            Self::Equal(both, wanted) => Self::Equal(sides(both), *wanted),
            Self::Matches(both, wanted) => {
                let mut both = sides(both);
                if let Self::Text(text) = &both.1
                    && let Some(pattern) = super::atom::pattern_of(text)
                {
                    let unknown = Unknown { why: Why::NotEvaluated, on: text.clone() };
                    both.1 = Self::Pattern(pattern, unknown);
                }
                Self::Matches(both, *wanted)
            }
            Self::All(parts) => Self::All(parts.iter().map(|part| part.with(known)).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(|part| part.with(known)).collect()),
            other => other.clone(),
        }
    }

    /// How much there is to evaluate for each character of a name.
    pub(super) fn size(&self) -> usize {
        let inner = match self {
            Self::Null | Self::Text(_) | Self::Variable(..) => 0,
            Self::Pattern(pattern, _) => pattern.size(),
            Self::Equal(sides, _) | Self::Matches(sides, _) => sides.0.size().saturating_add(sides.1.size()),
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::size).sum(),
        };
        inner.saturating_add(1)
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

    /// Whether the expression holds for a pipeline. Text that is empty or blank does not, on its own.
    pub(super) fn holds(&self, pipeline: &impl Pipeline) -> Truth<'_> {
        match self.outcome(pipeline) {
            Outcome::Text(text) if text.trim().is_empty() => Truth::No,
            outcome => outcome.truth(),
        }
    }

    fn outcome(&self, pipeline: &impl Pipeline) -> Outcome<'_> {
        match self {
            Self::Null => Outcome::Null,
            Self::Text(text) => Outcome::Text(text),
            Self::Variable(name, unknown) => pipeline.variable(name, unknown),
            Self::Pattern(pattern, unknown) => Outcome::Pattern(pattern, unknown),
            Self::Equal(sides, wanted) => {
                let truth = equal(sides.0.outcome(pipeline), sides.1.outcome(pipeline), pipeline);
                Outcome::Truth(if *wanted { truth } else { truth.not() })
            }
            Self::Matches(sides, wanted) => {
                let truth = matches(sides.0.outcome(pipeline), sides.1.outcome(pipeline), pipeline);
                Outcome::Truth(if *wanted { truth } else { truth.not() })
            }
            Self::All(parts) => {
                let mut truth = Truth::Yes;
                for part in parts {
                    match part.outcome(pipeline).truth() {
                        Truth::No => return Outcome::Truth(Truth::No),
                        Truth::Unknown(why) if matches!(truth, Truth::Yes) => truth = Truth::Unknown(why),
                        _ => {}
                    }
                }
                Outcome::Truth(truth)
            }
            Self::Any(parts) => {
                let mut truth = Truth::No;
                for part in parts {
                    match part.outcome(pipeline).truth() {
                        Truth::Yes => return Outcome::Truth(Truth::Yes),
                        Truth::Unknown(why) if matches!(truth, Truth::No) => truth = Truth::Unknown(why),
                        _ => {}
                    }
                }
                Outcome::Truth(truth)
            }
        }
    }
}

impl<'e> Outcome<'e> {
    /// Whether Ruby would take it for true: only nothing and `false` are not.
    fn truth(self) -> Truth<'e> {
        match self {
            Self::Null => Truth::No,
            Self::Truth(truth) => truth,
            _ => Truth::Yes,
        }
    }

    fn unknown(self) -> Option<&'e Unknown> {
        match self {
            Self::Default(unknown) | Self::Present(unknown) | Self::Pattern(_, unknown) => Some(unknown),
            Self::Truth(Truth::Unknown(unknown)) => Some(unknown),
            _ => None,
        }
    }
}

fn equal<'e>(left: Outcome<'e>, right: Outcome<'e>, pipeline: &impl Pipeline) -> Truth<'e> {
    use Outcome as O;
    match (left, right) {
        (O::Truth(Truth::Unknown(unknown)), _) | (_, O::Truth(Truth::Unknown(unknown))) => Truth::Unknown(unknown),
        (O::Null, O::Null) | (O::Name, O::Name) => Truth::Yes,
        (O::Null, _) | (_, O::Null) => Truth::No,
        (O::Text(left), O::Text(right)) => Truth::from(left == right),
        (O::Name, O::Text(name)) | (O::Text(name), O::Name) => match pipeline.is_named(name) {
            Some(truth) => Truth::from(truth),
            None => Truth::Unknown(&DEFAULT_BRANCH),
        },
        (O::Name, O::Default(_)) | (O::Default(_), O::Name) => Truth::from(pipeline.is_default()),
        (O::Default(_), O::Default(_)) => Truth::Yes,
        _ => left.unknown().or(right.unknown()).map_or(Truth::No, Truth::Unknown),
    }
}

fn matches<'e>(left: Outcome<'e>, right: Outcome<'e>, pipeline: &impl Pipeline) -> Truth<'e> {
    let Outcome::Pattern(pattern, unknown) = right else {
        // Text on the right side is looked up the other way round, or made a pattern: not followed.
        return match right {
            Outcome::Null => Truth::No,
            _ => Truth::Unknown(right.unknown().unwrap_or(&NO_PATTERN)),
        };
    };
    match left {
        Outcome::Null => Truth::of(pattern.matches(""), unknown),
        Outcome::Text(text) => Truth::of(pattern.matches(text), unknown),
        Outcome::Name => Truth::of(pipeline.matches(pattern), unknown),
        other => Truth::Unknown(other.unknown().unwrap_or(unknown)),
    }
}

/// What is said where the default branch may be one that is named.
static DEFAULT_BRANCH: std::sync::LazyLock<Unknown> =
    std::sync::LazyLock::new(|| Unknown { why: Why::Dynamic, on: "$CI_DEFAULT_BRANCH".to_owned() });

/// What is said where the right side of `=~` is no pattern.
static NO_PATTERN: std::sync::LazyLock<Unknown> = std::sync::LazyLock::new(|| Unknown {
    why: Why::NotEvaluated,
    on: "a pattern that is not between slashes".to_owned(),
});

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
        Some(left)
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
            _ => (self.word(self.rest)? == "null").then_some(Expression::Null),
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
        let unknown = Unknown { why: Why::NotEvaluated, on: format!("/{text}/{flags}") };
        good.then(|| Expression::Pattern(Pattern::new(text, flags), unknown))
    }
}
