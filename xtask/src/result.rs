//! The result of a task.

use std::error::Error;

/// The result of a task or of a part of one. Its error is printed as it is.
pub(crate) type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;
