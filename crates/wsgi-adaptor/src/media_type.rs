//! The media types of files, by their extensions.

/// Types that browsers ask for, by extension. Text is assumed to be UTF-8.
const TYPES: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type of a file with this name, `application/octet-stream` if it is unknown.
pub(crate) fn media_type(name: &[u8]) -> &'static str {
    let extension = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let known = TYPES
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known.as_bytes()));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::{TYPES, media_type};

    #[test]
    fn the_last_extension_counts_in_any_case() {
        assert_eq!(media_type(b"a.tar.gz"), "application/gzip");
        assert_eq!(media_type(b"INDEX.HTML"), "text/html; charset=utf-8");
        assert_eq!(media_type(b"caf\xe9.png"), "image/png");
        assert_eq!(media_type(b"README"), "application/octet-stream");
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(TYPES.is_sorted_by_key(|(extension, _)| extension));
    }
}
