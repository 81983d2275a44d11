//! The binary from outside: arguments and files in, text and an exit code out.
//!
//! What a rule finds is tested with the policies, how a report looks in `engine-report`. Here is what only the whole
//! process can get wrong: exit codes, streams, limits, and that one bad file never hides what is wrong in the next.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod check;
#[cfg(test)]
mod config;
#[cfg(test)]
mod conftest;
#[cfg(test)]
mod exit_codes;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod pipeline;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod plugin;
#[cfg(test)]
mod rego;
#[cfg(test)]
mod report;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod secret;
#[cfg(test)]
#[cfg(feature = "serve")]
mod serve;
#[cfg(test)]
mod staged;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trusted;
#[cfg(test)]
#[cfg(feature = "vendor")]
mod vendor;
#[cfg(test)]
#[cfg(feature = "serve")]
mod worker;
