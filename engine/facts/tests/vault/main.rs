//! Vault from outside: policies, roles, accesses, credentials.

#[cfg(test)]
mod access;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod credential;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod role;
#[cfg(test)]
#[path = "../support/schema.rs"]
mod schema;
#[cfg(test)]
mod support;
#[cfg(test)]
#[path = "../support/table.rs"]
mod table;
#[cfg(test)]
mod wire;
