//! Sessions in axum, by the layer.

mod applications;
mod pages;
#[path = "../park/mod.rs"]
mod park;
mod site;
mod stores;
mod updates;
