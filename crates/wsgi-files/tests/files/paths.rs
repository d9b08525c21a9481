//! No way out of the root, and nothing that waits.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, net::UnixListener},
    time::UNIX_EPOCH,
};

use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, mknodat, utimensat};
use wsgi_files::{Coding, Files, Folder, Symlinks};
use wsgi_testing::Request;

use crate::support::{Site, field, get, status};

/// A folder `root` with a neighbour that is nobody's business.
fn site() -> (Site, Files) {
    let site = Site::new(&[
        ("root/a.txt", "inside"),
        ("root/folder/b.txt", "below"),
        ("root/.env", "secret"),
        ("root/.git/config", "secret"),
        ("root/.well-known/security.txt", "contact"),
        ("secret.txt", "outside"),
        ("root2/secret.txt", "outside"),
    ]);
    let files = Files::folder(site.path().join("root")).unwrap();
    (site, files)
}

fn policy(site: &Site, symlinks: Symlinks) -> Files {
    Files::new(
        Folder::open(site.path().join("root"))
            .unwrap()
            .symlinks(symlinks),
    )
}

#[test]
fn no_spelling_leads_out_of_the_root() {
    let (_site, files) = site();
    assert_eq!(get(&files, "/a.txt").text(), "inside");
    assert_eq!(get(&files, "/folder/b.txt").text(), "below");
    for target in [
        "/../secret.txt",
        "/folder/../../secret.txt",
        "/folder/../a.txt",
        "/./a.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/%ef%bc%8e%ef%bc%8e/secret.txt",
        "/..%00/secret.txt",
        "/..;/secret.txt",
        "/../root2/secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%2Fetc%2Fpasswd",
        "//evil.example",
        "//evil.example/..",
        "//folder",
        "/folder//b.txt",
        "/folder/.",
        "/folder/..",
        "/proc/self/root/etc/passwd",
    ] {
        let response = get(&files, target);
        assert!(
            matches!(response.status().code(), 400 | 404),
            "{target}: {}",
            response.status()
        );
        assert_eq!(field(&response, "Location"), "", "{target}");
    }
}

#[test]
fn names_that_begin_with_a_dot_are_hidden_by_default() {
    let (site, files) = site();
    for target in ["/.env", "/.git/config", "/.git/", "/.git"] {
        assert_eq!(status(&files, target), 404, "{target}");
    }
    assert_eq!(get(&files, "/.well-known/security.txt").text(), "contact");
    let files = Files::folder(site.path().join("root"))
        .unwrap()
        .dotfiles(true);
    assert_eq!(get(&files, "/.env").text(), "secret");
}

#[test]
fn hidden_files_and_folders_are_found_in_no_way() {
    let site = Site::new(&[
        ("index.html", "home"),
        ("index.html.bak", "old"),
        ("posts/index.html", "posts"),
        ("posts/a.md", "source"),
        ("posts/a.html", "post"),
        ("drafts/index.html", "draft"),
        ("drafts/b/c.html", "draft"),
        ("404.html", "none"),
        ("posts/a.html.gz", "packed"),
    ]);
    let files = site
        .files()
        .clean_urls(true)
        .listing(true)
        .precompressed([Coding::Gzip])
        .not_found("404.html")
        .hide("*.bak")
        .hide("/posts/*.md")
        .hide("/drafts")
        .hide("404.html")
        .hide("*.gz")
        .hide("/posts/index.html");
    for target in [
        "/index.html.bak",
        "/posts/a.md",
        "/drafts",
        "/drafts/",
        "/drafts/index",
        "/drafts/b/c",
        "/404.html",
        "/404",
        "/posts/a.html.gz",
        "/posts/index",
    ] {
        let response = get(&files, target);
        assert_eq!(response.status().code(), 404, "{target}");
        assert_eq!(response.text(), "none", "{target}");
    }
    assert_eq!(get(&files, "/").text(), "home");
    assert_eq!(get(&files, "/posts/a").text(), "post");
    let packed = Request::get("/posts/a").header("Accept-Encoding", "gzip");
    assert_eq!(packed.call(&files).text(), "packed");
    let listing = get(&files, "/posts/").text().to_owned();
    assert!(listing.contains("\"a.html\""), "{listing}");
    for name in ["a.md", "a.html.gz", "index.html"] {
        assert!(!listing.contains(name), "{name}: {listing}");
    }
}

/// A link has a path of its own.
#[test]
fn a_link_with_another_name_leads_to_a_hidden_folder() {
    let site = Site::new(&[("drafts/a.html", "draft")]);
    site.link("drafts", "latest");
    let files = site.files().hide("/drafts");
    assert_eq!(get(&files, "/drafts/a.html").status().code(), 404);
    assert_eq!(get(&files, "/latest/a.html").text(), "draft");
    let files = files.hide("/latest");
    assert_eq!(get(&files, "/latest/a.html").status().code(), 404);
}

#[test]
fn a_hidden_file_hides_its_precompressed_forms() {
    let site = Site::new(&[
        ("secret.html", "secret"),
        ("secret.html.gz", "packed"),
        ("secret.html.br", "packed"),
        ("old/a.txt.gz", "packed"),
        ("old.gz", "archive"),
        ("b.txt.gz", "packed"),
        (".gz", "a name"),
    ]);
    let hidden = || site.files().hide("/secret.html").hide("*.TXT").hide("old");
    let files = hidden().precompressed([Coding::Gzip]).listing(true);
    for target in [
        "/secret.html",
        "/secret.html.gz",
        "/old/a.txt.gz",
        "/b.txt.gz",
    ] {
        assert_eq!(get(&files, target).status().code(), 404, "{target}");
    }
    let listing = get(&files, "/").text().to_owned();
    for name in ["secret.html.gz", "b.txt.gz"] {
        assert!(!listing.contains(name), "{name}: {listing}");
    }
    assert_eq!(
        get(&files, "/secret.html.br").text(),
        "packed",
        "no coding of the site"
    );
    assert_eq!(
        get(&hidden(), "/secret.html.gz").text(),
        "packed",
        "a file of its own"
    );
    let files = files.dotfiles(true);
    assert_eq!(get(&files, "/.gz").text(), "a name");
}

#[test]
fn a_page_beside_a_hidden_folder_keeps_its_extension() {
    let site = Site::new(&[("drafts.html", "about drafts"), ("drafts/a.html", "draft")]);
    let files = site.files().clean_urls(true).hide("/drafts");
    assert_eq!(get(&files, "/drafts").status().code(), 404);
    let page = get(&files, "/drafts.html");
    assert_eq!((page.status().code(), page.text()), (200, "about drafts"));
}

/// A link may lead to a network disk that does not answer. Looking through it sets its time, if the
/// disk keeps such times.
#[test]
fn a_folder_without_links_never_looks_through_one() {
    let (site, _) = site();
    let outside = site.path().join("root2");
    site.link(&outside, "root/folder/link");
    site.link(outside.join("secret.txt"), "root/file");
    let root = site.path().join("root");
    let (file, folder) = (root.join("file"), root.join("folder/link"));
    let long_ago = Timestamps {
        last_access: Timespec::default(),
        last_modification: Timespec::default(),
    };
    let files = policy(&site, Symlinks::None);
    for link in [&file, &folder] {
        utimensat(CWD, link, &long_ago, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }
    for target in [
        "/file",
        "/folder/link/secret.txt",
        "/folder/link",
        "/folder/link/",
    ] {
        assert_eq!(status(&files, target), 404, "{target}");
    }
    for link in [file, folder] {
        let accessed = fs::symlink_metadata(&link).unwrap().accessed().unwrap();
        assert_eq!(accessed, UNIX_EPOCH, "{link:?}");
    }
}

#[test]
fn links_are_followed_by_policy() {
    let (site, _) = site();
    let root = site.path().join("root");
    site.link("a.txt", "root/to-file");
    site.link("folder", "root/to-folder");
    site.link("../a.txt", "root/folder/up");
    site.link(root.join("a.txt"), "root/absolute");
    site.link("../root/a.txt", "root/out-and-in");
    site.link("../secret.txt", "root/outside");
    site.link(site.path().join("secret.txt"), "root/absolute-outside");
    site.link("..", "root/parent");
    site.link("/proc/self/root", "root/magic");
    let rows: &[(&str, [u16; 3])] = &[
        ("/a.txt", [200, 200, 200]),
        ("/to-file", [404, 200, 200]),
        ("/to-folder/b.txt", [404, 200, 200]),
        ("/folder/up", [404, 200, 200]),
        ("/absolute", [404, 200, 200]),
        ("/out-and-in", [404, 200, 200]),
        ("/outside", [404, 404, 200]),
        ("/absolute-outside", [404, 404, 200]),
        ("/parent/secret.txt", [404, 404, 200]),
        ("/magic/etc/passwd", [404, 404, 200]),
    ];
    let policies = [Symlinks::None, Symlinks::Within, Symlinks::All];
    let files = policies.map(|symlinks| policy(&site, symlinks));
    for (target, expected) in rows {
        let found = [0, 1, 2].map(|index| status(&files[index], target));
        assert_eq!(found, *expected, "{target}");
    }
}

#[test]
fn loops_and_names_too_long_are_not_found() {
    let (site, _) = site();
    site.link("loop", "root/loop");
    site.link("b", "root/a");
    site.link("a", "root/b");
    for symlinks in [Symlinks::None, Symlinks::Within, Symlinks::All] {
        let files = policy(&site, symlinks);
        for target in ["/loop", "/loop/x", "/a", "/b/c"] {
            assert_eq!(status(&files, target), 404, "{target}");
        }
        assert_eq!(status(&files, &format!("/{}", "n".repeat(256))), 404);
        assert_eq!(status(&files, &"/name".repeat(900)), 404);
        assert_eq!(status(&files, "/a.txt/b"), 404);
    }
}

#[test]
fn pipes_sockets_and_devices_are_refused_at_once() {
    let (site, files) = site();
    let root = site.path().join("root");
    mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    site.link("/dev/zero", "root/zero");
    for symlinks in [Symlinks::None, Symlinks::Within, Symlinks::All] {
        let files = policy(&site, symlinks);
        for target in ["/pipe", "/socket", "/zero"] {
            assert_eq!(status(&files, target), 404, "{target}");
        }
    }
    drop(files);
}

/// A program that waits to write into a pipe goes on once somebody opens it for reading.
#[cfg(target_os = "linux")]
#[test]
fn pipes_are_not_even_opened() {
    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
    use std::mem::MaybeUninit;

    let (site, _) = site();
    let root = site.path().join("root");
    mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    site.link("pipe", "root/link");
    let opened = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
    for name in ["pipe", "a.txt"] {
        inotify::add_watch(&opened, root.join(name), WatchFlags::OPEN).unwrap();
    }
    for symlinks in [Symlinks::None, Symlinks::Within, Symlinks::All] {
        let files = policy(&site, symlinks).listing(true);
        for (target, expected) in [("/pipe", 404), ("/link", 404), ("/", 200)] {
            assert_eq!(status(&files, target), expected, "{target}");
            let mut buffer = [MaybeUninit::uninit(); 512];
            let mut events = inotify::Reader::new(&opened, &mut buffer);
            assert!(events.next().is_err(), "{target} opened a pipe");
        }
        assert_eq!(status(&files, "/a.txt"), 200);
        let mut buffer = [MaybeUninit::uninit(); 512];
        let mut events = inotify::Reader::new(&opened, &mut buffer);
        let event = events.next().expect("the opening of a file is seen");
        assert_eq!(event.events(), ReadFlags::OPEN);
    }
}

#[test]
fn a_file_that_may_not_be_read_is_not_found_or_forbidden() {
    let (site, files) = site();
    let path = site.path().join("root/a.txt");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // root reads everything
    }
    assert_eq!(status(&files, "/a.txt"), 404);
    assert_eq!(status(&files.forbid_unreadable(true), "/a.txt"), 403);
}

#[test]
fn a_root_that_is_a_link_may_be_changed() {
    let site = Site::new(&[("one/a.txt", "1"), ("two/a.txt", "2")]);
    site.link("one", "current");
    let files = Files::folder(site.path().join("current")).unwrap();
    assert_eq!(get(&files, "/a.txt").text(), "1");
    site.link("two", "next");
    fs::rename(site.path().join("next"), site.path().join("current")).unwrap();
    let start = std::time::Instant::now();
    while get(&files, "/a.txt").text() != "2" {
        assert!(start.elapsed().as_secs() < 30);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_folder_that_is_missing_is_an_error_at_the_start() {
    let (site, _) = site();
    assert!(Files::folder(site.path().join("absent")).is_err());
    assert!(Files::folder(site.path().join("secret.txt")).is_err());
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let (site, _) = site();
    let path = site.path().join("root/none");
    let error = Files::folder(&path).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    let start = format!("cannot serve {}: ", path.display());
    assert!(error.to_string().starts_with(&start), "{error}");

    let error = Folder::open("none").unwrap_err().to_string();
    let path = std::env::current_dir().unwrap().join("none");
    assert!(error.contains(path.to_str().unwrap()), "{error}");
}
