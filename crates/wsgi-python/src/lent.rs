//! A response that is lent to Python while its application is called.
//!
//! Python can keep `start_response` and `write` for as long as it likes and use them on any thread.
//! The response lives only until [`Lent::during`] returns, and belongs to one thread. So all ways
//! to it lead through [`Lent::with`], which checks both.

#![allow(unsafe_code)]

use std::{
    cell::Cell,
    ptr::{self, NonNull},
    sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed},
};

use wsgi_application::StartResponse;

thread_local! {
    /// The number of this thread, which no other thread ever has, or 0 before it is given one. It
    /// is found faster than the standard library's, which is counted each time.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// The number of the last thread that was given one.
static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);

/// A place where the thread of a call lends out its response.
///
/// Only that thread reads or writes the pointer once others may see this, so that no order between
/// threads is needed.
pub(crate) struct Lent {
    thread: u64,
    /// Null before the call and after it, and while the response is in use.
    response: AtomicPtr<StartResponse<'static>>,
}

/// The reason why a response cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The call is over.
    Over,
    /// The caller is on another thread than the application.
    OtherThread,
}

impl Lent {
    /// A place for the calls on this thread.
    pub(crate) fn new() -> Self {
        Self {
            thread: this_thread(),
            response: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Lends out a response while `work` runs. On another thread than [`new`](Self::new), it stays
    /// unavailable.
    pub(crate) fn during<R>(
        &self,
        response: &mut StartResponse<'_>,
        work: impl FnOnce() -> R,
    ) -> R {
        struct TakeBack<'a>(&'a Lent);
        impl Drop for TakeBack<'_> {
            fn drop(&mut self) {
                self.0.response.store(ptr::null_mut(), Relaxed);
            }
        }
        if self.is_other_thread() {
            return work();
        }
        let _take_back = TakeBack(self);
        self.response.store(ptr::from_mut(response).cast(), Relaxed);
        work()
    }

    /// Uses the response.
    pub(crate) fn with<R>(
        &self,
        work: impl FnOnce(&mut StartResponse<'_>) -> R,
    ) -> Result<R, Unavailable> {
        struct PutBack<'a>(&'a Lent, NonNull<StartResponse<'static>>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                self.0.response.store(self.1.as_ptr(), Relaxed);
            }
        }
        self.check_thread()?;
        let response = self.response.swap(ptr::null_mut(), Relaxed);
        let mut response = NonNull::new(response).ok_or(Unavailable::Over)?;
        let _put_back = PutBack(self, response);
        // SAFETY: the pointer is not null, so `during` has not returned, since this is its thread,
        // and it set the pointer from a reference that nothing else uses until then. The pointer
        // was taken out, so that no other call of `with` has it. `work` must be good for any
        // lifetime of the response's content, so that it cannot keep anything of it.
        Ok(work(unsafe { response.as_mut() }))
    }

    /// Checks that the caller is on the thread of the call.
    pub(crate) fn check_thread(&self) -> Result<(), Unavailable> {
        match self.is_other_thread() {
            true => Err(Unavailable::OtherThread),
            false => Ok(()),
        }
    }

    fn is_other_thread(&self) -> bool {
        this_thread() != self.thread
    }
}

/// The number of the calling thread.
fn this_thread() -> u64 {
    match NUMBER.get() {
        0 => number_this_thread(),
        number => number,
    }
}

#[cold]
fn number_this_thread() -> u64 {
    let number = LAST_NUMBER.fetch_add(1, Relaxed) + 1;
    NUMBER.set(number);
    number
}
