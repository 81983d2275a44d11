//! The gate as its callers see it: trees in, evaluations out.
//!
//! The modules say that they are tests, so that lints treat their helpers as such too.

#[cfg(test)]
mod apply;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trusted;
#[cfg(test)]
mod verdict;
#[cfg(test)]
mod waive;
