//! A warm environ takes a request, and changes of its variables, without allocations.

use wsgi_allocations::of_this_thread;
use wsgi_environ::{Encoded, Environ, Field};

#[test]
fn variables_in_a_warm_environ_allocate_nothing() {
    let text = b"REQUEST_METHODGETREQUEST_URI/app/a%20b";
    let variables = [
        Field {
            name: (0, 14),
            value: (14, 17),
        },
        Field {
            name: (17, 28),
            value: (28, 38),
        },
    ];
    let mut environ = Environ::new();
    let mut request = || {
        environ.clear();
        assert_eq!(environ.receive_variables(text, variables), Ok(()));
        assert_eq!(environ.derive_path("/app"), Ok(true));
        assert_eq!(environ.path_info(), "/a b");
        assert_eq!(environ.url_scheme(), "http");
    };
    request();
    let before = of_this_thread();
    request();
    assert_eq!(of_this_thread() - before, 0);
}

#[test]
fn encoded_variables_in_a_warm_environ_allocate_nothing() {
    let encoded = Encoded {
        text: b"REQUEST_METHODGETPATH_INFO/a",
        method: Some((14, 17)),
        read: |_text, variables| {
            variables.push(Field {
                name: (17, 26),
                value: (26, 28),
            });
        },
    };
    let mut environ = Environ::new();
    let mut request = || {
        environ.clear();
        assert_eq!(environ.receive_encoded(&encoded), Ok(()));
        assert_eq!(environ.path_info(), "/a");
    };
    request();
    let before = of_this_thread();
    request();
    assert_eq!(of_this_thread() - before, 0);
}

#[test]
fn variables_replaced_in_a_warm_environ_allocate_nothing() {
    let large = vec![b'x'; 1 << 16];
    let mut environ = Environ::new();
    let mut request = || {
        environ.clear();
        for value in ["a", "b", "c", "d"] {
            environ.set("SMALL", value);
        }
        environ.set("LARGE", &large);
        for _ in 0..8 {
            environ.set("REPLACED", &large[..4000]);
        }
    };
    request();
    let before = of_this_thread();
    request();
    assert_eq!(of_this_thread() - before, 0);
}
