use super::*;
use proptest::prelude::*;

fn party() -> RelyingParty {
    RelyingParty::at("https://hezuo.example").unwrap()
}

/// What an authenticator says for a server, with these flags, and a key after it.
fn said_for(id: &str, flags: u8, counter: u32, tail: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest(id.as_bytes());
    [hash.as_slice(), &[flags], &counter.to_be_bytes(), tail].concat()
}

#[test]
fn passkeys_are_for_names_over_a_safe_connection() {
    let at = |url: &str| RelyingParty::at(url).map(|it| it.id);
    assert_eq!(at("https://Hezuo.example/"), Some("hezuo.example".into()));
    assert_eq!(
        at("https://hezuo.example:8443"),
        Some("hezuo.example".into())
    );
    assert_eq!(at("http://localhost:8080"), Some("localhost".into()));
    let refused = [
        "http://hezuo.example",
        "http://127.0.0.1:8080",
        "https://192.168.1.5",
        "https://[::1]:8080",
        "https://hezuo.example/path",
        "hezuo.example",
        "https://",
    ];
    for refused in refused {
        assert_eq!(at(refused), None, "{refused}");
    }
    assert_eq!(party().origin, "https://hezuo.example");
}

#[test]
fn only_what_was_done_on_our_page_is_taken() {
    let client = |kind: &str, origin: &str, more: &str| {
        format!(r#"{{"type":"{kind}","challenge":"AQID","origin":"{origin}"{more}}}"#)
    };
    let check = |text: &str| check_client_data(text.as_bytes(), Ceremony::Get, &party()).is_ok();
    let good = client("webauthn.get", "https://hezuo.example", "");
    assert!(check(&good));
    assert_eq!(challenge_of(good.as_bytes()), Some(vec![1, 2, 3]));
    assert!(check(&client(
        "webauthn.get",
        "https://hezuo.example",
        r#","crossOrigin":false,"new":1"#
    )));
    for bad in [
        client("webauthn.create", "https://hezuo.example", ""),
        client("webauthn.get", "https://hezuo.example.evil.example", ""),
        client("webauthn.get", "http://hezuo.example", ""),
        client(
            "webauthn.get",
            "https://hezuo.example",
            r#","crossOrigin":true"#,
        ),
        "{}".to_owned(),
        "[".to_owned(),
    ] {
        assert!(!check(&bad), "{bad}");
    }
}

#[test]
fn an_authenticator_must_know_us_and_who_is_there() {
    let reads = |bytes: &[u8]| read_authenticator_data(bytes, &party()).is_ok();
    let both = PRESENT | VERIFIED;
    assert!(reads(&said_for("hezuo.example", both, 7, &[])));
    assert!(!reads(&said_for("evil.example", both, 7, &[])));
    assert!(
        !reads(&said_for("hezuo.example", PRESENT, 7, &[])),
        "nobody was verified"
    );
    assert!(
        !reads(&said_for("hezuo.example", VERIFIED, 7, &[])),
        "nobody was there"
    );
    assert!(
        !reads(&said_for("hezuo.example", both | ATTESTED, 7, &[0; 17])),
        "half a key"
    );
    let whole = said_for("hezuo.example", both, 258, &[]);
    assert_eq!(
        read_authenticator_data(&whole, &party()).unwrap().counter,
        258
    );
    for length in 0..whole.len() {
        assert!(!reads(&whole[..length]));
    }
}

#[test]
fn a_new_key_is_found_between_what_stands_around_it() {
    let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    cose.extend([7; 32]);
    cose.extend([0x22, 0x58, 0x20]);
    cose.extend([8; 32]);
    let extension = [0xa0];
    let tail = [&[0; 16][..], &[0, 3], b"abc", &cose, &extension].concat();
    let said = said_for("hezuo.example", PRESENT | VERIFIED | ATTESTED, 0, &tail);
    let (id, key) = read_authenticator_data(&said, &party())
        .unwrap()
        .credential
        .unwrap();
    assert_eq!((id, key), (&b"abc"[..], &cose[..]));
    let point = [&[4][..], &[7; 32], &[8; 32]].concat();
    assert_eq!(PublicKey::parse(key).unwrap(), PublicKey::Es256(point));
    // Another curve, another sort of key, something behind it.
    for (at, byte) in [(6, 2), (2, 1), (4, 0x27)] {
        let mut other = cose.clone();
        other[at] = byte;
        assert!(PublicKey::parse(&other).is_err(), "{at}");
    }
    assert!(PublicKey::parse(&[&cose[..], &[0]].concat()).is_err());
    let envelope = |data: &[u8]| {
        let head = [0xa3, 0x63, 0x66, 0x6d, 0x74, 0x64, 0x6e, 0x6f, 0x6e, 0x65];
        let statement = [0x67, 0x61, 0x74, 0x74, 0x53, 0x74, 0x6d, 0x74, 0xa0, 0x68];
        let length = [0x58, u8::try_from(data.len()).unwrap()];
        [&head[..], &statement, b"authData", &length, data].concat()
    };
    assert_eq!(open_attestation(&envelope(&said)).unwrap(), said);
    assert!(open_attestation(&said).is_err());
}

#[test]
fn a_copy_is_noticed_by_its_counter() {
    assert!(has_gone_on(0, 0) && has_gone_on(0, 1) && has_gone_on(4, 5));
    assert!(!has_gone_on(5, 5) && !has_gone_on(5, 4) && !has_gone_on(5, 0));
}

proptest! {
    #[test]
    fn nothing_that_is_sent_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_authenticator_data(&bytes, &party());
        let known = said_for("hezuo.example", PRESENT | VERIFIED | ATTESTED, 0, &bytes);
        let _ = read_authenticator_data(&known, &party());
        let _ = open_attestation(&bytes);
        let _ = PublicKey::parse(&bytes);
        let _ = read_user_handle(&bytes);
        let _ = challenge_of(&bytes);
    }

    #[test]
    fn an_account_is_known_again(enterprise in any::<u128>(), user in any::<u128>()) {
        let (enterprise, user) = (Uuid::from_u128(enterprise), Uuid::from_u128(user));
        let handle = user_handle(EnterpriseId(enterprise), UserId(user));
        prop_assert_eq!(read_user_handle(&handle), Some((EnterpriseId(enterprise), UserId(user))));
    }
}
