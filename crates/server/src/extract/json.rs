//! A JSON body, read strictly: the right media type, no unknown field, and the path of what is wrong.

use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use plexichat_kernel::Error;
use plexichat_model::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
            return Err(ErrorCode::UnsupportedMediaType.into());
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
    match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => json.end().map(|()| value).map_err(|error| Error::new(ErrorCode::InvalidJson, error.to_string())),
        // 2.0 is an integer in JSON Schema, and so in our document; to serde it is none.
        Err(error) if error.inner().to_string().starts_with("invalid type: floating point") => {
            let mut value = serde_json::from_slice(body).map_err(|_| refused(error))?;
            make_whole(&mut value);
            serde_path_to_error::deserialize(value).map_err(refused)
        }
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = error.path().to_string();
    let text = error.into_inner().to_string();
    let code = if text.starts_with("unknown field") { ErrorCode::UnknownField } else { ErrorCode::InvalidJson };
    let error = Error::new(code, text);
    // "." is the body itself, "?" a place inside something untagged.
    if path == "." || path.contains('?') { error } else { error.with_field(path) }
}

/// Turns numbers without a fraction into integers, as far as a float holds each integer.
fn make_whole(value: &mut Value) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT);
            if let Some(whole) = whole.filter(|_| number.is_f64()) {
                #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is below 2^53")]
                let whole = whole as i64;
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(fields) => fields.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
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
    fn a_number_without_fraction_is_an_integer() {
        use plexichat_model::channel::CursorUpdate;
        let at = |text: &str| parse::<CursorUpdate>(text.as_bytes()).map(|update| update.last_read_number);
        assert_eq!(at(r#"{"last_read_number":12.0}"#).expect("whole"), 12);
        for bad in [r#"{"last_read_number":12.5}"#, r#"{"last_read_number":1e300}"#, r#"{"last_read_number":1.0} x"#] {
            assert_eq!(at(bad).expect_err("refused").code(), ErrorCode::InvalidJson, "{bad}");
        }
        let error = at(r#"{"last_read_number":1.0,"colour":1}"#).expect_err("refused");
        assert_eq!((error.code(), error.field()), (ErrorCode::UnknownField, Some("colour")));
    }

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
