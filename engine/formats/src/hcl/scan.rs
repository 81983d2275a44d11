//! Where top-level blocks and attributes begin and end, found without a grammar: strings, heredocs, comments, brackets.
//!
//! Used after the parser has refused a text, to tell what is broken from what is not, and after it has accepted one, to
//! find what it lets pass and Terraform refuses. Nothing here recurses.

use std::ops::Range;

/// A top-level block or attribute, or whatever stands where one should.
#[derive(Debug)]
pub(super) struct Item {
    /// Its bytes, without white space or comments around it.
    pub(super) range: Range<usize>,
    /// Line breaks and comments directly inside `{ for … }`: Terraform lets them stand, the parser does not.
    pub(super) folds: Vec<Range<usize>>,
    /// What is visibly wrong with it.
    pub(super) problem: Option<Problem>,
    /// The first thing in it that the parser lets pass and Terraform refuses.
    pub(super) refused: Option<Problem>,
}

/// What is visibly wrong, and where.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) at: Range<usize>,
    pub(super) message: &'static str,
}

/// What the scanner is inside of, with the byte where it opened.
#[derive(Clone, Debug)]
enum Mode {
    Brace {
        open: usize,
        each: bool,
    },
    Bracket(usize),
    Parenthesis(usize),
    /// `${` or `%{`.
    Interpolation(usize),
    Quote(usize),
    Heredoc {
        open: usize,
        word: Range<usize>,
    },
}

/// The blocks that Terraform knows at the top: a line that begins with one ends whatever was never closed.
const HEADERS: [&str; 13] = [
    "resource",
    "data",
    "module",
    "variable",
    "output",
    "locals",
    "provider",
    "terraform",
    "moved",
    "import",
    "removed",
    "check",
    "ephemeral",
];

/// How many heredocs without an end are looked for before every other one is taken for such.
const MAX_LOST_HEREDOCS: usize = 64;

/// The items of `text` from byte `start` on.
pub(super) fn items(text: &str, start: usize) -> Vec<Item> {
    let mut items = Scanner::new(text, start, false).run();
    // An item that never ends has swallowed what follows it: from there on, headers end items.
    if let Some(last) =
        items.pop_if(|last| last.problem.as_ref().is_some_and(|problem| problem.message == NEVER_CLOSED))
    {
        items.extend(Scanner::new(text, last.range.start, true).run());
    }
    items
}

/// The first thing in `text` from byte `start` on that Terraform refuses although the parser does not.
pub(super) fn refused(text: &str, start: usize) -> Option<Problem> {
    let items = Scanner::new(text, start, false).run();
    items.into_iter().find_map(|item| item.refused)
}

const NEVER_CLOSED: &str = "this is opened and never closed";

const NOT_ON_ITS_LINE: &str = "this string is not closed on its line";

const LONE_RETURN: &str = "a carriage return is no line break without a line feed after it";

const DOT_AT_THE_END: &str = "a name has to follow on the same line";

const CONTINUED: &str = "the line break has ended the expression that this would continue";

const OPEN_END: &str = "the line break ends the expression before its last part";

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Whether a header at the start of a line ends an item that is still open.
    headers: bool,
    stack: Vec<Mode>,
    items: Vec<Item>,
    current: Option<Item>,
    lost_heredocs: usize,
    /// Whether nothing but blanks and comments stands before this on its line.
    fresh: bool,
    /// The last character on the line so far that is neither in a comment nor a blank, and where it stands.
    last: Option<(char, usize)>,
    /// The last such character of the lines before.
    before: Option<char>,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, at: usize, headers: bool) -> Self {
        Self {
            text,
            at,
            headers,
            stack: Vec::new(),
            items: Vec::new(),
            current: None,
            lost_heredocs: 0,
            fresh: true,
            last: None,
            before: None,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn run(mut self) -> Vec<Item> {
        while let Some(next) = self.rest().chars().next() {
            match self.stack.last() {
                Some(Mode::Quote(_)) => self.quoted(next),
                Some(Mode::Heredoc { .. }) => self.heredoc_text(next),
                _ => self.code(next),
            }
        }
        if let Some(open) = self.stack.last().map(Mode::open) {
            self.problem(open..open.saturating_add(1), NEVER_CLOSED);
        }
        self.end_item();
        self.items
    }

    fn code(&mut self, next: char) {
        let rest = self.rest();
        let folding = matches!(self.stack.last(), Some(Mode::Brace { each: true, .. }));
        let line_counts = !folding && self.breaks_lines();
        let (at, continues) = (self.at, line_counts && self.fresh && self.continues(rest));
        let blank = next.is_whitespace() || rest.starts_with('#') || rest.starts_with("//") || rest.starts_with("/*");
        if !blank {
            self.fresh = false;
            self.last = Some((next, at));
        }
        match next {
            '\n' => self.line_end(folding, 1),
            '\r' if rest.starts_with("\r\n") => self.line_end(folding, 2),
            '\r' => self.lone_return(),
            _ if next.is_whitespace() => self.at = self.at.saturating_add(next.len_utf8()),
            '#' => self.line_comment(folding),
            '/' if rest.starts_with("//") => self.line_comment(folding),
            '/' if rest.starts_with("/*") => {
                if let Some(end) = rest.find("*/") {
                    self.at = self.at.saturating_add(end).saturating_add(2);
                    return;
                }
                let open = self.at;
                self.token(rest.len());
                self.problem(open..open.saturating_add(2), "this comment never ends");
            }
            '"' => self.open(Mode::Quote(self.at)),
            '{' => {
                let each = is_for(rest.get(1..).unwrap_or(""));
                self.open(Mode::Brace { open: self.at, each });
            }
            '[' => self.open(Mode::Bracket(self.at)),
            '(' => self.open(Mode::Parenthesis(self.at)),
            '}' | ']' | ')' => self.close(next),
            '<' if rest.starts_with("<<") => self.heredoc_start(rest),
            _ => self.token(next.len_utf8()),
        }
        if continues {
            self.refuse(at..at.saturating_add(1), CONTINUED);
        }
    }

    /// Whether the line that ends here has to go on, outside of brackets.
    fn check_end(&mut self) {
        let Some((last, at)) = self.last else { return };
        let before = self.text.get(..at).unwrap_or("");
        let message = match last {
            '.' if !before.ends_with('.') => DOT_AT_THE_END,
            // The end of a name.
            '-' if before.ends_with(is_word) => return,
            // A splat.
            '*' if before.ends_with('.') => return,
            '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '&' | '|' | '!' | '?' | ':' => OPEN_END,
            _ => return,
        };
        self.refuse(at..at.saturating_add(1), message);
    }

    /// Whether what begins here can only go on with an expression of a line before.
    fn continues(&self, rest: &str) -> bool {
        let mut chars = rest.chars();
        let continues = match (chars.next(), chars.next()) {
            (Some('!'), second) => second == Some('='),
            (Some('/'), second) => !matches!(second, Some('/' | '*')),
            (Some(first), _) => "+-*%<>=&|?:[.".contains(first),
            _ => false,
        };
        continues && !matches!(self.before, None | Some('{' | ','))
    }

    /// Whether a line break ends something here: not inside brackets, parentheses and interpolations.
    fn breaks_lines(&self) -> bool {
        matches!(self.stack.last(), None | Some(Mode::Brace { .. }))
    }

    fn lone_return(&mut self) {
        let at = self.at;
        self.token(1);
        self.refuse(at..self.at, LONE_RETURN);
    }

    fn line_end(&mut self, folding: bool, len: usize) {
        let end = self.at.saturating_add(len);
        if folding && let Some(item) = &mut self.current {
            item.folds.push(self.at..end);
        }
        if !folding && self.breaks_lines() {
            self.check_end();
        }
        self.fresh = true;
        self.before = self.last.take().map(|(last, _)| last).or(self.before);
        if self.stack.is_empty() {
            self.end_item();
        }
        self.at = end;
        if self.headers && !self.stack.is_empty() && is_header(self.rest()) {
            if let Some(open) = self.stack.last().map(Mode::open) {
                self.problem(open..open.saturating_add(1), NEVER_CLOSED);
            }
            self.stack.clear();
            self.end_item();
        }
    }

    fn line_comment(&mut self, folding: bool) {
        let len = self.rest().find('\n').unwrap_or(self.rest().len());
        let end = self.at.saturating_add(len);
        if folding && let Some(item) = &mut self.current {
            item.folds.push(self.at..end);
        }
        self.at = end;
    }

    /// Something that is neither white space nor a comment, `len` bytes long.
    fn token(&mut self, len: usize) {
        let end = self.at.saturating_add(len);
        let start = self.at;
        let item = self.current.get_or_insert_with(|| Item {
            range: start..end,
            folds: Vec::new(),
            problem: None,
            refused: None,
        });
        item.range.end = end;
        self.at = end;
    }

    fn open(&mut self, mode: Mode) {
        self.token(1);
        self.stack.push(mode);
    }

    fn close(&mut self, bracket: char) {
        let fits = match self.stack.last() {
            Some(Mode::Brace { .. } | Mode::Interpolation(_)) => bracket == '}',
            Some(Mode::Bracket(_)) => bracket == ']',
            Some(Mode::Parenthesis(_)) => bracket == ')',
            _ => false,
        };
        let at = self.at;
        self.token(1);
        if fits {
            self.stack.pop();
            return;
        }
        self.problem(at..at.saturating_add(1), "this closes nothing that is open here");
        // `}` closes a block through whatever was left open inside it.
        if bracket == '}'
            && let Some(depth) = self.stack.iter().rposition(|mode| matches!(mode, Mode::Brace { .. }))
        {
            self.stack.truncate(depth);
        }
    }

    fn quoted(&mut self, next: char) {
        let rest = self.rest();
        match next {
            '"' => {
                self.last = Some((next, self.at));
                self.token(1);
                self.stack.pop();
            }
            '\n' | '\r' => {
                if let Some(Mode::Quote(open)) = self.stack.pop() {
                    self.problem(open..self.at, NOT_ON_ITS_LINE);
                    self.refuse(open..self.at, NOT_ON_ITS_LINE);
                }
            }
            '\\' => {
                self.token(1_usize.saturating_add(
                    rest.chars().nth(1).filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8),
                ));
            }
            _ => self.template_text(next),
        }
    }

    fn heredoc_text(&mut self, next: char) {
        if next == '\r' && !self.rest().starts_with("\r\n") {
            return self.lone_return();
        }
        if next != '\n' {
            return self.template_text(next);
        }
        self.token(1);
        let Some(Mode::Heredoc { word, .. }) = self.stack.last() else { return };
        if let Some(len) = closing_word(self.rest(), self.text.get(word.clone()).unwrap_or("")) {
            self.token(len);
            self.stack.pop();
        }
    }

    fn template_text(&mut self, next: char) {
        let rest = self.rest();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            return self.token(3);
        }
        if rest.starts_with("${") || rest.starts_with("%{") {
            let open = self.at;
            self.token(2);
            return self.stack.push(Mode::Interpolation(open));
        }
        self.token(next.len_utf8());
    }

    fn heredoc_start(&mut self, rest: &str) {
        let after = rest.trim_start_matches('<');
        let after = after.strip_prefix('-').unwrap_or(after);
        let word = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
        let ends = after.get(word..).is_some_and(|tail| tail.starts_with('\n') || tail.starts_with("\r\n"));
        let head = rest.len().saturating_sub(after.len());
        if word == 0 || !ends || head > 3 {
            return self.token(1);
        }
        let open = self.at;
        let word = open.saturating_add(head)..open.saturating_add(head).saturating_add(word);
        if self.headers && self.is_lost(word.clone()) {
            self.problem(open..word.end, "this heredoc has no end");
            return self.token(word.len().saturating_add(head));
        }
        // Up to the line break, which the text begins with: an empty heredoc's end follows it at once.
        self.token(word.len().saturating_add(head));
        if self.rest().starts_with('\r') {
            self.token(1);
        }
        self.stack.push(Mode::Heredoc { open, word });
        self.last = None;
    }

    /// Whether no line after the heredoc's first is its end.
    fn is_lost(&mut self, word: Range<usize>) -> bool {
        if self.lost_heredocs >= MAX_LOST_HEREDOCS {
            return true;
        }
        let name = self.text.get(word.clone()).unwrap_or("");
        let after = self.text.get(word.end..).unwrap_or("");
        let lost = !after.split('\n').skip(1).any(|line| closing_word(line, name).is_some());
        self.lost_heredocs = self.lost_heredocs.saturating_add(usize::from(lost));
        lost
    }

    /// Notes what is wrong with the current item; the first thing counts, but what never ends explains the rest.
    fn problem(&mut self, at: Range<usize>, message: &'static str) {
        let Some(item) = &mut self.current else { return };
        let explains = |known: &Problem| message == NEVER_CLOSED && known.message != NEVER_CLOSED;
        if item.problem.as_ref().is_none_or(explains) {
            item.problem = Some(Problem { at, message });
        }
    }

    /// Notes what Terraform refuses and the parser may not; the first thing counts.
    fn refuse(&mut self, at: Range<usize>, message: &'static str) {
        if let Some(item) = &mut self.current {
            item.refused.get_or_insert(Problem { at, message });
        }
    }

    fn end_item(&mut self) {
        self.items.extend(self.current.take());
    }
}

impl Mode {
    fn open(&self) -> usize {
        match self {
            Self::Brace { open, .. } | Self::Heredoc { open, .. } => *open,
            Self::Bracket(open) | Self::Parenthesis(open) | Self::Interpolation(open) | Self::Quote(open) => *open,
        }
    }
}

/// How long white space and the closing word are, where a line begins with them.
fn closing_word(line: &str, word: &str) -> Option<usize> {
    let trimmed = line.trim_start_matches([' ', '\t']);
    let after = trimmed.strip_prefix(word)?;
    let closes = !after.starts_with(is_word);
    closes.then_some(line.len().saturating_sub(after.len()))
}

fn is_for(rest: &str) -> bool {
    let after = rest.trim_start().strip_prefix("for");
    after.is_some_and(|after| after.starts_with([' ', '\t', '#', '/', '\n', '\r']))
}

fn is_header(line: &str) -> bool {
    let end = line.find(|c: char| !is_word(c)).unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, ""));
    HEADERS.contains(&word) && rest.trim_start_matches([' ', '\t']).starts_with(['"', '{'])
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
