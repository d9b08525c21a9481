//! The media types that are worth compressing.

/// Whether content of this type usually becomes much smaller: text, JSON, XML, scripts, SVG,
/// WebAssembly, and fonts and images that are not compressed in themselves.
///
/// `content_type` is the value of a field `Content-Type`, with or without parameters.
///
/// ```
/// use wsgi_compression::is_compressible;
///
/// assert!(is_compressible("text/html; charset=utf-8"));
/// assert!(is_compressible("application/problem+json"));
/// assert!(is_compressible("image/svg+xml"));
/// assert!(!is_compressible("image/png"));
/// assert!(!is_compressible("application/octet-stream"));
/// ```
#[must_use]
pub fn is_compressible(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    let is = |names: &[&str]| names.iter().any(|name| subtype.eq_ignore_ascii_case(name));
    if kind.eq_ignore_ascii_case("text") || has_text_suffix(subtype) {
        return true;
    }
    if kind.eq_ignore_ascii_case("application") {
        return is(APPLICATION);
    }
    (kind.eq_ignore_ascii_case("font") && is(&["collection", "otf", "sfnt", "ttf"]))
        || (kind.eq_ignore_ascii_case("image") && is(&["bmp", "vnd.microsoft.icon", "x-icon"]))
}

const APPLICATION: &[&str] = &[
    "ecmascript",
    "graphql",
    "javascript",
    "json",
    "json-seq",
    "jsonl",
    "manifest",
    "ndjson",
    "postscript",
    "rtf",
    "sql",
    "toml",
    "vnd.apple.mpegurl",
    "vnd.ms-fontobject",
    "wasm",
    "x-javascript",
    "x-ndjson",
    "x-sh",
    "x-www-form-urlencoded",
    "xml",
    "xml-dtd",
    "yaml",
];

/// Whether the syntax of a type is text, by its suffix (RFC 6839, RFC 9512).
fn has_text_suffix(subtype: &str) -> bool {
    let suffix = subtype.rsplit_once('+').map(|(_, suffix)| suffix);
    suffix.is_some_and(|suffix| {
        ["json", "json-seq", "xml", "yaml"]
            .iter()
            .any(|text| suffix.eq_ignore_ascii_case(text))
    })
}

#[cfg(test)]
mod tests {
    use super::is_compressible;

    #[test]
    fn types_of_text_and_of_plain_bytes_are_compressible() {
        for media_type in [
            "text/anything",
            "application/json",
            "application/rtf",
            "application/postscript",
            "application/x-sh",
            "application/vnd.apple.mpegurl",
            "application/vnd.api+json",
            "model/gltf+json",
            "Font/OTF",
            "image/svg+xml; charset=utf-8",
        ] {
            assert!(is_compressible(media_type), "{media_type}");
        }
    }

    #[test]
    fn types_that_are_compressed_in_themselves_or_unknown_are_not() {
        for media_type in [
            "",
            "text",
            "application/octet-stream",
            "application/pdf",
            "application/zip",
            "font/woff2",
            "image/png",
            "video/mp4",
        ] {
            assert!(!is_compressible(media_type), "{media_type}");
        }
    }
}
