//! The HCL reader from outside: what it reads, and what it makes of text that is broken or hostile.

#[cfg(test)]
mod broken;
#[cfg(test)]
#[path = "../support/drawing.rs"]
mod drawing;
#[cfg(test)]
mod json;
#[cfg(test)]
#[path = "../support/route.rs"]
mod route;
#[cfg(test)]
mod shape;
