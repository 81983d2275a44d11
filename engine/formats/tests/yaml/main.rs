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
mod read;
