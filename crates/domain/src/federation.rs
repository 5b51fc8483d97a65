//! Signing in through a provider of one's organisation: what of its answer is believed, and which roles
//! follow from it.

use serde_json::Value;

use crate::ids::EnterpriseId;
use crate::people::{Grant, Place, Role};
use crate::places::RegionCode;

/// Seconds within which somebody has to come back from the provider.
pub const ATTEMPT_SECONDS: i64 = 600;

/// Seconds by which two clocks may differ.
const LEEWAY: i64 = 60;

/// Longest id of a person at a provider; the standard says 255.
const MAX_SUBJECT: usize = 255;

/// A value of a claim stands for a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The value, such as a group's name.
    pub value: String,
    /// The role.
    pub role: Role,
    /// The division in which the role holds; none for the whole of the login's home.
    pub region: Option<RegionCode>,
}

/// The claim in which a provider says by what somebody has signed in (RFC 8176).
pub const METHODS: &str = "amr";

/// Whether a provider vouches that somebody has signed in by more than one thing. Silence does not.
pub fn has_second_step(claims: &Value) -> bool {
    let methods = claims[METHODS].as_array();
    methods.is_some_and(|all| all.iter().any(|it| it == "mfa"))
}

/// Whether a provider may say who holds a role. Who represents the workers is decided by them and by a
/// second person, not by whoever runs the directory.
pub fn may_be_mapped(role: Role) -> bool {
    role != Role::WorkerRepresentative
}

/// The roles that follow from the values of a claim.
pub fn mapped(rules: &[Rule], values: &[String], home: EnterpriseId) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for rule in rules {
        let place = match &rule.region {
            Some(region) => Place::Region(region.clone()),
            None => Place::Enterprise(home),
        };
        let grant = Grant {
            role: rule.role,
            place,
        };
        if may_be_mapped(rule.role) && values.contains(&rule.value) && !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    grants
}

/// How somebody's roles move to those that a provider names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What is new.
    pub gained: Vec<Grant>,
    /// What is gone.
    pub lost: Vec<Grant>,
    /// What is held from now on.
    pub after: Vec<Grant>,
}

/// Replaces roles by those that a provider names. What a provider may not say stays as it is, and so does
/// the administration of the last one who has it, because nobody could give it back.
pub fn take_over(before: &[Grant], named: &[Grant], is_last_administrator: bool) -> Move {
    let stays = |it: &&Grant| {
        !may_be_mapped(it.role)
            || is_last_administrator
                && it.role == Role::Administrator
                && matches!(it.place, Place::Enterprise(_))
    };
    let mut after: Vec<Grant> = before.iter().filter(stays).cloned().collect();
    let named = named.iter().filter(|it| may_be_mapped(it.role));
    for grant in named {
        if !after.contains(grant) {
            after.push(grant.clone());
        }
    }
    let without = |these: &[Grant], others: &[Grant]| -> Vec<Grant> {
        let left = these.iter().filter(|it| !others.contains(it));
        left.cloned().collect()
    };
    Move {
        gained: without(&after, before),
        lost: without(before, &after),
        after,
    }
}

/// What a provider's answer must be about.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// This server, as the provider knows it.
    pub client: &'a str,
    /// What this attempt was begun with.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// Why a provider's answer is not believed; for the operator's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It comes from another provider.
    Issuer,
    /// It is meant for somebody else.
    Audience,
    /// It has ended, or does not say when it ends.
    Expired,
    /// It is from the future, or does not say when it was made.
    Early,
    /// It belongs to another attempt.
    Nonce,
    /// It names nobody.
    Subject,
}

/// Reads who somebody is from the claims of an ID token whose signature fits (OpenID Connect Core,
/// 3.1.3.7).
///
/// # Errors
/// The first doubt.
pub fn subject(claims: &Value, expected: Expected<'_>) -> Result<String, Doubt> {
    let text = |name: &str| claims[name].as_str();
    // Seconds may carry a fraction; a number in quotes is none.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time beyond all numbers is still past or future"
    )]
    let seconds = |name: &str| {
        let value = &claims[name];
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|it| it as i64))
    };
    if text("iss") != Some(expected.issuer) {
        return Err(Doubt::Issuer);
    }
    let audience = texts(claims, "aud");
    let is_ours = audience.iter().any(|it| it == expected.client);
    let party_fits = match text("azp") {
        Some(party) => party == expected.client,
        None => claims["azp"].is_null() && audience.len() == 1,
    };
    if !is_ours || !party_fits {
        return Err(Doubt::Audience);
    }
    if seconds("exp").is_none_or(|it| it.saturating_add(LEEWAY) <= expected.now) {
        return Err(Doubt::Expired);
    }
    let is_early = |at: i64| at > expected.now.saturating_add(LEEWAY);
    let not_before = claims.get("nbf").map(|_| seconds("nbf"));
    if seconds("iat").is_none_or(is_early) || not_before.is_some_and(|it| it.is_none_or(is_early)) {
        return Err(Doubt::Early);
    }
    if expected.nonce.is_empty() || text("nonce") != Some(expected.nonce) {
        return Err(Doubt::Nonce);
    }
    match text("sub") {
        Some(subject) if !subject.is_empty() && subject.len() <= MAX_SUBJECT => {
            Ok(subject.to_owned())
        }
        _ => Err(Doubt::Subject),
    }
}

/// The texts of a claim that is one text or a list of them.
pub fn texts(claims: &Value, name: &str) -> Vec<String> {
    match &claims[name] {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => all
            .iter()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    const EXPECTED: Expected<'static> = Expected {
        issuer: "https://login.example",
        client: "hezuo",
        nonce: "n-1",
        now: 1_000_000,
    };

    fn claims() -> Value {
        json!({"iss": "https://login.example", "aud": "hezuo", "exp": 1_000_300, "iat": 999_990,
            "nonce": "n-1", "sub": "7"})
    }

    fn with(name: &str, value: Value) -> Result<String, Doubt> {
        let mut claims = claims();
        claims[name] = value;
        subject(&claims, EXPECTED)
    }

    #[test]
    fn an_answer_is_believed_only_where_all_of_it_fits() {
        assert_eq!(subject(&claims(), EXPECTED).as_deref(), Ok("7"));
        for (name, value, doubt) in [
            ("iss", json!("https://login.example/"), Doubt::Issuer),
            ("iss", json!(null), Doubt::Issuer),
            ("aud", json!("other"), Doubt::Audience),
            ("aud", json!(["hezuo", "other"]), Doubt::Audience),
            ("azp", json!("other"), Doubt::Audience),
            ("azp", json!(1), Doubt::Audience),
            ("exp", json!(999_940), Doubt::Expired),
            ("exp", json!("1000300"), Doubt::Expired),
            ("exp", json!(null), Doubt::Expired),
            ("iat", json!(1_000_061), Doubt::Early),
            ("iat", json!("1"), Doubt::Early),
            ("nbf", json!(1_000_061), Doubt::Early),
            ("nbf", json!("0"), Doubt::Early),
            ("nonce", json!("n-2"), Doubt::Nonce),
            ("nonce", json!(null), Doubt::Nonce),
            ("sub", json!(""), Doubt::Subject),
            ("sub", json!(7), Doubt::Subject),
            ("sub", json!("x".repeat(256)), Doubt::Subject),
        ] {
            assert_eq!(with(name, value.clone()), Err(doubt), "{name}: {value}");
        }
        let mut both = claims();
        both["aud"] = json!(["hezuo", "other"]);
        both["azp"] = json!("hezuo");
        assert!(subject(&both, EXPECTED).is_ok());
    }

    fn grants() -> impl Strategy<Value = Vec<Grant>> {
        let grant = (0..Role::ALL.len(), any::<bool>()).prop_map(|(role, in_region)| Grant {
            role: Role::ALL[role],
            place: if in_region {
                Place::Region("330503".parse().unwrap())
            } else {
                Place::Enterprise(EnterpriseId(Uuid::from_u128(1)))
            },
        });
        proptest::collection::vec(grant, 0..5)
    }

    proptest! {
        #[test]
        fn a_provider_neither_makes_nor_unmakes_a_representative(
            before in grants(), named in grants(), is_last in any::<bool>()
        ) {
            let moved = take_over(&before, &named, is_last);
            let representing = |these: &[Grant]| -> Vec<Grant> {
                these.iter().filter(|it| it.role == Role::WorkerRepresentative).cloned().collect()
            };
            prop_assert_eq!(representing(&moved.after), representing(&before));
            for grant in &named {
                prop_assert!(!may_be_mapped(grant.role) || moved.after.contains(grant));
            }
            for grant in &moved.after {
                let is_kept = before.contains(grant);
                prop_assert!(named.contains(grant) || is_kept);
            }
            if !is_last {
                let is_named = |it: &Grant| !may_be_mapped(it.role) || named.contains(it);
                prop_assert!(moved.after.iter().all(is_named));
            }
        }
    }

    #[test]
    fn values_stand_for_roles_and_a_representative_is_none_of_them() {
        let home = EnterpriseId(Uuid::from_u128(1));
        let rule = |value: &str, role| Rule {
            value: value.to_owned(),
            role,
            region: None,
        };
        let rules = [
            rule("safety", Role::SafetyOfficer),
            rule("union", Role::WorkerRepresentative),
            rule("all", Role::EitMember),
        ];
        let values = ["safety".to_owned(), "union".to_owned()];
        let roles: Vec<Role> = mapped(&rules, &values, home)
            .iter()
            .map(|it| it.role)
            .collect();
        assert_eq!(roles, [Role::SafetyOfficer]);
    }
}
