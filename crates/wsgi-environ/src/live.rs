//! The live request: the head of an HTTP request, or the variables of a front server.
//!
//! Either form keeps the bytes as they came, and offsets into them. A variable is found when a
//! caller asks for it. A request costs one copy if no caller asks.

mod field_name;
mod head;
mod known_field;
mod meta_variables;
mod places;
mod received;
mod repeated;
mod span;
pub(crate) mod target;

use std::borrow::Cow;

use crate::invalid_variable::InvalidVariable;

use self::{head::Head, meta_variables::MetaVariables};

pub(crate) use self::known_field::KnownField;
pub use self::received::{Encoded, Field, ReadVariables, Received};

/// The request of an environ, and the memory of earlier requests in each form.
#[derive(Clone, Default)]
pub(crate) struct Live {
    form: Form,
    head: Head,
    variables: MetaVariables,
}

#[derive(Clone, Default)]
enum Form {
    /// There is no request.
    #[default]
    None,
    /// The head of an HTTP request.
    Head,
    /// The variables of a front server.
    Variables,
}

impl Live {
    #[inline]
    pub(crate) fn clear(&mut self) {
        match self.form {
            Form::None => {}
            Form::Head => self.head.clear(),
            Form::Variables => self.variables.clear(),
        }
        self.form = Form::None;
    }

    #[inline(always)] // in the one place that calls it
    pub(crate) fn receive(
        &mut self,
        received: &Received<'_>,
        fields: impl IntoIterator<Item = Field>,
    ) {
        if let Form::Variables = self.form {
            self.variables.clear();
        }
        self.head.receive(received, fields);
        self.form = Form::Head;
    }

    /// After an error there is no request.
    pub(crate) fn receive_variables(
        &mut self,
        text: &[u8],
        variables: impl IntoIterator<Item = Field>,
    ) -> Result<(), InvalidVariable> {
        self.clear();
        self.variables.receive(text, variables)?;
        self.form = Form::Variables;
        Ok(())
    }

    /// After an error there is no request.
    pub(crate) fn receive_encoded(&mut self, encoded: &Encoded<'_>) -> Result<(), InvalidVariable> {
        self.clear();
        self.variables.receive_encoded(encoded)?;
        self.form = Form::Variables;
        Ok(())
    }

    /// The length of the part of a path that is the application's mount, if both are one text.
    pub(crate) fn mount(&self) -> Option<u32> {
        matches!(self.form, Form::Head).then(|| self.head.mount())
    }

    /// Sets this length, at most to that of the path.
    pub(crate) fn set_mount(&mut self, length: u32) {
        self.head.set_mount(length);
    }

    /// The request line of a head.
    pub(crate) fn line(&self) -> Option<&[u8]> {
        match self.form {
            Form::Head => self.head.line(),
            Form::None | Form::Variables => None,
        }
    }

    #[inline(always)] // so that a name that is known is not compared with others
    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        match self.form {
            Form::None => None,
            Form::Head => self.head.get(name),
            Form::Variables => self.variables.get(name),
        }
    }

    /// The variable of a known field.
    #[inline(always)] // so that the field is known
    pub(crate) fn field(&self, known: KnownField) -> Option<&[u8]> {
        match self.form {
            Form::None => None,
            Form::Head => self.head.field(known),
            Form::Variables => self.variables.get(known.variable),
        }
    }

    /// The names of all variables, each once.
    pub(crate) fn names(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let head = matches!(self.form, Form::Head).then(|| self.head.names());
        let variables = matches!(self.form, Form::Variables).then(|| self.variables.names());
        let variables = variables.into_iter().flatten().map(Cow::Borrowed);
        head.into_iter().flatten().chain(variables)
    }

    /// Calls a function with each variable, once.
    pub(crate) fn visit<'a>(&'a self, mut visit: impl FnMut(&str, &'a [u8])) {
        match self.form {
            Form::None => {}
            Form::Head => self.head.visit(visit),
            Form::Variables => {
                for name in self.variables.names() {
                    if let Some(value) = self.variables.get(name) {
                        visit(name, value);
                    }
                }
            }
        }
    }
}
