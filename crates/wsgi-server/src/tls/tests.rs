//! Configurations of clients against those of listeners, in memory.

mod authority;
mod certificates;
mod channels;
mod clients;
mod clock;
mod errors;
mod facts;
mod handshake;
mod keys;
mod link;
mod own_config;
mod reload;
mod ticket_files;
mod tickets;
mod wallet;
