//! A folder that the build script embedded.

use wsgi::{crates::wsgi_files, files::Files, testing::Request};

#[test]
fn a_folder_is_in_the_program() {
    let site = Files::new(include!(concat!(env!("OUT_DIR"), "/public.rs")));
    let page = Request::get("/").call(&site);
    assert_eq!(page.text(), include_str!("public/index.html"));
    let style = Request::get("/css/site.css").call(&site);
    assert_eq!(style.text(), include_str!("public/css/site.css"));
    let etag = style.headers().get("ETag").unwrap();
    let again = Request::get("/css/site.css").header("If-None-Match", etag);
    assert_eq!(again.call(&site).status().code(), 304);
}
