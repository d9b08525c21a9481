//! A body that counts how many of its kind are alive.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use wsgi_application::Result;

/// A body of some chunks. The counter has the number of bodies that are alive.
pub(crate) struct CountedBody {
    alive: Arc<AtomicUsize>,
    chunks: usize,
}

impl CountedBody {
    pub(crate) fn new(count: &Arc<AtomicUsize>, chunks: usize) -> Self {
        count.fetch_add(1, SeqCst);
        Self {
            alive: count.clone(),
            chunks,
        }
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, SeqCst);
    }
}

impl Iterator for CountedBody {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.chunks = self.chunks.checked_sub(1)?;
        match self.chunks {
            77 => Some(Err("failed on purpose".into())),
            88 => panic!("panicked on purpose"),
            _ => Some(Ok(vec![b'x'; 50_000])),
        }
    }
}
