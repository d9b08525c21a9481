//! Something that has numbers to show.

use std::sync::Arc;

use crate::page::Page;

/// Something that has numbers to show.
///
/// Functions of this shape are sources.
///
/// ```
/// use wsgi_metrics::{Kind, Page};
///
/// let source = |page: &mut Page| {
///     page.family("answer", Kind::Gauge, "The answer.").sample(&[], 42u64);
/// };
/// assert!(Page::of(&source).to_string().ends_with("\nanswer 42\n"));
/// ```
pub trait Source: Send + Sync {
    /// Adds families, or samples to families that are there. It is called whenever somebody reads
    /// the page, by any number of threads at once.
    fn write_to(&self, page: &mut Page);
}

impl Page {
    /// A page with the numbers of a source.
    pub fn of(source: &(impl Source + ?Sized)) -> Self {
        let mut page = Self::new();
        source.write_to(&mut page);
        page
    }
}

impl<F: Fn(&mut Page) + Send + Sync> Source for F {
    fn write_to(&self, page: &mut Page) {
        self(page);
    }
}

/// A shared source is a source.
impl<S: Source + ?Sized> Source for Arc<S> {
    fn write_to(&self, page: &mut Page) {
        (**self).write_to(page);
    }
}
