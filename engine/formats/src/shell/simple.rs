//! Simple commands: assignments, words, and the slots that commands stand in.

use std::ops::Range;

use engine_model::Span;

use super::reader::Reader;
use super::word::{Builder, Part, Word};
use super::{Assignment, Command, Context, MAX_COMMANDS};

/// Built-ins whose arguments assign.
const DECLARATIONS: [&str; 5] = ["export", "declare", "local", "readonly", "typeset"];
/// The longest subscript of an assignment, in bytes.
const MAX_SUBSCRIPT: usize = 256;

/// `NAME=` or `NAME+=` before a value.
struct Head {
    name: Range<usize>,
    value: usize,
    append: bool,
}

impl Reader<'_> {
    /// Takes the next command's place, so that the commands in its words come after it; `None`, and the reading
    /// stops, where there are too many.
    pub(super) fn reserve(&mut self, context: Context) -> Option<usize> {
        let slot = self.script.commands.len();
        if slot >= MAX_COMMANDS {
            self.stop();
            return None;
        }
        self.script.commands.push(Command { context: Context { pipeline_len: 1, ..context }, ..Command::default() });
        Some(slot)
    }

    /// Puts a command where its place was taken; the context stays.
    pub(super) fn fill(&mut self, slot: usize, command: Command) {
        if let Some(place) = self.script.commands.get_mut(slot) {
            let context = std::mem::take(&mut place.context);
            *place = Command { context, ..command };
        }
    }

    /// Reads a simple command, or `[[ .. ]]`; `None` where there is neither.
    pub(super) fn simple(&mut self, context: Context) -> Option<usize> {
        let slot = self.reserve(context)?;
        let owner = self.owner.replace(u32::try_from(slot).unwrap_or(u32::MAX));
        let start = self.pos;
        let mut end = start;
        let mut command = Command::default();
        let mut declares = false;
        if self.at_word("[[") {
            self.test(&mut command);
            end = self.pos;
        }
        let test = !command.words.is_empty();
        loop {
            self.blanks();
            let index = command.redirects.len();
            if let Some(redirect) = self.redirect(slot, index) {
                command.redirects.push(redirect);
            } else if test {
                break;
            } else if command.words.is_empty()
                && let Some(head) = self.assignment_head()
            {
                let (assignment, _) = self.assignment(head);
                command.assignments.push(assignment);
            } else if declares && let Some(head) = self.assignment_head() {
                let (assignment, word) = self.assignment(head);
                command.assignments.push(assignment);
                command.words.push(word);
            } else if let Some(word) = self.word() {
                if command.words.is_empty() {
                    declares = DECLARATIONS.iter().any(|name| word.is(name));
                }
                command.words.push(word);
            } else {
                break;
            }
            end = self.pos;
        }
        self.owner = owner;
        let nothing = command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty();
        if nothing && self.script.commands.len() == slot + 1 {
            self.script.commands.pop();
            return None;
        }
        command.span = Span::from_range(start..end);
        self.fill(slot, command);
        Some(slot)
    }

    /// Reads `[[ .. ]]`, whose operators are words too.
    fn test(&mut self, command: &mut Command) {
        let start = self.pos;
        let limit = self.limit(start);
        self.within(limit, |reader| {
            command.words.push(reader.verbatim(start..start + 2, |text, span| Part::Literal { text, span }));
            reader.pos += 2;
            loop {
                reader.newlines();
                let at = reader.pos;
                if reader.byte().is_none() || reader.byte() == Some(b';') {
                    reader.never_closed(start, 2);
                    break;
                }
                let closes = reader.at_word("]]");
                if closes || reader.looking_at("&&") || reader.looking_at("||") {
                    reader.pos += 2;
                    command.words.push(reader.verbatim(at..at + 2, |text, span| Part::Literal { text, span }));
                    if closes {
                        break;
                    }
                    continue;
                }
                match reader.test_word() {
                    Some(word) => command.words.push(word),
                    None => reader.skip_char(),
                }
            }
        });
        self.closed(start);
    }

    /// A word of one part, as written.
    pub(super) fn verbatim(&mut self, range: Range<usize>, part: impl FnOnce(String, Span) -> Part) -> Word {
        let text = self.slice(range.clone());
        let mut builder = Builder::new(range.start);
        match part(text.to_owned(), Span::from_range(range.clone())) {
            Part::Literal { .. } => builder.push(text, range.clone()),
            other => builder.part(other),
        }
        builder.finish(self.text, range.end)
    }

    /// What stands before the value of an assignment at the cursor, where there is one.
    fn assignment_head(&self) -> Option<Head> {
        let rest = self.rest().as_bytes();
        let first = self.byte()?;
        if !(first.is_ascii_alphabetic() || first == b'_') {
            return None;
        }
        let named = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
        let mut at = named;
        if rest.get(at) == Some(&b'[') {
            at += subscript_len(rest.get(at..)?)?;
        }
        let name = self.pos..self.pos + at;
        let append = rest.get(at) == Some(&b'+');
        at += usize::from(append);
        (rest.get(at) == Some(&b'=')).then(|| Head { name, value: self.pos + at + 1, append })
    }

    /// Reads an assignment: it, and the same as a word.
    fn assignment(&mut self, head: Head) -> (Assignment, Word) {
        let start = head.name.start;
        if self.slice(head.name.clone()).contains(['$', '`']) {
            self.arithmetic(head.name.end);
        }
        self.pos = head.value;
        let mut builder = Builder::new(head.value);
        if self.byte() == Some(b'(') {
            self.array(&mut builder);
        } else {
            self.value(&mut builder);
        }
        let (value, word) = builder.finish_with_head(self.text, start..head.value, self.pos);
        let name = self.slice(head.name).to_owned();
        let span = Span::from_range(start..self.pos);
        (Assignment { name, value, append: head.append, span }, word)
    }

    /// Reads `(a b c)`: its parentheses and blanks are parts that are not literal.
    fn array(&mut self, builder: &mut Builder) {
        let start = self.pos;
        let limit = self.limit(start);
        self.within(limit, |reader| {
            reader.pos += 1;
            builder.other(reader.text, start..start + 1);
            loop {
                let gap = reader.pos;
                reader.newlines();
                if reader.pos > gap && reader.byte() != Some(b')') && gap > start + 1 {
                    builder.other(reader.text, gap..reader.pos);
                }
                if reader.eat(")") {
                    builder.other(reader.text, reader.pos - 1..reader.pos);
                    break;
                }
                if reader.byte().is_none() {
                    reader.never_closed(start, 1);
                    break;
                }
                let before = reader.pos;
                reader.word_into(builder);
                builder.flush(reader.pos);
                if reader.pos == before {
                    reader.skip_char();
                    reader.problem(before..reader.pos, "unexpected in an array");
                }
            }
        });
        self.closed(start);
    }
}

/// How many bytes of a subscript `[..]` the text begins with; quotes and brackets may stand in it.
fn subscript_len(text: &[u8]) -> Option<usize> {
    let mut open = 0_usize;
    let mut quote = None;
    for (at, byte) in text.iter().copied().enumerate().take(MAX_SUBSCRIPT) {
        match (byte, quote) {
            (b'\n', _) => return None,
            (_, Some(closing)) if byte == closing => quote = None,
            (_, Some(_)) => {}
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'[', None) => open += 1,
            (b']', None) if open == 1 => return Some(at + 1),
            (b']', None) => open -= 1,
            (b';' | b'&' | b'|' | b'<' | b'>', None) => return None,
            _ => {}
        }
    }
    None
}
