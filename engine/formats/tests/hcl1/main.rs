//! The HCL 1 reader from outside: what it reads, what it makes of text that is broken or hostile, and whether it
//! agrees with the judge.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod support;
