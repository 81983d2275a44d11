//! Ceilings: the longest that each kind of credential may live.

use engine_facts::credential::Kind;
use engine_facts::duration::{self, Refusal};
use engine_model::NodeId;

use crate::error::shown;
use crate::grammar::CEILINGS;
use crate::reader::Reader;
use crate::setting::{Setting, Written};

const HOUR: i64 = 3600;

/// How durations are written.
const UNITS: &str = "durations are written as Vault reads them: `90m`, `24h`, `1h30m`, `7d`, or a number of seconds";

/// The longest that each kind of credential may live.
#[derive(Clone, Debug)]
pub struct Ceilings(Vec<(Kind, Setting<i64>)>);

impl Ceilings {
    /// What holds where nothing is written: an hour for credentials of CI and for plans, a day for the rest.
    pub(crate) fn implied() -> Self {
        Self(kinds().map(|kind| (kind, Setting::implied(default(kind)))).collect())
    }

    /// The ceiling of a kind, in seconds; `None` for a static key, which has no end and so is never short enough.
    #[must_use]
    pub fn get(&self, kind: Kind) -> Option<&Setting<i64>> {
        self.iter().find(|(known, _)| *known == kind).map(|(_, ceiling)| ceiling)
    }

    /// Every ceiling, in the order of the kinds.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Setting<i64>)> {
        self.0.iter().map(|(kind, ceiling)| (*kind, ceiling))
    }

    fn set(&mut self, kind: Kind, ceiling: Written<i64>) {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| *known == kind) {
            *known = ceiling.into();
        }
    }
}

fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| *kind != Kind::StaticKey)
}

/// The ceiling where none is written, in seconds.
pub(crate) fn default(kind: Kind) -> i64 {
    match kind {
        Kind::JobToken | Kind::AwsSts | Kind::PlanArtifact => HOUR,
        _ => 24 * HOUR,
    }
}

/// Reads `ceilings`.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Ceilings {
    let mut ceilings = Ceilings::implied();
    let Some(fields) = reader.fields(node, &CEILINGS) else { return ceilings };
    for kind in kinds() {
        if let Some(ceiling) = fields.get(kind.as_str()).and_then(|node| seconds(reader, node)) {
            ceilings.set(kind, ceiling);
        }
    }
    ceilings
}

fn seconds(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<i64>> {
    const LEAST: &str = "a ceiling is at least `1s`; nothing turns one off";
    let written = reader.raw(node, "a duration")?;
    let text = shown(written.value);
    let (message, help) = match duration::vault(written.value) {
        _ if written.value.trim().is_empty() => (format!("{} is blank", reader.name(node)), LEAST.to_owned()),
        Ok(seconds) if seconds > 0 => return Some(written.map(|_| seconds)),
        Ok(_) => (format!("{text} comes to less than a second"), LEAST.to_owned()),
        Err(Refusal::Negative) => (format!("{text} is negative"), LEAST.to_owned()),
        Err(refusal) => {
            let help =
                without_space(written.value).map_or_else(|| UNITS.to_owned(), |meant| format!("write `{meant}`"));
            (format!("{text} is no duration: {refusal}"), help)
        }
    };
    reader.error(node, message, help);
    None
}

/// What people write with a space, a long unit or in weeks, as Vault reads it: `1 hour`, `30 min`, `2w`.
fn without_space(text: &str) -> Option<String> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok()?;
    let meant = match unit.trim() {
        "s" | "sec" | "second" | "seconds" => format!("{number}s"),
        "m" | "min" | "mins" | "minute" | "minutes" => format!("{number}m"),
        "h" | "hour" | "hours" => format!("{number}h"),
        "d" | "day" | "days" => format!("{number}d"),
        "w" | "week" | "weeks" => format!("{}d", number.checked_mul(7)?),
        _ => return None,
    };
    Some(meant).filter(|meant| meant != text)
}
