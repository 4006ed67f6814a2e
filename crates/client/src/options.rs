//! How a client is told whom to talk to and how patient to be.

use plexichat_model::limits;
use std::time::Duration;

/// How to reach a server.
#[derive(Clone)]
pub struct ClientOptions {
    /// Address as typed into a browser, for instance `https://chat.example.com`.
    pub address: String,
    /// Token of a session opened with `transport: bearer`.
    pub token: Option<String>,
    /// Certificates in PEM that are believed besides the system's, for servers behind an authority of one's own.
    pub authorities: Vec<u8>,
    /// Name of the program in the server's logs.
    pub user_agent: String,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// When to try again.
    pub retry: Retry,
}

impl ClientOptions {
    /// The usual patience.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            token: None,
            authorities: Vec::new(),
            user_agent: concat!("plexichat-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(30),
            retry: Retry::default(),
        }
    }

    /// With the token of a session.
    #[must_use]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// With another retry policy.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}

impl std::fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { address, timeout, retry, .. } = self;
        f.debug_struct("ClientOptions")
            .field("address", address)
            .field("timeout", timeout)
            .field("retry", retry)
            .finish_non_exhaustive()
    }
}

/// When a refused or lost request is sent again. Only what cannot happen twice is repeated: reads, writes with a
/// nonce, and what the server says it has not begun.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// Attempts in all; 1: never again.
    pub attempts: u32,
    /// First pause when the server names none; doubles, with chance.
    pub first_pause: Duration,
    /// Longest pause. When the server asks for a longer one, its answer is handed out instead.
    pub longest_pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first_pause: Duration::from_millis(250), longest_pause: Duration::from_secs(15) }
    }
}

impl Retry {
    /// One attempt.
    pub const NEVER: Self = Self { attempts: 1, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };
}

/// Which page of a list.
#[derive(Clone, Debug, Default)]
pub struct PageQuery {
    /// Beginning of the name looked for.
    pub q: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Items, at most 200; the server's default if absent.
    pub limit: Option<usize>,
}

impl PageQuery {
    /// The largest page after a mark.
    pub fn after(mark: Option<String>) -> Self {
        Self { q: None, after: mark, limit: Some(limits::PAGE_ITEMS) }
    }

    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        pairs.extend(self.q.clone().map(|q| ("q", q)));
        pairs.extend(self.after.clone().map(|after| ("after", after)));
        pairs.extend(self.limit.map(|limit| ("limit", limit.to_string())));
        pairs
    }
}

/// Which part of a timeline, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessagesAt {
    /// The newest.
    #[default]
    Newest,
    /// Older than a number.
    Before(i64),
    /// Newer than a number.
    After(i64),
    /// Half older, half newer.
    Around(i64),
}

impl MessagesAt {
    pub(crate) fn pairs(self, limit: Option<usize>) -> Vec<(&'static str, String)> {
        let mut pairs = match self {
            Self::Newest => Vec::new(),
            Self::Before(number) => vec![("before", number.to_string())],
            Self::After(number) => vec![("after", number.to_string())],
            Self::Around(number) => vec![("around", number.to_string())],
        };
        pairs.extend(limit.map(|limit| ("limit", limit.to_string())));
        pairs
    }
}
