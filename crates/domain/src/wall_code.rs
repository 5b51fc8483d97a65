//! Signed codes on the wall. A code names an enterprise and an area, never a person; a manager
//! can't print one of his own that singles somebody out, because he can't sign it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::problem::{Code, Problem};
use crate::report_code::crockford;

/// What a scanned code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallCode {
    /// The enterprise's short code.
    pub enterprise: String,
    /// The area's code; `None` for the enterprise's general entry.
    pub area: Option<String>,
}

/// The key that signs wall codes.
#[derive(Clone)]
pub struct WallKey(pub [u8; 32]);

impl WallKey {
    /// The part of the address after `/r/`: `enterprise.area.signature`, or `enterprise` alone.
    pub fn path(&self, code: &WallCode) -> String {
        match &code.area {
            None => code.enterprise.clone(),
            Some(area) => {
                format!(
                    "{}.{area}.{}",
                    code.enterprise,
                    self.signature(&code.enterprise, area)
                )
            }
        }
    }

    /// Reads and checks the part of the address after `/r/`.
    pub fn read(&self, path: &str) -> Result<WallCode, Problem> {
        let parts: Vec<&str> = path.split('.').collect();
        let is_word = |word: &str| {
            (4..=16).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        match parts.as_slice() {
            [enterprise] if is_word(enterprise) => Ok(WallCode {
                enterprise: enterprise.to_ascii_uppercase(),
                area: None,
            }),
            [enterprise, area, signature] if is_word(enterprise) && is_word(area) => {
                let enterprise = enterprise.to_ascii_uppercase();
                let area = area.to_ascii_uppercase();
                if self.signature(&enterprise, &area) == signature.to_ascii_uppercase() {
                    Ok(WallCode {
                        enterprise,
                        area: Some(area),
                    })
                } else {
                    Err(Code::WallCodeUnknown.problem())
                }
            }
            _ => Err(Code::WallCodeUnknown.problem()),
        }
    }

    /// Fifty bits of HMAC-SHA256: enough, since a guess must be tried against the server, and a
    /// hit only opens a form.
    fn signature(&self, enterprise: &str, area: &str) -> String {
        // HMAC pads a short key with zeros to the block; doing so here keeps the call infallible.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(b"hezuo wall code v1\0");
        mac.update(enterprise.as_bytes());
        mac.update(b"\0");
        mac.update(area.as_bytes());
        let mut text = crockford(&mac.finalize().into_bytes()[..10]);
        text.truncate(10);
        text
    }
}

/// Makes the short word for an enterprise or area from random bytes.
pub fn short_word(bytes: &[u8; 5]) -> String {
    crockford(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signed_code_names_an_area() {
        let key = WallKey([7; 32]);
        let code = WallCode {
            enterprise: "K7Q2MX9A".into(),
            area: Some("WELD0001".into()),
        };
        let path = key.path(&code);
        assert_eq!(key.read(&path).unwrap(), code);
        assert_eq!(key.read(&path.to_lowercase()).unwrap(), code);

        let forged = path.replace("WELD0001", "WELD0002");
        assert!(
            key.read(&forged).is_err(),
            "another area needs another signature"
        );
        assert!(
            WallKey([8; 32]).read(&path).is_err(),
            "another server's key"
        );
        for wrong in [
            "",
            "a.b",
            "K7Q2MX9A.WELD0001",
            "K7Q2MX9A.WELD0001.",
            "../etc/passwd",
            "K7Q2MX9A?p=1",
        ] {
            assert!(key.read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(key.read("k7q2mx9a").unwrap().area, None);
    }
}
