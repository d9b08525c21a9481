//! A question to a loop whether it turns.

/// A question to a loop whether it turns. It is answered when it is dropped: by the loop, when it
/// takes its messages, or with the loop, when that has ended.
pub(crate) struct Probe(Box<dyn Fn() + Send>);

impl Probe {
    /// A question whose answer is a call of `answer`.
    pub(crate) fn new(answer: impl Fn() + Send + 'static) -> Self {
        Self(Box::new(answer))
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        (self.0)();
    }
}
