//! Uploaded files, which behave alike in memory and on disk.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use wsgi_forms::{Entry, Form, Limits, Upload};

/// A form with one file of ten bytes, once in memory and once on disk.
fn forms() -> [Form; 2] {
    let body = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a/b.txt\"\r\n\
        Content-Type: text/x\r\n\r\n0123456789\r\n--x--\r\n";
    [10, 9].map(|memory| {
        let limits = Limits::new().max_memory_bytes(memory);
        Form::read("multipart/form-data; boundary=x", body.as_bytes(), &limits).unwrap()
    })
}

#[track_caller]
fn check(test: impl Fn(&Upload)) {
    let forms = forms();
    let places = forms.each_ref().map(|form| form.file("f").unwrap());
    assert!(places[0].bytes().is_some() && places[1].bytes().is_none());
    places.into_iter().for_each(test);
}

#[test]
fn a_file_has_names_a_type_and_a_length() {
    check(|file| {
        assert_eq!((file.name(), file.file_name()), ("f", "a/b.txt"));
        assert_eq!(file.base_name(), Some("b.txt"));
        assert_eq!(file.content_type(), "text/x");
        assert_eq!(file.head().headers().len(), 2);
        assert_eq!((file.len(), file.is_empty()), (10, false));
    });
}

#[test]
fn entries_outlive_the_form() {
    let body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n\
        --x\r\nContent-Disposition: form-data; name=f; filename=g\r\n\r\n2\r\n--x--";
    let form = Form::read(
        "multipart/form-data; boundary=x",
        body.as_bytes(),
        &Limits::new(),
    );
    let mut entries = form.unwrap().into_entries().into_iter();
    let Some(Entry::Field(field)) = entries.next() else {
        panic!("the first entry is a field");
    };
    assert_eq!((field.name(), field.value()), ("a", "1"));
    assert_eq!(field.into_value(), "1");
    let Some(Entry::File(file)) = entries.next() else {
        panic!("the second entry is a file");
    };
    assert_eq!((file.file_name(), file.bytes()), ("g", Some(&b"2"[..])));
    assert!(entries.next().is_none());
}

#[test]
fn a_base_name_does_not_lead_out_of_a_folder() {
    for (file_name, base_name) in [
        ("a.txt", Some("a.txt")),
        ("/etc/passwd", Some("passwd")),
        ("..\\..\\a.txt", Some("a.txt")),
        ("C:a.txt", Some("a.txt")),
        ("...", Some("...")),
        (".a", Some(".a")),
        (".", None),
        ("a/..", None),
        ("a/", None),
        ("a:", None),
        ("a\tb", None),
        ("a%0Ab", None),
    ] {
        let body = format!(
            "--x\r\nContent-Disposition: form-data; name=f; filename=\"{file_name}\"\r\n\r\n1\r\n--x--"
        );
        let form = Form::read(
            "multipart/form-data; boundary=x",
            body.as_bytes(),
            &Limits::new(),
        );
        let form = form.unwrap();
        assert_eq!(
            form.file("f").unwrap().base_name(),
            base_name,
            "{file_name}"
        );
    }
}

#[test]
fn an_empty_file_without_a_name_is_left_out() {
    let body = |name: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=f; filename=\"{name}\"\r\n\r\n\r\n--x--"
        )
    };
    let read = |body: String| {
        Form::read(
            "multipart/form-data; boundary=x",
            body.as_bytes(),
            &Limits::new(),
        )
        .unwrap()
    };
    let form = read(body("a"));
    let file = form.file("f").unwrap();
    assert_eq!(
        (file.len(), file.is_empty(), file.bytes()),
        (0, true, Some(&b""[..]))
    );
    assert!(read(body("")).file("f").is_none());
}

#[test]
fn a_reader_seeks_to_any_position() {
    check(|file| {
        let mut reader = file.reader();
        for (to, place, rest) in [
            (SeekFrom::Start(3), 3, "3456789"),
            (SeekFrom::Start(0), 0, "0123456789"),
            (SeekFrom::End(-4), 6, "6789"),
            (SeekFrom::Current(-2), 8, "89"),
            (SeekFrom::End(0), 10, ""),
            (SeekFrom::End(5), 15, ""),
            (SeekFrom::Current(-10), 5, "56789"),
        ] {
            assert_eq!(reader.seek(to).unwrap(), place, "{to:?}");
            let mut read = String::new();
            reader.read_to_string(&mut read).unwrap();
            assert_eq!(read, rest, "{to:?}");
        }
        for before in [SeekFrom::End(-11), SeekFrom::Current(-11)] {
            let error = reader.seek(before).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{before:?}");
            assert_eq!(reader.stream_position().unwrap(), 10);
        }
    });
}

#[test]
fn readers_of_one_file_do_not_move_each_other() {
    check(|file| {
        let (mut first, mut second) = (file.reader(), file.reader());
        let mut four = [0; 4];
        first.read_exact(&mut four).unwrap();
        second.read_exact(&mut four[..2]).unwrap();
        assert_eq!(&four, b"0123");
        first.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"4567");
        second.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"2345");
    });
}

#[test]
fn a_file_can_be_persisted_in_the_current_folder() {
    let name = format!("wsgi-forms-{}.upload", std::process::id());
    check(|file| {
        file.persist(&name).unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"0123456789");
        std::fs::remove_file(&name).unwrap();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_can_be_persisted_on_another_file_system() {
    // Container images may lack it.
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        return;
    };
    check(|file| {
        let path = folder.path().join("kept");
        file.persist(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"0123456789");
    });
}

#[test]
fn a_file_can_be_persisted() {
    let folder = tempfile::tempdir().unwrap();
    check(|file| {
        let path = folder.path().join("kept");
        file.persist(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"0123456789");
        let missing = folder.path().join("missing").join("kept");
        let error = file.persist(missing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}

#[cfg(unix)]
#[test]
fn a_persisted_file_is_private_unless_other_permissions_are_asked_for() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| {
        let metadata = fs::metadata(folder.path().join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    fs::write(folder.path().join("usual"), "").unwrap();
    let replaced = folder.path().join("shared");
    fs::write(&replaced, "").unwrap();
    fs::set_permissions(&replaced, fs::Permissions::from_mode(0o600)).unwrap();
    check(|file| {
        file.persist(folder.path().join("private")).unwrap();
        assert_eq!(mode("private"), 0o600);
        let asked = fs::Permissions::from_mode(0o666);
        file.persist_with_permissions(&replaced, asked).unwrap();
        assert_eq!(mode("shared"), mode("usual")); // the umask counts
        assert_eq!(fs::read(&replaced).unwrap(), b"0123456789");
        let asked = fs::Permissions::from_mode(0o440);
        let path = folder.path().join("read-only");
        file.persist_with_permissions(path, asked).unwrap();
        assert_eq!(mode("read-only") & 0o737, 0o400); // the umask may take the group's away
    });
}
