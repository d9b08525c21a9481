//! The names of a form, as the keys of a type that does not tell its fields.

use std::mem;

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, Visitor},
};

use super::{
    group::Group,
    nested_name,
    values::{Entries, Values},
};
use crate::invalid_value::InvalidValue;

/// The names and values of a map, or of a type that serde reads as one.
///
/// The way in which the type reads its first key tells which it is. A struct with flattened fields
/// asks for the name of a field, and an enum with `tag` or `untagged` for whatever comes: there a
/// name with brackets belongs to the name before them. All else is the key of a map, which gets the
/// names as they were sent.
pub(super) enum Names<'a> {
    Unread(Vec<(&'a str, &'a str)>),
    Read(Entries<'a>),
}

impl<'de> MapAccess<'de> for Names<'_> {
    type Error = InvalidValue;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, InvalidValue> {
        match self {
            Self::Read(entries) => entries.next_key_seed(seed),
            Self::Unread(pairs) if pairs.is_empty() => Ok(None),
            Self::Unread(_) => seed.deserialize(FirstKey(self)).map(Some),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, InvalidValue> {
        match self {
            Self::Read(entries) => entries.next_value_seed(seed),
            Self::Unread(_) => Err(InvalidValue::malformed("a value follows its key")),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        match self {
            Self::Read(entries) => entries.size_hint(),
            Self::Unread(pairs) => Some(pairs.len()),
        }
    }
}

/// The first key of names that are unread.
struct FirstKey<'a, 'n>(&'n mut Names<'a>);

impl<'a> FirstKey<'a, '_> {
    /// Reads the names, and has the first one taken, or the start of it that `start` gives.
    fn take<T>(
        self,
        start: impl Fn(&'a str) -> Option<&'a str>,
        taker: impl FnOnce(Values<'a>) -> Result<T, InvalidValue>,
    ) -> Result<T, InvalidValue> {
        let Names::Unread(pairs) = self.0 else {
            return Err(InvalidValue::malformed("the first key is read once"));
        };
        let mut entries = Entries::grouped(mem::take(pairs), start)?;
        let (key, name) = entries.next_key().unwrap_or_default();
        *self.0 = Names::Read(entries);
        taker(Values(Group::text(key))).map_err(|error| error.of_name(name))
    }
}

/// Methods by which the key of a map is read.
macro_rules! as_sent {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {
        $(
            fn $method<V: Visitor<'de>>(
                self,
                $($argument: $type,)*
                visitor: V,
            ) -> Result<V::Value, InvalidValue> {
                self.take(|_| None, |key| key.$method($($argument,)* visitor))
            }
        )*
    };
}

impl<'de> Deserializer<'de> for FirstKey<'_, '_> {
    type Error = InvalidValue;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        self.take(nested_name::start, |key| key.deserialize_any(visitor))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_newtype_struct(self)
    }

    as_sent! {
        deserialize_bool() deserialize_char() deserialize_str() deserialize_string()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit() deserialize_unit_struct(name: &'static str)
        deserialize_seq() deserialize_tuple(length: usize)
        deserialize_tuple_struct(name: &'static str, length: usize)
        deserialize_map() deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_ignored_any()
    }
}
