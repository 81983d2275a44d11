//! Hostile and well-behaved guests in the sandbox: one for every limit, every refusal and every broken answer.

#[cfg(test)]
mod answer;
#[cfg(test)]
mod call;
#[cfg(test)]
mod guest;
#[cfg(test)]
mod limit;
#[cfg(test)]
mod refusal;
