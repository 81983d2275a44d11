//! What the rules read of a credential. One shape for all of them, so that each credential is parsed once.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "credential")]
pub(crate) struct Credential {
    /// `aws-sts`; the word of its ceiling too.
    pub(crate) kind: String,
    /// ``tokens of the AppRole role `deploy` ``.
    pub(crate) title: String,
    /// `terraform`, `plan`, `pipeline`.
    pub(crate) source: String,
    pub(crate) maximum: Lifetime,
    pub(crate) periodic: Known<bool>,
    /// Whether the secret itself is written in a file.
    pub(crate) open: bool,
}

/// How long it lives.
#[derive(Deserialize, Facts)]
pub(crate) struct Lifetime {
    #[facts(whole)]
    pub(crate) end: End,
    /// Absent where nothing here says so.
    pub(crate) seconds: Known<i64>,
    /// The argument or keyword that says so, or that would.
    pub(crate) field: String,
    /// As written; absent where nobody wrote it.
    pub(crate) text: Known<String>,
}

/// What ends it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    /// A number that somebody wrote.
    Written,
    /// The product's own default.
    Product,
    /// Only the mount or the server.
    Mount,
    /// Nothing.
    Never,
}

impl Credential {
    pub(crate) fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind.as_str())
    }

    /// Whether it is made on demand, so that it lives for a while; a saved plan is kept, and has rules of its own.
    pub(crate) fn is_made(&self) -> bool {
        !self.is(&["static-key", "plan-artifact"])
    }

    /// Whether renewing keeps it alive without end, which `periodic-token` says. An explicit maximum ends it.
    pub(crate) fn is_periodic(&self) -> bool {
        self.periodic.known() == Some(&true) && !self.maximum.is_bounded()
    }

    /// One of two forms of a verb, as the title asks for: ``tokens of `deploy` `` live, ``token `ci` `` lives.
    pub(crate) fn verb<'v>(&self, one: &'v str, many: &'v str) -> &'v str {
        let head = self.title.split(['`', '(']).next().and_then(|head| head.split(" of ").next()).unwrap_or("");
        if head.trim_end().ends_with('s') { many } else { one }
    }

    /// Where it is written how long it lives, or would be.
    pub(crate) fn limit(item: &Item<Self>) -> Place {
        let maximum = item.at("maximum");
        if item.maximum.text.is_absent() { maximum.key("field") } else { maximum.key("text") }
    }

    /// Text to copy that bounds it: Vault's resources take seconds wherever they take a duration.
    pub(crate) fn bound(&self, ceiling: i64) -> Option<Fix> {
        let field = &self.maximum.field;
        let vault = self.source == "terraform" && !self.is(&["gitlab-token"]) && !field.contains(' ');
        let title = format!("bound it by the ceiling of `{}`", self.kind);
        vault.then(|| Fix::snippet(title, format!("{field} = {ceiling}")))
    }
}

impl Lifetime {
    /// Whether a number ends it, which may not be known.
    pub(crate) fn is_bounded(&self) -> bool {
        matches!(self.end, End::Written | End::Product)
    }

    /// `secret_id_ttl` is 0, or is not written.
    pub(crate) fn written(&self) -> String {
        match &self.text {
            Known::Known(text) => format!("`{}` is `{text}`", self.field),
            Known::Unknown(unknown) => format!("`{}` depends on {unknown}", self.field),
            Known::Absent => format!("`{}` is not written", self.field),
        }
    }
}
