//! Encoding of messages: CBOR.

use crate::{
    error::{Condition, Error, Result},
    ffi::ReplyOf,
};
use abi_stable::std_types::RVec;
use serde::{Serialize, de::DeserializeOwned};

/// Room for a usual message, so that it is built with one allocation.
const USUAL: usize = 128;

/// Encodes a value as a self-describing message: CBOR (RFC 8949), structs as maps by name.
///
/// # Errors
///
/// When the type cannot be expressed; none of ours.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    Ok(cbor4ii::serde::to_vec(Vec::with_capacity(USUAL), value)?)
}

/// Reads a message. Fields that the type does not know are skipped.
///
/// # Errors
///
/// `bad-request` when a field is missing or of another type, or when the bytes are garbage.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    cbor4ii::serde::from_slice(bytes).map_err(|error| unreadable(std::any::type_name::<T>(), &error))
}

/// The part that is the same for all types, compiled once.
#[cold]
fn unreadable(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::from(Condition::BadRequest).with_detail(format!("cannot read a {what}: {error}"))
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn encode_error(error: Error) -> RVec<u8> {
    encode(&error).unwrap_or_default().into()
}

/// An answer as it came. An error that cannot be read is one of the other side.
pub(crate) fn settle<T>(answer: ReplyOf<T>) -> Result<T> {
    answer.into_result().map_err(|bytes| {
        decode(&bytes).unwrap_or_else(|error| error.with_condition(Condition::InternalServerError))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Old {
        id: String,
        at: Option<u64>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct New {
        // Before the known ones, and not of a simple type.
        more: Vec<Option<(u8, String)>>,
        id: String,
        at: Option<u64>,
        #[serde(default)]
        last: bool,
        maybe: Option<String>,
    }

    #[test]
    fn an_older_type_skips_what_it_does_not_know() {
        let new = New {
            more: vec![None, Some((1, "x".into()))],
            id: "a".into(),
            at: Some(7),
            last: true,
            maybe: None,
        };
        assert_eq!(decode::<Old>(&encode(&new).unwrap()).unwrap(), Old { id: "a".into(), at: Some(7) });
    }

    #[test]
    fn a_newer_type_needs_no_more_than_the_older_one_gives_if_its_fields_are_optional() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Newer {
            id: String,
            #[serde(default)]
            last: bool,
            maybe: Option<String>,
        }
        let bytes = encode(&Old { id: "a".into(), at: None }).unwrap();
        assert_eq!(decode::<Newer>(&bytes).unwrap(), Newer { id: "a".into(), last: false, maybe: None });
    }

    #[test]
    fn unknown_variants_without_data_can_be_skipped_those_with_data_cannot() {
        #[derive(Serialize)]
        enum Newer {
            Plain,
            Data { x: u8 },
        }
        #[derive(Debug, PartialEq, Deserialize)]
        enum Older {
            #[serde(other)]
            Unknown,
        }
        #[derive(Serialize)]
        struct Message<T> {
            kind: T,
            after: u8,
        }
        #[derive(Debug, Deserialize)]
        struct Read {
            kind: Older,
            after: u8,
        }
        let read: Read = decode(&encode(&Message { kind: Newer::Plain, after: 1 }).unwrap()).unwrap();
        assert_eq!((read.kind, read.after), (Older::Unknown, 1));
        // The reason why messages use a plain kind with optional fields beside it.
        assert!(decode::<Read>(&encode(&Message { kind: Newer::Data { x: 5 }, after: 1 }).unwrap()).is_err());
    }

    #[test]
    fn garbage_is_an_error_whatever_it_is() {
        for bytes in
            [&b""[..], b"\xff", b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", &[0x81; 100_000], b"\xa1\x61"]
        {
            let error = decode::<Old>(bytes).unwrap_err();
            assert_eq!(error.condition, Condition::BadRequest);
            assert_eq!(error.text, None);
        }
    }
}
