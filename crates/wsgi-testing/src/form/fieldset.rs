//! A group of controls, which may be disabled together.

use crate::html::Tag;

/// A fieldset around the current place of a page (HTML Standard, "The fieldset element").
pub(crate) struct Fieldset {
    is_disabled: bool,
    legend: Legend,
}

/// The current place, by the first legend. The controls in that one are not disabled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Legend {
    Before,
    Inside,
    After,
}

impl Fieldset {
    pub(crate) fn new(tag: &Tag) -> Self {
        Self {
            is_disabled: tag.has("disabled"),
            legend: Legend::Before,
        }
    }

    pub(crate) fn begin_legend(&mut self) {
        if self.legend == Legend::Before {
            self.legend = Legend::Inside;
        }
    }

    pub(crate) fn end_legend(&mut self) {
        if self.legend == Legend::Inside {
            self.legend = Legend::After;
        }
    }

    /// Whether a control at the current place is disabled.
    pub(crate) fn disables(&self) -> bool {
        self.is_disabled && self.legend != Legend::Inside
    }
}
