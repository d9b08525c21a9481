//! Random bytes.

use crate::store_error::StoreError;

/// Returns random bytes of the operating system, which nobody can predict. Fails if it has none.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(StoreError::unavailable)?;
    Ok(bytes)
}
