//! What administrators see of the certificates of the server's own TLS.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where certificates come from (`tls.mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateMode {
    /// The server speaks no TLS of its own.
    Off,
    /// Files that somebody else renews.
    Files,
    /// An ACME server; renewed by this one.
    Acme,
}

/// A certificate and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateView {
    /// Where it lies: a file, or the name of its row.
    pub id: String,
    /// Names it is for.
    pub names: Vec<String>,
    /// Who issued it; empty: there is none yet.
    pub issuer: String,
    /// Serial number in hexadecimal; empty: there is none yet.
    pub serial: String,
    /// Last moment at which it is valid; absent: there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it is renewed, or the next attempt is made; absent: by somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews_at: Option<Timestamp>,
    /// Whether new connections to this node get it.
    pub is_in_force: bool,
    /// Attempts to renew it that failed since the last that did not.
    pub failures: i32,
    /// What is wrong with it, or why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// `GET /admin/certificates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateList {
    /// Where they come from.
    pub mode: CertificateMode,
    /// The certificates, at most 100.
    pub items: Vec<CertificateView>,
}
