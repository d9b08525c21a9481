//! An application over hyper, by HTTP/1.1 and HTTP/2, and inside axum.

mod axum_routes;
mod curl;
mod h2load;
mod layers;
#[path = "../park/mod.rs"]
mod park;
mod serving;
