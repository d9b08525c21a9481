//! The names of variables as Python's strings.

use std::{cell::RefCell, collections::HashMap};

use foldhash::fast::RandomState;
use pyo3::{prelude::*, types::PyString};

/// The number of names that a thread keeps. Clients choose the names of header fields, so that
/// there can be any number of them.
const MOST_NAMES: usize = 512;

/// The length of the longest name that is kept, in bytes. Those of usual header fields are shorter.
const LONGEST_NAME: usize = 64;

thread_local! {
    static NAMES: RefCell<HashMap<Box<str>, Py<PyString>, RandomState>> = RefCell::default();
}

/// The string of a name, which is interned if the thread keeps it. A dictionary finds such a key by
/// its address, and its hash is known. No other names are interned: Python may keep each of them
/// for ever.
pub(crate) fn interned<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    if name.len() > LONGEST_NAME {
        return PyString::new(py, name);
    }
    let known = NAMES.with_borrow(|names| names.get(name).map(|known| known.clone_ref(py)));
    if let Some(known) = known {
        return known.into_bound(py);
    }
    NAMES.with_borrow_mut(|names| {
        if names.len() >= MOST_NAMES {
            return PyString::new(py, name);
        }
        let string = PyString::intern(py, name);
        names.insert(name.into(), string.clone().unbind());
        string
    })
}
