//! A root key in a token: `SoftHSM`, which keeps its tokens in a folder that the environment names. So each test runs itself
//! again in a process of its own.

use plexichat_kernel::config::{Pkcs11Place, SecretSource};
use plexichat_keys::vault::{KeyVault, Pkcs11Vault, is_out_of_reach};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const LABEL: &[u8] = b"plexichat root key 1";

fn module() -> PathBuf {
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
    let found = places.into_iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("SoftHSM is missing; scripts/setup.sh test installs it")
}

fn place(object: &str) -> Pkcs11Place {
    Pkcs11Place {
        module: module(),
        token: Some("chat".to_owned()),
        serial: None,
        object: object.to_owned(),
        pin: SecretSource::File("pin".into()),
    }
}

/// A token in a folder, and this test again with it.
fn with_token(test: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (conf, tokens) = (folder.path().join("softhsm2.conf"), folder.path().join("tokens"));
    std::fs::create_dir(&tokens).expect("made");
    std::fs::write(&conf, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display())).expect("written");
    std::fs::write(folder.path().join("pin"), "567890\n").expect("written");
    let mut init = Command::new("softhsm2-util");
    init.args(["--init-token", "--free", "--label", "chat", "--so-pin", "123456", "--pin", "567890"]);
    let made = init.env("SOFTHSM2_CONF", &conf).output().expect("runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", test, "--ignored", "--nocapture"]).env("SOFTHSM2_CONF", &conf).current_dir(folder.path());
    let ran = again.output().expect("runs");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && out.contains("1 passed"), "{out}\n{err}");
}

#[test]
fn a_token_keeps_what_it_is_given() {
    with_token("pkcs11::in_a_token");
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn in_a_token() {
    let vault = Pkcs11Vault::new(place("root"));
    let error = vault.open(LABEL, &[1; 60]).await.expect_err("there is no key yet");
    assert!(error.message().contains("no key called root") && !is_out_of_reach(&error), "{error}");
    vault.prepare().await.expect("makes the key");
    vault.prepare().await.expect("and leaves it alone");
    let sealed = vault.seal(LABEL, b"32 bytes of something secret ...").await.expect("seals");
    assert_eq!(sealed.len(), 1 + 12 + 32 + 16);
    assert_ne!(sealed, vault.seal(LABEL, b"32 bytes of something secret ...").await.expect("seals"), "no nonce twice");
    assert_eq!(vault.open(LABEL, &sealed).await.expect("opens")[..], b"32 bytes of something secret ..."[..]);
    let error = vault.open(b"plexichat root key 2", &sealed).await.expect_err("another label");
    assert!(!is_out_of_reach(&error) && error.message().contains("another one"), "{error}");
    for at in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        assert!(!is_out_of_reach(&vault.open(LABEL, &damaged).await.expect_err("damaged")), "byte {at}");
    }
    assert!(vault.open(LABEL, &sealed[..20]).await.is_err());
    nobody_reads_the_key();

    // Another vault object, as after a restart; another key opens nothing.
    let again = Pkcs11Vault::new(place("root"));
    again.open(LABEL, &sealed).await.expect("opens");
    let other = Pkcs11Vault::new(place("other"));
    other.prepare().await.expect("makes another key");
    assert!(!is_out_of_reach(&other.open(LABEL, &sealed).await.expect_err("another key")));

    let missing = Pkcs11Vault::new(Pkcs11Place { token: Some("elsewhere".to_owned()), ..place("root") });
    let error = missing.open(LABEL, &sealed).await.expect_err("no such token");
    assert!(is_out_of_reach(&error) && error.message().contains("elsewhere"), "{error}");
    let nothing = Pkcs11Vault::new(Pkcs11Place { module: "/no/such.so".into(), ..place("root") });
    let error = nothing.open(LABEL, &sealed).await.expect_err("no such library");
    assert!(!is_out_of_reach(&error) && error.message().contains("/no/such.so"), "{error}");
    std::fs::rename("pin", "away").expect("moves");
    let error = vault.open(LABEL, &sealed).await.expect_err("no PIN");
    assert!(is_out_of_reach(&error) && error.message().contains("PIN"), "{error}");
    std::fs::rename("away", "pin").expect("moves");
    vault.open(LABEL, &sealed).await.expect("opens again");
}

/// What the token says of the key: it stays where it is.
fn nobody_reads_the_key() {
    use cryptoki::{
        context::Pkcs11,
        object::{Attribute, AttributeType},
        session::UserType,
        types::AuthPin,
    };
    // The vault has started the library in this process.
    let library = Pkcs11::new(module()).expect("loads");
    let slot = library.get_slots_with_initialized_token().expect("lists")[0];
    let session = library.open_ro_session(slot).expect("opens");
    drop(session.login(UserType::User, Some(&AuthPin::new("567890".into()))));
    let found = session.find_objects(&[Attribute::Label(b"root".to_vec())]).expect("searches");
    assert_eq!(found.len(), 1);
    let asked = [AttributeType::Extractable, AttributeType::Sensitive, AttributeType::NeverExtractable, AttributeType::Local];
    let said = session.get_attributes(found[0], &asked).expect("says");
    assert!(said.contains(&Attribute::Extractable(false)) && said.contains(&Attribute::Sensitive(true)), "{said:?}");
    assert!(said.contains(&Attribute::NeverExtractable(true)) && said.contains(&Attribute::Local(true)), "{said:?}");
    let value = session.get_attributes(found[0], &[AttributeType::Value]).expect("answers");
    assert!(!value.iter().any(|attribute| matches!(attribute, Attribute::Value(bytes) if !bytes.is_empty())), "{value:?}");
}

#[test]
fn a_wrong_pin_is_tried_once() {
    with_token("pkcs11::with_a_wrong_pin");
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn with_a_wrong_pin() {
    assert!(Path::new("pin").exists());
    std::fs::write("pin", "000000").expect("written");
    let vault = Pkcs11Vault::new(place("root"));
    let error = vault.prepare().await.expect_err("a wrong PIN");
    assert!(error.message().contains("refuses the PIN") && !is_out_of_reach(&error), "{error}");
    let error = vault.prepare().await.expect_err("the same PIN");
    assert!(error.message().contains("not tried again") && !error.message().contains("000000"), "{error}");
    std::fs::write("pin", "567890").expect("written");
    vault.prepare().await.expect("the right one is tried");
}
