//! The engine, seen from a transport in memory: no socket, no clock.

mod body;
mod channel;
mod chunk;
mod client;
mod deadline;
mod delivery;
mod failure;
mod filter;
mod filter_failure;
mod filter_flush;
mod filter_properties;
mod framing;
mod head;
mod hooks;
mod log;
mod memory;
mod slow_client;
mod whole_body;
