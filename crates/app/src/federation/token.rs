//! ID tokens: whether a provider has signed one. `ring` does the arithmetic, which TLS brings along.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::Value;

/// A public key as a provider shows it (RFC 7517).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// What a token says about itself.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// What must be understood; we understand nothing of it.
    crit: Option<Value>,
}

/// How a token was signed. Only signatures by a key of which the provider alone has the private half:
/// never `none`, and never a secret that two sides share.
#[derive(Clone, Copy)]
enum Sort {
    Rsa(&'static RsaParameters),
    Curve(&'static str, &'static dyn VerificationAlgorithm),
}

fn sort(alg: &str) -> Option<Sort> {
    Some(match alg {
        "RS256" => Sort::Rsa(&RSA_PKCS1_2048_8192_SHA256),
        "RS384" => Sort::Rsa(&RSA_PKCS1_2048_8192_SHA384),
        "RS512" => Sort::Rsa(&RSA_PKCS1_2048_8192_SHA512),
        "PS256" => Sort::Rsa(&RSA_PSS_2048_8192_SHA256),
        "ES256" => Sort::Curve("P-256", &ECDSA_P256_SHA256_FIXED),
        "ES384" => Sort::Curve("P-384", &ECDSA_P384_SHA384_FIXED),
        "EdDSA" => Sort::Curve("Ed25519", &ED25519),
        _ => return None,
    })
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

impl Jwk {
    /// Whether a token that names this key, or none, may be signed with it.
    pub(super) fn may_be(&self, kid: Option<&str>) -> bool {
        kid.is_none() || self.kid.as_deref() == kid
    }

    fn fits(&self, alg: &str, sort: Sort, message: &[u8], signature: &[u8]) -> bool {
        let is_for_this = self.alg.as_deref().is_none_or(|it| it == alg)
            && self.purpose.as_deref().is_none_or(|it| it == "sig");
        is_for_this && self.verify(sort, message, signature).is_some()
    }

    fn verify(&self, sort: Sort, message: &[u8], signature: &[u8]) -> Option<()> {
        match sort {
            Sort::Rsa(parameters) if self.kty == "RSA" => {
                let (n, e) = (bytes(self.n.as_ref())?, bytes(self.e.as_ref())?);
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signature).ok()
            }
            Sort::Curve(curve, algorithm) if self.crv.as_deref() == Some(curve) => {
                let x = bytes(self.x.as_ref())?;
                let key = match (self.kty.as_str(), &self.y) {
                    ("EC", Some(_)) => {
                        let y = bytes(self.y.as_ref())?;
                        [&[4], x.as_slice(), y.as_slice()].concat()
                    }
                    ("OKP", None) => x,
                    _ => return None,
                };
                let key = UnparsedPublicKey::new(algorithm, key);
                key.verify(message, signature).ok()
            }
            _ => None,
        }
    }
}

/// A token in its parts.
pub(super) struct Token<'a> {
    header: Header,
    /// The key that it names.
    message: &'a str,
    signature: Vec<u8>,
    claims: Value,
}

impl<'a> Token<'a> {
    /// Reads a token; nothing in it is believed yet.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let token = Self {
            header: serde_json::from_slice(&part(header)?).ok()?,
            message,
            signature: part(signature)?,
            claims: serde_json::from_slice(&part(claims)?).ok()?,
        };
        token.header.crit.is_none().then_some(token)
    }

    /// The key that it says it is signed with.
    pub(super) fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Its claims, where one of the keys has signed it.
    pub(super) fn signed_by(self, keys: &[Jwk]) -> Option<Value> {
        let alg = self.header.alg.as_str();
        let sort = sort(alg)?;
        let fits = |it: &Jwk| {
            it.may_be(self.kid()) && it.fits(alg, sort, self.message.as_bytes(), &self.signature)
        };
        keys.iter().any(fits).then_some(self.claims)
    }
}
