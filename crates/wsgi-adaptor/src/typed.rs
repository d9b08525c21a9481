//! Names and values as a type of the application.

mod pair;
mod values;

use std::{
    collections::{BTreeMap, btree_map},
    vec,
};

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use self::{pair::Pair, values::Values};
use crate::invalid_value::InvalidValue;

/// Makes a value of names and values, of which the names may repeat.
pub(crate) fn typed<'a, T: DeserializeOwned>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<T, InvalidValue> {
    T::deserialize(Pairs(pairs.into_iter().collect()))
}

/// The names and values in order.
struct Pairs<'a>(Vec<(&'a str, &'a str)>);

impl<'de> Deserializer<'de> for Pairs<'_> {
    type Error = InvalidValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in self.0 {
            values.entry(name).or_default().push(value);
        }
        visitor.visit_map(Entries {
            rest: values.into_iter(),
            current: None,
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_seq(List(self.0.into_iter()))
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
        unit_struct tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The entries of a map or a struct: the values of each name.
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
        let key = seed.deserialize(Values(vec![name]));
        key.map(Some).map_err(|error| error.of_name(name))
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

/// The items of a list: pairs of a name and a value.
struct List<'a>(vec::IntoIter<(&'a str, &'a str)>);

impl<'de> SeqAccess<'de> for List<'_> {
    type Error = InvalidValue;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, InvalidValue> {
        let pair = self.0.next();
        let item = pair.map(|(name, value)| seed.deserialize(Pair { name, value }));
        item.transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
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
        Self::unexpected(field)
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", expected.join(", ")))
    }
}
