//! Signed cursors: an HMAC over what is inside and over the read that it belongs to.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::invalid;
use crate::error::{Code, Error};
use crate::json::members;

/// Begins every signed cursor; no base64 text holds a dot.
const PREFIX: &str = "tt1.";
/// What a signature is over, so that one of something else never fits.
const PURPOSE: &[u8] = b"tabletheory cursor 1\0";
/// Fewest bytes of a key.
const MIN_KEY: usize = 32;

members! {
    /// `cursor` of the settings.
    #[derive(Clone, Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(default, deny_unknown_fields))]
    pub struct Keyring {
        /// Keys of signed cursors: base64 of at least 32 random bytes each. The first one signs, all of them verify. None: cursors
        /// are not signed.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
        keys: Vec<Zeroizing<String>>,
        /// Whether cursors without a signature are refused; true when left out and there are keys.
        required: Option<bool>,
    }
    default
}

/// Digest of the read that a signed cursor belongs to.
#[derive(Clone)]
pub struct Binding(Sha256);

impl Binding {
    /// Begins with nothing.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Binding(Sha256::new())
    }

    /// Takes up one part of the read. Parts are told apart by their lengths.
    pub fn add(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part.as_bytes());
    }
}

impl Keyring {
    /// Checks what the types do not.
    ///
    /// # Errors
    /// [`Code::Configuration`]: a key that is not base64 or too short, or signatures required without a key.
    pub fn check(&self) -> Result<(), Error> {
        for (at, key) in self.keys.iter().enumerate() {
            let long = bytes(key).is_some_and(|bytes| bytes.len() >= MIN_KEY);
            if !long {
                let message = format!("key {at} of signed cursors is not base64 of at least {MIN_KEY} bytes");
                return Err(Error::new(Code::Configuration, message).hint("for instance `openssl rand -base64 32`"));
            }
        }
        if self.keys.is_empty() && self.required == Some(true) {
            return Err(Error::new(Code::Configuration, "signed cursors are required and there is no key for them"));
        }
        Ok(())
    }

    /// Whether cursors are signed.
    pub fn signs(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Signs the JSON text of a cursor.
    pub fn seal(&self, json: &str, binding: &Binding) -> String {
        let mut text = String::from(PREFIX);
        URL_SAFE_NO_PAD.encode_string(json, &mut text);
        if let Some(mac) = self.keys.first().and_then(|key| mac(key, json, binding)) {
            text.push('.');
            URL_SAFE_NO_PAD.encode_string(mac.finalize().into_bytes(), &mut text);
        }
        text
    }

    /// The JSON text of a cursor of either form, if this keyring lets it through.
    ///
    /// # Errors
    /// [`Code::InvalidCursor`]
    pub fn open(&self, text: &str, binding: &Binding) -> Result<String, Error> {
        let text = text.trim();
        let Some(signed) = text.strip_prefix(PREFIX) else {
            if self.required.unwrap_or(self.signs()) && !text.is_empty() {
                return Err(invalid("cursor is not signed").hint("this client takes signed cursors only"));
            }
            return super::decode::base64(text);
        };
        if !self.signs() {
            return Err(
                invalid("cursor is signed and the client has no key for it").hint("see `cursor` of the settings")
            );
        }
        let json = payload(text).ok_or_else(forged)??;
        let tag = signed.split_once('.').and_then(|(_, tag)| URL_SAFE_NO_PAD.decode(tag).ok()).ok_or_else(forged)?;
        // Every key is tried, whichever fits: how long it takes says nothing about them.
        let mut verified = false;
        for key in &self.keys {
            verified |= mac(key, &json, binding).is_some_and(|mac| mac.verify_slice(&tag).is_ok());
        }
        if verified { Ok(json) } else { Err(forged()) }
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.keys.len()).field("required", &self.required).finish()
    }
}

/// The JSON text inside a signed cursor, not verified; `None` when the text is not one.
pub(super) fn payload(text: &str) -> Option<Result<String, Error>> {
    let (payload, _) = text.strip_prefix(PREFIX)?.split_once('.')?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok();
    Some(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(forged))
}

fn forged() -> Error {
    invalid("cursor was changed, or belongs to another read")
        .hint("table, index, order, key and filter must be those of the call that gave it")
}

fn bytes(key: &str) -> Option<Zeroizing<Vec<u8>>> {
    STANDARD.decode(key).ok().map(Zeroizing::new)
}

fn mac(key: &str, json: &str, binding: &Binding) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes(key)?).ok()?;
    mac.update(PURPOSE);
    mac.update(&binding.0.clone().finalize());
    mac.update(json.as_bytes());
    Some(mac)
}
