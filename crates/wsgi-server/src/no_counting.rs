//! The counters of loops without the feature `metrics`, which count nothing. `counting.rs` has the
//! same names.

pub(crate) mod measures {

    use wsgi_environ::End;

    use crate::{
        counting::{method::Method, recorder::Recorder},
        instant::Instant,
    };

    /// A request that has begun, or has ended.
    #[derive(Debug)]
    pub(crate) struct Unmeasured;

    impl Unmeasured {
        pub(crate) fn ended(self, _: End, _: Option<u16>) -> Self {
            self
        }
    }

    /// Requests whose end is awaited, which there are not.
    #[derive(Debug, Default)]
    pub(crate) struct Measures(Recorder);

    impl Measures {
        pub(crate) fn record_by(&mut self, _: &Recorder) {}

        pub(crate) fn recorder(&self) -> &Recorder {
            &self.0
        }

        #[inline(always)]
        pub(crate) fn begin(&mut self, _: impl FnOnce() -> (Method, bool)) {}

        #[inline(always)]
        pub(crate) fn take_present(&mut self) -> Option<Unmeasured> {
            None
        }

        #[inline(always)]
        pub(crate) fn await_end(&mut self, _: Unmeasured, _: Instant, _: Option<u64>) {}

        pub(crate) fn end_at(&mut self, _: Instant, _: Instant, _: Option<u16>, _: End) {}

        #[inline(always)]
        pub(crate) fn end(&mut self, _: End, _: u64) {}

        pub(crate) fn end_sent(&mut self, _: u64) {}

        pub(crate) fn take(&mut self) -> Self {
            Self::default()
        }

        pub(crate) fn extend(&mut self, _: Self) {}
    }
}

pub(crate) mod method {
    /// The method of a request, which nobody asks for.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Method;

    impl Method {
        pub(crate) fn of(_: &[u8]) -> Self {
            Self
        }

        pub(crate) fn of_request<'a>(_: &[u8], _: impl FnOnce() -> &'a [u8]) -> Self {
            Self
        }
    }
}

pub(crate) mod reason {
    pub(crate) use crate::refusals::{ConnectionReason, RequestReason};
}

pub(crate) mod recorder {
    use std::io;

    use crate::counting::reason::{ConnectionReason, RequestReason};

    /// Records nothing.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Recorder(());

    impl Recorder {
        #[inline(always)]
        pub(crate) fn received(&self, _: usize) {}

        #[inline(always)]
        pub(crate) fn sent(&self, _: usize) {}

        pub(crate) fn handed_over(&self) {}

        pub(crate) fn accepted(&self) {}

        pub(crate) fn accept_failed(&self, _: &io::Error, _: bool) {}

        pub(crate) fn evicted(&self) {}

        pub(crate) fn connection_refused(&self, _: ConnectionReason) {}

        pub(crate) fn request_refused(&self, _: RequestReason) {}

        pub(crate) fn handshake_done(&self, _: Option<&[u8]>, _: bool) {}

        pub(crate) fn handshake_failed(&self) {}
    }
}
