//! git's wildcards, compiled to tokens and matched in time that is at most tokens times bytes, with no recursion.
//! Which text a pattern is held against is said in [`crate::pattern`].
//!
//! Source: gitignore(5), "Pattern format", and the behaviour of git 2.47 where the page is silent.

/// One token of a compiled glob.
#[derive(Debug)]
enum Token {
    /// This byte.
    Byte(u8),
    /// Any byte but `/`.
    One,
    /// Any bytes but `/`, or none.
    Star,
    /// Any bytes, or none.
    Deep,
    /// Nothing, or any bytes up to and with a `/`.
    Directories,
    /// A byte that is, or is not, in a class; never `/`.
    Class(Box<Class>),
}

/// The bytes of a `[...]`.
#[derive(Debug)]
struct Class {
    /// One bit a byte.
    bytes: [u64; 4],
    negated: bool,
}

/// A compiled glob over paths.
#[derive(Debug)]
pub(crate) struct Glob(Vec<Token>);

impl Glob {
    /// The glob, or `None` where the pattern is malformed (an open class, a `\` at the end), which matches nothing.
    pub(crate) fn new(pattern: &[u8]) -> Option<Self> {
        let mut tokens = Vec::new();
        let mut rest = pattern;
        let mut before: Option<u8> = None;
        while let [first, after @ ..] = rest {
            rest = after;
            match first {
                b'\\' => {
                    let [escaped, after @ ..] = rest else { return None };
                    tokens.push(Token::Byte(*escaped));
                    rest = after;
                }
                b'?' => tokens.push(Token::One),
                b'[' => {
                    let (class, after) = class(rest)?;
                    tokens.push(Token::Class(Box::new(class)));
                    rest = after;
                }
                b'*' => rest = star(&mut tokens, before, rest),
                byte => tokens.push(Token::Byte(*byte)),
            }
            // What stands before the rest is the pattern's last byte that was taken.
            before = pattern.get(..pattern.len().saturating_sub(rest.len())).and_then(|taken| taken.last().copied());
        }
        Some(Self(tokens))
    }

    /// How many steps one match may take at most.
    pub(crate) fn cost(&self, text: &[u8]) -> u64 {
        (self.0.len() as u64).saturating_add(1).saturating_mul(text.len() as u64)
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        // `here[i]`: the first `i` tokens can have taken the text so far.
        let mut here = vec![false; self.0.len().saturating_add(1)];
        let mut next = here.clone();
        if let Some(first) = here.first_mut() {
            *first = true;
        }
        self.skip_empty(&mut here, true);
        for byte in text {
            next.fill(false);
            for (index, token) in self.0.iter().enumerate() {
                if here.get(index) != Some(&true) {
                    continue;
                }
                let (stays, moves) = match token {
                    Token::Byte(wanted) => (false, wanted == byte),
                    Token::One => (false, *byte != b'/'),
                    Token::Class(class) => (false, *byte != b'/' && class.holds(*byte)),
                    Token::Star => (*byte != b'/', false),
                    Token::Deep => (true, false),
                    Token::Directories => (true, *byte == b'/'),
                };
                if stays && let Some(state) = next.get_mut(index) {
                    *state = true;
                }
                if moves && let Some(state) = next.get_mut(index.saturating_add(1)) {
                    *state = true;
                }
            }
            self.skip_empty(&mut next, *byte == b'/');
            std::mem::swap(&mut here, &mut next);
        }
        here.last() == Some(&true)
    }

    /// Passes over tokens that may take nothing: `**/` only where a part of the path begins.
    fn skip_empty(&self, states: &mut [bool], begins: bool) {
        for (index, token) in self.0.iter().enumerate() {
            let may_be_empty = match token {
                Token::Star | Token::Deep => true,
                Token::Directories => begins,
                _ => false,
            };
            if may_be_empty
                && states.get(index) == Some(&true)
                && let Some(state) = states.get_mut(index.saturating_add(1))
            {
                *state = true;
            }
        }
    }
}

impl Class {
    fn holds(&self, byte: u8) -> bool {
        let word = self.bytes.get(usize::from(byte >> 6)).copied().unwrap_or(0);
        ((word >> (byte & 63)) & 1 == 1) != self.negated
    }

    fn add(&mut self, low: u8, high: u8) {
        for byte in low..=high {
            if let Some(word) = self.bytes.get_mut(usize::from(byte >> 6)) {
                *word |= 1 << (byte & 63);
            }
        }
    }
}

/// Reads what follows a first `*`; gives what is left of the pattern.
fn star<'a>(tokens: &mut Vec<Token>, before: Option<u8>, rest: &'a [u8]) -> &'a [u8] {
    let after = rest.iter().position(|byte| *byte != b'*').map_or(&[][..], |at| rest.get(at..).unwrap_or(&[]));
    let alone = matches!(before, None | Some(b'/'));
    match after {
        _ if after.len() == rest.len() || !alone => tokens.push(Token::Star),
        [] | [b'\\', b'/', ..] => tokens.push(Token::Deep),
        [b'/', below @ ..] => {
            tokens.push(Token::Directories);
            return below;
        }
        _ => tokens.push(Token::Star),
    }
    after
}

/// Reads a class after its `[`; gives it and what is left of the pattern.
fn class(pattern: &[u8]) -> Option<(Class, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut class = Class { bytes: [0; 4], negated };
    let mut low: Option<u8> = None;
    let mut first = true;
    loop {
        match rest {
            [b']', after @ ..] if !first => return Some((class, after)),
            [b'\\', byte, after @ ..] => {
                class.add(*byte, *byte);
                (low, rest) = (Some(*byte), after);
            }
            [b'\\'] | [] => return None,
            [b'-', b'\\', high, after @ ..] if low.is_some() => {
                class.add(low?, *high);
                (low, rest) = (None, after);
            }
            [b'-', high, after @ ..] if low.is_some() && *high != b']' && *high != b'\\' => {
                class.add(low?, *high);
                (low, rest) = (None, after);
            }
            [b'[', b':', after @ ..] => {
                let end = after.iter().position(|byte| *byte == b']')?;
                let (inside, behind) = after.split_at_checked(end)?;
                if let [name @ .., b':'] = inside {
                    named(&mut class, name)?;
                    (low, rest) = (None, behind.get(1..)?);
                } else {
                    class.add(b'[', b'[');
                    (low, rest) = (Some(b'['), rest.get(1..)?);
                }
            }
            [byte, after @ ..] => {
                class.add(*byte, *byte);
                (low, rest) = (Some(*byte), after);
            }
        }
        first = false;
    }
}

/// Adds the bytes of `[:name:]`.
fn named(class: &mut Class, name: &[u8]) -> Option<()> {
    let test: fn(&u8) -> bool = match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    };
    for byte in (0..=u8::MAX).filter(test) {
        class.add(byte, byte);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern.as_bytes()).unwrap();
        for text in matching {
            assert!(glob.matches(text.as_bytes()), "`{pattern}` should match `{text}`");
        }
        for text in others {
            assert!(!glob.matches(text.as_bytes()), "`{pattern}` should not match `{text}`");
        }
    }

    #[test]
    fn stars_stop_at_a_slash_and_double_stars_do_not() {
        check("*.tf", &["a.tf", ".tf"], &["a/b.tf", "a.tfvars"]);
        check("a/*/c", &["a/b/c"], &["a/c", "a/b/b/c"]);
        check("**/x", &["x", "a/x", "a/b/x"], &["ax", "a/bx"]);
        check("a/**/z", &["a/z", "a/b/z", "a/b/c/z"], &["az", "a/bz", "b/z"]);
        check("a/**", &["a/", "a/b", "a/b/c"], &["a", "b/a"]);
        check("a**b", &["ab", "axxb"], &["a/b"]);
        check("***", &["a", "a/b"], &[]);
        check("?", &["a"], &["/", "", "aa"]);
    }

    #[test]
    fn classes_and_escapes_are_as_in_git() {
        check("[a-c]x", &["ax", "cx"], &["dx", "-x"]);
        check("[!a-c]x", &["dx"], &["ax", "/x"]);
        check("[]-]x", &["]x", "-x"], &["ax"]);
        check("[[:digit:]_]", &["1", "_"], &["a", ":"]);
        check("[[:x]", &["[", ":", "x"], &["a"]);
        check("[\\]]", &["]"], &["\\"]);
        check("\\*", &["*"], &["a"]);
        for malformed in ["[a", "[[:nope:]]", "a\\", "[a\\"] {
            assert!(Glob::new(malformed.as_bytes()).is_none(), "{malformed}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let glob = Glob::new("**/*a".repeat(200).as_bytes()).unwrap();
        assert!(!glob.matches("a/".repeat(2000).as_bytes()));
        let glob = Glob::new(format!("{}b", "*a".repeat(200)).as_bytes()).unwrap();
        assert!(!glob.matches("a".repeat(4000).as_bytes()));
    }
}
