//! Hostile and well-behaved guests in the sandbox: one for every limit, every refusal, every broken answer and every
//! fault of the cache.

#[cfg(test)]
mod answer;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod call;
#[cfg(test)]
mod from_disk;
#[cfg(test)]
mod guest;
#[cfg(test)]
mod limit;
#[cfg(test)]
mod refusal;
