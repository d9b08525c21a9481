//! The forms of a page, found in its tags.

use super::{
    Form,
    control::{Choice, Control, Kind},
    fieldset::Fieldset,
    sanitization::sanitized,
    scale::Scale,
    sending::Sending,
};
use crate::{
    html::{Tag, Token, is_line},
    shown::Shown,
    url::Url,
};

/// The forms of a page, with their fields.
pub(super) fn forms(text: &str, url: &Url) -> Vec<Form> {
    let mut reader = Reader {
        url,
        forms: Vec::new(),
        open: None,
        controls: Vec::new(),
        fieldsets: Vec::new(),
        datalists: 0,
        inside: None,
    };
    let mut shown = Shown::new(text, url);
    for token in &mut shown {
        match token {
            Token::Start(tag) => reader.start(&tag),
            Token::End(name) => reader.end(&name),
            Token::Text(text) => reader.text(&text),
        }
    }
    reader.finish(&shown.base())
}

struct Reader<'a> {
    url: &'a Url,
    forms: Vec<Form>,
    /// The form around the current place.
    open: Option<usize>,
    /// The controls, each with the form that it is in and the id of the form that it names.
    controls: Vec<(Control, Option<usize>, Option<String>)>,
    /// The fieldsets around the current place.
    fieldsets: Vec<Fieldset>,
    /// The number of data lists around the current place. Nothing in them is sent.
    datalists: usize,
    inside: Option<Inside>,
}

/// An element of the last control in which the current place is.
enum Inside {
    Textarea,
    Button,
    Select { is_group_disabled: bool },
    Option { is_group_disabled: bool },
}

impl Reader<'_> {
    fn start(&mut self, tag: &Tag) {
        match &*tag.name {
            "form" if self.open.is_none() => {
                self.open = Some(self.forms.len());
                self.forms.push(form(tag, self.url));
            }
            "datalist" => self.datalists += 1,
            "fieldset" => self.fieldsets.push(Fieldset::new(tag)),
            "legend" => {
                if let Some(fieldset) = self.fieldsets.last_mut() {
                    fieldset.begin_legend();
                }
            }
            "input" => self.add(tag, input(tag)),
            "button" => {
                let is_submit = !matches!(&*tag.keyword("type"), "button" | "reset");
                self.add(tag, is_submit.then(|| button(tag, false)));
                self.inside = is_submit.then_some(Inside::Button);
            }
            "textarea" => {
                let (value, is_line) = (String::new(), false);
                self.add(tag, Some(Kind::Text { value, is_line }));
                self.inside = Some(Inside::Textarea);
            }
            "select" => {
                let (has_many, is_list_box) = (tag.has("multiple"), is_list_box(tag));
                let options = Vec::new();
                self.add(
                    tag,
                    Some(Kind::Select {
                        options,
                        has_many,
                        is_list_box,
                    }),
                );
                self.inside = Some(Inside::Select {
                    is_group_disabled: false,
                });
            }
            "optgroup" if self.in_select().is_some() => {
                let is_group_disabled = tag.has("disabled");
                self.inside = Some(Inside::Select { is_group_disabled });
            }
            "option" => self.option(tag),
            name => self.end_line(name),
        }
    }

    fn end(&mut self, name: &str) {
        match (name, &self.inside) {
            ("form", _) => self.open = None,
            ("datalist", _) => self.datalists = self.datalists.saturating_sub(1),
            ("fieldset", _) => drop(self.fieldsets.pop()),
            ("legend", _) => {
                if let Some(fieldset) = self.fieldsets.last_mut() {
                    fieldset.end_legend();
                }
            }
            ("textarea", Some(Inside::Textarea)) | ("button", Some(Inside::Button)) => {
                self.inside = None;
            }
            ("select", Some(Inside::Select { .. } | Inside::Option { .. })) => self.inside = None,
            ("optgroup", Some(Inside::Select { .. } | Inside::Option { .. })) => {
                self.inside = Some(Inside::Select {
                    is_group_disabled: false,
                });
            }
            ("option", &Some(Inside::Option { is_group_disabled })) => {
                self.inside = Some(Inside::Select { is_group_disabled });
            }
            (name, _) => self.end_line(name),
        }
    }

    /// Keeps the lines of a button's text apart.
    fn end_line(&mut self, name: &str) {
        if matches!(self.inside, Some(Inside::Button)) && is_line(name) {
            self.text(" ");
        }
    }

    fn text(&mut self, text: &str) {
        let (Some(inside), Some((control, ..))) = (&self.inside, self.controls.last_mut()) else {
            return;
        };
        match (inside, &mut control.kind) {
            // A line end right after the tag is not part of the text.
            (Inside::Textarea, Kind::Text { value, .. }) => {
                let start = text
                    .strip_prefix("\r\n")
                    .or_else(|| text.strip_prefix('\n'));
                start.unwrap_or(text).clone_into(value);
            }
            (Inside::Button, Kind::Button { text: label, .. }) => label.push_str(text),
            (Inside::Option { .. }, Kind::Select { options, .. }) => {
                if let Some(choice) = options.last_mut() {
                    choice.text.push_str(text);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, tag: &Tag, kind: Option<Kind>) {
        let Some(kind) = kind else {
            return;
        };
        let is_disabled = tag.has("disabled")
            || self.datalists > 0
            || self.fieldsets.iter().any(Fieldset::disables);
        let control = Control {
            name: tag.attribute("name").unwrap_or_default().to_owned(),
            is_disabled,
            kind,
        };
        let form = tag.attribute("form").map(str::to_owned);
        self.controls.push((control, self.open, form));
    }

    fn in_select(&self) -> Option<bool> {
        match self.inside {
            Some(Inside::Select { is_group_disabled } | Inside::Option { is_group_disabled }) => {
                Some(is_group_disabled)
            }
            _ => None,
        }
    }

    fn option(&mut self, tag: &Tag) {
        let Some(is_group_disabled) = self.in_select() else {
            return;
        };
        let value = tag.attribute("value");
        if let Some((
            Control {
                kind: Kind::Select { options, .. },
                ..
            },
            ..,
        )) = self.controls.last_mut()
        {
            options.push(Choice {
                value: value.unwrap_or_default().to_owned(),
                text: String::new(),
                label: tag.attribute("label").unwrap_or_default().to_owned(),
                has_value: value.is_some(),
                is_on: tag.has("selected"),
                is_disabled: is_group_disabled || tag.has("disabled"),
            });
        }
        self.inside = Some(Inside::Option { is_group_disabled });
    }

    /// The forms, each with its controls.
    fn finish(mut self, base: &Url) -> Vec<Form> {
        for (mut control, parent, named) in self.controls {
            let form = match named {
                Some(id) => self
                    .forms
                    .iter()
                    .position(|form| !id.is_empty() && form.id == id),
                None => parent,
            };
            tidy(&mut control.kind);
            if let Some(form) = form {
                self.forms[form].controls.push(control);
            }
        }
        for form in &mut self.forms {
            keep_last_radios(&mut form.controls);
            form.base = base.clone();
        }
        self.forms
    }
}

fn form(tag: &Tag, url: &Url) -> Form {
    let owned = |name| tag.attribute(name).map(str::to_owned);
    Form {
        id: owned("id").unwrap_or_default(),
        sends_referrer: tag.sends_referrer(),
        page: url.clone(),
        base: url.clone(),
        sending: Sending {
            action: owned("action"),
            method: owned("method"),
            enctype: owned("enctype"),
        },
        controls: Vec::new(),
        pressed: None,
        added: Vec::new(),
    }
}

fn input(tag: &Tag) -> Option<Kind> {
    let value = tag.attribute("value").map(str::to_owned);
    let is_on = tag.has("checked");
    let on = || value.clone().unwrap_or("on".to_owned());
    Some(match &*tag.keyword("type") {
        "button" | "reset" => return None,
        "submit" => button(tag, false),
        "image" => button(tag, true),
        "checkbox" => Kind::Checkbox { value: on(), is_on },
        "radio" => Kind::Radio { value: on(), is_on },
        "file" => Kind::File {
            files: Vec::new(),
            has_many: tag.has("multiple"),
        },
        "hidden" if tag.keyword("name") == "_charset_" => Kind::Text {
            value: "UTF-8".to_owned(),
            is_line: false,
        },
        "hidden" => Kind::Text {
            value: value.unwrap_or_default(),
            is_line: false,
        },
        "range" => {
            let scale = Scale::of(tag);
            let value = scale.shown(&value.unwrap_or_default());
            Kind::Range { value, scale }
        }
        _ => Kind::Text {
            value: sanitized(tag),
            is_line: true,
        },
    })
}

fn button(tag: &Tag, is_image: bool) -> Kind {
    let owned = |name| tag.attribute(name).map(str::to_owned);
    let value = owned("value").unwrap_or_default();
    Kind::Button {
        // An input shows its value, or for an image its description.
        text: if is_image {
            owned("alt").unwrap_or_default()
        } else {
            String::new()
        },
        value,
        coordinates: is_image.then(|| ["x", "y"].map(|axis| coordinate(tag, axis))),
        sending: Sending {
            action: owned("formaction"),
            method: owned("formmethod"),
            enctype: owned("formenctype"),
        },
    }
}

/// The name of a coordinate of an image (HTML Standard, "constructing the entry list").
fn coordinate(tag: &Tag, axis: &str) -> String {
    match tag.attribute("name") {
        None | Some("") => axis.to_owned(),
        Some(name) => format!("{name}.{axis}"),
    }
}

/// Whether a list shows several options at once, so that none has to be chosen (HTML Standard,
/// "display size").
fn is_list_box(tag: &Tag) -> bool {
    let size = tag.attribute("size").unwrap_or_default().trim_ascii();
    let end = size.find(|c: char| !c.is_ascii_digit());
    let lines = size[..end.unwrap_or(size.len())].parse::<u32>();
    lines.is_ok_and(|lines| lines > 1)
}

/// Strips texts, and chooses the option that a browser shows if the page has not chosen one.
fn tidy(kind: &mut Kind) {
    let stripped = |text: &str| text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    match kind {
        Kind::Button { text, .. } => *text = stripped(text),
        Kind::Select {
            options,
            has_many,
            is_list_box,
        } => {
            for choice in options.iter_mut() {
                choice.text = stripped(&choice.text);
                if !choice.has_value {
                    choice.value.clone_from(&choice.text);
                }
            }
            if !*has_many {
                let last = options.iter().rposition(|choice| choice.is_on);
                let first = || options.iter().position(|choice| !choice.is_disabled);
                let shown = last.or_else(|| (!*is_list_box).then(first).flatten());
                for (at, choice) in options.iter_mut().enumerate() {
                    choice.is_on = Some(at) == shown;
                }
            }
        }
        _ => {}
    }
}

/// Of the radio buttons with one name, only the last one that is on stays on.
fn keep_last_radios(controls: &mut [Control]) {
    let mut seen: Vec<String> = Vec::new();
    for control in controls.iter_mut().rev() {
        if let Kind::Radio { is_on, .. } = &mut control.kind
            && *is_on
        {
            *is_on = !seen.contains(&control.name);
            seen.push(control.name.clone());
        }
    }
}
