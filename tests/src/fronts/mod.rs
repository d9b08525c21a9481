//! Front servers, started with the configurations of the pages about deployment.
//!
//! Only addresses, ports, folders and certificates differ from the page, so that its examples
//! cannot drift from what is tested.

mod authority;
mod front_server;
mod place;
mod snippet;

pub mod apache2;
pub mod h2o;
pub mod haproxy;
pub mod lighttpd;
pub mod nginx;

pub use authority::Authority;
pub use front_server::{FrontServer, Ports, folder, program};
pub use place::Place;
pub use snippet::Snippet;
