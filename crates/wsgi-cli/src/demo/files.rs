//! `/files/`: a folder of files in the program, and a large file that is made at its first request.

use std::{fmt::Write, sync::LazyLock};

use wsgi::{
    Application, Environ,
    application::Chunk,
    crates::wsgi_files,
    files::{
        Coding, Embedded, EntityTag, Entries, Entry, FilePath, Files, Found, ListingPage, Source,
        SourceError, SourceFile,
    },
    middleware::SecurityHeaders,
};

use super::{
    document::{ACCOUNT, Frame},
    page::Place,
    refusal::Styled,
};

/// The files below `src/demo/files`, which the build script embeds.
const EMBEDDED: Embedded = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The name of the large file.
const NUMBERS: &str = "numbers.txt";

const LINES: usize = 1_000_000;

/// The length of a line: seven digits and the line's end.
const LINE: usize = 8;

/// The files may show the pictures and use the style beside them, and have no scripts. The style of
/// a listing has the nonce of its page.
const POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'self' {nonce}; \
                      base-uri 'none'; form-action 'none'";

/// A listing of the files, and the files, precompressed for clients that accept it.
pub(super) fn files() -> impl Application {
    let files = Files::new(DemoFiles)
        .listing(true)
        .listing_page(listing)
        .precompressed([Coding::Brotli, Coding::Gzip])
        // A download that was compressed on its way could not go on where it broke off.
        .cache_control_by_path(NUMBERS, "no-cache, no-transform")
        .cache_control("no-cache");
    SecurityHeaders::new(Styled(files)).content_security_policy(POLICY)
}

/// A listing in the site's frame.
fn listing(environ: &Environ, listing: &ListingPage<'_>) -> String {
    let content = format!("<div class=\"listing\">\n{}</div>\n", listing.table());
    let (root, path) = match Place::below_root(environ) {
        Ok(place) => (
            place.root,
            place.path + &environ.path_info().to_string_lossy(),
        ),
        Err(_) => ("/".to_owned(), String::new()),
    };
    let frame = Frame {
        root: &root,
        path: &path,
        account: ACCOUNT,
    };
    frame.page_in_place(environ, &format!("Index of {}", listing.path()), &content)
}

/// The embedded files, and the large one beside them.
struct DemoFiles;

impl Source for DemoFiles {
    fn open(&self, path: &FilePath<'_>) -> Result<Found, SourceError> {
        if path.as_bytes() != NUMBERS.as_bytes() {
            return EMBEDDED.open(path);
        }
        let file = SourceFile::bytes(Chunk::from_static(&NUMBERED_LINES));
        Ok(Found::File(match EntityTag::strong("numbers-1") {
            Ok(etag) => file.with_etag(etag),
            Err(_) => file,
        }))
    }

    fn list(&self, path: &FilePath<'_>, limit: usize) -> Result<Entries, SourceError> {
        let mut found = EMBEDDED.list(path, limit)?;
        if path.is_root() && found.entries.len() < limit {
            found.entries.push(Entry {
                name: NUMBERS.into(),
                length: Some((LINES * LINE) as u64),
                modified: None,
            });
        }
        Ok(found)
    }
}

/// The lines of the large file. Each is its own number.
static NUMBERED_LINES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut text = String::with_capacity(LINES * LINE);
    for number in 0..LINES {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{number:07}");
    }
    text.into_bytes()
});

#[cfg(test)]
mod tests {
    use wsgi::{
        Mounts, StartResponse, application,
        compression::Decompression,
        testing::{Request, Response},
    };

    use super::*;
    use crate::demo::in_memory;

    fn value(response: &Response, name: &str) -> String {
        let value = response.headers().get(name);
        value.map(|value| value.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_folder_is_listed_as_a_page_and_as_json() {
        let page = Request::get("/files/").call(&in_memory());
        let current = "<a href=\"/files/\" aria-current=\"page\">Files</a>";
        assert!(page.text().contains(current), "{}", page.text());
        for name in ["numbers.txt", "page.html", "pictures/", "style.css.br"] {
            let link = format!("<a href=\"{name}\">");
            assert!(page.text().contains(&link), "{name} in {}", page.text());
        }
        let list = Request::get("/files/").header("Accept", "application/json");
        let list: serde_json::Value = serde_json::from_str(list.call(&in_memory()).text()).unwrap();
        let names: Vec<_> = list.as_array().unwrap().iter().collect();
        let numbers = names.iter().find(|entry| entry["name"] == NUMBERS).unwrap();
        assert_eq!(numbers["size"], 8_000_000);
    }

    #[test]
    fn a_listing_has_the_frame_of_the_site_wherever_it_is_mounted() {
        let site = Mounts::new().mount("/a b", in_memory());
        let page = Request::get("/a%20b/files/pictures/").call(&site);
        for part in [
            "<h1>Index of /a b/files/pictures/</h1>",
            "<a href=\"/a%20b/files/\" aria-current=\"true\">Files</a>",
            "<a class=\"account\" href=\"/a%20b/login\">Account</a>",
            "<a href=\"../\">../</a>",
            "<footer>",
        ] {
            assert!(page.text().contains(part), "{part} in {}", page.text());
        }
        assert!(!page.text().contains("<base"), "it would break the links");
        let nonce = page.text().split("nonce=\"").nth(1).unwrap();
        let nonce = nonce.split('"').next().unwrap();
        let policy = value(&page, "Content-Security-Policy");
        assert!(policy.contains(&format!("'nonce-{nonce}'")), "{policy}");
    }

    #[test]
    fn every_file_of_the_listings_is_found_with_its_length() {
        let site = in_memory();
        for folder in ["/files/", "/files/pictures/"] {
            let list = Request::get(folder).header("Accept", "application/json");
            let list: serde_json::Value = serde_json::from_str(list.call(&site).text()).unwrap();
            for entry in list.as_array().unwrap() {
                let url = format!("{folder}{}", entry["url"].as_str().unwrap());
                let response = Request::head(&url).call(&site);
                assert_eq!(response.status().code(), 200, "{url}");
                if entry["type"] == "file" {
                    let length = entry["size"].to_string();
                    assert_eq!(value(&response, "Content-Length"), length, "{url}");
                }
            }
        }
    }

    #[test]
    fn a_range_of_the_large_file_is_the_line_with_its_number() {
        for (range, line) in [
            ("bytes=0-7", "0000000\n"),
            ("bytes=987648-987655", "0123456\n"),
            ("bytes=-8", "0999999\n"),
        ] {
            let request = Request::get("/files/numbers.txt").header("Range", range);
            let response = request.header("Accept-Encoding", "gzip, br, zstd");
            let response = response.call(&in_memory());
            assert_eq!(response.status().code(), 206, "{range}");
            assert_eq!(response.text(), line);
        }
    }

    #[test]
    fn a_large_download_is_not_compressed_so_that_it_can_go_on() {
        let request = Request::head("/files/numbers.txt").header("Accept-Encoding", "gzip, br");
        let response = request.call(&in_memory());
        assert_eq!(value(&response, "Content-Encoding"), "");
        assert_eq!(value(&response, "Content-Length"), "8000000");
        assert_eq!(value(&response, "ETag"), "\"numbers-1\"");
    }

    /// If this fails, compress the file again: `gzip -9kf` and `brotli -kf`.
    #[test]
    fn precompressed_files_are_those_beside_them() {
        let decode = Decompression::new(application(
            |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
                let mut body = Vec::new();
                std::io::Read::read_to_end(environ.input(), &mut body)?;
                start_response.start(wsgi::Status::OK, [("Content-Type", "text/plain")])?;
                Ok(body.into())
            },
        ));
        let site = in_memory();
        for path in ["page.html", "style.css", "pictures/gateway.svg"] {
            let path = format!("/files/{path}");
            let plain = Request::get(&path).call(&site);
            let codings = [
                #[cfg(feature = "brotli")]
                "br",
                "gzip",
            ];
            for coding in codings {
                let coded = Request::get(&path).header("Accept-Encoding", coding);
                let coded = coded.call(&site);
                assert_eq!(value(&coded, "Content-Encoding"), coding, "{path}");
                assert_ne!(value(&coded, "ETag"), value(&plain, "ETag"), "{path}");
                let request = Request::post("/").header("Content-Encoding", coding);
                let decoded = request.body(coded.body().to_vec()).call(&decode);
                assert_eq!(decoded.text(), plain.text(), "{path} by {coding}");
            }
        }
    }

    #[test]
    fn a_browser_that_has_a_file_is_told_so() {
        let site = in_memory();
        for path in ["/files/page.html", "/files/numbers.txt"] {
            let etag = value(&Request::get(path).call(&site), "ETag");
            let again = Request::get(path).header("If-None-Match", &etag);
            assert_eq!(again.call(&site).status().code(), 304, "{path}");
        }
    }

    #[test]
    fn nothing_but_the_files_is_found() {
        for path in [
            "/files/nothing",
            "/files/page.html/",
            "/files/../Cargo.toml",
            "/files/%2e%2e/hello",
            "/files//etc/passwd",
            "/files/pictures%2f..%2fpage.html",
        ] {
            let response = Request::get(path).call(&in_memory());
            assert_eq!(response.status().code(), 404, "{path}");
        }
        let folder = Request::get("/files?sort=size").call(&in_memory());
        assert_eq!(value(&folder, "Location"), "/files/?sort=size");
    }
}
