//! A name and its value, as an item of a list.

use serde::{
    Deserializer,
    de::{DeserializeSeed, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use super::{group::Group, values::Values};
use crate::invalid_value::InvalidValue;

/// A name and its value, which a tuple of two takes.
pub(super) struct Pair<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

impl<'de> Deserializer<'de> for Pair<'_> {
    type Error = InvalidValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        let name = self.name;
        let mut parts = Parts {
            pair: self,
            taken: 0,
        };
        let taker = visitor.visit_seq(&mut parts);
        let taker = taker.and_then(|taker| match parts.taken {
            2 => Ok(taker),
            _ => Err(InvalidValue::malformed("a pair is a name and a value")),
        });
        taker.map_err(|error| error.of(name))
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

/// The name, then the value.
struct Parts<'a> {
    pair: Pair<'a>,
    taken: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = InvalidValue;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, InvalidValue> {
        let Pair { name, value } = self.pair;
        let part = match self.taken {
            0 => seed
                .deserialize(Values(Group::text(name)))
                .map_err(|error| error.of_name(name)),
            1 => seed.deserialize(Values(Group::text(value))),
            _ => return Ok(None),
        };
        self.taken += 1;
        part.map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(2_usize.saturating_sub(self.taken))
    }
}
