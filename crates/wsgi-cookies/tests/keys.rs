//! The sources of keys, and the keys that are refused.
#![cfg(feature = "signed")]

use std::{error::Error, fs, io::ErrorKind, path::PathBuf, time::SystemTime};

use wsgi_cookies::{InvalidKey, Key, Keyring};

/// The bytes 0 to 31.
const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A text that tells keys apart: each key signs the same value differently.
fn mark(key: Key) -> String {
    Keyring::new(key)
        .for_cookie("", "")
        .sign(b"", SystemTime::UNIX_EPOCH)
}

fn expected() -> String {
    mark(Key::from_bytes(std::array::from_fn::<u8, 32, _>(|index| index as u8)).unwrap())
}

/// A folder for one test, which is empty at first.
struct Place(PathBuf);

impl Place {
    fn new(test: &str) -> Self {
        let name = format!("wsgi-cookies-{}-{test}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("key")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[track_caller]
fn set_mode(path: &PathBuf, mode: u32) {
    #[cfg(unix)]
    {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(path, permissions).unwrap();
    }
}

#[test]
fn a_key_has_32_to_1024_bytes() {
    let is_ok = |length| Key::from_bytes(vec![1; length]).is_ok();
    assert!(is_ok(32) && is_ok(33) && is_ok(1024));
    let result = Key::from_bytes([1; 31]);
    assert!(matches!(result, Err(InvalidKey::TooShort { length: 31 })));
    assert!(matches!(
        Key::from_bytes([1; 1025]),
        Err(InvalidKey::TooLong)
    ));
}

#[test]
fn base64_is_read_in_all_usual_forms() {
    for text in [
        BASE64,
        BASE64.trim_end_matches('='),
        &format!("\t{BASE64}\r\n"),
    ] {
        assert_eq!(mark(Key::from_base64(text).unwrap()), expected());
    }
    let standard = mark(Key::from_base64(&"+/".repeat(22)).unwrap());
    let url_safe = mark(Key::from_base64(&"-_".repeat(22)).unwrap());
    assert_eq!(standard, url_safe);
}

#[test]
fn a_text_that_is_not_base64_of_a_key_is_refused() {
    let words = "correct horse battery staple and more words than a key has";
    for text in ["!", words, "é", "====", "AAAA=AAA"] {
        assert!(
            matches!(Key::from_base64(text), Err(InvalidKey::Base64)),
            "{text}"
        );
    }
    assert!(matches!(
        Key::from_base64(""),
        Err(InvalidKey::TooShort { length: 0 })
    ));
    assert!(matches!(
        Key::from_base64("AAEC"),
        Err(InvalidKey::TooShort { length: 3 })
    ));
}

#[test]
fn generated_keys_differ() {
    assert_ne!(
        mark(Key::generate().unwrap()),
        mark(Key::generate().unwrap())
    );
}

#[test]
fn a_file_contains_base64() {
    let place = Place::new("base64");
    fs::write(place.path(), format!("{BASE64}\n")).unwrap();
    set_mode(&place.path(), 0o600);
    assert_eq!(mark(Key::from_file(place.path()).unwrap()), expected());
}

#[test]
fn a_file_that_is_missing_or_not_a_key_is_an_error() {
    let place = Place::new("errors");
    assert!(matches!(
        Key::from_file(place.path()),
        Err(InvalidKey::File { .. })
    ));
    for (text, is_expected) in [
        (
            "",
            (|error| matches!(error, InvalidKey::TooShort { .. })) as fn(&_) -> bool,
        ),
        ("no key", |error| matches!(error, InvalidKey::Base64)),
        (&"A".repeat(2049), |error| {
            matches!(error, InvalidKey::TooLong)
        }),
    ] {
        fs::write(place.path(), text).unwrap();
        set_mode(&place.path(), 0o600);
        assert!(is_expected(&Key::from_file(place.path()).unwrap_err()));
        assert!(is_expected(
            &Key::from_file_or_new(place.path()).unwrap_err()
        ));
        assert_eq!(fs::read_to_string(place.path()).unwrap(), text);
    }
}

#[test]
fn a_file_may_have_2048_bytes() {
    let place = Place::new("length");
    let with_length = |length| {
        fs::write(place.path(), format!("{BASE64:length$}")).unwrap();
        set_mode(&place.path(), 0o600);
        Key::from_file(place.path())
    };
    assert_eq!(mark(with_length(2048).unwrap()), expected());
    assert!(matches!(with_length(2049), Err(InvalidKey::TooLong)));
}

#[cfg(unix)]
#[test]
fn a_folder_is_not_a_key_whatever_its_mode() {
    for read in [Key::from_file, Key::from_file_or_new] {
        let error = read(std::env::temp_dir()).unwrap_err();
        let InvalidKey::File { error, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.kind(), ErrorKind::IsADirectory);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_refused() {
    let place = Place::new("modes");
    fs::write(place.path(), BASE64).unwrap();
    for mode in [0o604, 0o602, 0o620, 0o644, 0o666] {
        set_mode(&place.path(), mode);
        let error = Key::from_file(place.path()).unwrap_err();
        let sentence = format!(
            "the key's file {} has mode {mode:o}; set it to 600",
            place.path().display()
        );
        assert_eq!(error.to_string(), sentence);
        assert!(matches!(error, InvalidKey::Exposed { mode: found, .. } if found == mode));
    }
    for mode in [0o600, 0o400, 0o640] {
        set_mode(&place.path(), mode);
        assert!(Key::from_file(place.path()).is_ok(), "{mode:o}");
    }
}

#[test]
fn a_new_file_is_created_once_and_kept_secret() {
    let place = Place::new("new");
    let marks: Vec<_> = std::thread::scope(|scope| {
        let threads = [(); 8].map(|()| scope.spawn(|| Key::from_file_or_new(place.path())));
        threads
            .map(|thread| mark(thread.join().unwrap().unwrap()))
            .into()
    });
    assert!(marks.iter().all(|mark| *mark == marks[0]));
    assert_eq!(mark(Key::from_file(place.path()).unwrap()), marks[0]);
    assert_eq!(
        fs::read_dir(&place.0).unwrap().count(),
        1,
        "no draft is left"
    );
    #[cfg(unix)]
    {
        let metadata = fs::metadata(place.path()).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_new_file_may_be_in_the_current_folder() {
    let name = format!("wsgi-cookies-{}.key", std::process::id());
    let key = Key::from_file_or_new(&name);
    let again = Key::from_file(&name);
    fs::remove_file(&name).unwrap();
    assert_eq!(mark(key.unwrap()), mark(again.unwrap()));
}

#[test]
fn a_missing_folder_is_an_error() {
    let place = Place::new("folder");
    let path = place.0.join("missing").join("key");
    assert!(matches!(
        Key::from_file_or_new(path),
        Err(InvalidKey::File { .. })
    ));
}

#[test]
fn an_error_of_a_file_names_its_path_and_has_the_error_of_the_system() {
    let place = Place::new("named");
    let error = Key::from_file(place.path()).unwrap_err();
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert!(cause.and_then(std::io::Error::raw_os_error).is_some());
    let missing = Key::from_file(place.path());
    let uncreated = Key::from_file_or_new(place.path().join("key"));
    #[cfg(unix)]
    let folder = Key::from_file(&place.0);
    for (result, path, kind) in [
        (missing, place.path(), ErrorKind::NotFound),
        (uncreated, place.path().join("key"), ErrorKind::NotFound),
        #[cfg(unix)]
        (folder, place.0.clone(), ErrorKind::IsADirectory),
    ] {
        let error = result.unwrap_err();
        let path = path.display();
        let sentence = format!("the key's file {path} could not be read or written");
        assert_eq!(error.to_string(), sentence, "the cause is its source");
        assert!(error.source().is_some());
        assert!(matches!(error, InvalidKey::File { error, .. } if error.kind() == kind));
    }
}

#[test]
fn an_error_has_a_sentence_and_its_cause() {
    for (error, sentence) in [
        (
            InvalidKey::TooShort { length: 31 },
            "the key has 31 bytes, but needs at least 32",
        ),
        (
            InvalidKey::TooLong,
            "the key is too long; it may have 1024 bytes",
        ),
        (InvalidKey::Base64, "the key is not base64"),
        (
            InvalidKey::Lines,
            "the lines of the key do not have 64 or 76 characters; there may be several keys",
        ),
        (
            InvalidKey::Exposed {
                path: "a.key".into(),
                mode: 0o44,
            },
            "the key's file a.key has mode 044; set it to 600",
        ),
        (
            InvalidKey::Random,
            "the system provided no random bytes for a key",
        ),
    ] {
        assert_eq!(error.to_string(), sentence);
        assert!(error.source().is_none());
    }
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(
        format!("{:?}", Key::from_base64(BASE64).unwrap()),
        "Key(..)"
    );
}

#[test]
fn a_long_key_may_be_in_several_lines() {
    // As `openssl rand -base64 64` writes it: at most 64 characters in a line.
    let lines = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\n\
                 MDEyMzQ1Njc4OTo7PD0+Pw==\n";
    let place = Place::new("lines");
    fs::write(place.path(), lines).unwrap();
    set_mode(&place.path(), 0o600);
    let bytes = std::array::from_fn::<u8, 64, _>(|index| index as u8);
    let expected = mark(Key::from_bytes(bytes).unwrap());
    assert_eq!(mark(Key::from_file(place.path()).unwrap()), expected);
}

#[test]
fn two_keys_do_not_become_one() {
    let unpadded = BASE64.trim_end_matches('=');
    // The last characters of such a key have unused bits, which may be zero by chance.
    let even = "A".repeat(44);
    let key_of_48 = "A".repeat(64);
    for text in [
        format!("{BASE64}\n{BASE64}\n"),
        format!("{unpadded}\n{unpadded}\n"),
        format!("{even}\n{even}"),
        format!("{even}\r\n\r\n{even}"),
        format!("{even}\n{key_of_48}"),
        format!("{key_of_48}\n\n{key_of_48}"),
        format!("{key_of_48}\n{}", "A".repeat(68)),
        format!("{}\n{key_of_48}\n{}", "A".repeat(76), "A".repeat(76)),
    ] {
        let result = Key::from_base64(&text);
        assert!(matches!(result, Err(InvalidKey::Lines)), "{text}");
    }
}

#[test]
fn lines_have_64_or_76_characters() {
    for length in [64, 76] {
        for rest in [4, length] {
            let text = format!("{0}\r\n{0}\r\n{1}\n", "A".repeat(length), "A".repeat(rest));
            let bytes = vec![0; (2 * length + rest) / 4 * 3];
            let expected = mark(Key::from_bytes(bytes).unwrap());
            assert_eq!(mark(Key::from_base64(&text).unwrap()), expected);
        }
    }
}
