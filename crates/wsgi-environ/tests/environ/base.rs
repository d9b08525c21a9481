//! The values of a base hold in each environ that does not set its own.

use std::sync::Arc;

use wsgi_environ::{Base, Environ, Errors};

fn environ(base: Base) -> Environ {
    let mut environ = Environ::new();
    environ.set_base(&Arc::new(base));
    environ
}

#[test]
fn a_variable_added_again_replaces_the_first() {
    let base = Base::new()
        .variable("SERVER_NAME", "first")
        .variable("SERVER_PORT", "8000")
        .variable("SERVER_NAME", "second");
    let environ = environ(base);
    assert_eq!(environ.get("SERVER_NAME").unwrap(), "second");
    assert_eq!(environ.get("SERVER_PORT").unwrap(), "8000");
    assert_eq!(environ.iter().count(), 2);
}

#[test]
fn the_scheme_of_the_base_holds_until_the_environ_sets_another() {
    let mut environ = environ(Base::new().url_scheme("https"));
    assert_eq!(environ.url_scheme(), "https");
    environ.set_url_scheme("http");
    assert_eq!(environ.url_scheme(), "http");
}

#[test]
fn the_stream_of_the_base_holds_until_the_environ_sets_another() {
    let (shared, of_base) = Errors::buffer();
    let mut environ = environ(Base::new().errors(shared));
    environ.errors().print("base");
    let (own, of_environ) = Errors::buffer();
    environ.set_errors(own);
    environ.errors().print("environ");
    assert_eq!(of_base.contents(), b"base\n");
    assert_eq!(of_environ.contents(), b"environ\n");
}

/// The flags `multithread`, `multiprocess` and `run_once`.
fn flags(environ: &Environ) -> [bool; 3] {
    [
        environ.multithread(),
        environ.multiprocess(),
        environ.run_once(),
    ]
}

#[track_caller]
fn check_flags(base: Base, expected: [bool; 3]) {
    let mut environ = environ(base);
    assert_eq!(flags(&environ), expected);
    let [multithread, multiprocess, run_once] = expected.map(|flag| !flag);
    environ.set_multithread(multithread);
    environ.set_multiprocess(multiprocess);
    environ.set_run_once(run_once);
    assert_eq!(flags(&environ), [multithread, multiprocess, run_once]);
}

#[test]
fn each_flag_of_the_base_holds_until_the_environ_sets_the_opposite() {
    check_flags(Base::new(), [false, false, false]);
    check_flags(Base::new().multithread(true), [true, false, false]);
    check_flags(Base::new().multiprocess(true), [false, true, false]);
    check_flags(Base::new().run_once(true), [false, false, true]);
}

#[test]
fn setting_one_value_of_a_base_keeps_the_others() {
    let (errors, log) = Errors::buffer();
    let base = Base::new()
        .variable("SERVER_NAME", "localhost")
        .url_scheme("https")
        .errors(errors)
        .multithread(true)
        .multiprocess(true)
        .run_once(true)
        .variable("SERVER_PORT", "443");
    let environ = environ(base);
    assert_eq!(environ.get("SERVER_NAME").unwrap(), "localhost");
    assert_eq!(environ.url_scheme(), "https");
    environ.errors().print("kept");
    assert_eq!(log.contents(), b"kept\n");
    assert_eq!(flags(&environ), [true, true, true]);
}
