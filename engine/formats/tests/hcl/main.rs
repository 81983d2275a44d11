//! The HCL reader from outside: what it reads, and what it makes of text that is broken or hostile.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod json;
#[cfg(test)]
mod shape;
