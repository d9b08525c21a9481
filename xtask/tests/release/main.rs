//! `cargo xtask release` with repositories and a registry of its own.
//!
//! Every test has a temporary git repository with a few small crates, and a registry on a port of
//! this machine: a sparse index, uploads, downloads, and whatever goes wrong with them. The release
//! runs as a maintainer runs it, with the real git, cargo and curl.

#![forbid(unsafe_code)]

mod facade;
mod faults;
mod first;
mod kills;
mod later;
mod registry;
mod repository;
