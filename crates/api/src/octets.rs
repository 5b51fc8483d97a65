//! Bodies that are no text, as the API document describes them.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Object, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// Bytes as they are.
pub(crate) enum Octets {}

impl PartialSchema for Octets {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        let octets = Object::builder().schema_type(Type::String);
        octets.format(Some(binary)).into()
    }
}

impl ToSchema for Octets {}
