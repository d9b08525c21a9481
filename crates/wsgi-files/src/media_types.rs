//! The media types of files, by their extensions.

use std::borrow::Cow;

use crate::{coding::Coding, file_path::FilePath};

/// The type of a file with an unknown extension, or none.
const UNKNOWN: &str = "application/octet-stream";

/// The media types by extension. Those of one's own come first.
#[derive(Debug)]
pub(crate) struct MediaTypes {
    own: Vec<(String, String)>,
    charset: Option<String>,
}

/// Types that the table of mime_guess does not have, or has by another name than the registry of
/// media types.
const OURS: &[(&str, &str)] = &[
    ("3mf", "model/3mf"),
    ("amr", "audio/amr"),
    ("cjs", "text/javascript"),
    ("dtd", "application/xml-dtd"), // RFC 7303 section 9.5
    ("emf", "image/emf"),           // RFC 7903
    ("ico", "image/vnd.microsoft.icon"),
    ("jsonl", "application/jsonl"),
    ("key", "application/vnd.apple.keynote"),
    ("ktx2", "image/ktx2"),
    ("m2ts", "video/mp2t"),
    ("m3u8", "application/vnd.apple.mpegurl"), // RFC 8216 section 10
    ("m4a", "audio/mp4"),
    ("m4b", "audio/mp4"),
    ("m4s", "video/iso.segment"),
    ("map", "application/json"),
    ("mid", "audio/midi"),
    ("midi", "audio/midi"),
    ("mjs", "text/javascript"),
    ("mk3d", "video/matroska-3d"), // RFC 9559 section 27.3
    ("mka", "audio/matroska"),
    ("mkv", "video/matroska"),
    ("mtl", "model/mtl"),
    ("ndjson", "application/x-ndjson"),
    ("numbers", "application/vnd.apple.numbers"),
    ("obj", "model/obj"),
    ("otf", "font/otf"), // RFC 8081 section 4.4.3
    ("pages", "application/vnd.apple.pages"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("rar", "application/vnd.rar"),
    ("rpm", "application/x-rpm"),
    ("sql", "application/sql"), // RFC 6922
    ("sqlite", "application/vnd.sqlite3"),
    ("sqlite3", "application/vnd.sqlite3"),
    ("step", "model/step"),
    ("stl", "model/stl"),
    ("stp", "model/step"),
    ("tgz", "application/gzip"),
    ("toml", "application/toml"),
    ("ts", "text/plain"), // far more often TypeScript than MPEG on a web site
    ("tsx", "text/plain"),
    ("ttc", "font/collection"),
    ("ttml", "application/ttml+xml"),
    ("usda", "model/vnd.usda"),
    ("usdz", "model/vnd.usdz+zip"),
    ("vcf", "text/vcard"), // RFC 6350 section 10.1
    ("wgsl", "text/wgsl"),
    ("wmf", "image/wmf"), // RFC 7903
    ("woff", "font/woff"),
    ("wsdl", "application/wsdl+xml"),
    ("xml", "application/xml"), // says its charset itself, as all XML does (RFC 7303 section 3)
    ("xsd", "application/xml"),
    ("xsl", "application/xslt+xml"),
    ("xslt", "application/xslt+xml"),
    ("yaml", "application/yaml"), // RFC 9512 section 2.1
    ("yml", "application/yaml"),
    ("zst", "application/zstd"), // RFC 8878 section 7.1
];

impl MediaTypes {
    /// The types of the table, with UTF-8 for text.
    pub(crate) fn new() -> Self {
        Self {
            own: Vec::new(),
            charset: Some("utf-8".to_owned()),
        }
    }

    pub(crate) fn set(&mut self, extension: &str, media_type: String) {
        let extension = extension.to_ascii_lowercase();
        self.own.retain(|(known, _)| *known != extension);
        self.own.push((extension, media_type));
    }

    pub(crate) fn set_charset(&mut self, charset: Option<String>) {
        self.charset = charset;
    }

    /// The type of a file, with the charset of text.
    pub(crate) fn of(&self, path: &FilePath<'_>) -> Cow<'static, str> {
        let extension = path.extension().and_then(|e| std::str::from_utf8(e).ok());
        let Some(extension) = extension else {
            return UNKNOWN.into();
        };
        if let Some(media_type) = self.own(extension) {
            return media_type.to_owned().into();
        }
        let media_type = standard(extension).unwrap_or(UNKNOWN);
        match &self.charset {
            Some(charset) if media_type.starts_with("text/") => {
                [media_type, "; charset=", charset].concat().into()
            }
            _ => media_type.into(),
        }
    }

    /// The coding that goes with the type of a file. One's own type has none, unless it is also the
    /// type of the decoded bytes.
    pub(crate) fn coding_of(&self, path: &FilePath<'_>) -> Option<Coding> {
        let coding = Coding::of(path)?;
        let extension = std::str::from_utf8(path.extension()?).ok()?;
        let is_decoded = |own: &str| {
            let own = own.split(';').next().unwrap_or_default().trim();
            standard(extension).is_some_and(|usual| own.eq_ignore_ascii_case(usual))
        };
        self.own(extension).is_none_or(is_decoded).then_some(coding)
    }

    fn own(&self, extension: &str) -> Option<&str> {
        let mut own = self.own.iter();
        let found = own.find(|(known, _)| known.eq_ignore_ascii_case(extension));
        found.map(|(_, media_type)| &**media_type)
    }
}

/// The media type of a file by the extension of its name, `application/octet-stream` if it is
/// unknown. Text is taken to be in UTF-8.
///
/// ```
/// use wsgi_files::{FilePath, media_type};
///
/// let of = |path| media_type(&FilePath::new(path).unwrap());
/// assert_eq!(of("css/site.css"), "text/css; charset=utf-8");
/// assert_eq!(of("photo.WEBP"), "image/webp");
/// assert_eq!(of("README"), "application/octet-stream");
/// ```
#[must_use]
pub fn media_type(path: &FilePath<'_>) -> String {
    MediaTypes::new().of(path).into_owned()
}

/// The type of an extension, without a charset.
pub(crate) fn standard(extension: &str) -> Option<&'static str> {
    let ours = OURS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension));
    match ours {
        Some((_, media_type)) => Some(media_type),
        None => mime_guess::from_ext(extension).first_raw(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_counts_in_any_case() {
        let types = MediaTypes::new();
        for (path, media_type) in [
            ("INDEX.HTML", "text/html; charset=utf-8"),
            ("a/b.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.md", "text/markdown; charset=utf-8"),
            ("a.csv", "text/csv; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.js.map", "application/json"),
            ("a.webmanifest", "application/manifest+json"),
            ("a.xml", "application/xml"),
            ("a.xsd", "application/xml"),
            ("a.xsl", "application/xslt+xml"),
            ("a.dtd", "application/xml-dtd"),
            ("a.yml", "application/yaml"),
            ("a.toml", "application/toml"),
            ("a.obj", "model/obj"),
            ("a.stl", "model/stl"),
            ("a.mkv", "video/matroska"),
            ("a.m4s", "video/iso.segment"),
            ("a.psd", "image/vnd.adobe.photoshop"),
            ("a.svg", "image/svg+xml"),
            ("a.png", "image/png"),
            ("a.jpg", "image/jpeg"),
            ("a.webp", "image/webp"),
            ("a.avif", "image/avif"),
            ("favicon.ico", "image/vnd.microsoft.icon"),
            ("a.woff2", "font/woff2"),
            ("a.woff", "font/woff"),
            ("a.ttf", "font/ttf"),
            ("a.otf", "font/otf"),
            ("a.ttc", "font/collection"),
            ("a.wasm", "application/wasm"),
            ("a.pdf", "application/pdf"),
            ("a.mp4", "video/mp4"),
            ("a.webm", "video/webm"),
            ("a.mp3", "audio/mpeg"),
            ("a.m4a", "audio/mp4"),
            ("a.mid", "audio/midi"),
            ("a.m3u8", "application/vnd.apple.mpegurl"),
            ("a.m2ts", "video/mp2t"),
            ("a.vcf", "text/vcard; charset=utf-8"),
            ("a.usdz", "model/vnd.usdz+zip"),
            ("a.rpm", "application/x-rpm"),
            ("a.zip", "application/zip"),
            ("a.tar.gz", "application/gzip"),
            ("a.tgz", "application/gzip"),
            ("a.tar.zst", "application/zstd"),
            ("a.jsonl", "application/jsonl"),
            ("a.ndjson", "application/x-ndjson"),
            ("a.tsx", "text/plain; charset=utf-8"),
            ("README", UNKNOWN),
            (".html", UNKNOWN),
            ("a.", UNKNOWN),
            ("a.unheard-of", UNKNOWN),
        ] {
            assert_eq!(
                types.of(&FilePath::new(path).unwrap()),
                media_type,
                "{path}"
            );
        }
        assert_eq!(types.of(&FilePath::new(b"a.\xff").unwrap()), UNKNOWN);
    }

    #[test]
    fn a_type_of_ones_own_is_taken_as_it_is() {
        let mut types = MediaTypes::new();
        types.set_charset(None);
        types.set("Foo", "text/x-foo; charset=latin1".into());
        types.set("foo", "text/x-bar".into());
        let of = |path| types.of(&FilePath::new(path).unwrap());
        assert_eq!(of("a.FOO"), "text/x-bar");
        assert_eq!(of("a.html"), "text/html");
    }
}
