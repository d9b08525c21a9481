//! The id of a trace (W3C Trace Context, section 3.2).

/// The length of a `traceparent` of version 00: a version, a trace id, a parent id and flags.
const LENGTH: usize = "00-".len() + TRACE_ID + "-".len() + PARENT_ID + "-00".len();
const TRACE_ID: usize = 32;
const PARENT_ID: usize = 16;

/// The trace id in the value of a `traceparent` field, as 32 hexadecimal digits in lower case;
/// `None` if the value is invalid.
///
/// A later version may append more after a hyphen. Version `ff` is invalid, and so are ids of
/// zeros.
pub(crate) fn trace_id(traceparent: &[u8]) -> Option<[u8; TRACE_ID]> {
    let (known, rest) = traceparent.split_at_checked(LENGTH)?;
    let [version, trace, parent, flags] = parts(known)?;
    let is_hex = |part: &[u8]| part.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_id = |part: &[u8]| is_hex(part) && part.iter().any(|&digit| digit != b'0');
    let is_length_right = match version {
        b"00" => rest.is_empty(),
        b"ff" => false,
        _ => matches!(rest.first(), None | Some(b'-')),
    };
    let is_valid =
        is_length_right && is_hex(version) && is_id(trace) && is_id(parent) && is_hex(flags);
    is_valid.then(|| trace.try_into().ok()).flatten()
}

/// The parts of version 00, if hyphens are at their places.
fn parts(known: &[u8]) -> Option<[&[u8]; 4]> {
    let (version, rest) = known.split_at(2);
    let (trace, rest) = rest.strip_prefix(b"-")?.split_at(TRACE_ID);
    let (parent, flags) = rest.strip_prefix(b"-")?.split_at(PARENT_ID);
    Some([version, trace, parent, flags.strip_prefix(b"-")?])
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::any, proptest};

    use super::trace_id;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn valid_fields_have_a_trace_id() {
        for field in [
            format!("00-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-00"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-brings"),
        ] {
            let id = trace_id(field.as_bytes());
            assert_eq!(
                id.as_ref().map(<[u8; 32]>::as_slice),
                Some(TRACE.as_bytes()),
                "{field}"
            );
        }
    }

    #[test]
    fn invalid_fields_are_ignored() {
        let zeros = "0".repeat(32);
        for field in [
            String::new(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("0g-{TRACE}-00f067aa0ba902b7-01"),
            format!("0-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-0"),
            format!("00-{TRACE}-00f067aa0ba902b7-0x"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01.more"),
            format!("00-{TRACE}-00f067aa0ba902b7-01, 00-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{zeros}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00_{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}_00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7_01"),
            format!("00-{TRACE}-00F067aa0ba902b7-01"),
        ] {
            assert_eq!(trace_id(field.as_bytes()), None, "{field}");
        }
    }

    proptest! {
        #[test]
        fn an_id_is_hexadecimal_digits_of_the_field(field in vec(any::<u8>(), 0..80)) {
            if let Some(id) = trace_id(&field) {
                assert_eq!(id, field[3..35]);
                assert!(id.iter().all(u8::is_ascii_hexdigit));
            }
        }

        #[test]
        fn any_valid_field_has_its_id(trace in "[0-9a-f]{31}[1-9a-f]", parent in "[1-9a-f]{16}") {
            let field = format!("00-{trace}-{parent}-01");
            assert_eq!(trace_id(field.as_bytes()).as_ref().map(<[u8; 32]>::as_slice), Some(trace.as_bytes()));
        }
    }
}
