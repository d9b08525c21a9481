//! Recognition of JSON by the content type.

use wsgi_headers::{ParameterizedValue, Value};

/// Whether a content type is `application/json`, or any type with the suffix `+json` (RFC 6839
/// section 3.1).
///
/// JSON has no parameters (RFC 8259 section 11), so parameters are ignored.
///
/// ```
/// use wsgi_middleware::is_json;
///
/// assert!(is_json("application/json; charset=utf-8".into()));
/// assert!(is_json("application/problem+json".into()));
/// assert!(!is_json("text/plain".into()));
/// ```
#[must_use]
pub fn is_json(content_type: Value<'_>) -> bool {
    let media_type = content_type.as_bytes().split(|&byte| byte == b';').next();
    let media_type = Value::new(media_type.unwrap_or_default());
    ParameterizedValue::parse(media_type).is_ok_and(|media_type| {
        let media_type = media_type.value().to_ascii_lowercase();
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
            "application/json; charset= utf-8",
            "application/json; charset=\"utf-8",
            "application/json ;charset=utf-8, text/plain",
            "application/json; =",
        ] {
            assert!(is_json(json.into()), "{json}");
        }
        for other in [
            "",
            "text/plain",
            "text/json",
            "application/jsonx",
            "json",
            "text/plain; application/json",
            "text/plain, application/problem+json",
            "; application/json",
        ] {
            assert!(!is_json(other.into()), "{other}");
        }
    }
}
