//! Durations as GitLab reads `artifacts:expire_in`: `1 week`, `2h20min`, `47 yrs 6 mos and 4d`, `1:30`, `never`.
//!
//! The sources are GitLab's `lib/gitlab/ci/build/duration_parser.rb` and the gem behind it, `gitlab-chronic-duration`.
//! The text is cut into numbers and words wherever a number begins or ends. A number counts in the unit that follows
//! it, in seconds where nothing follows, and for nothing where another number follows. A unit at the very beginning
//! means one of it, any other unit without a number nothing. `and`, `with` and `plus` are passed over, a comma beside
//! a word too, and any other word is an error. A month has 30 days and a year 365 and a quarter.
//!
//! Its versions differ, and what they do not agree about is refused as unsure: numbers in words (`one hour`), and
//! colons in anything but `1:30`, `1:30:00` and their like.

use super::{Refusal, shown};

/// How long GitLab keeps an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// For so many seconds, a part of a second cut off.
    Seconds(i64),
    /// Until somebody deletes it.
    Never,
}

/// The words for each unit, and its seconds.
const UNITS: [(&[&str], i64); 7] = [
    (&["seconds", "second", "secs", "sec", "s"], 1),
    (&["minutes", "minute", "mins", "min", "m"], 60),
    (&["hours", "hour", "hrs", "hr", "h"], 3_600),
    (&["days", "day", "dy", "d"], 86_400),
    (&["weeks", "week", "wks", "wk", "w"], 7 * 86_400),
    (&["months", "month", "mos", "mo"], 30 * 86_400),
    (&["years", "year", "yrs", "yr", "y"], 31_557_600),
];

/// What the places between colons count, from the last one back.
const COLONS: [i64; 6] = [1, 60, 3_600, 86_400, 30 * 86_400, 31_557_600];

/// Words that mean nothing.
const JOINS: [&str; 3] = ["and", "with", "plus"];

/// Numbers in words, as far as a version of the gem reads them: the beginnings.
const NUMERALS: [&str; 27] = [
    "a", "zero", "one", "first", "two", "three", "third", "four", "five", "fift", "six", "seven", "eight", "nin",
    "ten", "eleven", "twel", "thirt", "twent", "fort", "hundred", "thousand", "million", "billion", "trillion", "half",
    "quarter",
];

/// The longest number that is surely read to its last digit, in digits before the point.
const MAX_DIGITS: usize = 15;

/// The longest time that a date can surely be made of, in seconds: some thirty thousand years.
const MAX_SECONDS: f64 = 1e12;

/// How long GitLab keeps what says `expire_in: TEXT`.
///
/// The text has to be a string in YAML: GitLab refuses `expire_in: 3600` and accepts `expire_in: "3600"`.
///
/// # Errors
///
/// Where GitLab refuses the text: an unknown word, a sign, nothing, zero. And where it cannot be told what GitLab does:
/// [`Refusal::Unsure`], [`Refusal::TooLong`].
pub fn gitlab(text: &str) -> Result<Kept, Refusal> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(Kept::Never);
    }
    let text = text.to_ascii_lowercase();
    let total = if text.contains(':') { colons(&text)? } else { sum(&items(&text)?) };
    match total.seconds() {
        seconds if seconds > MAX_SECONDS => Err(Refusal::TooLong),
        seconds if seconds > 0.0 => Ok(Kept::Seconds(seconds as i64)),
        _ => Err(Refusal::Zero),
    }
}

/// A number as the gem counts: whole as long as every part of it is.
#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    Float(f64),
}

impl Number {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let whole = text.split('.').next().unwrap_or_default();
        if whole.len() > MAX_DIGITS {
            return Err(Refusal::TooLong);
        }
        let float = text.parse::<f64>().map_err(|_| Refusal::Word(shown(text)))?;
        Ok(if float.fract() > 0.0 { Self::Float(float) } else { Self::Whole(float as i64) })
    }

    fn seconds(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    fn times(self, unit: i64) -> Self {
        match self {
            Self::Whole(whole) => Self::Whole(whole.saturating_mul(unit)),
            Self::Float(float) => Self::Float(float * unit as f64),
        }
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => Self::Whole(one.saturating_add(two)),
            (one, two) => Self::Float(one.seconds() + two.seconds()),
        }
    }
}

/// What the gem sees in a text.
enum Item {
    Number(Number),
    /// A unit, in seconds.
    Unit(i64),
}

/// The numbers and units of a text, in order.
fn items(text: &str) -> Result<Vec<Item>, Refusal> {
    let mut items = Vec::new();
    for mut rest in text.split_ascii_whitespace() {
        while !rest.is_empty() {
            let number = number(rest);
            let end = if number > 0 { number } else { word(rest) };
            let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after;
            if number > 0 {
                items.push(Item::Number(Number::parse(piece)?));
            } else if let Some(unit) = unit(piece)? {
                items.push(Item::Unit(unit));
            }
        }
    }
    Ok(items)
}

/// The length of the number at the beginning: digits, or a point with digits after it, or both; 0 where there is none.
fn number(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let after = text.get(whole..).unwrap_or_default();
    let fraction = after.strip_prefix('.').map_or(0, digits);
    if fraction > 0 { whole.saturating_add(1).saturating_add(fraction) } else { whole }
}

/// The length of the word at the beginning: up to where a number begins.
fn word(text: &str) -> usize {
    let begins = |(at, c): (usize, char)| {
        let here = c.is_ascii_digit() || c == '.';
        (here && text.get(at..).is_some_and(|rest| number(rest) > 0)).then_some(at)
    };
    text.char_indices().find_map(begins).unwrap_or(text.len())
}

/// The unit that a word means; `None` for a word that means nothing.
fn unit(word: &str) -> Result<Option<i64>, Refusal> {
    let bare = word.strip_prefix(',').unwrap_or(word);
    let bare = bare.strip_suffix(',').unwrap_or(bare);
    if JOINS.contains(&bare) {
        return Ok(None);
    }
    if let Some((_, seconds)) = UNITS.iter().find(|(names, _)| names.contains(&bare)) {
        return Ok(Some(*seconds));
    }
    let numeral =
        |part: &str| NUMERALS.iter().any(|known| part == *known || known.len() > 2 && part.starts_with(known));
    // Fractions and hyphenated words are read by some versions and not by others.
    let joined = word.contains('/') || (word.len() > 1 && word.contains('-'));
    if joined || word.split(|c: char| !c.is_alphanumeric()).any(numeral) {
        return Err(Refusal::Unsure(shown(word)));
    }
    Err(Refusal::Word(shown(word)))
}

fn sum(items: &[Item]) -> Number {
    let mut total = Number::Whole(0);
    if let Some(Item::Unit(unit)) = items.first() {
        total = Number::Whole(*unit);
    }
    for (at, item) in items.iter().enumerate() {
        let Item::Number(number) = item else { continue };
        let unit = match items.get(at.saturating_add(1)) {
            Some(Item::Unit(unit)) => *unit,
            Some(Item::Number(_)) => 0,
            None => 1,
        };
        total = total.plus(number.times(unit));
    }
    total
}

/// `1:30:00`: whole numbers with colons between them, a fraction in the last, spaces anywhere.
fn colons(text: &str) -> Result<Number, Refusal> {
    let unsure = || Refusal::Unsure(shown(text));
    let text = text.replace(' ', "");
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > COLONS.len() {
        return Err(unsure());
    }
    let mut total = Number::Whole(0);
    for (at, part) in parts.iter().enumerate() {
        let last = parts.len().saturating_sub(at).saturating_sub(1);
        let fits = !part.is_empty() && number(part) == part.len();
        let whole = part.bytes().all(|byte| byte.is_ascii_digit());
        let point = part.starts_with('.');
        let unit = COLONS.get(last).filter(|_| fits && !point && (whole || last == 0)).ok_or_else(unsure)?;
        total = total.plus(Number::parse(part)?.times(*unit));
    }
    Ok(total)
}
