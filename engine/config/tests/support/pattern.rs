//! The part of regular expressions that the schema's patterns use: classes, groups, alternatives, `?`, `*`, `+`,
//! `{n}`, `^`, `$`. Anything else is a panic, not a match.

enum Piece {
    Start,
    End,
    Class { negated: bool, ranges: Vec<(char, char)> },
    Group(Vec<Vec<Piece>>),
    Repeat { piece: Box<Piece>, least: usize, most: usize },
}

/// Whether the pattern is found anywhere in the text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parser = Parser(pattern.chars().collect(), 0);
    let top = Piece::Group(parser.alternatives());
    assert_eq!(parser.1, parser.0.len(), "`{pattern}` goes on behind a `)`");
    let text: Vec<char> = text.chars().collect();
    (0..=text.len()).any(|start| run(&[&top], &text, start))
}

struct Parser(Vec<char>, usize);

impl Parser {
    fn peek(&self) -> Option<char> {
        self.0.get(self.1).copied()
    }

    fn next(&mut self) -> char {
        self.1 += 1;
        self.0[self.1 - 1]
    }

    fn alternatives(&mut self) -> Vec<Vec<Piece>> {
        let mut all = vec![Vec::new()];
        while let Some(c) = self.peek().filter(|c| *c != ')') {
            if c == '|' {
                self.next();
                all.push(Vec::new());
                continue;
            }
            let piece = self.piece();
            let piece = self.repeated(piece);
            all.last_mut().unwrap().push(piece);
        }
        all
    }

    fn piece(&mut self) -> Piece {
        match self.next() {
            '^' => Piece::Start,
            '$' => Piece::End,
            '(' => {
                assert_ne!(self.peek(), Some('?'), "groups are plain");
                let group = Piece::Group(self.alternatives());
                assert_eq!(self.next(), ')');
                group
            }
            '[' => self.class(),
            '\\' => self.escape(),
            c => {
                assert!(!".?*+{}]".contains(c), "`{c}` is not read here");
                Piece::Class { negated: false, ranges: vec![(c, c)] }
            }
        }
    }

    fn escape(&mut self) -> Piece {
        match self.next() {
            'S' => Piece::Class { negated: true, ranges: white() },
            's' => Piece::Class { negated: false, ranges: white() },
            c => {
                assert!(!c.is_alphanumeric(), "`\\{c}` is not read here");
                Piece::Class { negated: false, ranges: vec![(c, c)] }
            }
        }
    }

    fn class(&mut self) -> Piece {
        let negated = self.peek() == Some('^');
        self.1 += usize::from(negated);
        let mut ranges = Vec::new();
        while self.peek() != Some(']') {
            let from = self.next();
            if from == '\\' {
                let Piece::Class { negated: false, ranges: more } = self.escape() else { panic!("a class in a class") };
                ranges.extend(more);
            } else if self.peek() == Some('-') && self.0.get(self.1 + 1) != Some(&']') {
                self.next();
                ranges.push((from, self.next()));
            } else {
                ranges.push((from, from));
            }
        }
        self.next();
        Piece::Class { negated, ranges }
    }

    fn repeated(&mut self, piece: Piece) -> Piece {
        let (least, most) = match self.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('{') => {
                let end = self.0[self.1..].iter().position(|c| *c == '}').unwrap();
                let count: String = self.0[self.1 + 1..self.1 + end].iter().collect();
                self.1 += end;
                let count = count.parse().unwrap();
                (count, count)
            }
            _ => return piece,
        };
        self.1 += 1;
        Piece::Repeat { piece: Box::new(piece), least, most }
    }
}

fn white() -> Vec<(char, char)> {
    vec![(' ', ' '), ('\t', '\r'), ('\u{a0}', '\u{a0}'), ('\u{feff}', '\u{feff}'), ('\u{2028}', '\u{2029}')]
}

/// Whether the pieces match in turn from `at` on.
fn run(pieces: &[&Piece], text: &[char], at: usize) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return true };
    match first {
        Piece::Start => at == 0 && run(rest, text, at),
        Piece::End => at == text.len() && run(rest, text, at),
        Piece::Class { negated, ranges } => {
            let fits = |c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated;
            text.get(at).is_some_and(|c| fits(*c)) && run(rest, text, at + 1)
        }
        Piece::Group(alternatives) => alternatives.iter().any(|alternative| {
            let inside: Vec<&Piece> = alternative.iter().chain(rest.iter().copied()).collect();
            run(&inside, text, at)
        }),
        Piece::Repeat { piece, least, most } => {
            let fewer = Piece::Repeat {
                piece: Box::new(copy(piece)),
                least: least.saturating_sub(1),
                most: most.saturating_sub(1),
            };
            let again = || {
                let inside: Vec<&Piece> = [&**piece, &fewer].into_iter().chain(rest.iter().copied()).collect();
                run(&inside, text, at)
            };
            (*least == 0 && run(rest, text, at)) || (*most > 0 && at <= text.len() && again())
        }
    }
}

fn copy(piece: &Piece) -> Piece {
    match piece {
        Piece::Start => Piece::Start,
        Piece::End => Piece::End,
        Piece::Class { negated, ranges } => Piece::Class { negated: *negated, ranges: ranges.clone() },
        Piece::Group(all) => Piece::Group(all.iter().map(|one| one.iter().map(copy).collect()).collect()),
        Piece::Repeat { piece, least, most } => {
            Piece::Repeat { piece: Box::new(copy(piece)), least: *least, most: *most }
        }
    }
}

#[test]
fn patterns_match_as_they_should() {
    let check =
        |pattern: &str, text: &str, expect: bool| assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
    check("^[0-9]{3}$", "123", true);
    check("^[0-9]{3}$", "1234", false);
    check("^a(-[a-z0-9]+)*$", "a-b1-c", true);
    check("^a(-[a-z0-9]+)*$", "a--c", false);
    check(r"\S", "  x", true);
    check(r"\S", " \t", false);
    check("^(ab?|c)+$", "abac", true);
    check("^(ab?|c)+$", "abb", false);
    check(r"^[^/*-]+(/|\*)?$", "a/", true);
    check(r"^[^/*-]+(/|\*)?$", "a-/", false);
}
