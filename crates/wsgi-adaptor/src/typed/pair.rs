//! A name and its value, as an item of a list.

use serde::{Deserializer, de::Visitor, forward_to_deserialize_any};

use super::values::Items;
use crate::invalid_value::InvalidValue;

/// A name and its value, which a tuple of two takes.
pub(super) struct Pair<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

impl<'de> Deserializer<'de> for Pair<'_> {
    type Error = InvalidValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        let parts = Items::new(vec![self.name, self.value]);
        let pair = visitor.visit_seq(parts);
        pair.map_err(|error| error.of(self.name))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
