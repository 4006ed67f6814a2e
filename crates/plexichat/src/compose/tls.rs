//! Where the certificate comes from, who looks after it, and which key seals what is secret about it.

use super::Core;
use plexichat_certificates::{Acme, AcmeOptions, Current, FilesWorker, Key, KeyId, Tls, Vault, has_sealed};
use plexichat_kernel::{
    Error, Result, Worker,
    config::{Config, ConfigHandle, TlsMode},
    tasks,
};
use std::{
    io::{Read as _, Write as _},
    path::Path,
    sync::Arc,
};

/// Holds the key that seals private keys of certificates in the database.
const KEY_FILE: &str = "tls.key";
/// Its id in what it sealed.
const KEY_ID: i64 = 1;

/// TLS of a server: what the listener needs, and what must run.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) server: Option<Tls>,
    pub(super) workers: Vec<Arc<dyn Worker>>,
}

/// Opens TLS as configured.
pub(super) async fn open(config: &ConfigHandle, core: &Core) -> Result<Opened> {
    let present = config.current();
    let (current, hosts) = (Current::default(), present.tls.certificate_names(&present.server));
    match present.tls.mode {
        TlsMode::Off => Ok(Opened::default()),
        TlsMode::Files => {
            let (config, clock, pair) = (config.clone(), core.journal.clock().clone(), current.clone());
            let start = move || FilesWorker::start(config, pair, clock);
            let worker = tasks::spawn_blocking("tls_files", start).await.map_err(Error::internal)??;
            Ok(Opened { server: Some(Tls::new(current, hosts)?), workers: vec![Arc::new(worker)] })
        }
        TlsMode::Acme => {
            let vault = vault(&present.server.data_dir, core).await?;
            let acme = Acme::start(core.journal.clone(), vault, acme_options(&present), current.clone()).await?;
            let tls = Tls::new(current, hosts)?.with_answers(Arc::new(acme.clone()));
            Ok(Opened { server: Some(tls), workers: vec![Arc::new(acme)] })
        }
    }
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

/// The one place that says which key seals the secrets of certificates: a file in the data directory, for its owner alone.
/// It is made with the first secret and never beside secrets it did not seal.
async fn vault(data_dir: &Path, core: &Core) -> Result<Vault> {
    let may_make = !has_sealed(&core.db).await?;
    let file = data_dir.join(KEY_FILE);
    let read = tasks::spawn_blocking("tls_key", move || key(&file, may_make)).await.map_err(Error::internal)?;
    let id = KeyId::new(KEY_ID).ok_or_else(|| Error::internal("an id of a key is positive"))?;
    Ok(Vault::new(Arc::new(read?), id))
}

fn key(file: &Path, may_make: bool) -> Result<Key> {
    let shown = file.display();
    let wrong = |what: String, cause: std::io::Error| Error::unavailable(what).with_source(cause);
    let mut bytes = Vec::new();
    match std::fs::File::open(file).and_then(|file| file.take(64).read_to_end(&mut bytes)) {
        Ok(_) => {
            let text = format!("{shown} is not the key it was when it was made; put the right file back");
            return Key::try_from(bytes.as_slice()).map_err(|_| Error::unavailable(text));
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(wrong(format!("{shown}, which holds the key to the certificates, cannot be read ({error})"), error));
        }
        Err(_) if !may_make => {
            let text = format!(
                "{shown} is missing, but the database holds certificates sealed with it; copy it from another node or a backup"
            );
            return Err(Error::unavailable(text));
        }
        Err(_) => {}
    }
    let key = Key::random();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| file.write_all(key.expose()).and_then(|()| file.sync_all()));
    written.map_err(|error| wrong(format!("{shown} cannot be written ({error})"), error))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_never_beside_what_it_did_not_seal() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(KEY_FILE);
        let error = key(&file, false).expect_err("refused");
        assert!(error.message().contains("copy it from another node"), "{error}");
        let made = key(&file, true).expect("made");
        assert!(made == key(&file, false).expect("reads"));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().expect("is there").permissions()) & 0o777, 0o600);
        std::fs::write(&file, "short").expect("written");
        assert!(key(&file, true).is_err(), "a key was replaced");
    }
}
