//! Conversions to and from the `HeaderMap` of the crate `http`.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{headers::Headers, into_fields::IntoFields, invalid_header::InvalidHeader};

/// Appends the fields of a map, grouped by name. Needs the feature `http`.
///
/// Fails only if they do not fit into 4 GiB.
impl IntoFields for &HeaderMap {
    fn append_to(self, headers: &mut Headers) -> Result<(), InvalidHeader> {
        self.iter()
            .try_for_each(|(name, value)| headers.append(name, value))
    }
}

/// Converts a map to its fields, grouped by name. Needs the feature `http`.
///
/// Fails only if they do not fit into 4 GiB.
impl TryFrom<&HeaderMap> for Headers {
    type Error = InvalidHeader;

    fn try_from(map: &HeaderMap) -> Result<Self, InvalidHeader> {
        Self::from_fields(map)
    }
}

/// Converts fields to a map, which keeps only the order of fields with the same name. Needs the
/// feature `http`.
///
/// Fails if the map has no room, that is, for more than about 24,000 names or a name of 64 KiB.
impl TryFrom<&Headers> for HeaderMap {
    type Error = InvalidHeader;

    fn try_from(headers: &Headers) -> Result<Self, InvalidHeader> {
        let mut map = Self::new();
        for (name, value) in headers {
            // Both checks repeat those of `Headers`, except for the length of the name.
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
