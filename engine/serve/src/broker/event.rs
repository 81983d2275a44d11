//! Events that go out: what was asked for came to this.

use std::collections::BTreeMap;

use engine_model::{Evaluation, Verdict};
use engine_report::{Kind, TextOptions};
use serde::{Deserialize, Serialize};

use crate::envelope::EVENTS;

/// The type of an event with a verdict.
const VERDICT: &str = "engine.v1.verdict";

/// The type of an event that says why there is none.
const REFUSED: &str = "engine.v1.refused";

/// What a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// A verdict, and the reports that were wanted, by their words.
    Decided { verdict: Verdict, reports: BTreeMap<String, String> },
    /// Why it is not decided, and never will be.
    Refused(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct Wire {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    datacontenttype: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dataref: Option<String>,
    data: Data,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Data {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reports: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Outcome {
    /// What an evaluation comes to, with these reports.
    pub(super) fn of(evaluation: &Evaluation, wanted: &[Kind], version: &str) -> Self {
        let plain = TextOptions { color: false, width: 100, all: false, base: String::new() };
        let render = |kind: &Kind| (kind.as_str().to_owned(), kind.render(evaluation, version, &plain));
        Self::Decided { verdict: evaluation.verdict, reports: wanted.iter().map(render).collect() }
    }

    /// The event that answers the request `id`. Where `stored` names an object, that holds the event with its reports.
    pub(super) fn event(&self, id: &str, stored: Option<&str>) -> Vec<u8> {
        let (kind, data) = match self {
            Self::Decided { verdict, reports } => {
                let reports = if stored.is_some() { BTreeMap::new() } else { reports.clone() };
                (VERDICT, Data { verdict: Some(verdict.as_str().to_owned()), reports, detail: None })
            }
            Self::Refused(detail) => (REFUSED, Data { detail: Some(detail.clone()), ..Data::default() }),
        };
        let wire = Wire {
            specversion: EVENTS.to_owned(),
            id: id.to_owned(),
            source: "/engine".to_owned(),
            kind: kind.to_owned(),
            datacontenttype: "application/json".to_owned(),
            dataref: stored.map(str::to_owned),
            data,
        };
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// Reads an event, and the name of the object that holds it whole, if any.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, Option<String>), String> {
        let wire: Wire =
            serde_json::from_slice(bytes).map_err(|error| format!("an answer that is no event: {error}"))?;
        let outcome = match (wire.kind.as_str(), wire.data.verdict, wire.data.detail) {
            (VERDICT, Some(verdict), _) => {
                let known = [Verdict::Pass, Verdict::Fail, Verdict::Undecided];
                let verdict = known.into_iter().find(|known| known.as_str() == verdict);
                let verdict = verdict.ok_or("an answer with a verdict that there is not")?;
                Self::Decided { verdict, reports: wire.data.reports }
            }
            (REFUSED, _, Some(detail)) => Self::Refused(detail),
            (kind, ..) => return Err(format!("an answer of the type `{kind}`")),
        };
        Ok((outcome, wire.dataref))
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;
    use engine_model::Verdict;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let reports = [("json".to_owned(), "{\"a\": \"\u{1f600}\"}\n".to_owned())].into();
        let decided = Outcome::Decided { verdict: Verdict::Undecided, reports };
        assert_eq!(Outcome::read(&decided.event("7", None)).unwrap(), (decided.clone(), None));
        let (short, stored) = Outcome::read(&decided.event("7", Some("x"))).unwrap();
        assert_eq!(stored.as_deref(), Some("x"));
        assert_eq!(short, Outcome::Decided { verdict: Verdict::Undecided, reports: [].into() });
        let refused = Outcome::Refused("no".to_owned());
        assert_eq!(Outcome::read(&refused.event("7", None)).unwrap(), (refused, None));
        for broken in
            ["", "{}", r#"{"specversion":"1.0","id":"","source":"","type":"x","datacontenttype":"","data":{}}"#]
        {
            assert!(Outcome::read(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
