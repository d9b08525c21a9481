//! Searches for text.

use wsgi::HttpError;

use crate::{entry::Entry, text::cleaned};

/// The limit of a text to search for, in bytes.
pub(crate) const MAX_BYTES: usize = 200;

/// A text to search for. Case does not matter.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    text: String,
    folded: String,
}

impl Search {
    /// A search for a text, without the space around it. `None` if nothing is left.
    ///
    /// # Errors
    ///
    /// 400 if the text is too long, or cannot be in any entry.
    pub(crate) fn new(text: &str) -> Result<Option<Self>, HttpError> {
        let text = cleaned(text).map_err(|error| HttpError::new(400, error.to_string()))?;
        let text = text.trim();
        if text.len() > MAX_BYTES {
            let text = format!("a text to search for has at most {MAX_BYTES} bytes");
            return Err(HttpError::new(400, text));
        }
        Ok((!text.is_empty()).then(|| Self {
            text: text.to_owned(),
            folded: folded(text),
        }))
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the name or the text of an entry contains the text.
    pub(crate) fn matches(&self, entry: &Entry) -> bool {
        let contains = |text: &str| folded(text).contains(&self.folded);
        contains(entry.head.name.as_str()) || contains(&entry.text)
    }
}

/// A text without its case. A sigma at the end of a word has a letter of its own in lower case.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('ς', "σ")
}
