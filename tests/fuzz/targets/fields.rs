//! The values of fields are read without harm, and are the same after they were written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_environ::{Network, Value};
use wsgi_files::EntityTag;
use wsgi_headers::{Headers, ParameterizedValue, decode_extended_value, is_field_value, is_token};
use wsgi_middleware::{HostPattern, InternalTarget, OriginPattern};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = ParameterizedValue::parse(bytes) {
        write_again(&value);
    }
    let _ = decode_extended_value(bytes);
    let mut headers = Headers::new();
    if headers.append("Date", bytes).is_ok()
        && let Some(Ok(time)) = headers.date("Date")
        && headers.set_date("Date", time).is_ok()
    {
        assert_eq!(headers.date("Date"), Some(Ok(time)));
    }
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(tag) = text.parse::<EntityTag>() {
        assert!(is_field_value(bytes) && tag.as_str() == text && tag.weak_eq(&tag));
    }
    if let Ok(network) = text.parse::<Network>() {
        assert_eq!(network.to_string().parse(), Ok(network));
    }
    if let Ok(target) = text.parse::<InternalTarget>() {
        assert!(text.starts_with('/'), "{target:?}");
    }
    if let Ok(pattern) = text.parse::<OriginPattern>() {
        let _ = pattern.matches("https://a.example");
        assert!(!pattern.matches("null"));
    }
    let _ = text.parse::<HostPattern>();
});

/// Writes a value with its parameters, and reads it again.
fn write_again(value: &ParameterizedValue<'_>) {
    let parameters: Vec<_> = value
        .parameters()
        .map(|(name, text)| (name.trim_end_matches('*').to_owned(), text.into_owned()))
        .filter(|(name, text)| is_token(name.as_bytes()) && is_field_value(text.as_bytes()))
        .filter(|(name, _)| !name.contains(['*', '%', '\'']))
        .collect();
    let mut headers = Headers::new();
    let written = parameters
        .iter()
        .map(|(name, text)| (name, Some(text.as_str())));
    headers
        .add_header("X", value.value(), written)
        .expect("names and texts of fields");
    let field = headers.get("X").map(Value::as_bytes).unwrap_or_default();
    let again = ParameterizedValue::parse(field).expect("what was written");
    assert_eq!(again.value(), value.value());
    let texts = again
        .parameters()
        .map(|(name, text)| (name.trim_end_matches('*').to_owned(), text.into_owned()));
    assert!(texts.eq(parameters));
}
