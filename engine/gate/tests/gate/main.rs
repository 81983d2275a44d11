//! The gate as its callers see it: trees in, evaluations out.

mod corpus;
mod fixtures;
mod pages;
mod support;
mod verdict;
