//! Names and values as a type of the application.

mod group;
mod names;
mod nested_name;
mod pair;
mod values;
mod variant;

use std::vec;

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use self::{names::Names, pair::Pair, values::Entries};
use crate::{invalid_value::InvalidValue, reasons};

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

    /// A type that does not tell its fields.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_map(Names::Unread(self.0))
    }

    /// A name with brackets belongs to the field before them, if there is one, unless there is a
    /// field of the whole name.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        let entries = Entries::grouped(self.0, |name| {
            let start = nested_name::start(name)?;
            (fields.contains(&start) && !fields.contains(&name)).then_some(start)
        });
        visitor.visit_map(entries?)
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
        unit_struct tuple tuple_struct map enum identifier ignored_any
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
        Self::new(reasons::MISSING).of(field).of_field()
    }

    fn unknown_field(field: &str, _expected: &'static [&'static str]) -> Self {
        Self::unexpected(field).of_field()
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(reasons::none_of(expected))
    }
}
