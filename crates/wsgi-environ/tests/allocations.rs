//! What a front server's request costs.

#![allow(unsafe_code)] // an allocator is unsafe to implement

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use wsgi_environ::{Environ, Field};

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
    let before = ALLOCATIONS.get();
    request();
    assert_eq!(ALLOCATIONS.get() - before, 0);
}
