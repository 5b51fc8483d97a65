//! Bodies that say what is wrong with them.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use hezuo_domain::Code;
use serde::de::DeserializeOwned;

use crate::problem::{ApiError, Result};

/// A JSON body, with the bytes as they came.
pub(crate) struct Body<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let bytes = bounded(Bytes::from_request(request, state).await)?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        match serde_path_to_error::deserialize(&mut reader) {
            Ok(value) => Ok(Self { value, bytes }),
            Err(error) => Err(Code::InputInvalid.at(&error.path().to_string()).into()),
        }
    }
}

/// What stands behind the question mark.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(_) => Err(Code::InputInvalid.at("query").into()),
        }
    }
}

/// Bytes, or the problem with them: too large, or cut off on the way.
pub(crate) fn bounded(bytes: Result<Bytes, BytesRejection>) -> Result<Bytes> {
    match bytes {
        Ok(bytes) => Ok(bytes),
        Err(rejection) if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Code::UploadTooLarge.into())
        }
        Err(_) => Err(Code::InputInvalid.at("body").into()),
    }
}
