//! The fields and buttons of a form, and what is sent for them.

use super::{scale::Scale, sending::Sending};

/// A field or a button.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub(crate) name: String,
    pub(crate) is_disabled: bool,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text {
        value: String,
        /// Whether a browser drops line ends.
        is_line: bool,
    },
    Range {
        value: String,
        scale: Scale,
    },
    Checkbox {
        value: String,
        is_on: bool,
    },
    Radio {
        value: String,
        is_on: bool,
    },
    Select {
        options: Vec<Choice>,
        has_many: bool,
        /// Whether it may be without a choice.
        is_list_box: bool,
    },
    File {
        files: Vec<Upload>,
        has_many: bool,
    },
    Button {
        value: String,
        text: String,
        /// The names of the coordinates that an image sends in place of a value.
        coordinates: Option<[String; 2]>,
        sending: Sending,
    },
}

/// An option of a list.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    /// Its attribute `label`, or nothing.
    pub(crate) label: String,
    /// Whether its value is not its text.
    pub(crate) has_value: bool,
    pub(crate) is_on: bool,
    pub(crate) is_disabled: bool,
}

impl Choice {
    /// The text that a browser shows for it (HTML Standard, "The option element").
    fn shown(&self) -> &str {
        if self.label.is_empty() {
            &self.text
        } else {
            &self.label
        }
    }
}

/// A file that a user has chosen.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) content: Vec<u8>,
}

/// The nameless file that a browser sends for a field without one.
static NO_FILE: Upload = Upload {
    name: String::new(),
    media_type: String::new(),
    content: Vec::new(),
};

/// The problem of a name without a field.
pub(crate) const NO_FIELD: &str = "there is none that can be changed";

/// A field that is sent.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) content: Content<'a>,
}

pub(crate) enum Content<'a> {
    Text(&'a str),
    File(&'a Upload),
}

impl Control {
    pub(crate) fn is_button(&self) -> bool {
        matches!(self.kind, Kind::Button { .. })
    }

    /// Whether this is the button with this name, value or text, which is not empty.
    pub(crate) fn is_button_of(&self, label: &str) -> bool {
        match &self.kind {
            Kind::Button { value, text, .. } if !label.is_empty() => {
                [&self.name, value, text].contains(&&label.to_owned())
            }
            _ => false,
        }
    }

    /// The text, value or name of a button, the first that it has.
    pub(crate) fn label(&self) -> Option<&str> {
        let Kind::Button { value, text, .. } = &self.kind else {
            return None;
        };
        let mut labels = [text, value, &self.name].into_iter();
        labels.find(|label| !label.is_empty()).map(String::as_str)
    }

    /// The state of the checkbox with this value.
    pub(crate) fn checkbox(&mut self, of: &str) -> Option<&mut bool> {
        match &mut self.kind {
            Kind::Checkbox { value, is_on } if value == of => Some(is_on),
            _ => None,
        }
    }

    /// The chosen files, and whether there may be several.
    pub(crate) fn files(&mut self) -> Option<(&mut Vec<Upload>, bool)> {
        match &mut self.kind {
            Kind::File { files, has_many } => Some((files, *has_many)),
            _ => None,
        }
    }

    /// The entries that are sent for it.
    pub(crate) fn entries(&self) -> Vec<Entry<'_>> {
        let name = &*self.name;
        let text = |value| Entry {
            name,
            content: Content::Text(value),
        };
        let file = |file| Entry {
            name,
            content: Content::File(file),
        };
        match &self.kind {
            // They are those of a button that the Enter key presses.
            Kind::Button {
                coordinates: Some(names),
                ..
            } => {
                let zero = |name| Entry {
                    name,
                    content: Content::Text("0"),
                };
                names.iter().map(|name| zero(&**name)).collect()
            }
            _ if name.is_empty() => Vec::new(),
            Kind::Text { value, .. } | Kind::Range { value, .. } | Kind::Button { value, .. } => {
                vec![text(value)]
            }
            Kind::Checkbox { value, is_on } | Kind::Radio { value, is_on } => {
                is_on.then(|| text(value)).into_iter().collect()
            }
            Kind::Select { options, .. } => {
                let on = options
                    .iter()
                    .filter(|choice| choice.is_on && !choice.is_disabled);
                on.map(|choice| text(&choice.value)).collect()
            }
            Kind::File { files, .. } if files.is_empty() => vec![file(&NO_FILE)],
            Kind::File { files, .. } => files.iter().map(file).collect(),
        }
    }
}

/// Chooses the option with a text, the first in the lists of one name.
pub(crate) fn choose_shown(fields: &mut [&mut Control], text: &str) -> Result<(), String> {
    let mut known = Vec::new();
    for control in fields.iter_mut() {
        let Kind::Select { options, .. } = &mut control.kind else {
            return Err("it is not a list".to_owned());
        };
        let is_it = |choice: &Choice| !choice.is_disabled && choice.shown() == text;
        if let Some(chosen) = options.iter().position(is_it) {
            for (at, choice) in options.iter_mut().enumerate() {
                choice.is_on = at == chosen;
            }
            return Ok(());
        }
        let enabled = options.iter().filter(|choice| !choice.is_disabled);
        known.extend(enabled.map(|choice| choice.shown().to_owned()));
    }
    match fields {
        [] => Err(NO_FIELD.to_owned()),
        _ => Err(format!("no option of it shows {text:?}, only {known:?}")),
    }
}

/// Sets the values of the fields of one name.
pub(crate) fn set(fields: &mut [&mut Control], values: &[&str]) -> Result<(), String> {
    let Some(first) = fields.first() else {
        return Err(NO_FIELD.to_owned());
    };
    match &first.kind {
        Kind::Text { .. } | Kind::Range { .. } => type_in(fields, values),
        Kind::File { .. } => Err("it is for files".to_owned()),
        _ => choose(fields, values),
    }
}

fn type_in(fields: &mut [&mut Control], values: &[&str]) -> Result<(), String> {
    let mut kinds = fields
        .iter_mut()
        .map(|control| &mut control.kind)
        .filter(|kind| matches!(kind, Kind::Text { .. } | Kind::Range { .. }));
    for &typed in values {
        match kinds.next().ok_or("there are fewer fields than values")? {
            Kind::Range { scale, .. } if !scale.has(typed) => {
                return Err(format!("it cannot be {typed:?}, only {scale}"));
            }
            Kind::Text {
                value,
                is_line: true,
            } => *value = typed.replace(['\r', '\n'], ""),
            Kind::Text { value, .. } | Kind::Range { value, .. } => typed.clone_into(value),
            _ => {}
        }
    }
    Ok(())
}

fn choose(fields: &mut [&mut Control], values: &[&str]) -> Result<(), String> {
    let mut choices = Vec::new();
    let mut has_many = fields.len() > 1;
    for control in fields.iter_mut() {
        match &mut control.kind {
            Kind::Checkbox { value, is_on } => choices.push((&*value, is_on)),
            Kind::Radio { value, is_on } => {
                has_many = false;
                choices.push((&*value, is_on));
            }
            Kind::Select {
                options,
                has_many: many,
                ..
            } => {
                has_many |= *many;
                let options = options.iter_mut().filter(|choice| !choice.is_disabled);
                choices.extend(options.map(|choice| (&choice.value, &mut choice.is_on)));
            }
            _ => {}
        }
    }
    let known: Vec<_> = choices.iter().map(|(value, _)| (*value).clone()).collect();
    if let Some(strange) = values
        .iter()
        .find(|value| !known.iter().any(|known| known == *value))
    {
        return Err(format!("it cannot be {strange:?}, only one of {known:?}"));
    }
    if values.len() > 1 && !has_many {
        return Err("it has only one value".to_owned());
    }
    let mut left = values.to_vec();
    for (value, is_on) in choices {
        let wanted = left.iter().position(|wanted| wanted == value);
        *is_on = wanted.is_some();
        if let Some(at) = wanted {
            left.remove(at);
        }
    }
    Ok(())
}
