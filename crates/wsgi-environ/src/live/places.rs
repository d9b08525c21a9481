//! The places of a front server's variables.

use std::cell::{Cell, OnceCell};

use super::received::{Field, ReadVariables};

/// The places of all variables in their text. A text that is encoded is read when the first of them
/// is asked for.
#[derive(Default)]
pub(crate) struct Places {
    known: OnceCell<Vec<Field>>,
    /// The memory of an earlier request.
    spare: Cell<Vec<Field>>,
}

impl Places {
    pub(crate) fn clear(&mut self) {
        if let Some(mut known) = self.known.take() {
            known.clear();
            self.spare.set(known);
        }
    }

    /// Keeps the places of variables that are given, and returns them.
    pub(crate) fn keep(&mut self, variables: impl IntoIterator<Item = Field>) -> &[Field] {
        self.clear();
        self.known.get_or_init(|| {
            let mut known = self.spare.take();
            known.extend(variables);
            known
        })
    }

    /// The places of the variables. `read` finds them in the text, if they are not known yet.
    #[inline]
    pub(crate) fn of(&self, text: &[u8], read: ReadVariables) -> &[Field] {
        self.known.get_or_init(|| {
            let mut known = self.spare.take();
            read(text, &mut known);
            known
        })
    }
}

/// The copy has memory of its own.
impl Clone for Places {
    fn clone(&self) -> Self {
        Self {
            known: self.known.clone(),
            spare: Cell::default(),
        }
    }
}
