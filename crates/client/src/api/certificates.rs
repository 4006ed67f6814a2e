//! The certificates of the server's own TLS.

use crate::{Client, Result, http::Call};
use plexichat_model::certificates::CertificateList;

impl Client {
    /// The certificates of the server (administrators).
    pub async fn list_certificates(&self) -> Result<CertificateList> {
        self.call(Call::get("/admin/certificates")).await
    }

    /// Has the certificate renewed by the ACME server now (administrators).
    pub async fn renew_certificate(&self) -> Result<()> {
        self.call(Call::post("/admin/certificates/renew")).await
    }
}
