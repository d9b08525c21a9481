//! Value crates in axum.

mod calls;
mod cookies;
mod files;
mod headers;
mod sessions;
