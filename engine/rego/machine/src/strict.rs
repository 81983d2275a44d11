//! Built-in functions that fail are remembered.
//!
//! The library's machine takes a failing function for a line that does not hold, so that a rule which cannot be computed
//! would look like one that finds nothing. Each function of a program is therefore called through one that notes its
//! failure; who evaluates asks for the note. The table of functions holds bare pointers, so there is one such function
//! for each position of the table, and what stands behind it is kept for each thread.

use std::cell::RefCell;
use std::sync::Arc;

use regorus::Value;
use regorus::rvm::program::Program;
use regorus::unstable::{BuiltinFcn, Expr, Ref, Span};

use crate::operator;

/// How many different functions a program may call; the library has some 200.
const FUNCTIONS: usize = 256;

thread_local! {
    static BEHIND: RefCell<Option<Arc<Behind>>> = const { RefCell::new(None) };
    static FAILURE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A built-in function: where it is called, its parameters as written, what they are, and whether it may fail.
pub(crate) type Function = fn(&Span, &[Ref<Expr>], &[Value], bool) -> anyhow::Result<Value>;

/// Calls what is behind position `N`, and notes its failure.
fn noting<const N: usize>(span: &Span, params: &[Ref<Expr>], args: &[Value], strict: bool) -> anyhow::Result<Value> {
    let function =
        BEHIND.with_borrow(|behind| behind.as_ref().and_then(|behind| behind.0.get(N)).map(|(function, _)| *function));
    let Some(function) = function else { anyhow::bail!("the function is not there") };
    let result = function(span, params, args, strict);
    if let Err(error) = &result {
        FAILURE.with_borrow_mut(|failure| {
            failure.get_or_insert_with(|| format!("{error:#}"));
        });
    }
    result
}

/// [`noting`] for every position.
const NOTING: [Function; FUNCTIONS] = positions();

/// Arrays of functions cannot be mapped over positions, so blocks of sixteen are written out.
const fn positions() -> [Function; FUNCTIONS] {
    macro_rules! sixteen {
        ($table:ident, $($block:literal),+) => {
            $(
                $table[$block * 16] = noting::<{ $block * 16 }>;
                $table[$block * 16 + 1] = noting::<{ $block * 16 + 1 }>;
                $table[$block * 16 + 2] = noting::<{ $block * 16 + 2 }>;
                $table[$block * 16 + 3] = noting::<{ $block * 16 + 3 }>;
                $table[$block * 16 + 4] = noting::<{ $block * 16 + 4 }>;
                $table[$block * 16 + 5] = noting::<{ $block * 16 + 5 }>;
                $table[$block * 16 + 6] = noting::<{ $block * 16 + 6 }>;
                $table[$block * 16 + 7] = noting::<{ $block * 16 + 7 }>;
                $table[$block * 16 + 8] = noting::<{ $block * 16 + 8 }>;
                $table[$block * 16 + 9] = noting::<{ $block * 16 + 9 }>;
                $table[$block * 16 + 10] = noting::<{ $block * 16 + 10 }>;
                $table[$block * 16 + 11] = noting::<{ $block * 16 + 11 }>;
                $table[$block * 16 + 12] = noting::<{ $block * 16 + 12 }>;
                $table[$block * 16 + 13] = noting::<{ $block * 16 + 13 }>;
                $table[$block * 16 + 14] = noting::<{ $block * 16 + 14 }>;
                $table[$block * 16 + 15] = noting::<{ $block * 16 + 15 }>;
            )+
        };
    }
    let mut table: [Function; FUNCTIONS] = [noting::<0>; FUNCTIONS];
    sixteen!(table, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    table
}

/// What stands behind the functions of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behind(Vec<BuiltinFcn>);

/// Has every function and every operator of a program note its failure.
pub(crate) fn note(program: &mut Program) -> Behind {
    operator::call(program);
    let behind = program.resolved_builtins.clone();
    for (slot, function) in program.resolved_builtins.iter_mut().zip(NOTING) {
        slot.0 = function;
    }
    Behind(behind)
}

impl Behind {
    /// Makes the functions known to this thread, and forgets what failed before.
    pub(crate) fn enter(self: &Arc<Self>) {
        BEHIND.with_borrow_mut(|behind| {
            if !behind.as_ref().is_some_and(|behind| Arc::ptr_eq(behind, self)) {
                *behind = Some(Arc::clone(self));
            }
        });
        FAILURE.take();
    }
}

/// What failed since [`Behind::enter`], which is then forgotten.
pub(crate) fn failure() -> Option<String> {
    FAILURE.take()
}
