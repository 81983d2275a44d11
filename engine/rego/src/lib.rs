//! Rego policies: folders of `.rego` files become policies of the gate.
//!
//! A rule is a package with a `METADATA` block, which is the only source of its title, class, severity and of what it
//! reads. What is read from disk ([`load()`]) is compiled and run by the interpreter in the sandbox, under the limits of
//! any plugin. What is part of the engine ([`builtins`]) was compiled with it and runs natively, on the same machine.
//!
//! The Rego library is named in `engine-rego-machine` alone.

mod builtin;
mod collection;
mod conftest;
mod error;
mod load;
mod metadata;
mod native;
mod rule;
mod test;

pub use builtin::builtins;
pub use collection::{Collection, MAX_POLICY_BYTES};
pub use conftest::{Conftest, Namespace, conftest, missing, packages};
pub use engine_rego_machine::Value;
pub use error::PolicyError;
pub use load::{Loaded, load};
pub use native::{Items, Native};
pub use test::{Outcome, Tested, test};
