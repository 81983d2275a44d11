//! What a node can be.

use crate::Span;

/// A node's number in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    pub(super) const NONE: Self = Self(u32::MAX);

    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    pub(super) fn known(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }
}

/// Which reader made a document, and so which grammar its scalars follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// YAML events with raw scalars; the reader of the facts says whether they are YAML 1.1 or 1.2.
    Yaml,
    /// HCL as Terraform 0.11 to 1.11 writes it.
    Hcl,
    /// HCL of the first version, as Vault reads its policies: no expressions, and keys in quotes.
    Hcl1,
    /// JSON; numbers, booleans and `null` are plain scalars as written.
    Json,
    /// TOML, in the shape of JSON.
    Toml,
    /// A script: one scalar, the whole text.
    Script,
}

/// An entry of a mapping. The key is a node too: YAML allows any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// A node: what it is, and the bytes of its document's text that it was written as.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    /// What it is.
    pub kind: Kind<'d>,
    /// Bytes of the document's text, without white space or comments around them.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'d> {
    /// Nothing was written where a value could stand (`key:` in YAML). A written `null` or `~` is a scalar.
    Null,
    /// A piece of text; numbers and booleans too, since what `yes` means depends on who reads it.
    Scalar(Scalar<'d>),
    /// Items in order.
    Sequence(&'d [NodeId]),
    /// Entries in order, duplicates included.
    Mapping(&'d [Entry]),
    /// A YAML alias for the node.
    Alias(NodeId),
    /// An HCL expression that is not a literal, with its parts.
    Expression(Op, &'d [NodeId]),
}

/// A scalar: its decoded text and how it was written.
#[derive(Clone, Copy, Debug)]
pub struct Scalar<'d> {
    /// The text after folds and escapes.
    pub text: &'d str,
    /// How it was written.
    pub style: ScalarStyle,
    /// The scalar's own node, any alias followed.
    pub node: NodeId,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// Bare: a YAML plain scalar, an HCL number, boolean, `null` or identifier.
    Plain,
    /// In `'`.
    SingleQuoted,
    /// In `"`; in HCL a string without any interpolation.
    DoubleQuoted,
    /// A YAML `|` block.
    Literal,
    /// A YAML `>` block.
    Folded,
    /// An HCL heredoc without any interpolation.
    Heredoc,
    /// The literal text between the interpolations of an HCL template.
    Fragment,
}

/// The operator of an expression; the comment says what its parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The name.
    Variable,
    /// The root, then a step each: a scalar for `.name` and `.0`, [`Op::Index`] for `[key]`, [`Op::Splat`].
    Traversal,
    /// The key between brackets.
    Index,
    /// Nothing: `.*` or `[*]`.
    Splat,
    /// The function's name, then the arguments.
    Call,
    /// The same, with `...` after the last argument.
    CallExpanded,
    /// Fragments and [`Op::Interpolation`]s and [`Op::Directive`]s in order.
    Template,
    /// The expression between `${` and `}`.
    Interpolation,
    /// A `%{ if }` or `%{ for }` directive: its expressions and templates in order.
    Directive,
    /// Condition, value if true, value if false.
    Conditional,
    /// Left, right.
    Binary(BinaryOp),
    /// The operand.
    Unary(UnaryOp),
    /// The expression between parentheses.
    Parenthesis,
    /// A `for` expression that makes a list: variables, collection, value and the rest, in order.
    ForList,
    /// The same that makes an object.
    ForObject,
}

/// An HCL operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// An HCL operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UnaryOp {
    Negate,
    Not,
}

/// Where a stored scalar's text is.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextRef {
    None,
    /// Bytes of the document's text, as they stand.
    Source(Span),
    /// Bytes of the document's decoded buffer, with the map back.
    Decoded {
        span: Span,
        map: u32,
    },
}

/// A kind without what it refers to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Null,
    Scalar(ScalarStyle),
    Sequence,
    Mapping,
    Alias(NodeId),
    Expression(Op),
}

/// A node as the arena holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored {
    pub(super) shape: Shape,
    pub(super) span: Span,
    pub(super) text: TextRef,
    /// Of `children`, or of `entries` for a mapping.
    pub(super) first: u32,
    pub(super) len: u32,
    pub(super) parent: NodeId,
}
