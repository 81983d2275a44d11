//! The JSON reader from outside: what it reads, what it makes of text that is broken or hostile, and whether it
//! agrees with the judge.

#[cfg(test)]
mod broken;
#[cfg(test)]
#[path = "../support/drawing.rs"]
mod drawing;
#[cfg(test)]
mod judge;
#[cfg(test)]
#[path = "../support/random.rs"]
mod random;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod support;
