//! Why a plugin could not be built.

use std::path::PathBuf;

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo could not be started.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// What was called.
        program: String,
        /// Why it did not start.
        source: std::io::Error,
    },
    /// The target is not installed.
    #[error("the target `{}` is not installed: run `rustup target add {}`", crate::TARGET, crate::TARGET)]
    MissingTarget,
    /// Cargo ended with an error.
    #[error("cargo could not build `{}`:\n{output}", manifest.display())]
    Cargo {
        /// The crate's manifest.
        manifest: PathBuf,
        /// What cargo said.
        output: String,
    },
    /// The crate makes no WebAssembly module.
    #[error("`{}` makes no module: it needs `[lib]` with `crate-type = [\"cdylib\"]`", manifest.display())]
    NoModule {
        /// The crate's manifest.
        manifest: PathBuf,
    },
    /// What cargo wrote could not be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Read {
        /// The module.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The module is no plugin.
    #[error("the module cannot become a component: {reason}")]
    Encode {
        /// Why not, from the outside in.
        reason: String,
    },
}
