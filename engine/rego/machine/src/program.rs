//! A compiled policy as bytes, so that it is compiled once and evaluated often.

use serde::{Deserialize, Serialize};

use crate::compile::Module;
use crate::{Error, Scope};

/// Raised with every change of what the bytes mean.
const LAYOUT: u8 = 2;

/// A compiled policy: what can be evaluated, and which rules that makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    layout: u8,
    /// Paths of rules that can be evaluated, `data.terraform.local_state.findings` say, sorted.
    pub entries: Vec<String>,
    /// The rules that findings are reported under.
    pub rules: Vec<PlannedRule>,
    /// Code of the library's machine for most entries; empty where it is for none.
    pub(crate) code: Vec<u8>,
    /// Entries that the library's machine cannot run, `with` say: those are interpreted.
    pub(crate) interpreted: Vec<String>,
    /// Sources, where any entry is interpreted.
    pub(crate) sources: Vec<Module>,
    /// What `data` holds besides the modules, as JSON; empty for nothing.
    pub(crate) data: String,
    /// Whether a built-in function that fails ends the rule, or is undefined, as it is for OPA.
    pub(crate) strict: bool,
    /// Whether rules ask which file they look at, as `data.conftest.file`.
    pub(crate) asks_file: bool,
}

/// A rule, and what to evaluate for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRule {
    /// The id.
    pub id: String,
    /// How it looks at its facts.
    pub scope: Scope,
    /// The kinds that it reads.
    pub kinds: Vec<String>,
    /// What is evaluated.
    pub asks: Asks,
}

/// What is evaluated for a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// Objects of our own form.
    Findings {
        /// The path of the findings.
        findings: String,
        /// The path of what the rule cannot decide, where it says so.
        undecided: Option<String>,
    },
    /// Messages about a file, as conftest asks for them.
    Messages {
        /// The package.
        package: String,
        /// The path of the messages.
        path: String,
        /// Whether they are warnings.
        is_warning: bool,
        /// The path of the package's exceptions, and what they call the rule.
        exception: Option<(String, Exempt)>,
    },
    /// Which rules an exception keeps out, as conftest says besides.
    Exceptions {
        /// The package.
        package: String,
        /// The path of the exceptions.
        path: String,
        /// The rules that it may keep out.
        exempted: Vec<Exempt>,
    },
}

/// A rule as exceptions know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exempt {
    /// Its name.
    pub name: String,
    /// What an exception calls it.
    pub short: String,
}

impl Program {
    pub(crate) fn new(entries: Vec<String>, rules: Vec<PlannedRule>, data: String, strict: bool) -> Self {
        let (code, interpreted, sources) = (Vec::new(), Vec::new(), Vec::new());
        Self { layout: LAYOUT, entries, rules, code, interpreted, sources, data, strict, asks_file: false }
    }

    /// The entries that the library's machine cannot run, and that are interpreted from their source each time.
    #[must_use]
    pub fn interpreted(&self) -> &[String] {
        &self.interpreted
    }

    /// The program as bytes.
    ///
    /// # Errors
    /// Never, but for a lack of memory.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        postcard::to_allocvec(self).map_err(|error| Error::plain(format!("the program cannot be written: {error}")))
    }

    /// The program that was written as these bytes.
    ///
    /// # Errors
    /// Where they are none, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let program: Self =
            postcard::from_bytes(bytes).map_err(|error| Error::plain(format!("this is no program: {error}")))?;
        if program.layout != LAYOUT {
            return Err(Error::plain("the program was compiled by another version of the engine"));
        }
        Ok(program)
    }
}
