//! Where in the facts something is. The file behind it is known to the engine alone.

use std::fmt;
use std::ops::Range;

/// One step below an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into an object, by the name in JSON.
    Key(String),
    /// Into an array, counted from zero.
    Index(u32),
}

/// A value in the facts: an item, and keys and indices below it. [`crate::Item::at`] begins one.
///
/// Only what the rule's struct reads can be pointed at; the rest was cut away. A test says where a rule
/// forgets that.
///
/// Names are those of the JSON, not of the struct, where `serde(rename)` makes a difference. A step that leads nowhere
/// is no error: the finding is then shown at the nearest value above it. So `job.at("when")` may be used whether or
/// not `when:` is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub(crate) facts: u32,
    pub(crate) item: u32,
    pub(crate) route: Vec<Step>,
    pub(crate) range: Option<(u32, u32)>,
}

impl Place {
    pub(crate) fn new(facts: u32, item: u32) -> Self {
        Self { facts, item, route: Vec::new(), range: None }
    }

    /// One step into an object.
    #[must_use]
    pub fn key(self, name: impl Into<String>) -> Self {
        self.step(Step::Key(name.into()))
    }

    /// One step into an array, counted from zero.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.step(Step::Index(u32::try_from(index).unwrap_or(u32::MAX)))
    }

    /// Only these bytes of the string at the place; a later step drops them again.
    #[must_use]
    pub fn range(mut self, bytes: Range<usize>) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        self.range = Some((narrow(bytes.start), narrow(bytes.end)));
        self
    }

    fn step(mut self, step: Step) -> Self {
        self.route.push(step);
        self.range = None;
        self
    }
}

/// What stands behind the kind: `[3].script[0](2..5)`, item first.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.item)?;
        for step in &self.route {
            match step {
                Step::Key(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        self.range.map_or(Ok(()), |(start, end)| write!(f, "({start}..{end})"))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_reads_as_a_route_with_a_range_at_its_end() {
        let place = Place::new(0, 2).key("commands").index(3).range(1..2).key("words").index(1).range(0..5);
        assert_eq!(place.to_string(), "[2].commands[3].words[1](0..5)");
    }
}
