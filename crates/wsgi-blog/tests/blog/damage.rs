//! Files in the folder that are not entries.

use std::fs;

use wsgi::testing::Request;

use crate::support::Temporary;

fn blog() -> Temporary {
    let blog = Temporary::new();
    blog.put("/a", "the first text");
    blog.put("/b", "the second text");
    blog
}

/// The file of the entry with this text.
fn file(blog: &Temporary, text: &str) -> std::path::PathBuf {
    let has_text = |path: &std::path::PathBuf| {
        fs::read_to_string(path).is_ok_and(|content| content.contains(text))
    };
    blog.files().into_iter().find(has_text).expect("a file")
}

/// Checks that the entry cannot be read or written, that its file stays, and that the other entry
/// is there.
#[track_caller]
fn check_damaged(blog: &Temporary, reason: &str) {
    let before = blog.files().len();
    for (method, target) in [("GET", "/a"), ("PUT", "/a"), ("DELETE", "/a")] {
        let response = Request::new(method, target).body("x").call(blog);
        assert_eq!(response.status().code(), 500, "{method}");
        let told = response.text();
        assert!(
            told.contains("The file of this entry is damaged."),
            "{told}"
        );
        assert!(!told.contains(".entry"), "{told}");
        let logged = response.errors();
        assert!(logged.contains(".entry, because "), "{logged}");
        assert!(logged.contains("cannot read /"), "{logged}");
        assert!(logged.contains(reason), "{logged}");
    }
    let list = blog.get("/");
    assert_eq!(list.status().code(), 200);
    assert!(list.text().contains("the second text"));
    assert!(list.errors().contains(reason), "{}", list.errors());
    assert_eq!(blog.files().len(), before);
    assert_eq!(blog.put("/b", "changed"), 200);
}

#[test]
fn a_file_that_was_cut_is_an_error_of_its_own_entry() {
    let blog = blog();
    let file = file(&blog, "the first text");
    let content = fs::read(&file).expect("content");
    fs::write(&file, &content[..content.len() - 3]).expect("a write");
    check_damaged(&blog, "it was cut or changed");
    fs::write(&file, content).expect("a write");
    assert!(
        blog.text("/a", "text/html").contains("the first text"),
        "it is restored"
    );
}

#[test]
fn an_empty_file_is_an_error_of_its_own_entry() {
    let blog = blog();
    fs::write(file(&blog, "the first text"), "").expect("a write");
    check_damaged(&blog, "this version of the blog has not written it");
}

#[test]
fn the_file_of_another_entry_is_an_error() {
    let blog = blog();
    let other = fs::read(file(&blog, "the second text")).expect("content");
    fs::write(file(&blog, "the first text"), other).expect("a write");
    let response = blog.get("/a");
    assert_eq!(response.status().code(), 500);
    assert!(
        response.errors().contains("the file of another entry"),
        "{}",
        response.errors()
    );
    assert!(blog.text("/b", "text/html").contains("the second text"));
}

#[test]
fn a_folder_in_place_of_a_file_is_an_error_of_its_own_entry() {
    let blog = blog();
    let file = file(&blog, "the first text");
    fs::remove_file(&file).expect("a file");
    fs::create_dir(&file).expect("a folder");
    check_damaged(&blog, "it is not a file");
}

/// It would not fit into memory. The file has no bytes on the disk.
#[test]
fn a_file_that_is_too_long_is_not_read() {
    let blog = blog();
    let file = file(&blog, "the first text");
    let file = fs::File::options().append(true).open(file).expect("a file");
    file.set_len(1 << 40).expect("a length");
    let response = blog.get("/a");
    assert_eq!(response.status().code(), 500);
    assert!(
        response.errors().contains("too long for an entry"),
        "{}",
        response.errors()
    );
}

#[test]
fn other_files_are_left_alone() {
    let blog = blog();
    let readme = blog.folder.path().join("README");
    fs::write(&readme, "hello").expect("a write");
    let new = blog.folder.path().join("new");
    fs::write(&new, "somebody's own").expect("a write");
    assert_eq!(blog.text("/", "text/html").matches("<article>").count(), 2);
    assert_eq!(blog.put("/c", "x"), 201);
    assert_eq!(fs::read_to_string(readme).expect("content"), "hello");
    assert_eq!(fs::read_to_string(new).expect("content"), "somebody's own");
}

#[test]
fn what_a_killed_writer_has_left_is_overwritten() {
    let blog = blog();
    let left = blog.folder.path().join("blog.new");
    fs::write(&left, "a part of an entry").expect("a write");
    assert_eq!(blog.put("/c", "x"), 201);
    assert!(!left.exists());
    assert!(blog.text("/c", "text/plain").ends_with('x'));
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let blog = blog();
    let file = blog.folder.path().join("blog");
    let error = wsgi_blog::Blog::open(&file).expect_err("a file is not a folder");
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("cannot keep a blog in {}: ", file.display())),
        "{message}"
    );
}

/// A folder that has been used for something else is not taken over.
#[test]
fn a_file_of_another_program_is_not_overwritten() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("blog");
    for content in ["hello", "urn:uuid:x\n1\n", "\n", "urn:uuid:"] {
        fs::write(&file, content).expect("a write");
        let error = wsgi_blog::Blog::open(&folder).expect_err("it is not a blog");
        assert!(error.to_string().contains("has not written it"), "{error}");
        assert_eq!(fs::read_to_string(&file).expect("content"), content);
    }
    fs::write(&file, "").expect("a write");
    assert!(
        wsgi_blog::Blog::open(&folder).is_ok(),
        "its creator was killed"
    );
}

#[test]
fn a_write_that_fails_leaves_the_old_text() {
    let blog = blog();
    let new = blog.folder.path().join("blog.new");
    fs::create_dir(&new).expect("a folder in the way");
    for target in ["/a", "/c"] {
        assert_eq!(blog.put(target, "x"), 500, "{target}");
    }
    assert!(blog.text("/a", "text/html").contains("the first text"));
    assert_eq!(blog.get("/c").status().code(), 404);
    fs::remove_dir(&new).expect("a folder");
    assert_eq!(blog.put("/a", "x"), 200);
}

#[test]
fn a_copy_beside_its_original_is_not_listed_and_the_log_names_it() {
    let blog = blog();
    let file = file(&blog, "the first text");
    let copy = file.with_file_name("backup.entry");
    fs::copy(&file, &copy).expect("a copy");
    let list = Request::get("/").header("Accept", "text/html").call(&blog);
    assert_eq!(
        list.text().matches("the first text").count(),
        1,
        "{}",
        list.text()
    );
    assert!(
        list.errors()
            .contains("backup.entry, because it is the file")
    );

    fs::remove_file(file).expect("a file");
    let list = Request::get("/").header("Accept", "text/html").call(&blog);
    assert!(!list.text().contains("the first text"));
    assert!(list.text().contains("the second text"));
    assert!(
        list.errors()
            .contains("backup.entry, because it is the file")
    );
}
