//! Files as conftest shows them. What is expected of HCL is what its own library made of the same texts.

#[cfg(test)]
mod hcl;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod json;
#[cfg(test)]
mod place;
#[cfg(test)]
mod support;
#[cfg(test)]
mod yaml;
