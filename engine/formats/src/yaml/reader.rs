//! Events to nodes.

use engine_model::{Builder, Document, Entry, NodeId, ScalarStyle, Span, Text};
use granit_parser::{Event, Parser, ScanError, StrInput, StructureStyle};

use super::message::{self, Problem};
use super::{MAX_FINDINGS, alignment, gap};

/// The most broken documents of one stream that are told, and the last one that is read.
const MAX_BROKEN: usize = 20;

/// What a stream came to.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) document: Document,
    /// Every mapping, in the order in which they end.
    pub(super) mappings: Vec<NodeId>,
    /// What is wrong, in the order of the text.
    pub(super) problems: Vec<Problem>,
    /// Whether some of the text could not be read at all.
    pub(super) syntax_error: bool,
}

/// A collection that is not closed yet.
#[derive(Debug)]
struct Open {
    mapping: bool,
    flow: bool,
    /// Where it begins, and the end of what it holds so far.
    span: Span,
    /// Where its nodes begin in [`Reader::pending`].
    first: usize,
    anchor: usize,
    anchor_span: Option<Span>,
    tag: Option<Span>,
}

/// Whose anchor the next [`Event::Anchor`] is.
#[derive(Debug)]
enum Last {
    Node(NodeId),
    Collection,
}

/// Reads one text. Depth costs no stack: open collections are a list.
pub(super) struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    open: Vec<Open>,
    /// The nodes of the open collections, and the root of a document that has one already.
    pending: Vec<NodeId>,
    entries: Vec<Entry>,
    /// The node of each anchor by the parser's number; none while the node is open.
    anchors: Vec<Option<NodeId>>,
    last: Last,
    /// The end of the last token.
    cursor: usize,
    /// A cursor, and up to where no `:` stands behind it: values absent at many depths share one long gap.
    no_colon: (usize, usize),
    roots: Vec<NodeId>,
    mappings: Vec<NodeId>,
    problems: Vec<Problem>,
    syntax_errors: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, builder: Builder) -> Self {
        Self {
            text,
            builder,
            open: Vec::new(),
            pending: Vec::new(),
            entries: Vec::new(),
            anchors: Vec::new(),
            last: Last::Collection,
            cursor: 0,
            no_colon: (0, 0),
            roots: Vec::new(),
            mappings: Vec::new(),
            problems: Vec::new(),
            syntax_errors: 0,
        }
    }

    pub(super) fn read(mut self) -> Stream {
        let options = granit_parser::options! {
            emit_comments: false,
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
        };
        let mut parser: Parser<'t, StrInput<'t>> = Parser::new_from_str_with_options(self.text, options);
        loop {
            match parser.next_event() {
                Some(Ok((event, span))) => self.event(event, span),
                Some(Err(error)) => {
                    self.broken(&error);
                    let more = self.syntax_errors < MAX_BROKEN && matches!(parser.proceed_next_document(), Ok(true));
                    if !more {
                        break;
                    }
                }
                None => break,
            }
        }
        let document = self.builder.finish(self.roots);
        Stream { document, mappings: self.mappings, problems: self.problems, syntax_error: self.syntax_errors > 0 }
    }

    fn event(&mut self, event: Event<'t>, span: granit_parser::Span) {
        let at = bytes(&span);
        let tag = span.tag_span().map(|span| bytes(&span));
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let properties = anchor > 0 || tag.is_some();
                let at = if text_is_absent(style, at) && !properties { self.absent(at) } else { at };
                let node = self.scalar(text, style, at, span.start.col());
                self.cursor = self.cursor.max(at.end as usize);
                if let Some(tag) = tag {
                    self.builder.tag(node, tag);
                }
                if anchor > 0 {
                    *self.anchor(anchor) = Some(node);
                }
                self.last = Last::Node(node);
                self.pending.push(node);
                return;
            }
            Event::SequenceStart(style, anchor, _) => self.begin(false, style, anchor, tag, at),
            Event::MappingStart(style, anchor, _) => self.begin(true, style, anchor, tag, at),
            Event::SequenceEnd | Event::MappingEnd => self.end(at),
            Event::Anchor(_, _) => match self.last {
                Last::Node(node) => self.builder.anchor(node, at),
                Last::Collection => {
                    if let Some(open) = self.open.last_mut() {
                        open.anchor_span = Some(at);
                    }
                }
            },
            Event::Alias(anchor) => {
                let node = match *self.anchor(anchor) {
                    Some(target) => self.builder.alias(at, target),
                    None => self.bad_alias(at, "stands inside the node that it names"),
                };
                self.leaf(node, at);
            }
            Event::UnresolvedAlias(_) => {
                let node = self.bad_alias(at, "names an anchor that is not written before it");
                self.leaf(node, at);
            }
            // One that is not written has the span of the token behind it.
            Event::DocumentStart(false, _) => return self.pending.clear(),
            Event::DocumentStart(true, _) => self.pending.clear(),
            Event::DocumentEnd => self.roots.append(&mut self.pending),
            _ => {}
        }
        // An event without bytes of its own stands at the next token, and a block scalar's begins past its indicator.
        if !at.is_empty() {
            self.cursor = self.cursor.max(at.end as usize);
        }
    }

    fn leaf(&mut self, node: NodeId, span: Span) {
        self.pending.push(node);
        self.grow(span);
    }

    /// Says that the innermost open collection holds `span`.
    fn grow(&mut self, span: Span) {
        if let Some(open) = self.open.last_mut() {
            open.span = open.span.cover(span);
        }
    }

    fn anchor(&mut self, number: usize) -> &mut Option<NodeId> {
        // Numbers count up from one, so the list is never longer than there are anchors.
        if self.anchors.len() <= number {
            self.anchors.resize(number.saturating_add(1), None);
        }
        #[expect(clippy::indexing_slicing, reason = "the list was made longer than `number` just above")]
        &mut self.anchors[number]
    }

    fn bad_alias(&mut self, span: Span, what: &str) -> NodeId {
        let name: String = self.text.get(span.range()).unwrap_or("").chars().take(80).collect();
        if self.problems.len() < MAX_FINDINGS {
            let message = format!("the alias `{name}` {what}");
            self.problems.push(Problem { span, message, help: None, opened: None });
        }
        self.builder.null(span)
    }

    fn scalar(
        &mut self,
        decoded: std::borrow::Cow<'t, str>,
        style: granit_parser::ScalarStyle,
        at: Span,
        column: usize,
    ) -> NodeId {
        use granit_parser::ScalarStyle as Written;
        let style = match style {
            Written::SingleQuoted => ScalarStyle::SingleQuoted,
            Written::DoubleQuoted => ScalarStyle::DoubleQuoted,
            Written::Literal => ScalarStyle::Literal,
            Written::Folded => ScalarStyle::Folded,
            _ => ScalarStyle::Plain,
        };
        let inner = match style {
            ScalarStyle::Plain if at.is_empty() => {
                self.grow(at);
                return self.builder.null(at);
            }
            ScalarStyle::Plain => at,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                Span::new(at.start.saturating_add(1), at.end.saturating_sub(1))
            }
            _ => {
                let (span, text) = self.block(decoded.into_owned(), style, at, column);
                self.grow(span);
                return self.builder.scalar(span, style, text);
            }
        };
        let text = if self.text.get(inner.range()) == Some(&*decoded) {
            Text::Source(inner)
        } else {
            let map = alignment::flow(self.text, inner.range(), style, &decoded);
            Text::Decoded(decoded.into_owned(), map)
        };
        self.grow(at);
        self.builder.scalar(at, style, text)
    }

    /// The place of something that is not there: behind its indicator, or behind the last token. The parser names the
    /// next token, which may be lines away.
    fn absent(&mut self, at: Span) -> Span {
        let Some(open) = self.open.last() else { return at };
        let value = open.mapping && (self.pending.len() - open.first) % 2 == 1;
        let indicator = if value {
            b":"
        } else if open.mapping {
            b"?"
        } else {
            b"-"
        };
        let until = (at.start as usize).saturating_add(1).min(self.text.len());
        if value && self.no_colon.0 == self.cursor && until <= self.no_colon.1 {
            return Span::from_range(self.cursor..self.cursor);
        }
        let behind = match gap::find(self.text, self.cursor, until, indicator) {
            Some(indicator) => indicator.saturating_add(1),
            None if value => {
                self.no_colon = (self.cursor, until);
                self.cursor
            }
            None => return at,
        };
        Span::from_range(behind..behind)
    }

    /// A block scalar's span from its indicator on, and its text. `at` begins with the content of the first line,
    /// `column` characters into it, or with the header where there is no content.
    fn block(&mut self, decoded: String, style: ScalarStyle, at: Span, column: usize) -> (Span, Text) {
        let (start, end) = (at.start as usize, at.end as usize);
        let found = gap::find(self.text, self.cursor.min(start), (start + 1).min(self.text.len()), b"|>");
        let header = found.unwrap_or(start);
        // The header's own column is no indentation, but then there is no content either.
        let (span, map) = alignment::block(self.text, header, end, column, style == ScalarStyle::Folded, &decoded);
        (span, Text::Decoded(decoded, map))
    }

    fn begin(&mut self, mapping: bool, style: StructureStyle, anchor: usize, tag: Option<Span>, at: Span) {
        let flow = style == StructureStyle::Flow;
        let mut span = Span::new(at.start, at.start);
        let start = at.start as usize;
        if !mapping && !flow && self.text.as_bytes().get(start) != Some(&b'-') {
            // The parser lets a list that is indented as its key begin with its first item.
            let dash = gap::find(self.text, self.cursor.min(start), start, b"-");
            span.start = dash.map_or(at.start, |dash| Span::from_range(dash..dash).start);
        }
        self.cursor = self.cursor.max(span.start as usize);
        if anchor > 0 {
            *self.anchor(anchor) = None;
        }
        self.open.push(Open { mapping, flow, span, first: self.pending.len(), anchor, anchor_span: None, tag });
        self.last = Last::Collection;
    }

    fn end(&mut self, at: Span) {
        let Some(mut open) = self.open.pop() else { return };
        if open.flow {
            open.span = open.span.cover(at);
        }
        let node = self.close(&open, self.pending.len());
        self.pending.truncate(open.first);
        self.leaf(node, open.span);
    }

    /// The node of a collection that holds the pending nodes from its own first up to `until`.
    fn close(&mut self, open: &Open, until: usize) -> NodeId {
        let children = self.pending.get(open.first..until).unwrap_or(&[]);
        let node = if open.mapping {
            self.entries.clear();
            let entry = |pair: &[NodeId]| Some(Entry { key: *pair.first()?, value: *pair.last()? });
            self.entries.extend(children.chunks_exact(2).filter_map(entry));
            let node = self.builder.mapping(open.span, &self.entries);
            self.mappings.push(node);
            node
        } else {
            self.builder.sequence(open.span, children)
        };
        if let Some(tag) = open.tag {
            self.builder.tag(node, tag);
        }
        if let Some(span) = open.anchor_span {
            self.builder.anchor(node, span);
        }
        if open.anchor > 0 {
            *self.anchor(open.anchor) = Some(node);
        }
        node
    }

    /// Keeps what of the document's top collection was complete, and says what is wrong.
    fn broken(&mut self, error: &ScanError) {
        self.syntax_errors += 1;
        let at = error.marker().byte_offset().unwrap_or(self.cursor);
        let (message, help) = message::words(error.kind());
        // A mapping of one pair in a list has no bracket of its own.
        let bracket = self.open.iter().rev().find(|open| {
            let start = open.span.start as usize;
            open.flow && start != at && matches!(self.text.as_bytes().get(start), Some(b'[' | b'{'))
        });
        let opened = bracket.map(|open| Span::new(open.span.start, open.span.start.saturating_add(1)));
        self.problems.push(Problem { span: message::spot(self.text, at), message, help, opened });
        let until = self.open.get(1).map_or(self.pending.len(), |inner| inner.first);
        let top = self.open.drain(..).next();
        if let Some(mut top) = top {
            let count = until.saturating_sub(top.first);
            // An entry is known to be whole once the next one begins, or once a line begins at the margin.
            let margin = error.marker().col() == 0;
            let kept = match (top.mapping, count % 2) {
                (true, 1) => count - 1,
                (true, _) if !margin => count.saturating_sub(2),
                (false, _) if !margin => count.saturating_sub(1),
                _ => count,
            };
            top.span = Span::new(top.span.start, Span::from_range(0..self.cursor).end);
            let node = self.close(&top, top.first + kept);
            self.roots.push(node);
        } else {
            let mappings = self.mappings.last().copied();
            self.roots.extend(self.pending.pop().filter(|node| mappings == Some(*node)));
        }
        self.pending.clear();
    }
}

/// Whether a scalar event is only the parser's word for nothing.
fn text_is_absent(style: granit_parser::ScalarStyle, at: Span) -> bool {
    style == granit_parser::ScalarStyle::Plain && at.is_empty()
}

fn bytes(span: &granit_parser::Span) -> Span {
    let start = span.start.byte_offset().unwrap_or(0);
    let end = span.end.byte_offset().unwrap_or(start);
    Span::from_range(start..end)
}
