//! Writes answers as JSON: the same bytes as `serde_json`, several times as fast.
//!
//! `serde_json` looks at each character of each name and text by itself. Here the names of members, which the model gives, are
//! copied as they are, and a text is looked over in pieces of 16 bytes for what must be escaped; `serde_json` writes the few that
//! hold such a character, and all numbers.

use serde::ser::{self, Error as _, Impossible, Serialize, Serializer};
use serde_json::Error;

/// The room that the answer about a device or a user needs, in bytes.
const BODY_BYTES: usize = 1024;

/// The value as JSON.
///
/// # Errors
/// Those of the value; and for tuples, byte strings and variants with content, which the model does not have.
pub fn to_vec(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::with_capacity(BODY_BYTES);
    value.serialize(Writer(&mut body))?;
    Ok(body)
}

/// Writes one value.
struct Writer<'a>(&'a mut Vec<u8>);

/// Writes the items of a list, or the members of an object.
struct Inside<'a> {
    to: &'a mut Vec<u8>,
    is_first: bool,
    end: u8,
}

impl<'a> Writer<'a> {
    fn begin(self, begin: u8, end: u8) -> Inside<'a> {
        self.0.push(begin);
        Inside {
            to: self.0,
            is_first: true,
            end,
        }
    }

    /// What `serde_json` writes.
    fn plain(self, value: impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(self.0, &value)
    }
}

impl Inside<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.to.push(b',');
        }
    }

    fn finish(self) {
        self.to.push(self.end);
    }
}

/// Whether a byte of a text stands for itself in JSON (RFC 8259 section 7).
fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

/// Whether all bytes of a text stand for themselves.
fn is_all_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (pieces, _) = bytes.as_chunks::<16>();
    let rest = match bytes.last_chunk::<16>() {
        // Some bytes are looked at twice.
        Some(last) => is_plain_piece(last),
        None => is_plain_piece(&filled_up(bytes)),
    };
    rest && pieces.iter().all(is_plain_piece)
}

/// The same of 16 bytes. It does not end early, so that the processor looks at all of them at a time.
fn is_plain_piece(piece: &[u8; 16]) -> bool {
    piece.iter().fold(true, |all, byte| all & is_plain(*byte))
}

/// The bytes of a shorter text, and blanks.
fn filled_up(bytes: &[u8]) -> [u8; 16] {
    let mut piece = [b' '; 16];
    if let Some(begin) = piece.get_mut(..bytes.len()) {
        begin.copy_from_slice(bytes);
    }
    piece
}

fn unfit<T>() -> Result<T, Error> {
    Err(Error::custom("the model has no such value"))
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Inside<'a>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        if !is_all_plain(text) {
            return self.plain(text);
        }
        self.0.reserve(text.len() + 2);
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.0.extend_from_slice(text);
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, Error> {
        Ok(self.begin(b'[', b']'))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Error> {
        Ok(self.begin(b'{', b'}'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Error> {
        Ok(self.begin(b'{', b'}'))
    }

    // From here on, what no answer holds.

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.plain(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Error> {
        unfit()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        unfit()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        unfit()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Error> {
        unfit()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        unfit()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        unfit()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        unfit()
    }
}

impl ser::SerializeSeq for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.separate();
        value.serialize(Writer(self.to))
    }

    fn end(self) -> Result<(), Error> {
        self.finish();
        Ok(())
    }
}

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.separate();
        key.serialize(Writer(self.to))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.to.push(b':');
        value.serialize(Writer(self.to))
    }

    fn end(self) -> Result<(), Error> {
        self.finish();
        Ok(())
    }
}

impl ser::SerializeStruct for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.to.reserve(name.len() + 4);
        self.separate();
        self.to.push(b'"');
        self.to.extend_from_slice(name.as_bytes());
        self.to.extend_from_slice(b"\":");
        value.serialize(Writer(self.to))
    }

    fn end(self) -> Result<(), Error> {
        self.finish();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::api::{AttributeType, DeviceType, Sensitive, Timestamp, UserPoolType, schema};

    fn check(value: &impl Serialize) {
        let (ours, due) = (to_vec(value).unwrap(), serde_json::to_vec(value).unwrap());
        assert_eq!(String::from_utf8(ours), String::from_utf8(due));
    }

    #[test]
    fn every_text_is_written_as_serde_json_writes_it() {
        for end in 0..40 {
            for char in ('\0'..='\u{ff}').chain(['\u{2028}', '🦀']) {
                check(&format!("{}{char}{}", "a".repeat(end), "z".repeat(end % 7)));
            }
        }
        check(&"");
    }

    #[test]
    fn every_kind_of_value_is_written_as_serde_json_writes_it() {
        check(&json!({
            "a \"quoted\" key": [], "b": {}, "c": [null, true, false, "x", [1, [-2]], {"d": {"e": "f"}}],
            "numbers": [0, i64::MIN, u64::MAX, 0.5, -1e300, 1_715_100_742.022],
        }));
        check(&BTreeMap::from([("ü", Some(1)), ("z", None)]));
        let attribute = |value: &str| AttributeType {
            name: "custom:\"team\"".to_owned(),
            value: Some(Sensitive::from(value.to_owned())),
        };
        check(&DeviceType {
            device_attributes: Some(vec![attribute("new\nline"), attribute("Diego's")]),
            device_create_date: Some(Timestamp::from_millis(-1)),
            ..DeviceType::default()
        });
        check(&UserPoolType {
            mfa_configuration: Some(crate::api::UserPoolMfaType::Optional),
            estimated_number_of_users: Some(7),
            user_pool_tags: Some(BTreeMap::from([("team\\".to_owned(), String::new())])),
            ..UserPoolType::default()
        });
    }

    #[test]
    fn names_of_members_need_no_escape() {
        for operation in crate::api::OPERATIONS {
            let names = operation.input.members.iter().map(|member| member.name);
            assert!(names.into_iter().all(is_all_plain), "{}", operation.name);
        }
        let members = schema::USER_POOL_TYPE.members;
        assert!(members.iter().all(|member| is_all_plain(member.name)));
    }

    #[test]
    fn what_the_model_does_not_have_is_refused() {
        assert!(to_vec(&(1, 2)).is_err());
        assert!(to_vec(&Some(Ok::<u8, u8>(1))).is_err());
    }
}
