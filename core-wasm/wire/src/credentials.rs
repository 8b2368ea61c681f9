//! Credentials as the host hands them in.

use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::json::{self, What, members};

/// Credentials are renewed so long before they expire: five minutes.
pub const RENEW_BEFORE_MS: u64 = 5 * 60 * 1000;

/// AWS credentials (`credentials.schema.json`), checked. The secrets are wiped from memory on drop and never printed.
#[derive(Clone)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Credentials(Document);

members! {
    /// The credentials document, unchecked.
    #[derive(Clone)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    struct Document {
        /// Access key id.
        access_key_id: String,
        /// Secret access key.
        #[cfg_attr(feature = "schema", schemars(with = "String"))]
        secret_access_key: Zeroizing<String>,
        /// Session token of temporary credentials.
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
        session_token: Option<Zeroizing<String>>,
        /// When they expire, in milliseconds since the Unix epoch.
        expires_ms: Option<u64>,
    }
    ..
}

impl TryFrom<Document> for Credentials {
    type Error = Error;

    fn try_from(mut document: Document) -> Result<Credentials, Error> {
        document.session_token.take_if(|token| token.is_empty());
        check("access key id", &document.access_key_id, |c| c.is_ascii_graphic() && !b"/,=".contains(&c))?;
        check("secret access key", &document.secret_access_key, |c| c.is_ascii_graphic())?;
        if let Some(token) = &document.session_token {
            check("session token", token, |c| c.is_ascii_graphic())?;
        }
        Ok(Credentials(document))
    }
}

impl Credentials {
    /// Reads a credentials document. An empty session token counts as none; members it does not know are ignored.
    ///
    /// # Errors
    /// [`Code::Credentials`]: not such a document, a key is missing, or one cannot stand in a header. The message never
    /// quotes the document.
    pub fn parse(json: &[u8]) -> Result<Credentials, Error> {
        let refused = |what: &str| {
            Error::new(Code::Credentials, format!("the credentials {what}")).hint(
                "they are an object with strings `access_key_id`, `secret_access_key` and perhaps `session_token`, \
                 and perhaps a number `expires_ms`",
            )
        };
        let text = str::from_utf8(json).map_err(|_| refused("are not UTF-8"))?;
        let document: Document = json::read(text).map_err(|wrong| match wrong.what {
            What::NotJson(_) => refused("are not JSON"),
            _ => refused("do not have the right members"),
        })?;
        document.try_into()
    }

    /// The access key id.
    pub fn access_key_id(&self) -> &str {
        &self.0.access_key_id
    }

    /// The secret access key. Only the signer needs it.
    pub(super) fn secret_access_key(&self) -> &Zeroizing<String> {
        &self.0.secret_access_key
    }

    /// The session token of temporary credentials.
    pub(super) fn session_token(&self) -> Option<&str> {
        self.0.session_token.as_deref().map(String::as_str)
    }

    /// When they expire, in milliseconds since the Unix epoch; `None`: never, as far as is known.
    pub fn expires_ms(&self) -> Option<u64> {
        self.0.expires_ms
    }

    /// Whether they expire within five minutes of `now_ms` (milliseconds since the Unix epoch), or have expired.
    pub fn expires_soon(&self, now_ms: u64) -> bool {
        self.0.expires_ms.is_some_and(|expires| expires <= now_ms.saturating_add(RENEW_BEFORE_MS))
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.0.access_key_id)
            .field("temporary", &self.0.session_token.is_some())
            .field("expires_ms", &self.0.expires_ms)
            .finish_non_exhaustive()
    }
}

fn check(name: &str, value: &str, allowed: impl Fn(u8) -> bool) -> Result<(), Error> {
    let problem = if value.is_empty() {
        "is empty"
    } else if value.trim() != value {
        "begins or ends with white space"
    } else if !value.bytes().all(allowed) {
        "has characters that no such key has"
    } else {
        return Ok(());
    };
    Err(Error::new(Code::Credentials, format!("the {name} {problem}"))
        .hint("look at where the credentials come from: environment, profile or provider"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_long_lived_and_temporary_credentials() {
        let long =
            Credentials::parse(br#"{"access_key_id":"AKID","secret_access_key":"top/secret+","session_token":""}"#)
                .unwrap();
        assert_eq!((long.access_key_id(), long.session_token(), long.expires_ms()), ("AKID", None, None));
        assert!(!long.expires_soon(u64::MAX));
        let short = br#"{"access_key_id":"ASIA","secret_access_key":"s3","session_token":"tok==","expires_ms":1000000,"more":1}"#;
        let short = Credentials::parse(short).unwrap();
        assert_eq!(short.session_token(), Some("tok=="));
        for (now, soon) in [(699_999, false), (700_000, true), (1_000_001, true), (u64::MAX, true)] {
            assert_eq!(short.expires_soon(now), soon, "{now}");
        }
    }

    #[test]
    fn printing_shows_no_secret() {
        let credentials =
            Credentials::parse(br#"{"access_key_id":"AKID","secret_access_key":"hush","session_token":"quiet"}"#)
                .unwrap();
        let shown = format!("{credentials:?}");
        assert!(shown.contains("AKID") && !shown.contains("hush") && !shown.contains("quiet"), "{shown}");
    }

    #[test]
    fn unusable_credentials_are_refused_without_quoting_them() {
        for bad in [
            &br#"hush"#[..],
            b"",
            b"\xff",
            b"[]",
            br#"{"access_key_id":"AKID"}"#,
            br#"{"access_key_id":"AKID","secret_access_key":["hush"]}"#,
            br#"{"access_key_id":"AKID","secret_access_key":"hush","expires_ms":"hush"}"#,
            br#"{"access_key_id":"","secret_access_key":"hush"}"#,
            br#"{"access_key_id":"AKID","secret_access_key":""}"#,
            br#"{"access_key_id":"AKID","secret_access_key":"hush\n"}"#,
            br#"{"access_key_id":"AK/ID","secret_access_key":"hush"}"#,
            br#"{"access_key_id":"AKID\r\nhost: evil","secret_access_key":"hush"}"#,
            br#"{"access_key_id":"AKID","secret_access_key":"hush","session_token":"hush\r\nx: y"}"#,
        ] {
            let error = Credentials::parse(bad).unwrap_err();
            assert_eq!(error.code(), Code::Credentials);
            assert!(error.details().hint.is_some() && !error.to_json().contains("hush"), "{error}");
        }
    }
}
