//! The names in a Content-Disposition, as programs write it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use wsgi_headers::{Headers, decode_extended_value};

use crate::{
    form_error::FormError,
    parameters::{Parameter, Parameters},
};

/// Reads the name and the file name from the Content-Disposition of a part, if it has them (RFC
/// 7578 section 4.2).
///
/// Refuses a repeated field or parameter, two names of a control that differ, and a name that
/// cannot be decoded, since another program on the way could read another name.
pub(crate) fn read(headers: &Headers) -> Result<(Option<String>, Option<String>), FormError> {
    let mut fields = headers.get_all("Content-Disposition");
    let field = match (fields.next(), fields.next()) {
        (None, _) => return Ok((None, None)),
        (Some(field), None) => field.as_bytes(),
        _ => return Err(FormError::Disposition),
    };
    let end = field.iter().position(|&byte| byte == b';');
    let (kind, parameters) = field.split_at(end.unwrap_or(field.len()));
    if !kind.trim_ascii_end().eq_ignore_ascii_case(b"form-data") {
        return Err(FormError::Disposition);
    }
    let mut given = Given::default();
    for parameter in Parameters::new(parameters) {
        given.take(parameter.ok_or(FormError::Disposition)?)?;
    }
    Ok((given.name()?, given.file_name()))
}

/// The parameters with a meaning. RFC 7578 forbids the extended ones, but programs send them.
#[derive(Default)]
struct Given<'a> {
    name: Option<Parameter<'a>>,
    extended_name: Option<Parameter<'a>>,
    file_name: Option<Parameter<'a>>,
    extended_file_name: Option<Parameter<'a>>,
    /// The file name that came in pieces, `filename*0=` (RFC 2231 section 3).
    pieces: Option<Vec<u8>>,
}

impl<'a> Given<'a> {
    /// Takes a parameter, which must not be repeated.
    fn take(&mut self, parameter: Parameter<'a>) -> Result<(), FormError> {
        let is = |name: &str| parameter.name.eq_ignore_ascii_case(name.as_bytes());
        let place = if is("name") {
            &mut self.name
        } else if is("name*") {
            &mut self.extended_name
        } else if is("filename") {
            &mut self.file_name
        } else if is("filename*") {
            &mut self.extended_file_name
        } else if parameter.is_piece_of(b"name*") {
            return Err(FormError::Disposition); // no program sends these
        } else {
            if parameter.is_piece_of(b"filename*") {
                let pieces = self.pieces.get_or_insert_default();
                pieces.extend_from_slice(&parameter.value);
            }
            return Ok(());
        };
        match place.replace(parameter) {
            None => Ok(()),
            Some(_) => Err(FormError::Disposition),
        }
    }

    fn name(&self) -> Result<Option<String>, FormError> {
        let Some(extended) = &self.extended_name else {
            return match &self.name {
                None => Ok(None),
                // With a second equals sign it is unclear which name was meant.
                Some(name) if !name.is_quoted && name.value.contains(&b'=') => {
                    Err(FormError::Disposition)
                }
                Some(name) => Ok(Some(unescape(&text(&name.value)))),
            };
        };
        let extended = extended_name(extended).ok_or(FormError::Disposition)?;
        match &self.name {
            Some(name) if !is_written_as(&extended, &text(&name.value)) => {
                Err(FormError::Disposition)
            }
            _ => Ok(Some(extended)),
        }
    }

    /// The name of the file. If it cannot be decoded, the raw text is the name, since the part is
    /// meant to be a file.
    ///
    /// Two names may differ: programs give those that do not know extended values a simpler one
    /// (RFC 6266 section 4.3), and .NET an encoded word.
    fn file_name(&self) -> Option<String> {
        let extended = self.extended_file_name.as_ref();
        let decoded = extended
            .filter(|extended| !extended.is_quoted)
            .and_then(|extended| decode_extended_value(&extended.value));
        let plain = || Some(unescape(&text(&self.file_name.as_ref()?.value)));
        let raw = || Some(text(&extended?.value).into_owned());
        let pieces = || Some(text(self.pieces.as_deref()?).into_owned());
        decoded.or_else(plain).or_else(raw).or_else(pieces)
    }
}

/// Whether a plain value is a name, with or without the escapes of a browser.
fn is_written_as(name: &str, plain: &str) -> bool {
    name == plain || name == unescape(plain)
}

/// The name in an extended value, if it can be decoded.
///
/// Accepts unescaped characters that RFC 8187 section 3.2.1 requires to be escaped, since reqwest
/// escapes fewer, those of a path.
fn extended_name(extended: &Parameter<'_>) -> Option<String> {
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'%')
        .remove(b'!')
        .remove(b'#')
        .remove(b'$')
        .remove(b'&')
        .remove(b'+')
        .remove(b'-')
        .remove(b'.')
        .remove(b'^')
        .remove(b'_')
        .remove(b'`')
        .remove(b'|')
        .remove(b'~');
    let mut parts = extended.value.splitn(3, |&byte| byte == b'\'');
    let (charset, language, escaped) = (parts.next()?, parts.next()?, parts.next()?);
    let escaped = percent_encode(escaped, ESCAPED).to_string();
    let value = [charset, language, escaped.as_bytes()].join(&b'\'');
    (!extended.is_quoted)
        .then(|| decode_extended_value(&value))
        .flatten()
}

/// Decodes text as UTF-8, or else as ISO-8859-1.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// Decodes the escapes that browsers write for quotes and line ends (HTML, "multipart/form-data
/// encoding algorithm"). Browsers do not escape the percent sign, so a `%22` that a user typed also
/// becomes a quote.
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

    fn read_field(field: &[u8]) -> Option<(Option<String>, Option<String>)> {
        let headers = Headers::from_fields([("Content-Disposition", field)]).unwrap();
        read(&headers).ok()
    }

    #[track_caller]
    fn check(field: &str, name: &str, file_name: Option<&str>) {
        let expected = Some((Some(name.to_owned()), file_name.map(str::to_owned)));
        assert_eq!(read_field(field.as_bytes()), expected, "{field}");
    }

    #[track_caller]
    fn check_name(written: &str, name: &str) {
        check(&format!("form-data; name=\"{written}\""), name, None);
    }

    #[test]
    fn names_are_read_as_programs_write_them() {
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
        check("form-data; more; name=a; filename2", "a", None);
    }

    #[test]
    fn names_that_are_not_utf_8_are_iso_8859_1() {
        let read = read_field(b"form-data; name=\"caf\xe9\"");
        assert_eq!(read, Some((Some("café".to_owned()), None)));
    }

    #[test]
    fn file_names_are_read_as_programs_write_them() {
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
        check(
            "filename=\"=?utf-8?B?w6kudHh0?=\"; filename*=utf-8''%C3%A9.txt",
            "é.txt",
        );
    }

    #[test]
    fn malformed_and_ambiguous_fields_are_refused() {
        for field in [
            "",
            "attachment; name=\"a\"",
            "form-data, form-data; name=\"a\"",
            "\"form-data\"; name=\"a\"",
            "form-data name=\"a\"",
            "form-data; =\"a\"",
            "form-data; name =\"a\"",
            "form-data; name=\"a\"\"b\"",
            "form-data; name=a b",
            "form-data; name=a\"b\"",
            "form-data; name=\"a\"; name=\"b\"",
            "form-data; name=\"a\"; filename=\"b\"; Filename=\"c\"",
            "form-data; name=\"a\"; filename*=UTF-8''b; filename*=UTF-8''c",
            "form-data; name=\"a\"; filename*=UTF-8''%; filename*=UTF-8''%",
            "form-data; name*=UTF-8''a; name*=UTF-8''a",
            "form-data; name=\"a\"; name*=UTF-8''b",
            "form-data; name=\"a\"; name*=KOI8-R''a",
            "form-data; name=baree=bare",
            "form-data; name*=KOI8-R''%c1",
            "form-data; name*=UTF-8''%E9",
            "form-data; name*=UTF-8''100%",
            "form-data; name*=\"UTF-8''a\"",
            "form-data; name*=a",
            "form-data; name",
            "form-data; name; filename=\"a\"",
            "form-data; name=\"a\"; FileName ",
            "form-data; name=\"a\"; filename*",
            "form-data; name=\"a\"; filename*0",
            "form-data; name*0=\"a\"; name*1=\"b\"",
            "form-data; name=\"a",
            "form-data; name=\"a\" b",
            "form-data; name=a\\b",
            "form-data; name=é",
            "form-data; name=\"a\"; filename=é.txt",
            "form-data; name=\"a\"; size=1 2",
            "form-data; name=\"a\"; size=\"1",
            "form-data; name=\"a\"; size =1",
        ] {
            assert_eq!(read_field(field.as_bytes()), None, "{field}");
        }
        let name = "form-data; name=\"a\"";
        let twice = [("Content-Disposition", name), ("content-disposition", name)];
        assert!(read(&Headers::from_fields(twice).unwrap()).is_err());
    }

    #[test]
    fn a_part_may_have_no_name() {
        let check = |field: &str, file_name: Option<&str>| {
            let expected = Some((None, file_name.map(str::to_owned)));
            assert_eq!(read_field(field.as_bytes()), expected, "{field}");
        };
        check("form-data", None);
        check("form-data;", None);
        check("form-data; filename=\"a\"", Some("a"));
        assert_eq!(read(&Headers::new()).unwrap(), (None, None));
    }

    #[test]
    fn extended_names_are_read_as_programs_write_them() {
        // By reqwest, for names with spaces or non-ASCII characters.
        let check = |written: &str, name: &str| {
            let field = format!("form-data; name*={written}");
            check(&field, name, None);
            check(&format!("{field}; filename=\"f\""), name, Some("f"));
        };
        check("utf-8''first%20name", "first name");
        check("utf-8''Gr%C3%B6%C3%9Fe", "Größe");
        check("utf-8''50%25%20off%3F", "50% off?");
        check("utf-8''size%20(cm)", "size (cm)");
        check("utf-8''Last,%20First", "Last, First");
        check("utf-8''it's%20[1]=*a:b@c", "it's [1]=*a:b@c");
        check("utf-8''a;b%20c", "a;b c");
        check("utf-8''a;b=c%20d", "a;b=c d");
        // RFC 8187 section 3.2.2
        check("UTF-8''%c2%a3%20and%20%e2%82%ac%20rates", "£ and € rates");
        check("iso-8859-1'en'%A3%20rates", "£ rates");
        check("us-ascii'en'first%20name", "first name");
    }

    #[test]
    fn an_extended_value_ends_before_another_parameter_of_a_form() {
        check("form-data; name*=UTF-8''a;filename=\"f\"", "a", Some("f"));
        check(
            "form-data; name*=UTF-8''a;FileName*=UTF-8''f",
            "a",
            Some("f"),
        );
        check("form-data; filename*=UTF-8''f;name=\"a\";", "a", Some("f"));
        check("form-data; name*=UTF-8''a\t; x=y", "a", None);
    }

    #[test]
    fn any_other_value_ends_at_its_first_semicolon() {
        check("form-data; name=a;x=b;filename=f;y=z", "a", Some("f"));
    }

    #[test]
    fn other_parameters_are_ignored() {
        for other in [
            "something=1",
            "filename*x=1",
            "filename1=1",
            "names=b",
            "x*=1",
        ] {
            check(&format!("form-data; name=\"a\"; {other}"), "a", None);
        }
    }

    #[test]
    fn two_names_that_agree_are_one() {
        check("form-data; name=\"a b\"; name*=UTF-8''a%20b", "a b", None);
        check("form-data; name*=UTF-8''%c3%bc; name=\"ü\"", "ü", None);
        // Browsers escape the quote, but not the percent sign.
        check("form-data; name=\"a%22\"; name*=UTF-8''a%22", "a\"", None);
        check(
            "form-data; name=\"a%22\"; name*=UTF-8''a%2522",
            "a%22",
            None,
        );
    }

    #[test]
    fn a_part_is_a_file_even_if_its_file_name_cannot_be_decoded() {
        let check = |written: &str, file_name: &str| {
            let field = format!("form-data; name=\"f\"; {written}");
            check(&field, "f", Some(file_name));
        };
        for raw in [
            "UTF-8''x(1).jpg",
            "windows-1252''caf%E9.txt",
            "UTF-8''caf%E9.txt",
            "UTF-8''100%",
            "UTF-8''a;b.txt",
            "plain.txt",
            "",
        ] {
            check(&format!("filename*={raw}"), raw);
            check(&format!("filename*={raw}; filename=\"b\""), "b");
        }
        check("filename*=\"UTF-8''a%20b.txt\"", "UTF-8''a%20b.txt");
        check("filename*0=\"foo.\"; filename*1=\"html\"", "foo.html");
        check("filename*0*=UTF-8''foo-%c3%a4", "UTF-8''foo-%c3%a4");
        check("filename*0=\"foo\"; filename=\"b\"", "b");
    }

    #[test]
    fn spaces_after_an_equals_sign_are_accepted() {
        check("form-data; name= \"a\"; filename=\t b ", "a", Some("b"));
        check("form-data; name*= UTF-8''a%20b", "a b", None);
    }
}
