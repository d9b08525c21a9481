//! Reading Content-Disposition as programs write it.

use std::borrow::Cow;

use wsgi_headers::{Headers, ParameterizedValue, Value};

use crate::FormError;

/// The name and the file name that the one Content-Disposition of a part gives (RFC 7578 section
/// 4.2).
///
/// What could be read in two ways is refused, so that nobody who looks at the form on its way
/// reads another name: a repeated field or parameter, and a missing name.
pub(crate) fn read(headers: &Headers) -> Result<(String, Option<String>), FormError> {
    let mut fields = headers.get_all("Content-Disposition");
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return Err(FormError::Disposition);
    };
    let field = mend(field.as_bytes());
    let value =
        ParameterizedValue::parse(Value::new(&field)).map_err(|_| FormError::Disposition)?;
    if !value.value().eq_ignore_ascii_case("form-data") {
        return Err(FormError::Disposition);
    }
    let name = parameter(&value, "name")?.ok_or(FormError::Disposition)?;
    let plain = parameter(&value, "filename")?;
    // RFC 7578 forbids the extended form, and it is met all the same.
    let extended = parameter(&value, "filename*")?;
    let file_name = match extended {
        Some(extended) => Some(extended.into_owned()),
        None => plain.map(|plain| unescape(&plain)),
    };
    Ok((unescape(&name), file_name))
}

/// The one parameter of that name, with the star of an extended one.
fn parameter<'a>(
    value: &ParameterizedValue<'a>,
    name: &str,
) -> Result<Option<Cow<'a, str>>, FormError> {
    let mut found = value
        .parameters()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (found, None) => Ok(found.map(|(_, text)| text)),
        _ => Err(FormError::Disposition),
    }
}

/// Doubles each backslash that stands for itself, so that it survives as a `quoted-pair`.
///
/// Browsers write a backslash as it is (HTML, "multipart/form-data encoding algorithm"), in the
/// paths of old ones and in names that have one, while other programs escape it and the quote.
/// So before anything other than these two it is itself; and so it is before the quote that ends
/// the field, which would else have no end.
fn mend(field: &[u8]) -> Cow<'_, [u8]> {
    if !field.contains(&b'\\') {
        return Cow::Borrowed(field);
    }
    let mut mended = Vec::with_capacity(field.len() + 8);
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        mended.push(byte);
        rest = after;
        if byte != b'\\' {
            continue;
        }
        match after {
            [b'"', end @ ..] if end.trim_ascii().is_empty() => mended.push(b'\\'),
            [escaped @ (b'"' | b'\\'), after @ ..] => {
                mended.push(*escaped);
                rest = after;
            }
            _ => mended.push(b'\\'),
        }
    }
    Cow::Owned(mended)
}

/// Undoes what browsers do to quotes and line ends, and to nothing else (HTML,
/// "multipart/form-data encoding algorithm"): not even to a percent sign, so that a `%22` of the
/// user's own reads as a quote.
fn unescape(text: &str) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        unescaped.push_str(before);
        let (character, length) = match escape.as_bytes() {
            [_, b'2', b'2', ..] => ('"', 3),
            [_, b'0', b'D' | b'd', ..] => ('\r', 3),
            [_, b'0', b'A' | b'a', ..] => ('\n', 3),
            _ => ('%', 1),
        };
        unescaped.push(character);
        rest = &escape[length..];
    }
    unescaped.push_str(rest);
    unescaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_field(field: &[u8]) -> Option<(String, Option<String>)> {
        let headers = Headers::from_fields([("Content-Disposition", field)]).unwrap();
        read(&headers).ok()
    }

    #[track_caller]
    fn check(field: &str, name: &str, file_name: Option<&str>) {
        let expected = Some((name.to_owned(), file_name.map(str::to_owned)));
        assert_eq!(read_field(field.as_bytes()), expected, "{field}");
    }

    #[track_caller]
    fn check_name(written: &str, name: &str) {
        check(&format!("form-data; name=\"{written}\""), name, None);
    }

    #[test]
    fn names_are_read_as_they_are_written_by() {
        check_name("plain", "plain");
        check_name("grüße 日本", "grüße 日本"); // browsers, in UTF-8
        check_name("a%22b%0D%0Ac", "a\"b\r\nc"); // Chrome, and Firefox since 2021
        check_name("a\\\"b", "a\"b"); // curl before 7.81, Firefox before 2021
        check_name("a\\\\b", "a\\b"); // curl before 7.81
        check_name("a\\b", "a\\b"); // Chrome and Firefox
        check_name("a\\", "a\\"); // Chrome and Firefox
        check_name("100%", "100%");
        check_name("%2", "%2");
        check_name("%41%", "%41%");
        check_name("", "");
        check("form-data; name=bare", "bare", None);
        check("FORM-DATA;NAME=\"a\";", "a", None);
    }

    #[test]
    fn names_that_are_not_utf_8_are_iso_8859_1() {
        let read = read_field(b"form-data; name=\"caf\xe9\"");
        assert_eq!(read, Some(("café".to_owned(), None)));
    }

    #[test]
    fn file_names_are_read_as_they_are_written_by() {
        let check = |written: &str, file_name: &str| {
            check(
                &format!("form-data; name=\"f\"; {written}"),
                "f",
                Some(file_name),
            );
        };
        check("filename=\"\"", "");
        check("filename=\"a;b=c.txt\"", "a;b=c.txt");
        check("filename=\"say %22hi%22.txt\"", "say \"hi\".txt");
        check("filename=\"C:\\new\\table.txt\"", "C:\\new\\table.txt"); // Internet Explorer
        check(
            "filename=\"\\\\\\\\server\\\\share\\\\a.txt\"",
            "\\\\server\\share\\a.txt",
        ); // curl before 7.81
        check("filename*=UTF-8''na%C3%AFve%22.txt", "naïve\".txt");
        check(
            "filename=\"EUR.txt\"; filename*=UTF-8''%e2%82%ac.txt",
            "€.txt",
        );
        check("filename=\"a.txt\"; filename*=KOI8-R''%c1.txt", "a.txt");
    }

    #[test]
    fn what_is_missing_or_doubtful_is_refused() {
        for field in [
            "",
            "form-data",
            "form-data; filename=\"a\"",
            "form-data; name*=UTF-8''a",
            "attachment; name=\"a\"",
            "form-data; name=\"a\"; name=\"b\"",
            "form-data; name=\"a\"; filename=\"b\"; Filename=\"c\"",
            "form-data; name=\"a",
            "form-data; name=\"a\" b",
        ] {
            assert_eq!(read_field(field.as_bytes()), None, "{field}");
        }
        let name = "form-data; name=\"a\"";
        let twice = [("Content-Disposition", name), ("content-disposition", name)];
        assert!(read(&Headers::from_fields(twice).unwrap()).is_err());
        assert!(read(&Headers::new()).is_err());
    }
}
