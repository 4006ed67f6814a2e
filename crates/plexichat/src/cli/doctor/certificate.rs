//! The certificates of the server's own TLS.

use super::{Finding, State};
use crate::cli::certs::certificates;
use plexichat_certificates::Overview;
use plexichat_kernel::config::{Config, TlsMode};

/// A certificate that ends sooner should have been renewed already.
const SOON_DAYS: i64 = 7;

pub(super) async fn findings(config: &Config) -> Vec<Finding> {
    if !config.tls.is_on() {
        return Vec::new();
    }
    match certificates(config).await {
        Ok(found) if found.is_empty() => vec![Finding::ok("certificate", "ordered when the server runs")],
        Ok(found) => found.into_iter().map(|one| finding(config, one)).collect(),
        Err(error) => {
            let remedy = "check tls.cert_file and the database";
            vec![Finding::wrong("certificate", State::Failing, error.to_string(), remedy)]
        }
    }
}

fn finding(config: &Config, one: Overview) -> Finding {
    let names = one.names.join(", ");
    let remedy = match config.tls.mode {
        TlsMode::Files => "put a new certificate in the place of tls.cert_file and tls.key_file",
        _ => "see why it is not renewed: `plexichat certs status` and the log of the server",
    };
    let (Some(expires), Some(days)) = (one.expires, one.days_left) else {
        let why = one.last_error.unwrap_or_else(|| "the server has not ordered it yet".to_owned());
        return Finding::wrong("certificate", State::Failing, format!("there is none for {names}: {why}"), remedy);
    };
    match (days, one.last_error.filter(|_| one.failures > 0)) {
        (..0, _) => Finding::wrong("certificate", State::Failing, format!("for {names} expired at {expires}"), remedy),
        (_, Some(why)) => Finding::wrong("certificate", State::Advice, format!("for {names} was not renewed: {why}"), remedy),
        (0..SOON_DAYS, _) => Finding::wrong("certificate", State::Advice, format!("for {names} ends {expires}"), remedy),
        _ => Finding::ok("certificate", format!("for {names}, until {expires}")),
    }
}
