#![doc = include_str!("../README.md")]

mod application;
mod attachment;
mod body;
mod bytes;
mod descriptor;
mod environ;
mod errors_stream;
mod exceptions;
mod failure;
mod file_wrapper;
mod header_fields;
mod hop_by_hop;
mod input;
mod iterable;
mod lent;
mod names;
mod native_string;
mod server;
mod settings;
mod start_response;
mod thread_state;

use pyo3::pymodule;

/// The compiled part of the package `wsgi_rs`.
#[pymodule]
mod _wsgi_rs {
    #[pymodule_export]
    use crate::{
        exceptions::{ClientDisconnected, InputError},
        file_wrapper::FileWrapper,
        server::Server,
    };
}
