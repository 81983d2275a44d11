//! Terraform modules: what they declare, with every value as far as it can be told without a plan.
//!
//! A module is a directory that holds `.tf` or `.tf.json` files. Values come from an evaluator of our own that has three answers,
//! known, unknown and why, absent; see [`Evaluated`]. A known value is what Terraform 1.x itself would come to, on
//! the condition that [`Basis`] names. What a plan says is in [`plan`]; no provider's defaults are here.

mod assembly;
mod backend;
pub(crate) mod block;
mod constraint;
mod evaluate;
mod file;
mod lock;
mod module;
mod number;
pub mod plan;
mod requirement;
mod scope;
mod secret;
mod source;
mod understood;
mod value;
mod version;
mod wire;

use engine_model::{Gap, Place, Value};

pub use lock::{LockFile, LockedProvider};
pub use module::derive;
pub use number::Number;
pub use understood::understood;
pub use value::{Basis, Data, Evaluated, Wording};
pub use wire::{is_state, module_item, state_item};

/// The kind of fact that a module is.
pub const MODULE: &str = "terraform.module";
/// The kind of fact that a state file is.
pub const STATE: &str = "terraform.state";
/// What a gap about resources leaves out: everything that is made of a module's files.
pub const RESOURCE: &str = "terraform.resource";

/// Every module of a tree.
#[derive(Debug, Default)]
pub struct Modules {
    /// The modules, sorted by directory.
    pub modules: Vec<Module>,
    /// What could not be seen: files that were not read, modules that are not in the tree.
    pub gaps: Vec<Gap>,
}

/// One module: what the `.tf` and `.tf.json` files of one directory declare.
#[derive(Debug)]
pub struct Module {
    /// The directory, `""` for the top of the tree.
    pub directory: String,
    /// Whether no module of the tree calls this one.
    pub is_root: bool,
    /// Whether a module of the tree fetches a directory of this path from a repository, which may be this one.
    pub may_be_fetched: bool,
    /// Whether all of its files were read. Where not, what is not here may still be declared.
    pub is_complete: bool,
    /// Its first `terraform` block; else the whole of its first file.
    pub place: Place,
    /// Whether an override file that was not read may change a `terraform` block.
    pub is_overridden: bool,
    /// Whether Terraform reads a variable file in the directory by itself.
    pub has_variable_file: bool,
    /// The lock file beside it; unknown where it was not read.
    pub lock: Value<LockFile>,
    /// `variable` blocks, sorted by name.
    pub variables: Vec<Variable>,
    /// `locals`, sorted by name.
    pub locals: Vec<Named>,
    /// `resource` blocks, sorted by address.
    pub resources: Vec<Resource>,
    /// `data` blocks, sorted by address.
    pub data: Vec<Resource>,
    /// `ephemeral` blocks, sorted by address.
    pub ephemeral: Vec<Resource>,
    /// `provider` blocks, sorted by name, in the order of the files.
    pub providers: Vec<Provider>,
    /// The `backend` or `cloud` block. Arguments that are missing here may be given to `terraform init`.
    pub backend: Option<Backend>,
    /// `module` blocks, sorted by name.
    pub calls: Vec<ModuleCall>,
    /// `output` blocks, sorted by name: their arguments.
    pub outputs: Vec<Named>,
    /// `required_version` of the `terraform` blocks, in the order of the files.
    pub required_versions: Vec<Evaluated>,
    /// The entries of `required_providers`, sorted by name.
    pub required_providers: Vec<Named>,
}

/// A variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its block.
    pub place: Place,
    /// Whether its value is sensitive or ephemeral, and so is never shown here.
    pub is_hidden: bool,
    /// Its default as its type makes it; absent where it has none, and so must be given a value.
    pub default: Evaluated,
    /// What `var.name` comes to: the variable files' value, else the default, else unknown.
    pub value: Evaluated,
}

/// Something with a name: a local value, an output, a required provider.
#[derive(Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What it comes to; for a block, its arguments.
    pub value: Evaluated,
}

/// A resource or a data source.
#[derive(Debug)]
pub struct Resource {
    /// `aws_s3_bucket.logs`; `data.` or `ephemeral.` before it for those.
    pub address: String,
    /// `aws_s3_bucket`.
    pub kind: String,
    /// `logs`.
    pub name: String,
    /// Its block.
    pub place: Place,
    /// Its arguments and nested blocks, `count` and the like included; always known, as a map, unless an override
    /// file changes the block or it is declared twice.
    pub attributes: Evaluated,
}

/// A provider's configuration.
#[derive(Debug)]
pub struct Provider {
    /// `aws`.
    pub name: String,
    /// Its block.
    pub place: Place,
    /// Its arguments, `alias` included.
    pub attributes: Evaluated,
}

/// Where the state is kept.
#[derive(Debug)]
pub struct Backend {
    /// `s3`, `http`, …; `cloud` for a `cloud` block.
    pub kind: String,
    /// Its block.
    pub place: Place,
    /// Its arguments.
    pub attributes: Evaluated,
}

/// A call of another module.
#[derive(Debug)]
pub struct ModuleCall {
    /// Its name.
    pub name: String,
    /// Its block.
    pub place: Place,
    /// `source`; absent where it is missing.
    pub source: Evaluated,
    /// The directory of the called module, where it is in the tree.
    pub directory: Option<String>,
    /// All its arguments, `source` and the like included.
    pub arguments: Evaluated,
}

impl Module {
    /// Why what its `terraform` blocks do not say may still be said somewhere; `None` where all of it is known.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        match (self.is_overridden, self.is_complete) {
            (true, _) => Some("an override file that was not read"),
            (_, false) => Some("a file that was not read"),
            _ => None,
        }
    }

    /// The variable of that name.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// The resource at that address.
    #[must_use]
    pub fn resource(&self, address: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.address == address)
    }

    /// The local value of that name.
    #[must_use]
    pub fn local(&self, name: &str) -> Option<&Evaluated> {
        self.locals.iter().find(|local| local.name == name).map(|local| &local.value)
    }
}
