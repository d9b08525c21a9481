//! The result of an application.

use crate::{body::Body, error::Error};

/// The result of an application; by default a [`Body`] or an [`Error`].
pub type Result<T = Body, E = Error> = std::result::Result<T, E>;
