//! The values of one name, as a type of the application.

use std::{str::FromStr, vec};

use serde::{
    Deserializer,
    de::{DeserializeSeed, EnumAccess, SeqAccess, VariantAccess, Visitor, value::StrDeserializer},
};

use crate::invalid_value::InvalidValue;

/// The values of one name. A type that is not a list takes the only one.
pub(super) struct Values<'a>(pub(super) Vec<&'a str>);

impl<'a> Values<'a> {
    fn one(&self) -> Result<&'a str, InvalidValue> {
        match self.0[..] {
            [value] => Ok(value),
            [] => Err(InvalidValue::new("is missing")),
            _ => Err(InvalidValue::new("is given more than once")),
        }
    }

    fn parsed<T: FromStr>(&self, reason: impl FnOnce() -> String) -> Result<T, InvalidValue> {
        let value = self.one()?;
        value.parse().map_err(|_| InvalidValue::new(reason()))
    }
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $number:ty)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
                let (least, most) = (<$number>::MIN, <$number>::MAX);
                let reason = || format!("must be a whole number from {least} to {most}");
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
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.0[..] {
            [_, _, ..] => self.deserialize_seq(visitor),
            _ => self.deserialize_str(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_str(self.one()?)
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
        visitor.visit_f32(finite(self.one()?, f32::is_finite)?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_f64(finite(self.one()?, f64::is_finite)?)
    }

    /// A checkbox without a value is sent as `on`, if at all.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.one()? {
            "true" | "on" | "1" => visitor.visit_bool(true),
            "false" | "off" | "0" | "" => visitor.visit_bool(false),
            _ => Err(InvalidValue::new("must be true or false")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        visitor.visit_char(self.parsed(|| "must be one character".to_owned())?)
    }

    /// An empty field of a form means nothing.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, InvalidValue> {
        match self.0[..] {
            [""] => visitor.visit_none(),
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
        let mut items = Items::new(self.0);
        let list = visitor.visit_seq(&mut items)?;
        match items.0.len() {
            0 => Ok(list),
            _ => Err(InvalidValue::new("is given too often")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        visitor.visit_enum(Variant(self.one()?))
    }

    text! {
        deserialize_string() deserialize_bytes() deserialize_byte_buf() deserialize_map()
        deserialize_identifier() deserialize_unit_struct(_name: &'static str)
        deserialize_struct(_name: &'static str, _fields: &'static [&'static str])
    }
}

fn finite<T: FromStr + Copy>(text: &str, is_finite: impl Fn(T) -> bool) -> Result<T, InvalidValue> {
    let number = text.parse().ok().filter(|&number| is_finite(number));
    number.ok_or(InvalidValue::new("must be a number"))
}

/// The values of a list.
pub(super) struct Items<'a>(vec::IntoIter<&'a str>);

impl<'a> Items<'a> {
    pub(super) fn new(values: Vec<&'a str>) -> Self {
        Self(values.into_iter())
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = InvalidValue;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, InvalidValue> {
        let value = self.0.next();
        let value = value.map(|value| seed.deserialize(Values(vec![value])));
        value.transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The name of a variant without fields.
struct Variant<'a>(&'a str);

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = InvalidValue;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), InvalidValue> {
        let variant = seed.deserialize(StrDeserializer::new(self.0))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = InvalidValue;

    fn unit_variant(self) -> Result<(), InvalidValue> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        _seed: T,
    ) -> Result<T::Value, InvalidValue> {
        Err(with_fields())
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _length: usize,
        _visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        Err(with_fields())
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, InvalidValue> {
        Err(with_fields())
    }
}

fn with_fields() -> InvalidValue {
    InvalidValue::malformed("a variant with fields has no text")
}
