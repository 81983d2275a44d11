//! Who has the files.

/// A GitLab, by whichever way it is asked.
pub trait Forge {
    /// The commit of a ref: a branch, a tag or a commit; of the default branch without one.
    ///
    /// # Errors
    /// Why it is not known.
    fn commit(&self, project: &str, reference: Option<&str>) -> Result<String, Failure>;

    /// The commit of a component's version: a commit, a tag, a branch, `~latest` or the beginning of a version.
    ///
    /// # Errors
    /// Why it is not known.
    fn version(&self, project: &str, version: &str) -> Result<String, Failure>;

    /// A file of a project at a commit, at most 4 MiB.
    ///
    /// # Errors
    /// Why there is none.
    fn file(&self, project: &str, commit: &str, path: &str) -> Result<Vec<u8>, Failure>;

    /// The paths of all files of a project at a commit.
    ///
    /// # Errors
    /// Why they are not known.
    fn paths(&self, project: &str, commit: &str) -> Result<Vec<String>, Failure>;

    /// A template of GitLab's.
    ///
    /// # Errors
    /// Why there is none.
    fn template(&self, name: &str) -> Result<Vec<u8>, Failure>;

    /// What is at an address, asked without any token.
    ///
    /// # Errors
    /// Why there is nothing.
    fn remote(&self, address: &str) -> Result<Vec<u8>, Failure>;

    /// Whether the host of a component is this GitLab.
    fn is_host(&self, host: &str) -> bool;
}

/// Why something cannot be fetched. Each is one sentence, lower case, without a full stop, and names no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no such thing, or not for this token.
    #[error("{0}")]
    Absent(String),
    /// The server cannot be reached.
    #[error("{0}")]
    Unreachable(String),
    /// It has more bytes than are copied.
    #[error("it has more than {0} bytes")]
    TooLarge(usize),
    /// The answer is not what the documentation says.
    #[error("the answer cannot be read: {0}")]
    Unread(String),
}
