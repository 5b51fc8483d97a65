//! Signatures of authenticators, by the library that TLS uses.

use hezuo_domain::passkeys::PublicKey;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

/// Whether the signature over the message is by this key.
pub(super) fn fits(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    match key {
        PublicKey::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            .verify(message, signature)
            .is_ok(),
        PublicKey::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point)
            .verify(message, signature)
            .is_ok(),
        PublicKey::Rs256(n, e) => RsaPublicKeyComponents { n, e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok(),
    }
}
