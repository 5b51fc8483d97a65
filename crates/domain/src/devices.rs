//! Keys for machines: what one looks like, what it is for, how long it works.

use crate::commitment::{Hash, digest, hex, unhex};
use crate::ids::EnterpriseId;
use crate::problem::{Code, Problem};
use crate::time::Day;
use uuid::Uuid;

/// Longest life of a key, in days.
pub const LONGEST_DAYS: i64 = 366;

/// Longest name of a key.
const MAX_NAME: usize = 60;

/// What a machine may do with a key; nothing else, and never what a person may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyScope {
    /// Keep logins and their roles as a directory of people has them.
    Scim,
    /// Read what analysts read.
    Feed,
}

impl KeyScope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Scim, Self::Feed];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Feed => "feed",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// What stands at the beginning of every key, so that people and scanners of leaked secrets know one.
const PREFIX: &str = "hz_";

/// Bytes of the check at the end.
const CHECK: usize = 4;

/// A key as a machine keeps it: the enterprise, so that the tenant is known before anything is read, 32
/// random bytes, and a check that tells a mistyped key from a wrong one.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey {
    /// Whose.
    pub enterprise: EnterpriseId,
    secret: Hash,
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the secret.
        write!(f, "DeviceKey({})", self.enterprise)
    }
}

impl DeviceKey {
    /// A key of 32 random bytes.
    pub fn new(enterprise: EnterpriseId, secret: Hash) -> Self {
        Self { enterprise, secret }
    }

    /// As it is shown, once.
    pub fn text(&self) -> String {
        let body = format!("{}_{}", self.enterprise.0.simple(), hex(&self.secret));
        let check = digest(body.as_bytes());
        format!("{PREFIX}{body}_{}", hex(&check[..CHECK]))
    }

    /// Reads what a machine sends.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('_');
        let (enterprise, secret) = (parts.next()?, parts.next()?);
        let key = Self {
            enterprise: EnterpriseId(Uuid::try_parse(enterprise).ok()?),
            secret: unhex(secret)?,
        };
        // Only in the one way in which it is written.
        (key.text() == text).then_some(key)
    }

    /// What is stored of it.
    pub fn stored(&self) -> Hash {
        digest(&self.secret)
    }
}

/// Checks what an administrator wants of a key, and gives its name as it is stored.
///
/// # Errors
/// `input.*` at the field.
pub fn check(
    name: &str,
    scopes: &[KeyScope],
    today: Day,
    last_day: Day,
) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Code::InputMissing.at("name"));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Code::InputTooLong.at("name"));
    }
    if scopes.is_empty() {
        return Err(Code::InputMissing.at("scopes"));
    }
    if last_day < today || last_day > today.plus(LONGEST_DAYS) {
        return Err(Code::InputInvalid.at("last_day"));
    }
    Ok(name.to_owned())
}

/// Whether a key works on a day: its last day is one of them.
pub fn works(today: Day, last_day: Day, has_ended: bool) -> bool {
    !has_ended && today <= last_day
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_read_as_it_is_written_and_no_other_way(
            enterprise in any::<u128>(), secret in any::<[u8; 32]>(), at in 0..108_usize, to in "[0-9a-f_A-Z]"
        ) {
            let key = DeviceKey::new(EnterpriseId(Uuid::from_u128(enterprise)), secret);
            let text = key.text();
            prop_assert_eq!(DeviceKey::parse(&text), Some(key.clone()));
            prop_assert!(text.starts_with("hz_") && text.len() == 109);
            let mut changed = text.clone();
            changed.replace_range(at..=at, &to);
            prop_assert_eq!(DeviceKey::parse(&changed).is_some(), changed == text);
        }
    }

    #[test]
    fn a_key_has_a_name_something_to_do_and_an_end() {
        let (today, scim) = (Day(100), [KeyScope::Scim]);
        assert!(check(" directory ", &scim, today, Day(466)).is_ok_and(|it| it == "directory"));
        let fault = |name: &str, scopes: &[KeyScope], last| {
            check(name, scopes, today, Day(last))
                .unwrap_err()
                .path
                .unwrap_or_default()
        };
        assert_eq!(fault("a", &scim, 99), "last_day");
        assert_eq!(fault("a", &scim, 467), "last_day");
        assert_eq!(fault("a", &[], 100), "scopes");
        assert_eq!(fault(" ", &scim, 100), "name");
        assert_eq!(fault(&"a".repeat(61), &scim, 100), "name");
        assert!(works(Day(100), Day(100), false));
        assert!(!works(Day(101), Day(100), false));
        assert!(!works(Day(100), Day(100), true));
    }
}
