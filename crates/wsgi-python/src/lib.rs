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
mod gate;
mod header_fields;
mod hop_by_hop;
mod input;
mod interpreter_lock;
mod iterable;
mod lent;
mod limits;
mod monitoring;
mod mutex;
mod names;
mod native_string;
mod numbers;
mod place;
mod predecessor;
mod proxies;
mod self_signed;
mod server;
mod setting_values;
mod settings;
mod site;
mod sized;
mod sockets;
mod start_response;
#[cfg(target_os = "linux")]
mod startup_pages;
mod successor;
mod thread_state;
mod tls;
mod whereabouts;

use pyo3::pymodule;

/// The compiled part of the package `wsgi_rs`. It keeps nothing by Python's lock, so that a
/// free-threaded interpreter goes on without.
#[pymodule(gil_used = false)]
mod _wsgi_rs {
    use pyo3::{PyResult, prelude::*, types::PyModule};

    use crate::attachment::watch_forks;

    #[pymodule_export]
    use crate::{
        exceptions::{ClientDisconnected, InputError},
        file_wrapper::FileWrapper,
        numbers::Numbers,
        predecessor::Predecessor,
        self_signed::SelfSigned,
        server::{Server, check, release_startup_pages},
        sockets::Sockets,
    };

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        watch_forks(module.py())
    }
}
