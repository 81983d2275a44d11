//! Rego against the public cases of other implementations.

#[cfg(test)]
mod case;
#[cfg(test)]
mod suite;
