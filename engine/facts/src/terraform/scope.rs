//! What the names `var.…` and `local.…` of one module come to: lazily, once each, and never in a circle.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use engine_model::{Document, NodeId, Place, Value, Why};

use super::constraint::Constraint;
use super::value::{Basis, Data, Evaluated};

/// Something written in a document of the module.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) document: Arc<Document>,
    pub(super) node: NodeId,
    /// Why it does not count as written: it stands twice, or an override file changes it.
    pub(super) doubt: Option<&'static str>,
}

impl Written {
    pub(super) fn place(&self) -> Place {
        Place::new(&self.document, self.node)
    }
}

/// How many values may be made from one call of `derive`, copies included.
#[derive(Debug)]
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new(values: usize) -> Self {
        Self(Cell::new(values))
    }

    /// Whether that many more may be made.
    pub(super) fn spend(&self, values: usize) -> bool {
        let left = self.0.get().checked_sub(values);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// The names of one module.
#[derive(Debug)]
pub(super) struct Scope<'b> {
    pub(super) budget: &'b Budget,
    /// The bodies of the `variable` blocks.
    pub(super) variables: BTreeMap<String, Written>,
    pub(super) locals: BTreeMap<String, Written>,
    /// What the variable files set that Terraform reads by itself.
    pub(super) files: BTreeMap<String, Written>,
    /// Whether such a file is there and could not be read.
    pub(super) unread_file: bool,
    /// Whether another module of the tree calls this one, and what such calls set.
    pub(super) called: bool,
    pub(super) set_by_callers: BTreeSet<String>,
    memo: RefCell<HashMap<(Root, String), Memo>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Root {
    Variable,
    Local,
}

#[derive(Clone, Debug)]
enum Memo {
    Busy,
    Done(Arc<Evaluated>),
}

impl<'b> Scope<'b> {
    /// A scope without names: what defaults and variable files are evaluated in.
    pub(super) fn new(budget: &'b Budget) -> Self {
        Self {
            budget,
            variables: BTreeMap::new(),
            locals: BTreeMap::new(),
            files: BTreeMap::new(),
            unread_file: false,
            called: false,
            set_by_callers: BTreeSet::new(),
            memo: RefCell::default(),
        }
    }

    /// What a name comes to; its place is where its value is written. `user` is where it is used.
    pub(super) fn name(&self, root: Root, name: &str, user: &Place, depth: usize) -> Arc<Evaluated> {
        let key = (root, name.to_owned());
        let memo = self.memo.borrow().get(&key).cloned();
        match memo {
            Some(Memo::Done(value)) => return value,
            Some(Memo::Busy) => {
                return Arc::new(Evaluated::unknown(
                    Why::NotEvaluated,
                    format!("`{name}`, which refers to itself"),
                    user.clone(),
                ));
            }
            None => {}
        }
        self.memo.borrow_mut().insert(key.clone(), Memo::Busy);
        let value = Arc::new(match root {
            Root::Variable => self.variable(name, user),
            Root::Local => self.local(name, user, depth),
        });
        self.memo.borrow_mut().insert(key, Memo::Done(Arc::clone(&value)));
        value
    }

    fn local(&self, name: &str, user: &Place, depth: usize) -> Evaluated {
        let Some(written) = self.locals.get(name) else {
            return Evaluated::unknown(Why::NotEvaluated, format!("local.{name}, which is not declared"), user.clone());
        };
        if let Some(doubt) = written.doubt {
            return Evaluated::unknown(Why::NotEvaluated, format!("local.{name}, which {doubt}"), written.place());
        }
        self.evaluate(&written.document, written.node, depth.saturating_add(1))
    }

    fn variable(&self, name: &str, user: &Place) -> Evaluated {
        let on = format!("var.{name}");
        let Some(declared) = self.variables.get(name) else {
            return Evaluated::unknown(Why::NotEvaluated, format!("{on}, which is not declared"), user.clone());
        };
        let unknown = |why| Evaluated::unknown(why, on.as_str(), declared.place());
        if self.is_hidden(declared) {
            return unknown(Why::Sensitive);
        }
        if let Some(doubt) = declared.doubt {
            return Evaluated::unknown(Why::NotEvaluated, format!("{on}, which {doubt}"), declared.place());
        }
        let file = self.files.get(name);
        let set_by_caller = self.called && (self.set_by_callers.contains(name) || file.is_some());
        if self.unread_file || set_by_caller {
            return unknown(Why::Dynamic);
        }
        match (file, declared.document.get(declared.node, "default")) {
            (Some(file), _) => self.converted(declared, &file.document, file.node, &on).resting_on(Basis::VariableFile),
            (None, Some(default)) => {
                self.converted(declared, &declared.document, default, &on).resting_on(Basis::Default)
            }
            (None, None) => unknown(Why::Dynamic),
        }
    }

    /// The default of a variable, converted to its type; absent where it has none.
    pub(super) fn default_of(&self, declared: &Written, name: &str) -> Evaluated {
        let on = format!("var.{name}");
        match declared.document.get(declared.node, "default") {
            None => Evaluated::new(Value::Absent, declared.place(), Basis::Code),
            Some(default) if self.is_hidden(declared) => {
                Evaluated::unknown(Why::Sensitive, on, Place::new(&declared.document, default))
            }
            Some(default) => match declared.doubt {
                Some(doubt) => Evaluated::unknown(Why::NotEvaluated, format!("{on}, which {doubt}"), declared.place()),
                None => self.converted(declared, &declared.document, default, &on),
            },
        }
    }

    /// Whether a variable is sensitive or ephemeral, or may be.
    pub(super) fn is_hidden(&self, declared: &Written) -> bool {
        ["sensitive", "ephemeral"].iter().any(|name| {
            let flag = declared.document.get(declared.node, name);
            flag.is_some_and(|flag| declared.document.scalar(flag).is_none_or(|flag| flag.text != "false"))
        })
    }

    /// A value given to a variable, as the variable's type makes it.
    fn converted(&self, declared: &Written, document: &Arc<Document>, node: NodeId, on: &str) -> Evaluated {
        let names = Scope::new(self.budget);
        let value = names.evaluate(document, node, 0);
        let body = &declared.document;
        let refused = || Evaluated::unknown(Why::NotEvaluated, on, value.place.clone());
        if matches!(value.get(), Some(Data::Null)) {
            // A variable that is not nullable falls back to its default, which the file's `null` hides here.
            return if body.get(declared.node, "nullable").is_none() { value } else { refused() };
        }
        let Some(kind) = body.get(declared.node, "type") else { return value };
        let Some(constraint) = Constraint::read(body, kind) else { return refused() };
        if !self.budget.spend(value.size()) {
            return refused();
        }
        let default = |node| names.evaluate(body, node, 0);
        constraint.convert(&value, &default).unwrap_or_else(refused)
    }
}
