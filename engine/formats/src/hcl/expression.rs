//! Expressions to nodes. Strings and templates are `template`'s.
//!
//! The recursion is as deep as the parser lets an expression be: 64 levels and 128 operators.

use engine_model::{BinaryOp, Entry, NodeId, Op, ScalarStyle, Span, Text, TextMap, UnaryOp};
use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, FuncCall, Object, ObjectKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::{Decorated, Ident, Span as _};

use super::body::Reader;

impl Reader<'_, '_> {
    pub(super) fn expression(&mut self, expression: &Expression) -> NodeId {
        let span = self.span(expression.span());
        match expression {
            Expression::Null(_) | Expression::Bool(_) => self.plain(span),
            Expression::Number(_) => self.number(span),
            Expression::String(_) => self.quoted(span),
            Expression::StringTemplate(template) => self.string_template(span, template),
            Expression::HeredocTemplate(heredoc) => self.heredoc(span, &heredoc.template),
            Expression::Array(array) => {
                let mut items = Vec::with_capacity(array.len());
                for item in array {
                    items.push(self.expression(item));
                }
                self.builder.sequence(span, &items)
            }
            Expression::Object(object) => self.object(span, object),
            Expression::Parenthesis(inner) => {
                let inner = self.expression(inner.inner());
                self.builder.expression(span, Op::Parenthesis, &[inner])
            }
            Expression::Variable(_) => {
                let name = self.plain(span);
                self.builder.expression(span, Op::Variable, &[name])
            }
            Expression::Conditional(conditional) => {
                let parts = [
                    self.expression(&conditional.cond_expr),
                    self.expression(&conditional.true_expr),
                    self.expression(&conditional.false_expr),
                ];
                self.builder.expression(span, Op::Conditional, &parts)
            }
            Expression::FuncCall(call) => self.call(span, call),
            Expression::Traversal(traversal) => self.traversal(span, traversal),
            Expression::UnaryOp(unary) => {
                let operand = self.expression(&unary.expr);
                let op = match unary.operator.value() {
                    UnaryOperator::Neg => UnaryOp::Negate,
                    UnaryOperator::Not => UnaryOp::Not,
                };
                self.builder.expression(span, Op::Unary(op), &[operand])
            }
            Expression::BinaryOp(binary) => {
                let parts = [self.expression(&binary.lhs_expr), self.expression(&binary.rhs_expr)];
                self.builder.expression(span, Op::Binary(operator(*binary.operator.value())), &parts)
            }
            Expression::ForExpr(each) => self.for_expression(span, each),
        }
    }

    fn number(&mut self, span: Span) -> NodeId {
        // `- 1` is one number to the parser, and no text that reads as a number to anybody else.
        let digits = self.slice(span).strip_prefix('-').map(str::trim_start);
        match digits.map(str::len) {
            Some(len) if len.saturating_add(1) < span.len() as usize => {
                let start = span.end.saturating_sub(u32::try_from(len).unwrap_or(0));
                let operand = self.plain(Span::new(start, span.end));
                self.builder.expression(span, Op::Unary(UnaryOp::Negate), &[operand])
            }
            _ => self.plain(span),
        }
    }

    fn object(&mut self, span: Span, object: &Object) -> NodeId {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let key = match key {
                ObjectKey::Ident(ident) => {
                    let span = self.span(ident.span());
                    self.plain(span)
                }
                ObjectKey::Expression(key) => self.expression(key),
            };
            entries.push(Entry { key, value: self.expression(value.expr()) });
        }
        self.builder.mapping(span, &entries)
    }

    fn call(&mut self, span: Span, call: &FuncCall) -> NodeId {
        let last = self.span(call.name.name.span());
        let first = call.name.namespace.first().map_or(last, |first| self.span(first.span()));
        let name = first.cover(last);
        let name = if self.slice(name).contains(|c: char| c.is_whitespace() || c == '/' || c == '#') {
            // Written with blanks around `::`.
            let mut text: Vec<&str> = call.name.namespace.iter().map(|part| part.as_str()).collect();
            text.push(call.name.name.as_str());
            let text = text.join("::");
            let mut map = TextMap::default();
            map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), name);
            self.builder.scalar(name, ScalarStyle::Plain, Text::Decoded(text, map))
        } else {
            self.plain(name)
        };
        let mut parts = vec![name];
        for argument in call.args.iter() {
            parts.push(self.expression(argument));
        }
        let op = if call.args.expand_final() { Op::CallExpanded } else { Op::Call };
        self.builder.expression(span, op, &parts)
    }

    fn traversal(&mut self, span: Span, traversal: &Traversal) -> NodeId {
        let mut parts = vec![self.expression(&traversal.expr)];
        for operator in &traversal.operators {
            let whole = self.span(operator.span());
            parts.push(match operator.value() {
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    self.builder.expression(whole, Op::Splat, &[])
                }
                TraversalOperator::GetAttr(name) => {
                    let name = self.span(name.span());
                    self.plain(name)
                }
                TraversalOperator::LegacyIndex(_) => {
                    let text = self.slice(whole);
                    let digits =
                        text.len().saturating_sub(text.trim_start_matches(|c: char| !c.is_ascii_digit()).len());
                    let start = whole.start.saturating_add(u32::try_from(digits).unwrap_or(0));
                    self.plain(Span::new(start, whole.end))
                }
                TraversalOperator::Index(key) => {
                    let key = self.expression(key);
                    self.builder.expression(whole, Op::Index, &[key])
                }
            });
        }
        self.builder.expression(span, Op::Traversal, &parts)
    }

    fn for_expression(&mut self, span: Span, each: &ForExpr) -> NodeId {
        let variables = self.variables(each.intro.key_var.as_ref(), &each.intro.value_var);
        let mut parts = vec![variables, self.expression(&each.intro.collection_expr)];
        if let Some(key) = &each.key_expr {
            parts.push(self.expression(key));
        }
        parts.push(self.expression(&each.value_expr));
        if each.grouping {
            let from = self.span(each.value_expr.span()).end;
            let dots = self.slice(Span::new(from, span.end)).find("...").and_then(|at| u32::try_from(at).ok());
            let start = from.saturating_add(dots.unwrap_or(0));
            parts.push(self.plain(Span::new(start, start.saturating_add(3).min(span.end))));
        }
        if let Some(condition) = &each.cond {
            parts.push(self.expression(&condition.expr));
        }
        let op = if each.key_expr.is_some() { Op::ForObject } else { Op::ForList };
        self.builder.expression(span, op, &parts)
    }

    /// The one or two variables of a `for`, as a sequence.
    pub(super) fn variables(&mut self, key: Option<&Decorated<Ident>>, value: &Decorated<Ident>) -> NodeId {
        let last = self.span(value.span());
        let mut names = Vec::with_capacity(2);
        let mut covered = last;
        if let Some(key) = key {
            let first = self.span(key.span());
            covered = first.cover(last);
            names.push(self.plain(first));
        }
        names.push(self.plain(last));
        self.builder.sequence(covered, &names)
    }
}

fn operator(operator: BinaryOperator) -> BinaryOp {
    match operator {
        BinaryOperator::Or => BinaryOp::Or,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Eq => BinaryOp::Equal,
        BinaryOperator::NotEq => BinaryOp::NotEqual,
        BinaryOperator::Less => BinaryOp::Less,
        BinaryOperator::LessEq => BinaryOp::LessOrEqual,
        BinaryOperator::Greater => BinaryOp::Greater,
        BinaryOperator::GreaterEq => BinaryOp::GreaterOrEqual,
        BinaryOperator::Plus => BinaryOp::Add,
        BinaryOperator::Minus => BinaryOp::Subtract,
        BinaryOperator::Mul => BinaryOp::Multiply,
        BinaryOperator::Div => BinaryOp::Divide,
        BinaryOperator::Mod => BinaryOp::Modulo,
    }
}
