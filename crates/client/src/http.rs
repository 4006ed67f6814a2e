//! One request: sent, repeated where that is safe, its answer read within bounds.
//!
//! A call is repeated only where that cannot do anything twice: reads, and writes that carry a nonce or an
//! idempotency key. Bodies and answers have bounds, every call has a deadline. Not here: which operations exist (`api`).

use crate::{ClientError, ClientOptions, Result, Retry, tls};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use plexichat_kernel::{random, tasks::Backoff};
use plexichat_model::Problem;
use reqwest::Url;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// Larger answers are none of this API: 200 messages of 12,000 characters, with room.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;
const BASE: &str = "/api/v1";

/// A client of one server. Cheap to clone; clones share the connection pool and the token.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    address: Url,
    origin: String,
    retry: Retry,
    timeout: Duration,
    token: RwLock<Option<String>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("address", &self.inner.origin).finish_non_exhaustive()
    }
}

/// What is asked.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    headers: Vec<(header::HeaderName, String)>,
    /// Whether doing it twice is the same as doing it once.
    repeatable: bool,
    /// A status that is an answer too.
    also: Option<StatusCode>,
}

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        let repeatable = matches!(method, Method::GET | Method::PUT | Method::DELETE);
        Self { method, path: path.into(), query: Vec::new(), body: None, headers: Vec::new(), repeatable, also: None }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(crate) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(crate) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(crate) fn query(mut self, pairs: Vec<(&'static str, String)>) -> Self {
        self.query.extend(pairs);
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self> {
        self.body = Some(serde_json::to_vec(body).map_err(ClientError::Encode)?);
        Ok(self)
    }

    /// Takes this status for an answer as well.
    pub(crate) fn or(mut self, status: StatusCode) -> Self {
        self.also = Some(status);
        self
    }

    /// The body carries a nonce: the same request is the same deed.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Gives a write a key of its own, so that the server recognises a repetition.
    pub(crate) fn keyed(mut self) -> Self {
        self.headers.push((header::HeaderName::from_static("idempotency-key"), random::token()));
        self
    }

    /// Only if the row still has this version.
    pub(crate) fn if_match(mut self, version: Option<i64>) -> Self {
        self.headers.extend(version.map(|version| (header::IF_MATCH, format!("\"{version}\""))));
        self
    }
}

impl Client {
    /// A client of the server at an address.
    pub fn new(options: ClientOptions) -> Result<Self> {
        let bad = || ClientError::Address(options.address.clone());
        let address = Url::parse(options.address.trim()).map_err(|_| bad())?;
        if !matches!(address.scheme(), "http" | "https") || address.host().is_none() {
            return Err(bad());
        }
        let origin = address.origin().ascii_serialization();
        let builder = reqwest::Client::builder();
        let http = tls::trust(builder, address.scheme() == "https", &options.authorities)?
            .user_agent(options.user_agent)
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|source| ClientError::Unreachable { address: origin.clone(), source: source.into() })?;
        let inner =
            Inner { http, address, origin, retry: options.retry, timeout: options.timeout, token: RwLock::new(options.token) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The address, without a path.
    pub fn address(&self) -> &str {
        &self.inner.origin
    }

    /// The token in use.
    pub fn token(&self) -> Option<String> {
        self.inner.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses another token from now on.
    pub fn set_token(&self, token: Option<String>) {
        *self.inner.token.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    /// Asks and reads the answer.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let (status, body) = self.send(&call).await?;
        serde_json::from_slice(&body).map_err(|source| self.not_understood(status, Some(source)))
    }

    /// Asks for something that is answered with nothing.
    pub(crate) async fn order(&self, call: Call) -> Result<()> {
        self.send(&call).await.map(|_| ())
    }

    async fn send(&self, call: &Call) -> Result<(StatusCode, Vec<u8>)> {
        let retry = self.inner.retry;
        let mut pauses = Backoff::new(retry.first_pause, retry.longest_pause);
        loop {
            let error = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let again = error.is_undone() || (call.repeatable && error.is_temporary());
            let pause = error.retry_after().unwrap_or_default().max(pauses.next_delay());
            if !again || pauses.attempts() >= retry.attempts || pause > retry.longest_pause {
                return Err(error);
            }
            tracing::debug!(path = call.path, pause_ms = pause.as_millis(), %error, "asking again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<(StatusCode, Vec<u8>)> {
        let mut request = self.request(call.method.clone(), &call.path).timeout(self.inner.timeout);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|source| self.failed(source))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.body(response).await?;
        if status.is_success() || call.also == Some(status) {
            Ok((status, body))
        } else {
            Err(self.refusal(status, &headers, &body))
        }
    }

    /// A request with what every request carries.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut url = self.inner.address.clone();
        url.set_path(&if path.starts_with("/health/") { path.to_owned() } else { format!("{BASE}{path}") });
        let mut headers = HeaderMap::new();
        if let Some(token) = self.token()
            && let Ok(mut value) = HeaderValue::try_from(format!("Bearer {token}"))
        {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        self.inner.http.request(method, url).headers(headers)
    }

    /// Reads an answer, as far as it is of bearable size.
    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|source| self.failed(source))? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(ClientError::AnswerTooLarge { address: self.inner.origin.clone(), limit: ANSWER_BYTES });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The problem in an answer.
    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ClientError {
        let problem: Problem = match serde_json::from_slice(body) {
            Ok(problem) => problem,
            Err(source) => return self.not_understood(status, Some(source)),
        };
        let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = problem.retry_after_ms.map(Duration::from_millis).or(seconds.map(Duration::from_secs));
        ClientError::Refused { status: status.as_u16(), problem: Box::new(problem), retry_after }
    }

    pub(crate) async fn refusal_of(&self, response: reqwest::Response) -> ClientError {
        let (status, headers) = (response.status(), response.headers().clone());
        match self.body(response).await {
            Ok(body) => self.refusal(status, &headers, &body),
            Err(error) => error,
        }
    }

    fn not_understood(&self, status: StatusCode, source: Option<serde_json::Error>) -> ClientError {
        ClientError::NotUnderstood { address: self.inner.origin.clone(), status: status.as_u16(), source }
    }

    pub(crate) fn failed(&self, source: reqwest::Error) -> ClientError {
        let address = self.inner.origin.clone();
        if let Some(reason) = tls::why(&source) {
            return ClientError::Untrusted { address, reason };
        }
        // The address is in the text already; the path may hold a name.
        let (undone, source) = (source.is_connect() || source.is_builder(), source.without_url().into());
        if undone { ClientError::Unreachable { address, source } } else { ClientError::Interrupted { address, source } }
    }
}
