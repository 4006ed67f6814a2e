//! Where the certificate comes from, who looks after it, and which key seals what is secret about it.

use super::{Core, parts::PartKeys};
use plexichat_certificates::{Acme, AcmeOptions, Current, FilesWorker, Tls, Vault};
use plexichat_kernel::{
    Clock, Error, Result, Worker,
    config::{Config, ConfigHandle, TlsMode},
    tasks,
};
use std::sync::Arc;

/// TLS of a server: what the listener needs, and what must run.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) server: Option<Tls>,
    pub(super) workers: Vec<Arc<dyn Worker>>,
}

/// Opens TLS as configured.
pub(super) async fn open(config: &ConfigHandle, core: &Core) -> Result<Opened> {
    let present = config.current();
    let hosts = present.tls.certificate_names(&present.server);
    match present.tls.mode {
        TlsMode::Off => Ok(Opened::default()),
        TlsMode::Files => from_files(config, core.journal.clock().clone()).await,
        TlsMode::Acme => {
            let vault = Vault::new(PartKeys { keys: core.messaging.keys().clone(), part: "certificates" });
            let current = Current::default();
            let acme = Acme::start(core.journal.clone(), vault, acme_options(&present), current.clone()).await?;
            let tls = Tls::new(current, hosts)?.with_answers(Arc::new(acme.clone()));
            Ok(Opened { server: Some(tls), workers: vec![Arc::new(acme)] })
        }
    }
}

/// Opens TLS with the certificate in two files, which needs nothing else.
pub(super) async fn from_files(config: &ConfigHandle, clock: Clock) -> Result<Opened> {
    let present = config.current();
    let (current, hosts) = (Current::default(), present.tls.certificate_names(&present.server));
    let (config, pair) = (config.clone(), current.clone());
    let start = move || FilesWorker::start(config, pair, clock);
    let worker = tasks::spawn_blocking("tls_files", start).await.map_err(Error::internal)??;
    Ok(Opened { server: Some(Tls::new(current, hosts)?), workers: vec![Arc::new(worker)] })
}

/// What the configuration says of ACME.
pub fn acme_options(config: &Config) -> AcmeOptions {
    let tls = &config.tls;
    AcmeOptions {
        directory: tls.acme_directory.clone(),
        ca_file: tls.acme_ca_file.clone(),
        contacts: tls.acme_contacts.clone(),
        challenge: tls.acme_challenge,
        external: tls.acme_eab_key_id.clone().zip(tls.acme_eab_key.clone()),
        names: tls.certificate_names(&config.server),
    }
}
