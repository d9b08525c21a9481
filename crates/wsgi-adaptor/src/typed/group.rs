//! The values of one name, and of longer names.

use std::collections::BTreeMap;

use super::nested_name::{self, MAX_DEPTH};
use crate::{invalid_value::InvalidValue, reasons};

/// The values of one name, and those of longer names, which are this one and brackets.
#[derive(Default)]
pub(super) struct Group<'a> {
    name: &'a str,
    texts: Vec<&'a str>,
    /// The longer names, each with its value.
    longer: Vec<(&'a str, &'a str)>,
}

impl<'a> Group<'a> {
    /// No values yet.
    pub(super) fn of(name: &'a str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// One value without a name.
    pub(super) fn text(value: &'a str) -> Self {
        Self {
            texts: vec![value],
            ..Self::default()
        }
    }

    /// The name, with brackets if it is in another.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// The values of the name itself.
    pub(super) fn texts(&self) -> &[&'a str] {
        &self.texts
    }

    /// Adds a value of this name, or of a longer one.
    pub(super) fn push(&mut self, name: &'a str, value: &'a str) -> Result<(), InvalidValue> {
        if name.len() == self.name.len() {
            self.texts.push(value);
        } else if nested_name::depth(name) > MAX_DEPTH {
            return Err(InvalidValue::new("is nested too deeply").of(name));
        } else {
            self.longer.push((name, value));
        }
        Ok(())
    }

    /// The only value.
    pub(super) fn one(&self) -> Result<&'a str, InvalidValue> {
        match (&self.texts[..], self.longer.first()) {
            (_, Some((name, _))) => Err(InvalidValue::unexpected(name)),
            ([value], None) => Ok(value),
            ([], None) => Err(InvalidValue::new(reasons::MISSING)),
            (_, None) => Err(InvalidValue::new("is given more than once")),
        }
    }

    /// Whether there are longer names. Then there must be no value of the name itself.
    pub(super) fn is_nested(&self) -> Result<bool, InvalidValue> {
        match (self.texts.is_empty(), self.longer.is_empty()) {
            (false, false) => Err(InvalidValue::new("is given in two ways")),
            (_, is_flat) => Ok(!is_flat),
        }
    }

    /// The values of the longer names, by the keys in their first brackets.
    pub(super) fn into_entries(self) -> Result<BTreeMap<&'a str, Self>, InvalidValue> {
        let length = self.name.len();
        let mut entries: BTreeMap<&str, Self> = BTreeMap::new();
        for (name, value) in self.longer {
            let key = nested_name::key(name, length);
            let own = &name[..length + key.len() + "[]".len()];
            let entry = entries.entry(key).or_insert_with(|| Self::of(own));
            entry.push(name, value)?;
        }
        Ok(entries)
    }

    /// The items of a list: the values of the name, those of the name and empty brackets, or those
    /// of longer names in the order of the numbers in their first brackets.
    pub(super) fn into_items(self) -> Result<Vec<Self>, InvalidValue> {
        let name = self.name;
        let alike = |value| Self {
            texts: vec![value],
            ..Self::of(name)
        };
        if !self.is_nested()? {
            return Ok(self.texts.into_iter().map(alike).collect());
        }
        let has_empty_brackets = |&(name, _): &(&str, _)| &name[self.name.len()..] == "[]";
        if self.longer.iter().all(has_empty_brackets) {
            let values = self.longer.into_iter().map(|(_, value)| value);
            return Ok(values.map(alike).collect());
        }
        let mut items = BTreeMap::new();
        for (key, item) in self.into_entries()? {
            match nested_name::index(key) {
                Some(index) => items.insert(index, item),
                None if key.is_empty() => return Err(InvalidValue::without_index(item.name)),
                None => return Err(InvalidValue::unexpected(item.name)),
            };
        }
        Ok(items.into_values().collect())
    }

    /// The items of a tuple: those of a list, whose numbers are places here and have no gaps.
    pub(super) fn into_places(self) -> Result<Vec<Self>, InvalidValue> {
        let name = self.name;
        let items = self.into_items()?;
        for (place, item) in (0..).zip(&items) {
            let index = nested_name::index(nested_name::key(item.name, name.len()));
            if index.is_some_and(|index| index != place) {
                let missing = format!("{name}[{place}]");
                return Err(InvalidValue::new(reasons::MISSING).of(&missing));
            }
        }
        Ok(items)
    }

    /// Whether the longer names are those of a list.
    pub(super) fn is_list(&self) -> bool {
        let mut keys = self
            .longer
            .iter()
            .map(|(name, _)| nested_name::key(name, self.name.len()));
        keys.all(|key| key.is_empty() || nested_name::index(key).is_some())
    }
}
