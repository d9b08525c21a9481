//! A request body whose chunks come when the test sends them.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body::{Body, Frame};

/// A clone is the other end.
#[derive(Clone, Default)]
pub(crate) struct Chunks(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Option<io::Result<Bytes>>>,
    waker: Option<Waker>,
    polls: usize,
}

impl Chunks {
    pub(crate) fn send(&self, chunk: impl Into<Bytes>) {
        self.push(Some(Ok(chunk.into())));
    }

    pub(crate) fn fail(&self, kind: io::ErrorKind) {
        self.push(Some(Err(kind.into())));
    }

    pub(crate) fn end(&self) {
        self.push(None);
    }

    /// The number of polls of the body.
    pub(crate) fn polls(&self) -> usize {
        self.0.lock().unwrap().polls
    }

    fn push(&self, chunk: Option<io::Result<Bytes>>) {
        let mut queue = self.0.lock().unwrap();
        queue.chunks.push_back(chunk);
        let waker = queue.waker.take();
        drop(queue);
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut queue = self.0.lock().unwrap();
        queue.polls += 1;
        match queue.chunks.pop_front() {
            Some(chunk) => Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data))),
            None => {
                queue.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
