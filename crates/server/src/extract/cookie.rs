//! The session cookie: read from a request, set on an answer.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};

/// Name of the cookie.
pub(crate) const NAME: &str = "plexichat_session";

/// Longest token looked at.
const LONGEST: usize = 128;

/// The token in the session cookie.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == NAME)?;
    (!token.is_empty() && token.len() <= LONGEST).then_some(token)
}

/// The bearer token.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= LONGEST).then_some(token)
}

/// `Set-Cookie` for a new token.
pub(crate) fn set(token: &str, life: Duration, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age={}{secure}", life.as_secs());
    HeaderValue::try_from(text).ok()
}

/// `Set-Cookie` that takes the token away.
pub(crate) fn clear(secure: bool) -> HeaderValue {
    HeaderValue::from_static(if secure {
        "plexichat_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure"
    } else {
        "plexichat_session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(session(&headers), None);
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; plexichat_session=tok; c=d"));
        assert_eq!(session(&headers), Some("tok"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("bearer  xyz"));
        assert_eq!(bearer(&headers), Some("xyz"));
    }

    #[test]
    fn attributes() {
        let value = set("t", Duration::from_mins(1), true).expect("a header value");
        assert_eq!(value, "plexichat_session=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=60; Secure");
        assert!(!clear(false).to_str().expect("text").contains("Secure"));
    }
}
