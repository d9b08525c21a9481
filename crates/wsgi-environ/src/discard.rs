//! Values of an application, which may panic when they are dropped.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Drops a value and stops the panic of its drop. The payload of that panic is forgotten, since
/// its drop could panic as well.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload);
    }
}
