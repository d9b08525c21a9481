//! A head keeps its promises for any bytes, and a reused head parses to the same, also after
//! another request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wsgi_fuzz::{LIMITS, describe};
use wsgi_http1::RequestHead;

fuzz_target!(|bytes: &[u8]| {
    let mut head = RequestHead::new();
    let first = head.parse(bytes, &LIMITS);
    if let Ok(Some(length)) = first {
        let text = describe(&head, &bytes[..length]);
        assert_eq!(head.parse(bytes, &LIMITS), first);
        assert_eq!(describe(&head, &bytes[..length]), text);
        assert_eq!(
            RequestHead::new().parse(&bytes[..length - 1], &LIMITS),
            Ok(None)
        );
        let (previous, next) = bytes.split_at(length);
        for next in [next, bytes] {
            let mut fresh = RequestHead::new();
            let result = fresh.parse(next, &LIMITS);
            assert_eq!(head.parse_next(previous, next, &LIMITS), result);
            if let Ok(Some(length)) = result {
                let next = &next[..length];
                assert_eq!(describe(&head, next), describe(&fresh, next));
            }
            head = RequestHead::new();
            assert_eq!(head.parse(bytes, &LIMITS), first);
        }
    }
});
