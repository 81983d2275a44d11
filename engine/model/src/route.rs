//! Where in a document or a fact: keys and indices from the root. A file's path is [`crate::FilePath`].

use std::fmt;
use std::sync::Arc;

/// One step of a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into a mapping, by key.
    Key(Arc<str>),
    /// Into a sequence, counted from zero.
    Index(u32),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<u32> for Step {
    fn from(index: u32) -> Self {
        Self::Index(index)
    }
}

/// Keys and indices from the root, walked one after the other; the empty route is the root itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Route(pub Vec<Step>);

impl Route {
    /// The same route, one step longer.
    #[must_use]
    pub fn then(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }
}

impl<S: Into<Step>> FromIterator<S> for Route {
    fn from_iter<I: IntoIterator<Item = S>>(steps: I) -> Self {
        Self(steps.into_iter().map(Into::into).collect())
    }
}

/// `jobs.apply.script[2]`; a key that holds a dot, a bracket or white space is quoted.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    let plain = !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || "\".[]".contains(c));
                    if plain { f.write_str(key)? } else { write!(f, "{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, Step};

    #[test]
    fn a_route_reads_as_people_write_it() {
        let route = Route(vec!["Terraform Apply".into(), "script".into(), Step::Index(2)]);
        assert_eq!(route.to_string(), "\"Terraform Apply\".script[2]");
    }
}
