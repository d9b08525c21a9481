//! Objects that have a length.

#![allow(unsafe_code)]

use pyo3::{
    ffi::{self, Py_mp_length, Py_sq_length},
    prelude::*,
};

/// Whether the type of an object has `__len__`, as `len()` looks for it. For most iterables it has
/// none, and to look for the attribute would make an exception.
pub(crate) fn is_sized(object: &Bound<'_, PyAny>) -> bool {
    let kind = object.get_type();
    [Py_sq_length, Py_mp_length].into_iter().any(|slot| {
        // SAFETY: the thread is attached, and the pointer is that of a type, which lives for the
        // time of the call. Every type has these slots, also a static one (Python 3.10).
        let function = unsafe { ffi::PyType_GetSlot(kind.as_type_ptr(), slot) };
        !function.is_null()
    })
}
