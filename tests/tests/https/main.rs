//! A site without a front server, by the page about TLS: the program, its units, and
//! certificates that come by themselves.

mod namespace;
mod page;
mod site;
mod systemd_analyze;
mod unshare;
