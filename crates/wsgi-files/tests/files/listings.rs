//! Listings of folders.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, net::UnixListener},
    time::{Duration, UNIX_EPOCH},
};

use wsgi_files::{FilePath, Files, Folder, Source};
use wsgi_testing::Request;

use crate::support::{Site, day, field, get, set_modified, status};

const EVIL: &str = "<img src=x onerror='alert(1)'>&\"?#%.txt";

fn site() -> (Site, Files) {
    let site = Site::new(&[
        ("b.txt", "four"),
        ("a.txt", "longer than b"),
        ("folder/c.txt", "c"),
        (".hidden", "secret"),
        ("page/index.html", "page"),
    ]);
    site.write(EVIL, "evil");
    set_modified(site.path().join("b.txt"), day(3));
    set_modified(site.path().join("folder"), day(2));
    set_modified(site.path().join("page"), day(2));
    let files = site.files().listing(true);
    (site, files)
}

fn json(files: &Files, target: &str) -> String {
    let response = Request::get(target)
        .header("Accept", "application/json")
        .call(files);
    assert_eq!(field(&response, "Content-Type"), "application/json");
    response.text().to_owned()
}

/// The names in a listing, in its order.
fn names(files: &Files, target: &str) -> Vec<String> {
    let names = json(files, target);
    let names = names.split("{\"name\":\"").skip(1);
    names
        .map(|rest| rest.split("\",\"url\"").next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_listing_as_json_has_names_urls_sizes_and_times() {
    let (_site, files) = site();
    assert_eq!(
        json(&files, "/"),
        "[\n\
         {\"name\":\"folder\",\"url\":\"folder/\",\"type\":\"folder\",\"modified\":\"1994-11-02T08:49:37Z\"},\n\
         {\"name\":\"page\",\"url\":\"page/\",\"type\":\"folder\",\"modified\":\"1994-11-02T08:49:37Z\"},\n\
         {\"name\":\"\\u003cimg src=x onerror='alert(1)'>&\\\"?#%.txt\",\
         \"url\":\"%3Cimg%20src%3Dx%20onerror%3D%27alert%281%29%27%3E%26%22%3F%23%25.txt\",\
         \"type\":\"file\",\"size\":4,\"modified\":\"1994-11-01T08:49:37Z\"},\n\
         {\"name\":\"a.txt\",\"url\":\"a.txt\",\"type\":\"file\",\"size\":13,\"modified\":\"1994-11-01T08:49:37Z\"},\n\
         {\"name\":\"b.txt\",\"url\":\"b.txt\",\"type\":\"file\",\"size\":4,\"modified\":\"1994-11-03T08:49:37Z\"}\n\
         ]\n"
    );
}

#[test]
fn a_listing_as_a_page_escapes_every_name() {
    let (_site, files) = site();
    let response = Request::get("/")
        .header("Accept", "text/html,*/*;q=0.8")
        .call(&files);
    assert_eq!(response.status().code(), 200);
    assert_eq!(field(&response, "Content-Type"), "text/html; charset=utf-8");
    assert_eq!(field(&response, "Vary"), "Accept");
    assert_eq!(field(&response, "X-Content-Type-Options"), "nosniff");
    let page = response.text();
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains(
        "<a href=\"%3Cimg%20src%3Dx%20onerror%3D%27alert%281%29%27%3E%26%22%3F%23%25.txt\"><bdi>\
         &lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;?#%.txt</bdi></a>"
    ));
    assert!(page.contains("<a href=\"folder/\"><bdi>folder/</bdi></a>"));
    assert!(page.contains("<td>13 B</td><td>1994-11-01 08:49</td>"));
    assert!(!page.contains("../"), "the root has no parent");
    assert!(!page.contains("hidden"));
    assert!(
        get(&files, "/folder/")
            .text()
            .contains("<a href=\"../\">../</a>")
    );
}

#[test]
fn an_entry_that_is_listed_is_found_at_its_url() {
    let (_site, files) = site();
    let page = get(&files, "/").text().to_owned();
    let mut urls = page
        .split("<td><a href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let (mut count, all) = (0, 5);
    assert!(urls.all(|url| {
        count += 1;
        status(&files, &format!("/{url}")) == 200
    }));
    assert_eq!(count, all);
}

#[test]
fn the_query_sorts_a_listing() {
    let (_site, files) = site();
    let evil = "\\u003cimg src=x onerror='alert(1)'>&\\\"?#%.txt";
    for (query, expected) in [
        ("", ["folder", "page", evil, "a.txt", "b.txt"]),
        (
            "?sort=name&order=desc",
            ["page", "folder", "b.txt", "a.txt", evil],
        ),
        ("?sort=size", ["folder", "page", evil, "b.txt", "a.txt"]),
        (
            "?order=desc&sort=size",
            ["page", "folder", "a.txt", "b.txt", evil],
        ),
        ("?sort=modified", ["folder", "page", evil, "a.txt", "b.txt"]),
        (
            "?sort=modified&order=desc",
            ["page", "folder", "b.txt", "a.txt", evil],
        ),
        (
            "?sort=<script>&order=x",
            ["folder", "page", evil, "a.txt", "b.txt"],
        ),
    ] {
        assert_eq!(names(&files, &format!("/{query}")), expected, "{query}");
    }
    let page = get(&files, "/?sort=size").text().to_owned();
    assert!(page.contains("<th aria-sort=\"ascending\"><a href=\"?sort=size&amp;order=desc\">"));
    assert!(page.contains("<th><a href=\"?sort=name\">"));
}

#[test]
fn an_index_page_goes_before_a_listing_and_there_is_none_by_default() {
    let (site, files) = site();
    assert_eq!(get(&files, "/page/").text(), "page");
    assert_eq!(status(&site.files(), "/folder/"), 404);
    assert_eq!(status(&files, "/absent/"), 404);
    assert_eq!(status(&files, "/folder"), 301);
}

#[test]
fn only_entries_that_can_be_served_are_listed() {
    let (site, files) = site();
    let folder = site.path().join("folder");
    let _socket = UnixListener::bind(folder.join("socket")).unwrap();
    site.link("/etc/passwd", "folder/outside");
    site.link("c.txt", "folder/inside");
    site.link("nowhere", "folder/broken");
    fs::write(folder.join(OsStr::from_bytes(b"caf\xe9.txt")), "x").unwrap();
    assert_eq!(
        names(&files, "/folder/"),
        ["c.txt", "caf\u{fffd}.txt", "inside"]
    );
    assert!(json(&files, "/folder/").contains("\"url\":\"caf%E9.txt\""));
    assert_eq!(status(&files, "/folder/caf%E9.txt"), 200);
    let files = site.files().listing(true).dotfiles(true);
    assert!(names(&files, "/").contains(&".hidden".to_owned()));
}

#[test]
fn a_listing_has_files_from_before_1970() {
    let (site, files) = site();
    let before = UNIX_EPOCH - Duration::from_secs(1);
    set_modified(site.path().join("folder/c.txt"), before);
    assert!(json(&files, "/folder/").contains("1969-12-31T23:59:59Z"));
}

#[test]
fn a_large_folder_is_listed_up_to_a_bound() {
    let site = Site::new(&[]);
    for number in 0..20_001 {
        fs::File::create(site.path().join(format!("{number:05}"))).unwrap();
    }
    let files = site.files().listing(true);
    let page = get(&files, "/").text().to_owned();
    assert_eq!(page.matches("<tr><td>").count(), 20_000);
    assert!(page.contains("There are more entries"));
    let request = || Request::get("/").header("Accept", "application/json");
    let response = request().call(&files);
    assert_eq!(response.text().matches("{\"name\":").count(), 20_000);
    assert_eq!(response.text().matches('{').count(), 20_000, "no other");
    assert_eq!(field(&response, "X-More-Entries"), "true");
    fs::remove_file(site.path().join("00000")).unwrap();
    let response = request().call(&files);
    assert!(!response.headers().contains("X-More-Entries"));
    assert!(!get(&files, "/").text().contains("There are more"));
}

#[test]
fn a_source_says_whether_its_listing_is_cut() {
    for (files, broken, count, is_cut) in [
        (2, 0, 2, false),
        (3, 0, 2, true),
        (2, 1, 2, false),
        // Not all names are looked at, because most of them cannot be served.
        (0, 4, 0, false),
        (0, 5, 0, true),
    ] {
        let site = Site::new(&[]);
        for number in 0..files {
            site.write(&format!("file-{number}"), "");
        }
        for number in 0..broken {
            site.link("nowhere", &format!("link-{number}"));
        }
        let folder = Folder::open(site.path()).unwrap();
        let listed = folder.list(&FilePath::root(), 2).unwrap();
        let found = (listed.entries.len(), listed.is_cut);
        assert_eq!(
            found,
            (count, is_cut),
            "{files} files, {broken} broken links"
        );
    }
}
