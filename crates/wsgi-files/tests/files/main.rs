//! `Files` in process, and through the server.

mod answers;
mod caching;
mod codings;
mod embedding;
mod listings;
mod pages;
mod paths;
mod served;
mod support;
