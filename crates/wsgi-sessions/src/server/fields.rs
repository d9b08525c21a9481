//! The strings of a request, as the values that they stand for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::answer::Refusal;
use crate::{key::Key, version::Version};

pub(super) fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    str::from_utf8(bytes).map_err(|_| Refusal::Unknown("an owner must be UTF-8 text"))
}

pub(super) fn key(bytes: &[u8]) -> Result<Key, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a key must have 32 bytes"))?;
    Ok(Key::from_bytes(bytes))
}

pub(super) fn version(bytes: &[u8]) -> Result<Version, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a version must have 16 bytes"))?;
    Ok(Version::from_bytes(bytes))
}

pub(super) fn number(bytes: &[u8]) -> Result<u64, Refusal> {
    let bytes = bytes
        .try_into()
        .map_err(|_| Refusal::Unknown("a number must have eight bytes"))?;
    Ok(u64::from_be_bytes(bytes))
}

pub(super) fn time(bytes: &[u8]) -> Result<SystemTime, Refusal> {
    let time = UNIX_EPOCH.checked_add(duration(bytes)?);
    time.ok_or(Refusal::Unknown("the time is out of range"))
}

pub(super) fn duration(bytes: &[u8]) -> Result<Duration, Refusal> {
    number(bytes).map(Duration::from_millis)
}
