//! The names of variables as Python's strings, and the values that many requests share.

use std::{cell::RefCell, collections::HashMap};

use foldhash::fast::RandomState;
use pyo3::{prelude::*, types::PyString};

use crate::native_string;

/// The number of names that a thread keeps. Clients choose the names of header fields, so that
/// there can be any number of them.
const MOST_NAMES: usize = 512;

/// The length of the longest name that is kept, in bytes. Those of usual header fields are shorter.
const LONGEST_NAME: usize = 64;

/// The length of the longest value that is kept, in bytes.
const LONGEST_VALUE: usize = 128;

/// The variables whose value is often that of the last request, and no secret.
const STEADY: [&str; 14] = [
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
    "REMOTE_ADDR",
    "CONTENT_TYPE",
    "HTTP_HOST",
    "HTTP_USER_AGENT",
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_CONNECTION",
];

/// A name that the thread keeps.
struct Known {
    name: Py<PyString>,
    /// Whether the variable has its value again and again.
    is_steady: bool,
    /// The value that it had last, if it is steady.
    last: Option<(Box<[u8]>, Py<PyString>)>,
}

thread_local! {
    static NAMES: RefCell<HashMap<Box<str>, Known, RandomState>> = RefCell::default();
}

/// The string of a name, which is interned if the thread keeps it. A dictionary finds such a key by
/// its address, and its hash is known. No other names are interned: Python may keep each of them
/// for ever.
pub(crate) fn interned<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    with_known(name, |known| known.map(|known| known.name.bind(py).clone()))
        .unwrap_or_else(|| keep(py, name))
}

/// The strings of a variable's name and value. A steady value of the last request is used again.
pub(crate) fn variable<'py>(
    py: Python<'py>,
    name: &str,
    value: &[u8],
) -> (Bound<'py, PyString>, Bound<'py, PyString>) {
    let made = with_known(name, |known| {
        let known = known?;
        let name = known.name.bind(py).clone();
        if !known.is_steady || value.len() > LONGEST_VALUE {
            return Some((name, native_string::from_bytes(py, value)));
        }
        if let Some((bytes, string)) = &known.last
            && **bytes == *value
        {
            return Some((name, string.bind(py).clone()));
        }
        let string = native_string::from_bytes(py, value);
        known.last = Some((value.into(), string.clone().unbind()));
        Some((name, string))
    });
    made.unwrap_or_else(|| (keep(py, name), native_string::from_bytes(py, value)))
}

/// Uses what the thread knows of a name. `work` runs no code of Python, which could come back here.
fn with_known<R>(name: &str, work: impl FnOnce(Option<&mut Known>) -> R) -> R {
    NAMES.with_borrow_mut(|names| work(names.get_mut(name)))
}

/// The string of a name that the thread does not know, and keeps from now on if it can.
#[cold]
fn keep<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    NAMES.with_borrow_mut(|names| {
        if name.len() > LONGEST_NAME || names.len() >= MOST_NAMES {
            return PyString::new(py, name);
        }
        let string = PyString::intern(py, name);
        let known = Known {
            name: string.clone().unbind(),
            is_steady: STEADY.contains(&name),
            last: None,
        };
        names.insert(name.into(), known);
        string
    })
}
