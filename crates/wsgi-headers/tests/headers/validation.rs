//! The checks of names and values (RFC 9110, sections 5.1 and 5.5).

use wsgi_headers::{Headers, InvalidHeader, is_field_value, is_token};

/// Lengths around multiples of a word of eight bytes.
const LENGTHS: [usize; 8] = [1, 2, 7, 8, 9, 15, 16, 25];

/// Puts `byte` at every place between `filler`s, for several lengths.
#[track_caller]
fn check_at_every_place(byte: u8, filler: u8, is_valid: fn(&[u8]) -> bool, expected: bool) {
    for length in LENGTHS {
        for place in 0..length {
            let mut bytes = vec![filler; length];
            bytes[place] = byte;
            assert_eq!(is_valid(&bytes), expected, "{}", bytes.escape_ascii());
        }
    }
}

#[test]
fn a_token_consists_of_the_77_characters_of_the_grammar() {
    let specials = b"!#$%&'*+-.^_`|~";
    let mut valid = 0;
    for byte in 0..=255_u8 {
        let expected = byte.is_ascii_alphanumeric() || specials.contains(&byte);
        valid += usize::from(expected);
        for filler in *b"aZ-0" {
            check_at_every_place(byte, filler, is_token, expected);
        }
    }
    assert_eq!(valid, 77);
    assert!(!is_token(b""));
}

#[test]
fn a_value_contains_no_control_characters_except_tabs() {
    for byte in 0..=255_u8 {
        let expected = !byte.is_ascii_control() || byte == b'\t';
        for filler in *b"a\t \xff" {
            check_at_every_place(byte, filler, is_field_value, expected);
        }
    }
    assert!(is_field_value(b""));
}

#[test]
fn a_word_with_several_bad_bytes_is_bad() {
    assert!(!is_field_value(b"\0\x01\x02\x1f\x7f\n\r\0"));
    assert!(!is_field_value(b"abcdefg\x7f\x80\x7f"));
    assert!(!is_token(b"\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert!(!is_token(b"Content:Type:"));
}

#[test]
fn whitespace_is_removed_around_a_value_and_kept_inside() {
    #[track_caller]
    fn check(given: &str, kept: &str) {
        let mut headers = Headers::new();
        headers.append("A", given).unwrap();
        headers.set("B", given).unwrap();
        headers.add_header("C", given, [("d", "e")]).unwrap();
        assert_eq!(headers.get("A").unwrap(), kept);
        assert_eq!(headers.get("B").unwrap(), kept);
        assert_eq!(headers.get("C").unwrap(), format!("{kept}; d=\"e\""));
    }

    check(" \ta b\t ", "a b");
    check("a \t b", "a \t b");
    check("a ", "a");
    check("a\t", "a");
    check(" a", "a");
    check(" ", "");
    check("\t\t ", "");
    check("", "");
    check("\u{a0}a", "\u{a0}a");
}

#[test]
fn an_error_names_the_field() {
    let mut headers = Headers::new();
    let name = "n\u{fc}".repeat(100);
    let error = headers.append(&name, "a").unwrap_err();
    assert_eq!(
        error,
        InvalidHeader::Name {
            name: "n\u{fc}".repeat(32).into()
        }
    );
    assert_eq!(
        headers.append("", "a").unwrap_err().to_string(),
        "the field name \"\" is not a token",
    );
    let error = headers.append("A\r\n", "a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the field name \"A\\r\\n\" is not a token"
    );
}

#[test]
fn each_error_has_a_sentence() {
    let name = || "A".into();
    for (error, sentence) in [
        (
            InvalidHeader::Value { name: name() },
            "the value of the field \"A\" contains a control character",
        ),
        (
            InvalidHeader::Parameter { parameter: name() },
            "the parameter \"A\" has an invalid name or a control character",
        ),
        (
            InvalidHeader::TooLarge { name: name() },
            "the field \"A\" does not fit",
        ),
        (
            InvalidHeader::Time { name: name() },
            "the time for the field \"A\" is not between 1970 and 9999",
        ),
        (
            InvalidHeader::Parameters { offset: 7 },
            "the parameters are malformed from byte 7 of the value on",
        ),
        (InvalidHeader::MediaType, "the value is not a media type"),
        (InvalidHeader::Date, "the value is not an HTTP-date"),
    ] {
        assert_eq!(error.to_string(), sentence);
    }
}

#[test]
fn obs_text_is_kept_unchanged() {
    let headers = Headers::from_fields([("A", b"caf\xe9")]).unwrap();
    assert_eq!(headers.get("A").unwrap(), b"caf\xe9");
    assert_eq!(headers.to_bytes(), b"A: caf\xe9\r\n\r\n");
    assert_eq!(headers.to_string(), "A: caf\u{fffd}\r\n\r\n");
}

#[test]
fn a_value_in_the_place_of_another_is_checked() {
    let mut headers = Headers::from_fields([("Id", "a-1")]).unwrap();
    headers.clear();
    assert!(headers.append("Id", "a\r2").is_err());
    assert!(headers.is_empty());
    headers.append("Id", "a-2").unwrap();
    assert_eq!(headers.get("Id").unwrap(), "a-2");
}
