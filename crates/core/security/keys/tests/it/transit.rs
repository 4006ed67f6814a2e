//! A root key in the transit engine of a real `OpenBao` server.

use plexichat_kernel::config::{SecretSource, TransitPlace};
use plexichat_keys::vault::{KeyVault, TransitVault, is_out_of_reach};
use plexichat_testkit::bao::Bao;
use std::{path::PathBuf, time::Duration};

const LABEL: &[u8] = b"plexichat root key 1";

fn place(bao: &Bao, key: &str) -> TransitPlace {
    TransitPlace {
        server: format!("https://127.0.0.1:{}", bao.port),
        mount: "transit".to_owned(),
        key: key.to_owned(),
        namespace: None,
        ca_file: Some(bao.authority()),
        token: SecretSource::File(bao.path("token")),
    }
}

async fn refused(vault: &TransitVault, sealed: &[u8]) -> (bool, String) {
    let error = vault.open(LABEL, sealed).await.expect_err("it is refused");
    (is_out_of_reach(&error), error.message().to_owned())
}

#[tokio::test]
async fn a_transit_engine_keeps_what_it_is_given() {
    let bao = Bao::start();
    std::fs::write(bao.path("token"), bao.token()).expect("written");
    let vault = TransitVault::new(place(&bao, "chat"));
    vault.prepare().await.expect("ready");
    let sealed = vault.seal(LABEL, b"32 bytes of something secret ...").await.expect("seals");
    assert!(sealed.starts_with(b"\x01vault:v1:") && !sealed.windows(6).any(|window| window == b"secret"));
    assert_eq!(vault.open(LABEL, &sealed).await.expect("opens")[..], b"32 bytes of something secret ..."[..]);
    // An older version of the key opens what it sealed.
    bao.run(&["write", "-f", "transit/keys/chat/rotate"]);
    vault.open(LABEL, &sealed).await.expect("opens");
    // A renewable token is renewed before its end; the root token has none.
    let again = vault.tend().await.expect("renews").expect("is renewable");
    assert!(again > Duration::from_mins(20) && again <= Duration::from_mins(30), "{again:?}");

    let error = vault.open(b"plexichat root key 2", &sealed).await.expect_err("another label");
    assert!(!is_out_of_reach(&error), "{error}");
    let mut damaged = sealed.clone();
    damaged[20] ^= 1;
    assert!(!refused(&vault, &damaged).await.0);
    assert!(!refused(&vault, b"").await.0);

    let error = TransitVault::new(place(&bao, "none")).prepare().await.expect_err("no such key");
    assert!(error.message().contains("bao write -f transit/keys/none") && !is_out_of_reach(&error), "{error}");
    bao.run(&["write", "-f", "transit/keys/derived", "type=aes256-gcm96", "derived=true"]);
    bao.run(&["write", "-f", "transit/keys/signing", "type=ed25519"]);
    for (key, told) in [("derived", "is derived"), ("signing", "is ed25519")] {
        let error = TransitVault::new(place(&bao, key)).prepare().await.expect_err("of no use");
        assert!(error.message().contains(told), "{error}");
    }
    let elsewhere = TransitVault::new(TransitPlace { namespace: Some("team".to_owned()), ..place(&bao, "chat") });
    elsewhere.open(LABEL, &sealed).await.expect_err("there is no such namespace");
    bao.run(&["namespace", "create", "team"]);
    bao.run(&["secrets", "enable", "-namespace=team", "transit"]);
    bao.run(&["write", "-namespace=team", "-f", "transit/keys/chat", "type=chacha20-poly1305"]);
    std::fs::write(bao.path("token"), "root").expect("written");
    elsewhere.prepare().await.expect("ready");
    let other = elsewhere.seal(LABEL, b"other").await.expect("seals");
    assert_eq!(elsewhere.open(LABEL, &other).await.expect("opens")[..], b"other"[..]);
    assert!(vault.open(LABEL, &other).await.is_err(), "another namespace has other keys");
    assert_eq!(vault.tend().await.expect("asked"), None);
}

#[tokio::test]
async fn what_passes_is_told_from_what_does_not() {
    let bao = Bao::start();
    std::fs::write(bao.path("token"), bao.token()).expect("written");
    let vault = TransitVault::new(place(&bao, "chat"));
    let sealed = vault.seal(LABEL, b"secret").await.expect("seals");
    // The token is read each time: an agent writes a new one.
    std::fs::write(bao.path("token"), "hvs.wrong").expect("written");
    let (passes, told) = refused(&vault, &sealed).await;
    assert!(passes && told.contains("refuses the token") && told.contains("403") && !told.contains("hvs"), "{told}");
    std::fs::remove_file(bao.path("token")).expect("removed");
    let (passes, told) = refused(&vault, &sealed).await;
    assert!(passes && told.contains("cannot be read"), "{told}");
    std::fs::write(bao.path("token"), format!("{}\n", bao.token())).expect("written");
    vault.open(LABEL, &sealed).await.expect("opens again");

    bao.run(&["operator", "seal"]);
    let (passes, told) = refused(&vault, &sealed).await;
    assert!(passes && told.contains("503") && told.contains("sealed"), "{told}");
    bao.unseal();
    vault.open(LABEL, &sealed).await.expect("opens again");

    // Somebody else's certificate is not believed, and the token not sent.
    let unknown = TransitVault::new(TransitPlace { ca_file: None, ..place(&bao, "chat") });
    let (passes, told) = refused(&unknown, &sealed).await;
    assert!(passes && told.contains("certificate"), "{told}");
    let missing = TransitVault::new(TransitPlace { ca_file: Some(PathBuf::from("/no/such")), ..place(&bao, "chat") });
    assert!(refused(&missing, &sealed).await.1.contains("/no/such"));

    let place = place(&bao, "chat");
    drop(bao);
    let env = SecretSource::Env { name: "TOKEN".to_owned(), value: Some(plexichat_kernel::config::Secret::new("t")) };
    let gone = TransitVault::new(TransitPlace { token: env, ca_file: None, ..place });
    let (passes, told) = refused(&gone, &sealed).await;
    assert!(passes && told.contains("cannot be reached"), "{told}");
}
