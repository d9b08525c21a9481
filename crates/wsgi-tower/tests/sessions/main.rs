//! Sessions in axum, by the layer.

mod applications;
mod pages;
mod site;
mod stores;
mod updates;
