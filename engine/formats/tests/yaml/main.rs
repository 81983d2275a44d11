//! The YAML reader, from outside.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod merge;
#[cfg(test)]
mod places;
#[cfg(test)]
mod property;
#[cfg(test)]
#[path = "../support/random.rs"]
mod random;
#[cfg(test)]
mod read;
#[cfg(test)]
mod ruby;
