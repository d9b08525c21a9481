//! Value crates in tiny_http.

mod file_wrapper;
mod forms;
mod hello;
mod served;
