//! One order, from the account to the certificate (RFC 8555, section 7).
//!
//! What was issued is checked before it is kept.
//! Not here: when an order is due, who makes it, and what follows a failure.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, ExternalAccountKey, Identifier, NewAccount, NewOrder, Order,
    OrderStatus, RetryPolicy,
};
use plexichat_database::entity::{acme_account, acme_challenge};
use plexichat_kernel::config::{AcmeChallenge, Secret};
use plexichat_kernel::{Error, Result, random};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::{AcmeOptions, Inner, answers};
use crate::pair::Pair;
use crate::store::{self, Certificate};

/// How long answers to challenges are kept.
const CHALLENGE_MS: i64 = 10 * 60 * 1_000;
/// How long the ACME server may take to look at the challenges, or to issue.
const POLL: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));

/// The row of a certificate that was never obtained.
pub(super) fn empty(options: &AcmeOptions) -> Certificate {
    Certificate {
        id: options.certificate_id(),
        names: options.names.join(","),
        chain: None,
        private_key: None,
        not_after_ms: 0,
        renew_at_ms: 0,
        failures: 0,
        last_error: None,
        updated_ms: 0,
    }
}

/// Obtains a certificate.
pub(super) async fn order(inner: &Inner) -> Result<Certificate> {
    let options = &inner.options;
    let account = account(inner).await?;
    let names: Vec<Identifier> = options.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await.map_err(refused)?;
    prove(inner, &mut order).await?;
    let key = KeyPair::generate().map_err(Error::internal)?;
    let mut params = CertificateParams::new(options.names.clone()).map_err(Error::internal)?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(Error::internal)?;
    order.finalize_csr(request.der()).await.map_err(refused)?;
    let chain = order.poll_certificate(&POLL).await.map_err(refused)?;
    finished(inner, chain.as_bytes(), key.serialize_pem().as_bytes()).await
}

/// Checks what was issued before anybody sees it, and plans the next time.
async fn finished(inner: &Inner, chain: &[u8], key: &[u8]) -> Result<Certificate> {
    let pair = Pair::from_pem(chain, key, ("the answer of the ACME server", "this order"))?;
    let (facts, now_ms) = (pair.facts(), inner.journal.clock().now_ms());
    facts.check_at(now_ms, "the answer of the ACME server")?;
    if let Some(name) = inner.options.names.iter().find(|name| !facts.covers(name)) {
        return Err(Error::unavailable(format!("the ACME server issued a certificate that is not for {name}")));
    }
    let life = facts.not_after_ms - facts.not_before_ms;
    // Many servers that started together do not come back together.
    let spread = Duration::from_millis(u64::try_from(life / 24).unwrap_or(0));
    let jitter = i64::try_from(random::jitter(spread).as_millis()).unwrap_or(0);
    let mut row = empty(&inner.options);
    row.chain = Some(chain.to_vec());
    row.private_key = Some(inner.vault.seal("certificates", "private_key", &row.id, key).await?);
    row.not_after_ms = facts.not_after_ms;
    row.renew_at_ms = facts.not_before_ms + life / 3 * 2 + jitter;
    row.updated_ms = now_ms;
    Ok(row)
}

/// The account at the ACME server, made at the first order.
async fn account(inner: &Inner) -> Result<Account> {
    let options = &inner.options;
    let id = options.account_id();
    let builder = match &options.ca_file {
        Some(file) => Account::builder_with_root(file).map_err(|error| {
            let text = format!("{}, which tls.acme_ca_file names, cannot be used ({error})", file.display());
            Error::unavailable(text)
        })?,
        None => Account::builder().map_err(refused)?,
    };
    if let Some(sealed) = store::account(inner.journal.db(), &id).await? {
        let opened = inner.vault.open("acme_accounts", "credentials", &id, &sealed).await?;
        let credentials: AccountCredentials = serde_json::from_slice(&opened).map_err(Error::internal)?;
        return builder.from_credentials(credentials).await.map_err(refused);
    }
    let contacts: Vec<&str> = options.contacts.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contacts, terms_of_service_agreed: true, only_return_existing: false };
    let external = options.external.as_ref().map(external_key).transpose()?;
    let (account, credentials) = builder.create(&new, options.directory.clone(), external.as_ref()).await.map_err(refused)?;
    let text = serde_json::to_vec(&credentials).map_err(Error::internal)?;
    let row = acme_account::Model {
        credentials: inner.vault.seal("acme_accounts", "credentials", &id, &text).await?,
        id,
        directory: options.directory.clone(),
        created_ms: inner.journal.clock().now_ms(),
    };
    store::put_account(&inner.journal, row).await?;
    Ok(account)
}

fn external_key((id, key): &(String, Secret)) -> Result<ExternalAccountKey> {
    let wrong = |_| Error::unavailable("tls.acme_eab_key is no base64url");
    let bytes = URL_SAFE_NO_PAD.decode(key.expose().trim_end_matches('=')).map_err(wrong)?;
    Ok(ExternalAccountKey::new(id.clone(), &bytes))
}

/// Shows the ACME server that the names are ours.
async fn prove(inner: &Inner, order: &mut Order) -> Result<()> {
    let kind = match inner.options.challenge {
        AcmeChallenge::Http01 => ChallengeType::Http01,
        AcmeChallenge::TlsAlpn01 => ChallengeType::TlsAlpn01,
    };
    let mut told = None;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(refused)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let mut challenge = authorization.challenge(kind.clone()).ok_or_else(|| {
            let text = format!("the ACME server does not offer {kind:?} for {name}; choose the other kind in tls.acme_challenge");
            Error::unavailable(text)
        })?;
        let authorized = challenge.key_authorization();
        let (id, answer) = match inner.options.challenge {
            AcmeChallenge::Http01 => (answers::http_id(&challenge.token), authorized.as_str().as_bytes().to_vec()),
            AcmeChallenge::TlsAlpn01 => (answers::alpn_id(&name), authorized.digest().as_ref().to_vec()),
        };
        let now_ms = inner.journal.clock().now_ms();
        let answer = inner.vault.seal("acme_challenges", "answer", &id, &answer).await?;
        let row = acme_challenge::Model { id, answer, expires_ms: now_ms + CHALLENGE_MS };
        store::put_challenge(&inner.journal, row, now_ms).await?;
        // The answer may already be that a name before this one could not be proven.
        if let Err(error) = challenge.set_ready().await {
            told = Some(error);
            break;
        }
    }
    let outcome = match told {
        Some(error) => Err(error),
        None => order.poll_ready(&POLL).await,
    };
    if matches!(outcome, Ok(OrderStatus::Ready)) {
        return Ok(());
    }
    let why = unproven(order).await;
    if why.is_empty() {
        outcome.map_err(refused)?;
    }
    Err(Error::unavailable(format!("the ACME server could not confirm that the names are ours ({})", why.join("; "))))
}

/// Which names could not be proven, in the ACME server's words.
async fn unproven(order: &mut Order) -> Vec<String> {
    let mut why = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let name = authorization.identifier().to_string();
        let Ok(state) = authorization.refresh().await else { continue };
        let said = state.challenges.iter().filter_map(|challenge| challenge.error.as_ref()?.detail.clone());
        why.extend(said.map(|text| format!("{name}: {text}")));
    }
    why
}

fn refused(error: instant_acme::Error) -> Error {
    Error::unavailable(format!("the ACME server: {error}")).with_source(error)
}
