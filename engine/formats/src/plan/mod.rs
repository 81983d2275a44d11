//! Terraform plans as `terraform show -json` writes them, read as a stream: a small header, then one change after
//! another. What a change means is the facts' business.
//!
//! A plan is no [`Document`](engine_model::Document): it may have gigabytes, and is never held. A [`Piece`] is the
//! text of one element of `resource_changes` with its place in the file; a reader that needs its values parses that
//! text. Everything else in the file (`planned_values`, `prior_state`, the configuration's resources) is skipped: its
//! brackets, strings and commas must be right, its escapes and numbers are not looked at.
//!
//! Format versions 0.1 (Terraform 0.12) to 1.x are read; within 1.x fields may come, and are passed over.

mod header;
mod scan;

use std::io::Read;

use engine_model::Start;

pub use header::{Header, Version};
pub use scan::Position;

use scan::Scanner;

/// The most bytes that one change may have.
pub const MAX_CHANGE_BYTES: usize = 16 << 20;

/// The most bytes that the configuration of the providers may have.
const MAX_PROVIDERS_BYTES: usize = 1 << 20;

/// The most bytes that a field of the header, or a key, may have.
const MAX_FIELD_BYTES: usize = 4096;

/// A piece of the file: its text, and where that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'b> {
    /// The JSON text.
    pub text: &'b str,
    /// Where it begins in the file.
    pub start: Start,
}

/// What is read of a plan, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub enum Part<'b> {
    /// One element of `resource_changes`.
    Change(Piece<'b>),
    /// `configuration.provider_config`: an object with an entry for each provider.
    Providers(Piece<'b>),
}

/// Why a file is not read as a plan, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It is no JSON, or ends too early.
    #[error("{message}")]
    Json {
        /// What is wrong, one sentence without a full stop.
        message: String,
        /// Where.
        at: Position,
    },
    /// One piece of it is larger than what may be held.
    #[error("{what} has more than {limit} bytes, the limit for one")]
    TooLarge {
        /// `a change`, `a field`.
        what: &'static str,
        /// The limit, in bytes.
        limit: usize,
        /// Where it begins.
        at: Position,
    },
    /// It is JSON, and something else.
    #[error("this is no Terraform plan: {0}")]
    Other(String),
    /// It is a plan of a format that nobody here knows.
    #[error("this plan has the format version `{version}`, and this engine reads 0.1 to 1.x")]
    Version {
        /// As written.
        version: String,
        /// Where.
        at: Position,
    },
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    Unread(String),
}

impl Broken {
    /// Where it went wrong, where that can be said.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Json { at, .. } | Self::TooLarge { at, .. } | Self::Version { at, .. } => Some(*at),
            Self::Other(_) | Self::Unread(_) => None,
        }
    }
}

/// Whether a file that begins with these bytes looks like a plan: Terraform writes the format's version first.
///
/// Says yes to what `terraform show -json` makes of a state too, which [`read`] then tells apart.
#[must_use]
pub fn looks_like(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let Some(rest) = head.strip_prefix(b"{") else { return false };
    rest.trim_ascii_start().starts_with(b"\"format_version\"")
}

/// Reads a plan to its end and hands over its parts as they come.
///
/// Memory: one window of 64 KiB, and the largest part on top. `format_version` must stand before the parts, as
/// Terraform writes it; where it does not, the parts are handed over all the same and the version is judged at the end.
///
/// # Errors
/// Where the file is no plan, is broken, or cannot be read. What was handed over before that was right as far as it
/// goes, and must not be taken for the whole.
pub fn read(source: impl Read, part: &mut dyn FnMut(Part<'_>)) -> Result<Header, Broken> {
    let mut scanner = Scanner::new(source);
    let mut reading = Reading { header: header::Builder::default(), part };
    reading.top(&mut scanner)?;
    reading.header.finish()
}

struct Reading<'p> {
    header: header::Builder,
    part: &'p mut dyn FnMut(Part<'_>),
}

impl Reading<'_> {
    fn top(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), Broken> {
        scanner.byte_order_mark()?;
        if scanner.peek()? != Some(b'{') {
            return scanner.not_an_object();
        }
        scanner.object(&mut |scanner, key| match key {
            "resource_changes" => {
                self.header.has_changes();
                self.changes(scanner)
            }
            "planned_values" => {
                self.header.saw(key);
                if scanner.peek()? == Some(b'{') { self.planned(scanner) } else { scanner.skip() }
            }
            "deferred_changes" => {
                if scanner.peek()? != Some(b'[') {
                    return scanner.skip();
                }
                scanner.array(&mut |scanner| {
                    self.header.defers();
                    scanner.skip()
                })
            }
            "configuration" => {
                self.header.saw(key);
                if scanner.peek()? == Some(b'{') { self.configuration(scanner) } else { scanner.skip() }
            }
            key if header::FIELDS.contains(&key) => {
                let begins = matches!(scanner.peek()?, Some(b'{' | b'['));
                if begins {
                    return scanner.skip();
                }
                let piece = scanner.capture("a field", MAX_FIELD_BYTES)?;
                let start = piece.start;
                self.header.field(key, piece.text, Position::of(start))
            }
            key => {
                self.header.saw(key);
                scanner.skip()
            }
        })?;
        scanner.end()
    }

    fn changes(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), Broken> {
        match scanner.peek()? {
            Some(b'[') => {}
            // Plans without any change may have `null`.
            Some(b'n') => return scanner.skip(),
            _ => return scanner.missing("a list of changes is expected"),
        }
        scanner.array(&mut |scanner| {
            self.header.change();
            let piece = scanner.capture("a change", MAX_CHANGE_BYTES)?;
            (self.part)(Part::Change(piece));
            Ok(())
        })
    }

    /// Whether the planned values of the root module hold any resource that Terraform manages.
    fn planned(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), Broken> {
        scanner.object(&mut |scanner, key| {
            if key != "root_module" || scanner.peek()? != Some(b'{') {
                return scanner.skip();
            }
            scanner.object(&mut |scanner, key| {
                if key != "resources" || scanner.peek()? != Some(b'[') {
                    return scanner.skip();
                }
                scanner.array(&mut |scanner| {
                    if self.header.has_plans() {
                        return scanner.skip();
                    }
                    // Data sources that were read while planning have no change.
                    let piece = scanner.capture("a resource", MAX_CHANGE_BYTES)?;
                    if piece.text.contains("\"managed\"") {
                        self.header.plans();
                    }
                    Ok(())
                })
            })
        })
    }

    fn configuration(&mut self, scanner: &mut Scanner<impl Read>) -> Result<(), Broken> {
        scanner.object(&mut |scanner, key| {
            if key != "provider_config" {
                return scanner.skip();
            }
            let piece = scanner.capture("the configuration of the providers", MAX_PROVIDERS_BYTES)?;
            (self.part)(Part::Providers(piece));
            Ok(())
        })
    }
}
