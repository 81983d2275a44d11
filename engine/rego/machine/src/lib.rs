//! Rego source to a [`Program`], a program and facts to an [`Answer`].
//!
//! The same code runs twice: natively for the policies that are part of the engine, and as a guest in the sandbox
//! (`engine/rego/guest`) for everything that is read from disk. It is a pure function of what it is handed: no file,
//! no clock, no limit of its own. It alone names the Rego library.
//!
//! What a policy is, where its sources come from and what its limits are is `engine-rego`'s.

mod answer;
mod builtin;
mod check;
mod compile;
mod conftest;
mod error;
mod evaluate;
mod operator;
mod program;
mod strict;
mod value;

pub use answer::{Answer, Edit, Failure, Finding, Fix, Place, Related, Step, Undecided};
pub use check::{Facts, Scope, check};
pub use compile::{Module, Request, RuleRequest, compile};
pub use conftest::Namespaces;
pub use error::Error;
pub use evaluate::{Evaluated, Machine};
pub use program::{Asks, Exempt, PlannedRule, Program};
pub use value::Value;
