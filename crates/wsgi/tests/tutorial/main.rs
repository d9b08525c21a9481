//! The tutorial: its programs, its listings, and the commands that it shows.
#![cfg(all(feature = "full", feature = "testing", feature = "tls"))]
#![allow(dead_code)] // the main functions of the programs

mod alone;
mod chapter;
mod curl;
mod listings;
