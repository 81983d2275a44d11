//! `engine worker` and `engine submit`, with a real broker: nothing lost, nothing decided twice, the verdict of `check`.
//!
//! Where there is no `nats-server` the tests are skipped with a line.

mod broker;
mod killed;
mod refused;
mod same;
mod secret;
