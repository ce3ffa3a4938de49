//! Known keys, taken from the sections' types themselves.

use super::{Component, Database, Delivery, Limits, Log, Media, Plugin, Registration, Session, State};
use serde::{Deserialize, Deserializer, de::Visitor};

/// A section and its keys.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The name, without brackets.
    pub name: &'static str,
    /// Keys of the section.
    pub keys: &'static [&'static str],
}

/// All sections.
pub fn sections() -> [Section; 10] {
    [
        Section { name: "component", keys: keys::<Component>() },
        Section { name: "plugin", keys: keys::<Plugin>() },
        Section { name: "state", keys: keys::<State>() },
        Section { name: "database", keys: keys::<Database>() },
        Section { name: "registration", keys: keys::<Registration>() },
        Section { name: "delivery", keys: keys::<Delivery>() },
        Section { name: "session", keys: keys::<Session>() },
        Section { name: "limits", keys: keys::<Limits>() },
        Section { name: "media", keys: keys::<Media>() },
        Section { name: "log", keys: keys::<Log>() },
    ]
}

/// Asks the derived code which fields it would look for.
fn keys<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only asking"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields: &'static [&'static str] = &[];
    // Always an error; the answer is in `fields`.
    let _ = T::deserialize(Ask(&mut fields));
    fields
}
