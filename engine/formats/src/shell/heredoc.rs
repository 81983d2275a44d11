//! Bodies of here-documents.

use std::mem;
use std::ops::Range;

use super::Context;
use super::list::BARRIER;
use super::reader::Reader;
use super::word::Builder;

/// A here-document whose body begins after the line.
#[derive(Debug)]
pub(super) struct Pending {
    /// The command and which of its redirects.
    pub(super) slot: usize,
    pub(super) index: usize,
    pub(super) delimiter: String,
    /// Whether nothing in the body is expanded.
    pub(super) quoted: bool,
    /// Whether tabs at the beginnings of lines are dropped.
    pub(super) tabs: bool,
    pub(super) operator: Range<usize>,
    pub(super) context: Context,
}

impl Reader<'_> {
    /// Reads the bodies that begin at the cursor, which is at the beginning of a line.
    pub(super) fn read_pending(&mut self) {
        for pending in mem::take(&mut self.pending) {
            let (body, next) = self.body_of(&pending);
            let outer = mem::replace(&mut self.context, pending.context);
            let owner = self.owner.replace(u32::try_from(pending.slot).unwrap_or(u32::MAX));
            let mut builder = Builder::new(body.start);
            self.within(body.end, |reader| {
                if pending.quoted {
                    reader.data(&mut builder, pending.tabs);
                } else {
                    reader.expanded(&mut builder, pending.tabs);
                }
            });
            self.bodies.push((pending.slot, pending.index, builder.finish(self.text, body.end)));
            self.context = outer;
            self.owner = owner;
            self.pos = next;
        }
    }

    /// The bytes of the body at the cursor, and where its delimiter's line ends.
    fn body_of(&mut self, pending: &Pending) -> (Range<usize>, usize) {
        let start = self.pos;
        let substituted = self.closers.iter().any(|stop| stop & BARRIER != 0);
        let mut at = start;
        for line in self.rest().split_inclusive('\n') {
            let bare = line.trim_end_matches(['\n', '\r']);
            let text = if pending.tabs { bare.trim_start_matches('\t') } else { bare };
            if text == pending.delimiter {
                return (start..at, at + line.len());
            }
            // In a substitution its parenthesis may follow the delimiter.
            let closed = text.strip_prefix(pending.delimiter.as_str()).is_some_and(|rest| rest.starts_with(')'));
            if substituted && closed && !pending.delimiter.is_empty() {
                return (start..at, at + bare.len() - text.len() + pending.delimiter.len());
            }
            at += line.len();
        }
        self.problem(pending.operator.clone(), format!("here-document without its end `{}`", pending.delimiter));
        (start..at, at)
    }

    /// Reads lines as they are.
    fn data(&mut self, builder: &mut Builder, tabs: bool) {
        while self.byte().is_some() {
            self.leading_tabs(builder, tabs);
            let len = self.rest().find('\n').map_or(self.rest().len(), |newline| newline + 1);
            builder.push(self.slice(self.pos..self.pos + len), self.pos..self.pos + len);
            self.pos += len;
        }
        builder.flush(self.pos);
    }

    /// Moves past the tabs at the cursor, the beginning of a line.
    pub(super) fn leading_tabs(&mut self, builder: &mut Builder, tabs: bool) {
        builder.open(self.pos);
        while tabs && self.byte() == Some(b'\t') {
            self.pos += 1;
        }
    }
}
