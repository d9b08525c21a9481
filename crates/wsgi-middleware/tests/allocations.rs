//! What a match costs.

#![allow(unsafe_code)] // an allocator is unsafe to implement

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use wsgi_application::{Application, Body, Environ, Exchange, StartResponse, Status, application};
use wsgi_middleware::Mounts;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, and a count of each thread's allocations.
struct Counting;

// SAFETY: every call is passed on to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_match_in_a_warm_environ_allocates_nothing() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let site = Mounts::new()
        .mount("/a", page)
        .mount("/a/b", page)
        .mount("/", page);
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut request = || {
        environ.clear();
        environ.set("SCRIPT_NAME", "");
        environ.set("PATH_INFO", "/a/b/and/so/on");
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let result = site.call(&mut environ, &mut start_response);
        assert!(result.is_ok_and(|body| body.is_empty()));
    };
    request();
    let before = ALLOCATIONS.get();
    request();
    assert_eq!(ALLOCATIONS.get() - before, 0);
}
