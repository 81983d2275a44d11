//! Plans as a stream: what is read, what is refused and where, and that nothing breaks it.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod property;
#[cfg(test)]
mod read;

use std::io::Read;

use engine_formats::plan::{self, Broken, Header, Part};

/// What reading came to: a line for each part, then the header or what is wrong.
#[cfg(test)]
fn told(text: &[u8], chunk: usize) -> String {
    let mut out = String::new();
    let result = parts(Chunked { rest: text, chunk }, &mut |kind, text, place| {
        out.push_str(&format!("{kind} {place}: {text}\n"));
    });
    match result {
        Ok(header) => out.push_str(&format!(
            "plan {} by {:?}, errored {}, complete {:?}, applyable {:?}\n",
            header.format, header.terraform, header.errored, header.complete, header.applyable
        )),
        Err(broken) => {
            let place = broken.position().map_or(String::new(), |at| format!("{}:{}: ", at.at.line, at.at.column));
            out.push_str(&format!("{place}{broken}\n"));
        }
    }
    out
}

#[cfg(test)]
fn parts(source: impl Read, part: &mut dyn FnMut(&str, &str, &str)) -> Result<Header, Broken> {
    plan::read(source, &mut |one| {
        let (kind, piece) = match one {
            Part::Change(piece) => ("change", piece),
            Part::Providers(piece) => ("providers", piece),
        };
        let place = format!("{}:{}@{}", piece.start.at.line, piece.start.at.column, piece.start.byte);
        part(kind, piece.text, &place);
    })
}

/// A reader that gives a few bytes at a time.
#[cfg(test)]
struct Chunked<'t> {
    rest: &'t [u8],
    chunk: usize,
}

#[cfg(test)]
impl Read for Chunked<'_> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let len = self.rest.len().min(self.chunk).min(room.len());
        let (now, rest) = self.rest.split_at(len);
        room[..len].copy_from_slice(now);
        self.rest = rest;
        Ok(len)
    }
}
