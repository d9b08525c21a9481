//! The suite, through every gateway.

mod apache2;
mod cgi;
mod front;
mod http;
mod in_process;
mod nginx;
mod serving;
mod snippet;
mod systemd;
