//! A response that is lent to Python while its application is called.
//!
//! Python can keep `start_response` and `write` for as long as it likes and use them on any thread.
//! The response lives only until [`Lent::during`] returns, and belongs to one thread. So all ways
//! to it lead through [`Lent::with`], which checks both.

#![allow(unsafe_code)]

use std::{
    ptr::{self, NonNull},
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
    thread::{self, ThreadId},
};

use wsgi_application::StartResponse;

/// A place where the thread of a call lends out its response.
///
/// Only that thread reads or writes the pointer once others may see this, so that no order between
/// threads is needed.
pub(crate) struct Lent {
    thread: ThreadId,
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
            thread: thread::current().id(),
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
        if self.is_other_thread() {
            return Err(Unavailable::OtherThread);
        }
        let response = self.response.swap(ptr::null_mut(), Relaxed);
        let mut response = NonNull::new(response).ok_or(Unavailable::Over)?;
        let _put_back = PutBack(self, response);
        // SAFETY: the pointer is not null, so `during` has not returned, since this is its thread,
        // and it set the pointer from a reference that nothing else uses until then. The pointer
        // was taken out, so that no other call of `with` has it. `work` must be good for any
        // lifetime of the response's content, so that it cannot keep anything of it.
        Ok(work(unsafe { response.as_mut() }))
    }

    fn is_other_thread(&self) -> bool {
        thread::current().id() != self.thread
    }
}
