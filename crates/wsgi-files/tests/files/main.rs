//! `Files` in process, and through the server.

mod answers;
mod caching;
mod codings;
mod listings;
mod pages;
mod paths;
mod support;
