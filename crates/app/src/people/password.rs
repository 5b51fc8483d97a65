//! Argon2id, off the async threads and never on more than two at once.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use hezuo_domain::people::PASSWORD_MAX;
use hezuo_domain::time::Random;
use tokio::sync::Semaphore;

use crate::{Error, Result};

static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// 19 MiB, two passes, one lane: the smallest setting that OWASP recommends for Argon2id.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password, in PHC form.
pub(super) async fn hash(password: String, random: &dyn Random) -> Result<String> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let _turn = AT_ONCE.acquire().await;
    tokio::task::spawn_blocking(move || {
        argon2()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|error| Error::Internal(format!("a password could not be hashed: {error}")))
    })
    .await?
}

/// Whether a password fits a stored hash. Where there is none, the same work is done in vain, so
/// that the time does not tell. One that is longer than any that can be set fits nothing, and is not worked on:
/// how long it is, who sends it knows.
pub(super) async fn fits(password: String, stored: Option<String>) -> Result<bool> {
    if password.chars().nth(PASSWORD_MAX).is_some() {
        return Ok(false);
    }
    let _turn = AT_ONCE.acquire().await;
    let fits = tokio::task::spawn_blocking(move || {
        if let Some(stored) = stored {
            return PasswordHash::new(&stored)
                .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        }
        drop(argon2().hash_password_with_salt(password.as_bytes(), &[0; 16]));
        false
    });
    Ok(fits.await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hezuo_domain::time::SeededRandom;

    #[tokio::test]
    async fn what_is_longer_than_any_password_fits_nothing() {
        for (length, wanted) in [(PASSWORD_MAX, true), (PASSWORD_MAX + 1, false)] {
            let password = "罩".repeat(length);
            let stored = hash(password.clone(), &SeededRandom::new(1)).await;
            let found = fits(password, stored.ok()).await;
            assert_eq!(found.unwrap(), wanted, "{length}");
        }
    }
}
