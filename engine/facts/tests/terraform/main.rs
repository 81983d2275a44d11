//! Terraform modules from outside.

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod module;
#[cfg(test)]
mod support;
