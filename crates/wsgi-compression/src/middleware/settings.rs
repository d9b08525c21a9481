//! Settings and compressors that all requests share.

use super::{levels::Levels, pool::Pool};
use crate::media_types::is_compressible;

/// Settings and compressors that all requests share.
pub(crate) struct Settings {
    /// The least length of a body that is compressed, in bytes.
    pub(crate) min_bytes: u64,
    /// Whether a media type is compressed.
    pub(crate) types: Box<dyn Fn(&str) -> bool + Send + Sync>,
    pub(crate) levels: Levels,
    pub(crate) pool: Pool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            min_bytes: 512,
            types: Box::new(is_compressible),
            levels: Levels::default(),
            pool: Pool::default(),
        }
    }
}
