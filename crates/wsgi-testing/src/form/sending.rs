//! The place and the way that a form is sent.

/// Where and how a form is sent, by its attributes or those of a button.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sending {
    pub(crate) action: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) enctype: Option<String>,
}
