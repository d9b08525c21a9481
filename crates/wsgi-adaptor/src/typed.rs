//! Names and values as a type of the application.

mod values;

use std::collections::{BTreeMap, btree_map};

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};

use self::values::Values;
use crate::invalid_value::InvalidValue;

/// Makes a value of names and values, of which the names may repeat.
pub(crate) fn typed<'a, T: DeserializeOwned>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<T, InvalidValue> {
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        values.entry(name).or_default().push(value);
    }
    T::deserialize(Pairs(values))
}

/// The values by name.
struct Pairs<'a>(BTreeMap<&'a str, Vec<&'a str>>);

impl<'de> Deserializer<'de> for Pairs<'_> {
    type Error = InvalidValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_map(Entries {
            rest: self.0.into_iter(),
            current: None,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Entries<'a> {
    rest: btree_map::IntoIter<&'a str, Vec<&'a str>>,
    /// The entry whose name was taken.
    current: Option<(&'a str, Vec<&'a str>)>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = InvalidValue;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, InvalidValue> {
        self.current = self.rest.next();
        let Some((name, _)) = &self.current else {
            return Ok(None);
        };
        let key = seed.deserialize(StrDeserializer::new(name));
        key.map(Some).map_err(|error: InvalidValue| error.of(name))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, InvalidValue> {
        let (name, values) = self.current.take().unwrap_or_default();
        seed.deserialize(Values(values))
            .map_err(|error| error.of(name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

impl de::Error for InvalidValue {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::malformed(message)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("is missing").of(field)
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::new("is not expected").of(field)
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", expected.join(", ")))
    }
}
