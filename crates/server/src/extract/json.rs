//! A JSON body, read strictly: the right media type, no unknown field, and the path of what is wrong.

use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// A JSON body, in and out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Error::new(ErrorCode::InvalidJson, "send the body as JSON, with Content-Type: application/json").into());
        }
        let body = request.into_body().collect().await.map_err(unreadable)?.to_bytes();
        parse(&body).map(Self).map_err(ApiError)
    }
}

/// The error of the bounded body, looked for below axum's wrapping.
fn unreadable(error: axum::Error) -> ApiError {
    match error.into_inner().downcast::<Error>() {
        Ok(error) => ApiError(*error),
        Err(cause) => ApiError(Error::new(ErrorCode::Invalid, "the body could not be read").with_source(cause)),
    }
}

/// Reads strict JSON.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        let text = cause.to_string();
        let code = if text.starts_with("unknown field") { ErrorCode::UnknownField } else { ErrorCode::InvalidJson };
        let error = Error::new(code, text);
        // "." is the body itself, "?" a place inside something untagged.
        if path == "." || path.contains('?') { error } else { error.with_field(path) }
    })?;
    json.end().map_err(|error| Error::new(ErrorCode::InvalidJson, error.to_string()))?;
    Ok(value)
}

impl<T: serde::Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plexichat_model::message::NewMessage;

    #[test]
    fn unknown_fields_and_wrong_types_are_named() {
        let error = parse::<NewMessage>(br#"{"nonce":"1","text":"a","bold":true}"#).expect_err("unknown");
        assert_eq!((error.code(), error.field()), (ErrorCode::UnknownField, Some("bold")));
        let error = parse::<NewMessage>(br#"{"nonce":7,"text":"a"}"#).expect_err("wrong type");
        assert_eq!((error.code(), error.field()), (ErrorCode::InvalidJson, Some("nonce")));
        assert_eq!(parse::<NewMessage>(b"{} x").expect_err("missing").code(), ErrorCode::InvalidJson);
        assert!(parse::<NewMessage>(br#"{"nonce":"1","text":"a"} x"#).is_err());
    }
}
