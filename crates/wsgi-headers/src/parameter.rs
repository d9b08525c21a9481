//! The writer of fields with parameters, `attachment; filename="bud.gif"`.

use crate::{
    extended_value,
    headers::Headers,
    invalid_header::InvalidHeader,
    octets::{is_field_value, is_parameter_name, trim},
};

impl Headers {
    /// Adds a field with parameters (RFC 9110, section 5.6.6) at the end.
    ///
    /// An ASCII value of a parameter is quoted, with quotes and backslashes escaped. Another value
    /// is written as an extended value in UTF-8, with a `*` after the name (RFC 8187). A parameter
    /// with an empty value or none is written as its name only. Without a main value, the field
    /// starts with its first parameter.
    ///
    /// # Errors
    ///
    /// The name of a parameter is not a token without `*`, `'` and `%`, its value contains a
    /// control character, or [`append`](Self::append) fails. Nothing changes then.
    ///
    /// ```
    /// use wsgi_headers::Headers;
    ///
    /// let mut headers = Headers::new();
    /// headers.add_header("Content-Disposition", "attachment", [("filename", "bud.gif")])?;
    /// headers.add_header("X-Name", None, [("bare", None), ("price", Some("5 €"))])?;
    /// assert_eq!(
    ///     headers.to_string(),
    ///     "Content-Disposition: attachment; filename=\"bud.gif\"\r\n\
    ///      X-Name: bare; price*=UTF-8''5%20%E2%82%AC\r\n\
    ///      \r\n",
    /// );
    /// # Ok::<(), wsgi_headers::InvalidHeader>(())
    /// ```
    pub fn add_header<'v, 'p>(
        &mut self,
        name: impl AsRef<str>,
        value: impl Into<Option<&'v str>>,
        parameters: impl IntoIterator<Item = (impl AsRef<str>, impl Into<Option<&'p str>>)>,
    ) -> Result<(), InvalidHeader> {
        let value = value.into();
        let mut field_value = trim(value.unwrap_or_default().as_bytes()).to_vec();
        let mut separate = value.is_some();
        for (parameter, value) in parameters {
            if separate {
                field_value.extend_from_slice(b"; ");
            }
            let value = value.into().unwrap_or_default();
            write_parameter(parameter.as_ref(), value, &mut field_value)?;
            separate = true;
        }
        self.append(name, field_value)
    }
}

/// Appends `name`, `name="value"` or `name*=UTF-8''value` to `out`.
fn write_parameter(name: &str, value: &str, out: &mut Vec<u8>) -> Result<(), InvalidHeader> {
    if !is_parameter_name(name.as_bytes()) || !is_field_value(value.as_bytes()) {
        return Err(InvalidHeader::parameter(name));
    }
    out.extend_from_slice(name.as_bytes());
    if !value.is_ascii() {
        out.extend_from_slice(b"*=");
        extended_value::encode(value, out);
    } else if !value.is_empty() {
        out.extend_from_slice(b"=\"");
        for &byte in value.as_bytes() {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.push(b'"');
    }
    Ok(())
}
