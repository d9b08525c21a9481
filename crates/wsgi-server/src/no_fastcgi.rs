//! Takes the place of `fastcgi.rs` in a server without FastCGI: no response has records, and no
//! peer can give a request up.

pub(crate) mod abort {
    /// There are no records.
    pub(crate) fn gives_up(_records: &[u8], _id: u16) -> bool {
        false
    }
}

pub(crate) mod envelope {
    /// No rest has one.
    #[derive(Debug)]
    pub(crate) struct Envelope;

    impl Envelope {
        pub(crate) fn new(_id: u16) -> Self {
            Self
        }

        pub(crate) fn room(&mut self, _left: u64, _out: &mut Vec<u8>) -> usize {
            usize::MAX
        }

        pub(crate) fn note(&mut self, _count: usize) {}
    }
}

pub(crate) mod records {
    use std::{convert::Infallible, marker::PhantomData};

    /// No response has them.
    pub(crate) struct Records<'a> {
        never: Infallible,
        _stderr: PhantomData<&'a ()>,
    }

    impl Records<'_> {
        pub(crate) fn id(&self) -> u16 {
            match self.never {}
        }

        pub(crate) fn open(&mut self, _out: &mut Vec<u8>) {}

        pub(crate) fn close(&mut self, _out: &mut Vec<u8>) {}

        pub(crate) fn end(&mut self, _out: &mut Vec<u8>, _whole: bool) {}
    }

    pub(crate) fn write(_out: &mut Vec<u8>, _id: u16, _bytes: &[u8]) {}

    pub(crate) fn break_off(_out: &mut Vec<u8>, _id: u16) {}
}
