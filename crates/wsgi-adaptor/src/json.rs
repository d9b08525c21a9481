//! Whether a body is said to be JSON.

use wsgi_headers::{ParameterizedValue, Value};

/// `application/json`, or any type with the suffix `+json` (RFC 6839 section 3.1).
pub(crate) fn is_json(content_type: Value<'_>) -> bool {
    ParameterizedValue::parse(content_type).is_ok_and(|content_type| {
        let media_type = content_type.value().to_ascii_lowercase();
        media_type == "application/json" || media_type.ends_with("+json")
    })
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_is_recognised_by_its_media_type() {
        for json in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
        ] {
            assert!(is_json(json.into()), "{json}");
        }
        for other in ["", "text/plain", "text/json", "application/jsonx", "json"] {
            assert!(!is_json(other.into()), "{other}");
        }
    }
}
