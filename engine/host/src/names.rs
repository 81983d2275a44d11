//! The names of a component's imports and exports, read from its bytes before anything of it is compiled.
//!
//! This is for one sentence: a plugin built for tomorrow's interface may use what today's compiler cannot read at all,
//! or may take it seconds to compile, and shall be told apart from garbage all the same. Whatever is not understood
//! here ends the look, and the compiler is the judge.

/// The sections that are looked into, by number.
const IMPORTS: u8 = 10;
const EXPORTS: u8 = 11;

/// The first of the component's own imports and exports, in its order, that `is_wanted`. Nothing nested is looked at.
pub(crate) fn first(component: &[u8], mut is_wanted: impl FnMut(&str) -> bool) -> Option<&str> {
    let mut sections = Reader(component.get(8..)?);
    loop {
        let number = sections.byte()?;
        let size = sections.number()?;
        let mut section = Reader(sections.take(size)?);
        if number != IMPORTS && number != EXPORTS {
            continue;
        }
        let mut left = section.number().unwrap_or(0);
        while left > 0 {
            left -= 1;
            let Some(name) = section.name() else { break };
            if is_wanted(name) {
                return Some(name);
            }
            let skipped = if number == IMPORTS { section.described() } else { section.exported() };
            if skipped.is_none() {
                break;
            }
        }
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of at most 32 bits in LEB128.
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    /// The name of an import or export.
    fn name(&mut self) -> Option<&'a str> {
        match self.byte()? {
            0 | 1 => {}
            _ => return None,
        }
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// Skips what an import is described as.
    fn described(&mut self) -> Option<()> {
        match self.byte()? {
            // A core module has a byte for its sort and then, as a function, component or instance, the index of a
            // type; a value or a type stands behind how it is bound.
            0 => self.byte().and_then(|_| self.number()).map(drop),
            1 | 4 | 5 => self.number().map(drop),
            2 => self.byte().and_then(|_| self.number()).map(drop),
            3 => match self.byte()? {
                0 => self.number().map(drop),
                1 => Some(()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Skips what an export is, and what it is described as.
    fn exported(&mut self) -> Option<()> {
        if self.byte()? == 0 {
            self.byte()?;
        }
        self.number()?;
        match self.byte()? {
            0 => Some(()),
            1 => self.described(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::first;

    fn names(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let component = wat::parse_str(format!("(component {text})")).unwrap();
        first(&component, |name| {
            found.push(name.to_owned());
            false
        });
        found
    }

    #[test]
    fn every_kind_of_import_and_export_is_passed() {
        let imports = r#"
            (import "module" (core module))
            (import "func" (func (result u64)))
            (import "res" (type $r (sub resource)))
            (import "same" (type (eq $r)))
            (import "a:b/inner@0.2.0" (instance (export "hidden" (func))))
            (import "comp" (component))
            (import "last" (func))"#;
        assert_eq!(names(imports), ["module", "func", "res", "same", "a:b/inner@0.2.0", "comp", "last"]);
        let exports = r#"
            (type $t (record (field "a" u32)))
            (export $e "typed" (type $t))
            (component $c (import "nested" (func)))
            (export "comp" (component $c))
            (core module $m)
            (export "code" (core module $m))
            (instance $i)
            (export "a:b/out@0.3.0" (instance $i))"#;
        assert_eq!(names(exports), ["typed", "comp", "code", "a:b/out@0.3.0"]);
    }

    #[test]
    fn what_is_not_understood_ends_the_look() {
        let name = |bytes: &[u8]| first(bytes, |_| true).map(str::to_owned);
        let head = b"\0asm\x0d\0\x01\0";
        let with = |rest: &[u8]| [head.as_slice(), rest].concat();
        assert_eq!(name(b""), None);
        assert_eq!(name(head), None);
        // A section longer than the file, a number without end, a name longer than its section, a name of no text.
        for rest in [&[10, 200][..], &[10, 0xff, 0xff, 0xff, 0xff, 0xff], &[10, 3, 1, 0, 9], &[10, 4, 1, 0, 1, 0xff]] {
            assert_eq!(name(&with(rest)), None, "{rest:?}");
        }
        assert_eq!(name(&with(&[10, 4, 1, 0, 1, b'a'])), Some("a".into()));
        // An unknown kind of name ends its section alone.
        assert_eq!(name(&with(&[10, 2, 1, 7, 11, 4, 1, 0, 1, b'b'])), Some("b".into()));
    }
}
