//! The values of one name, as a type of the application.

use std::{
    collections::{BTreeMap, btree_map},
    str::FromStr,
    vec,
};

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

use super::{group::Group, variant::Variant};
use crate::{invalid_value::InvalidValue, reasons};

/// The values of one name, and of longer ones. A type that is not a list takes the only value; a
/// struct or a map takes the longer names.
pub(super) struct Values<'a>(pub(super) Group<'a>);

impl Values<'_> {
    fn parsed<T: FromStr>(&self, reason: impl FnOnce() -> String) -> Result<T, InvalidValue> {
        let value = self.0.one()?;
        value.parse().map_err(|_| InvalidValue::new(reason()))
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $number:ty)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
                let reason = || reasons::no_whole_number(<$number>::MIN, <$number>::MAX);
                visitor.$visit(self.parsed::<$number>(reason)?)
            }
        )*
    };
}

/// Methods that read the only value as text.
macro_rules! text {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {
        $(
            fn $method<V: Visitor<'de>>(
                self,
                $($argument: $type,)*
                visitor: V,
            ) -> Result<V::Value, InvalidValue> {
                self.deserialize_str(visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Values<'_> {
    type Error = InvalidValue;

    /// Flattened fields and tagged enums are read as whatever comes, before serde looks for what
    /// it needs. One value is text then, and several are a list, so a type that takes both, such as
    /// an untagged enum, has all of them. A name that nothing asks for may have several, too.
    /// Longer names are a list if each has a number or nothing in its brackets, and else a map.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match (self.0.is_nested()?, self.0.texts().len()) {
            (true, _) if self.0.is_list() => self.deserialize_seq(visitor),
            (true, _) => self.deserialize_map(visitor),
            (false, 2..) => self.deserialize_seq(visitor),
            (false, _) => self.deserialize_str(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_str(self.0.one()?)
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_f32(finite(self.0.one()?, f32::is_finite)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_f64(finite(self.0.one()?, f64::is_finite)?)
    }

    /// A checkbox without a value is sent as `on`, if at all.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.0.one()? {
            "true" | "on" | "1" => visitor.visit_bool(true),
            "false" | "off" | "0" | "" => visitor.visit_bool(false),
            _ => Err(InvalidValue::new(reasons::NO_BOOLEAN)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_char(self.parsed(|| reasons::NO_CHARACTER.to_owned())?)
    }

    /// An empty field of a form means nothing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.0.is_nested()? {
            false if self.0.texts() == [""] => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        Items::new(self.0.into_items()?).visit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        Items::new(self.0.into_places()?).visit(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_enum(Variant(self.0.one()?))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        if !self.0.is_nested()? {
            return self.deserialize_str(visitor);
        }
        let entries = self.0.into_entries()?;
        match entries.get("") {
            Some(unnamed) => Err(InvalidValue::unexpected(unnamed.name())),
            None => visitor.visit_map(Entries::new(entries)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        self.deserialize_map(visitor)
    }

    text! {
        deserialize_string() deserialize_bytes() deserialize_byte_buf() deserialize_identifier()
        deserialize_unit_struct(_name: &'static str)
    }
}

fn finite<T: FromStr + Copy>(text: &str, is_finite: impl Fn(T) -> bool) -> Result<T, InvalidValue> {
    let number = text.parse().ok().filter(|&number| is_finite(number));
    number.ok_or(InvalidValue::new(reasons::NO_NUMBER))
}

/// The entries of a map or a struct: the values of each key.
pub(super) struct Entries<'a> {
    rest: btree_map::IntoIter<&'a str, Group<'a>>,
    /// The entry whose key was taken.
    current: Option<Group<'a>>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(values: BTreeMap<&'a str, Group<'a>>) -> Self {
        Self {
            rest: values.into_iter(),
            current: None,
        }
    }

    /// The entries of a whole form: the values of each name, or of the start of it that `start`
    /// gives.
    pub(super) fn grouped(
        pairs: Vec<(&'a str, &'a str)>,
        start: impl Fn(&'a str) -> Option<&'a str>,
    ) -> Result<Self, InvalidValue> {
        let mut values: BTreeMap<&str, Group<'_>> = BTreeMap::new();
        for (name, value) in pairs {
            let key = start(name).unwrap_or(name);
            let entry = values.entry(key).or_insert_with(|| Group::of(key));
            entry.push(name, value)?;
        }
        Ok(Self::new(values))
    }

    /// Takes the next key, which has a whole name, too.
    pub(super) fn next_key(&mut self) -> Option<(&'a str, &'a str)> {
        let (key, values) = self.rest.next()?;
        let name = values.name();
        self.current = Some(values);
        Some((key, name))
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = InvalidValue;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, InvalidValue> {
        let Some((key, name)) = self.next_key() else {
            return Ok(None);
        };
        let key = seed.deserialize(Values(Group::text(key)));
        key.map(Some).map_err(|error| error.of_name(name))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, InvalidValue> {
        let values = self.current.take().unwrap_or_default();
        let name = values.name();
        let value = seed.deserialize(Values(values));
        value.map_err(|error| error.within(name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The items of a list, in order.
struct Items<'a>(vec::IntoIter<Group<'a>>);

impl<'a> Items<'a> {
    fn new(items: Vec<Group<'a>>) -> Self {
        Self(items.into_iter())
    }

    /// Has a visitor take all of them.
    fn visit<'de, V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, InvalidValue> {
        let list = visitor.visit_seq(&mut self)?;
        match self.0.len() {
            0 => Ok(list),
            _ => Err(InvalidValue::new("is given too often")),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = InvalidValue;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, InvalidValue> {
        let item = self.0.next().map(|values| {
            let name = values.name();
            let item = seed.deserialize(Values(values));
            item.map_err(|error| match name {
                "" => error, // the name is that of a pair
                _ => error.within(name),
            })
        });
        item.transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
