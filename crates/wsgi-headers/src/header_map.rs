//! To and from the `HeaderMap` of the crate `http`.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{Headers, IntoFields, InvalidHeader};

/// Appends the fields of the map, those of one name together and in their order.
/// Needs the feature `http`.
///
/// Fails only where they do not fit into 4 GiB.
impl IntoFields for &HeaderMap {
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.iter()
            .try_for_each(|(name, value)| headers.append(name, value))
    }
}

/// The fields of the map, those of one name together and in their order. Needs
/// the feature `http`.
///
/// Fails only where they do not fit into 4 GiB.
impl TryFrom<&HeaderMap> for Headers {
    type Error = InvalidHeader;

    fn try_from(map: &HeaderMap) -> Result<Self, InvalidHeader> {
        Self::from_fields(map)
    }
}

/// The fields as a map, which keeps the order of those of one name only. Needs
/// the feature `http`.
///
/// Fails where the map has no room: for more than some 24,000 names, or a name
/// of 64 KiB.
impl TryFrom<&Headers> for HeaderMap {
    type Error = InvalidHeader;

    fn try_from(headers: &Headers) -> Result<Self, InvalidHeader> {
        let mut map = Self::new();
        for (name, value) in headers {
            // Both checks repeat ours, but for the length of the name.
            let key = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| InvalidHeader::too_large(name))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| InvalidHeader::value(name))?;
            map.try_append(key, value)
                .map_err(|_| InvalidHeader::too_large(name))?;
        }
        Ok(map)
    }
}
