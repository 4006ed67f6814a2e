//! One visit to a token: its library, the slot, a session, the key. Everything here blocks.
//!
//! What a token says is sorted by whether it may pass; a PIN that it refused is told apart, so that it is not tried again.
//! Not here: what is sealed and in which form (`pkcs11`).

use super::{TAG, out_of_reach};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error as TokenError, RvError},
    mechanism::{Mechanism, MechanismType, aead::GcmParams},
    object::{Attribute, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::{Slot, TokenInfo},
    types::AuthPin,
};
use plexichat_kernel::{
    Error, Result,
    config::{Pkcs11Place, Secret},
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// Bytes of the key in the token.
const KEY_LENGTH: std::ffi::c_ulong = 32;

/// Libraries that were loaded. They stay, as many as are configured: unloading one with threads of its own ends badly.
static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// An open session.
pub(super) struct Call {
    session: Session,
    can_seal: bool,
    object: String,
}

/// Why there is none.
pub(super) struct Failed {
    pub(super) error: Error,
    /// The PIN was refused.
    pub(super) is_pin: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, is_pin: false }
    }
}

/// What a token says, sorted by whether it may pass.
fn told(what: &str, error: &TokenError) -> Error {
    let lasting = matches!(
        error,
        TokenError::Pkcs11(
            RvError::PinIncorrect
                | RvError::PinLocked
                | RvError::PinExpired
                | RvError::PinLenRange
                | RvError::UserPinNotInitialized
                | RvError::MechanismInvalid
                | RvError::KeyFunctionNotPermitted
                | RvError::TokenWriteProtected
                | RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange,
            _
        ) | TokenError::NotSupported
            | TokenError::NullFunctionPointer
            | TokenError::MissingSymbol(_)
    );
    let text = match error {
        TokenError::Pkcs11(code, _) => format!("{what} ({code:?})"),
        other => format!("{what} ({other})"),
    };
    if lasting { Error::unavailable(text) } else { out_of_reach(text) }
}

fn library(place: &Pkcs11Place) -> Result<Pkcs11> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.get(&place.module) {
        return Ok(library.clone());
    }
    let shown = place.module.display();
    let library = Pkcs11::new(&place.module)
        .map_err(|error| Error::unavailable(format!("the PKCS#11 library {shown} cannot be loaded ({error})")))?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(told(&format!("the PKCS#11 library {shown} does not start"), &error)),
    }
    loaded.insert(place.module.clone(), library.clone());
    Ok(library)
}

/// The one token that fits.
fn slot(library: &Pkcs11, place: &Pkcs11Place) -> Result<(Slot, TokenInfo)> {
    let slots = library.get_slots_with_initialized_token().map_err(|error| told("the tokens cannot be listed", &error))?;
    let fits = |info: &TokenInfo| {
        place.token.as_deref().is_none_or(|label| info.label() == label)
            && place.serial.as_deref().is_none_or(|serial| info.serial_number() == serial)
    };
    let infos = slots.into_iter().filter_map(|slot| Some((slot, library.get_token_info(slot).ok()?)));
    let mut found = infos.filter(|(_, info)| fits(info));
    let name = place.token.as_ref().or(place.serial.as_ref()).map_or("", String::as_str);
    match (found.next(), found.next()) {
        (None, _) => Err(out_of_reach(format!("the token {name} is not there"))),
        (Some(one), None) => Ok(one),
        _ => Err(Error::unavailable(format!("several tokens are called {name}; add serial=NUMBER to the address"))),
    }
}

impl Call {
    pub(super) fn open(place: &Pkcs11Place, pin: &Secret) -> Result<Self, Failed> {
        let library = library(place)?;
        let (slot, info) = slot(&library, place)?;
        let name = info.label().to_owned();
        if info.user_pin_locked() {
            return Err(Error::unavailable(format!("the PIN of the token {name} is locked; its administrator unlocks it")).into());
        }
        if info.user_pin_final_try() {
            let text = format!("the next wrong PIN locks the token {name}, so none is tried; sign in with its own tool once");
            return Err(Error::unavailable(text).into());
        }
        // SoftHSM and others list AES-GCM here; a token without it cannot be told from one that hides it but by trying.
        let mechanisms = library.get_mechanism_list(slot).map_err(|error| told("the token cannot be asked", &error))?;
        let can_seal = mechanisms.contains(&MechanismType::AES_GCM);
        let opened = if info.write_protected() { library.open_ro_session(slot) } else { library.open_rw_session(slot) };
        let session = opened.map_err(|error| told("the token opens no session", &error))?;
        match session.login(UserType::User, Some(&AuthPin::new(pin.expose().into()))) {
            Ok(()) | Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => {
                let is_pin = matches!(error, TokenError::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange, _));
                return Err(Failed { error: told(&format!("the token {name} refuses the PIN"), &error), is_pin });
            }
        }
        Ok(Self { session, can_seal, object: place.object.clone() })
    }

    fn template(&self) -> Vec<Attribute> {
        vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::AES),
            Attribute::Token(true),
            Attribute::Label(self.object.as_bytes().to_vec()),
        ]
    }

    /// The key, if it was made.
    pub(super) fn find(&self) -> Result<Option<ObjectHandle>> {
        let found = self.session.find_objects(&self.template()).map_err(|error| told("the token cannot be searched", &error))?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(Error::unavailable(format!(
                "the token has several keys called {}; delete all but the right one",
                self.object
            ))),
        }
    }

    pub(super) fn needed(&self) -> Result<ObjectHandle> {
        let missing =
            || Error::unavailable(format!("the token has no key called {}; restore it from the token's backup", self.object));
        self.find()?.ok_or_else(missing)
    }

    /// Makes the key, where it can be used and not read.
    pub(super) fn generate(&self) -> Result<()> {
        if !self.can_seal {
            return Err(Error::unavailable("the token has no AES-GCM (CKM_AES_GCM), which is needed"));
        }
        let mut template = self.template();
        template.extend([
            Attribute::ValueLen(KEY_LENGTH.into()),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
        ]);
        let made = self.session.generate_key(&Mechanism::AesKeyGen, &template);
        made.map(|_| ()).map_err(|error| told("the token makes no key", &error))
    }

    pub(super) fn encrypt(&self, key: ObjectHandle, nonce: &mut [u8], label: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let mechanism = Mechanism::AesGcm(params(nonce, label)?);
        self.session.encrypt(&mechanism, key, secret).map_err(|error| told("the token seals nothing", &error))
    }

    pub(super) fn decrypt(&self, key: ObjectHandle, nonce: &mut [u8], label: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let mechanism = Mechanism::AesGcm(params(nonce, label)?);
        let opened = self.session.decrypt(&mechanism, key, sealed).map(Zeroizing::new);
        opened.map_err(|error| match error {
            // Tokens differ in how they call a tag that does not fit.
            TokenError::Pkcs11(RvError::GeneralError | RvError::FunctionFailed | RvError::EncryptedDataInvalid, _) => {
                let text = format!("the key {} in the token does not open this database: it belongs to another one", self.object);
                Error::unavailable(text)
            }
            error => told("the token opens nothing", &error),
        })
    }
}

fn params<'a>(nonce: &'a mut [u8], label: &'a [u8]) -> Result<GcmParams<'a>> {
    let bits = std::ffi::c_ulong::try_from(TAG * 8).map_err(Error::internal)?;
    GcmParams::new(nonce, label, bits.into()).map_err(|error| Error::internal(error.to_string()))
}
