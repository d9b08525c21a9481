//! Value crates in axum.

mod calls;
mod cookies;
mod files;
mod greet;
mod headers;
mod sessions;
