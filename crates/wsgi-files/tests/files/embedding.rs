//! Files in the program.

use wsgi_files::{Coding, Embedded, EmbeddedFile, FilePath, Files, Source};
use wsgi_testing::Request;

use crate::support::{field, get, status};

const SITE: Embedded = Embedded::new(&[
    EmbeddedFile::new("a-b.txt", b"before the slash", "1"),
    EmbeddedFile::new("a.txt", b"0123456789", "2"),
    EmbeddedFile::new("a.txt.br", b"brotli", "3"),
    EmbeddedFile::new("a/b/c.txt", b"deep", "4"),
    EmbeddedFile::new("a/b/d.txt", b"deeper", "not a tag \""),
    EmbeddedFile::new("index.html", b"home", "6"),
]);

fn files() -> Files {
    Files::new(SITE).precompressed(Coding::ALL).listing(true)
}

#[test]
fn embedded_files_have_tags_ranges_and_codings() {
    let files = files();
    let response = get(&files, "/a.txt");
    assert_eq!(response.text(), "0123456789");
    assert_eq!(field(&response, "ETag"), "\"2\"");
    assert_eq!(field(&response, "Last-Modified"), "");
    let range = Request::get("/a.txt")
        .header("Range", "bytes=3-5")
        .header("If-Range", "\"2\"")
        .call(&files);
    assert_eq!((range.status().code(), range.text()), (206, "345"));
    let encoded = Request::get("/a.txt")
        .header("Accept-Encoding", "br")
        .call(&files);
    assert_eq!(encoded.text(), "brotli");
    assert_eq!(field(&encoded, "ETag"), "\"3.br\"");
    assert_eq!(field(&get(&files, "/a/b/d.txt"), "ETag"), "");
    assert_eq!(get(&files, "/").text(), "home");
}

#[test]
fn folders_are_those_of_the_paths() {
    let files = files();
    assert_eq!(field(&get(&files, "/a"), "Location"), "/a/");
    assert_eq!(field(&get(&files, "/a/b"), "Location"), "/a/b/");
    for target in [
        "/b",
        "/a/",
        "/a/b/",
        "/a/c",
        "/a/b/c",
        "/a.txt/",
        "/../a.txt",
    ] {
        let expected = if matches!(target, "/a/" | "/a/b/") {
            200
        } else {
            404
        };
        assert_eq!(status(&files, target), expected, "{target}");
    }
    let list = |target| {
        let request = Request::get(target).header("Accept", "application/json");
        request.call(&files).text().to_owned()
    };
    assert_eq!(
        list("/a/"),
        "[\n{\"name\":\"b\",\"url\":\"b/\",\"type\":\"folder\"}\n]\n"
    );
    assert_eq!(
        list("/a/b/"),
        "[\n{\"name\":\"c.txt\",\"url\":\"c.txt\",\"type\":\"file\",\"size\":4},\n\
         {\"name\":\"d.txt\",\"url\":\"d.txt\",\"type\":\"file\",\"size\":6}\n]\n"
    );
    let root = get(&Files::new(SITE).index([""; 0]).listing(true), "/")
        .text()
        .to_owned();
    assert_eq!(root.matches("<tr><td>").count(), 5);
}

#[test]
fn a_listing_has_no_column_of_times_where_no_file_has_one() {
    let page = get(&files(), "/a/b/").text().to_owned();
    assert_eq!(
        page.matches("<th").count(),
        2 + page.matches("<thead").count()
    );
    assert!(page.contains("<tr><td><a href=\"../\">../</a></td><td></td></tr>\n"));
    assert!(page.contains("</a></td><td>4 B</td></tr>\n"), "{page}");
}

#[test]
fn an_empty_tree_is_an_empty_folder() {
    let files = Files::new(Embedded::new(&[]));
    assert_eq!(status(&files, "/"), 404);
    assert_eq!(status(&files.listing(true), "/"), 200);
}

#[test]
#[should_panic(expected = "in order")]
fn paths_out_of_order_are_refused() {
    const FILES: &[EmbeddedFile] = &[
        EmbeddedFile::new("b", b"", "1"),
        EmbeddedFile::new("a", b"", "2"),
    ];
    let _ = Embedded::new(FILES);
}

#[cfg(feature = "embed")]
mod build_script {
    use std::fs;

    use crate::support::Site;

    #[test]
    fn a_build_script_writes_an_expression() {
        let site = Site::new(&[
            ("public/b \"c\".txt", "b"),
            ("public/a/x.txt", "x"),
            ("public/.env", "secret"),
            ("public/a/.git/config", "secret"),
            ("public/.well-known/security.txt", "contact"),
        ]);
        site.link("a", "public/link");
        let out = site.path().join("public.rs");
        wsgi_files::embed(site.path().join("public"), &out).unwrap();
        let root = site.path().join("public").canonicalize().unwrap();
        let line = |path: &str, tag: &str| {
            let place = root.join(path);
            format!(
                "        wsgi_files::EmbeddedFile::new({path:?}, include_bytes!({place:?}), {tag:?}),\n"
            )
        };
        let expected = [
            "{\n    #[allow(unused_qualifications)]\n".to_owned(),
            "    const FILES: wsgi_files::Embedded = wsgi_files::Embedded::new(&[\n".to_owned(),
            line(".well-known/security.txt", "093e7d5fdbaacfa92448861b"),
            line("a/x.txt", "2d711642b726b04401627ca9"),
            line("b \"c\".txt", "3e23e8160039594a33894f65"),
            line("link/x.txt", "2d711642b726b04401627ca9"),
            "    ]);\n    FILES\n}\n".to_owned(),
        ];
        assert_eq!(fs::read_to_string(out).unwrap(), expected.concat());
    }

    #[test]
    fn faults_name_the_file() {
        let site = Site::new(&[("public/a.txt", "a")]);
        let embed = |folder: &str| {
            let result = wsgi_files::embed(site.path().join(folder), site.path().join("out.rs"));
            result.unwrap_err().to_string()
        };
        assert!(embed("absent").contains("absent"));
        site.link("..", "public/up");
        assert!(embed("public").contains("circle"));
    }
}

#[test]
fn a_listing_says_whether_it_is_cut() {
    for (limit, is_cut) in [(4, true), (5, false)] {
        let listed = SITE.list(&FilePath::root(), limit).unwrap();
        assert_eq!((listed.entries.len(), listed.is_cut), (limit, is_cut));
    }
}
