//! `engine serve`: the same verdict over HTTP, and a server that stays up whatever is sent.

mod admission;
mod gitlab;
mod hostile;
mod life;
mod same;
mod server;
mod tls;
