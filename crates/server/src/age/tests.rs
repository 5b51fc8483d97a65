use hezuo_domain::time::SeededRandom;

use super::*;

/// Made by the program `age` 1.1.1 of Debian.
const KEY: &str = "# public key: age102p2538j40f9vtqtlhv6zg07cqgk2dcphx5nr24yaf4656eazplqezf0cc
AGE-SECRET-KEY-14NQ02TAZ4P5SG0FR6VRRSZ9QRMT436HW2DTWJ0D7TXJRCSPQ8SWQNC7W76";
const FILE: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBjeFBrSW1VblkrMVpnNlpTSXVBSHk1elhF\
UHVCNWx5bGlpS1UwQkN4Q0ZVCkNJSVVBNjlYbFMremZSK0N6dXg2VkxhVnNTMjhpNno0RWEwZmwv\
ZktITWsKLS0tIGd2ZkVZTGZqaTNYaEUrampScmVCMTlMdEc4bEUxZFh6UnRtaWlFdGhOLzgKoxoF\
m9u747XRp9l0w9LuxOBMy1hcp8JcxA5cAG8q8Wgk3mJ2ds93GAzmrX/a1hVu";

fn closed(content: &[u8], recipient: &Recipient) -> Vec<u8> {
    let (mut closing, _) = Closing::begin(Vec::new(), recipient, &SeededRandom::new(3)).unwrap();
    closing.write_all(content).unwrap();
    closing.finish().unwrap()
}

fn opened(closed: &[u8], identity: &Identity) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    Opening::begin(closed, identity)?.read_to_end(&mut content)?;
    Ok(content)
}

#[test]
fn what_another_program_closed_opens_here() {
    let identity = Identity::parse(KEY).unwrap();
    let file = text::from_base64(FILE).unwrap();
    assert_eq!(opened(&file, &identity).unwrap(), b"Nothing is lost.");
    assert!(KEY.contains(&identity.recipient().text()));
    assert!(KEY.ends_with(&identity.text()));
    assert_eq!(
        Recipient::parse(&identity.recipient().text()),
        Some(identity.recipient())
    );
}

#[test]
fn a_file_of_any_length_comes_back_and_only_to_the_one_it_is_for() {
    let identity = Identity::random(&SeededRandom::new(1));
    let other = Identity::random(&SeededRandom::new(2));
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 77] {
        let content: Vec<u8> = (0..length)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        let file = closed(&content, &identity.recipient());
        assert_eq!(opened(&file, &identity).unwrap(), content, "{length} bytes");
        assert!(opened(&file, &other).is_err());
        assert!(
            opened(&file[..file.len() - 1], &identity).is_err(),
            "cut off"
        );
    }
}

#[test]
fn a_changed_byte_and_a_missing_piece_are_seen() {
    let identity = Identity::random(&SeededRandom::new(1));
    let file = closed(&vec![7; 3 * PIECE], &identity.recipient());
    for place in [3, 30, 80, 140, 200, 300, PIECE + 500, file.len() - 1] {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(opened(&changed, &identity).is_err(), "byte {place}");
    }
    // Cut exactly between two pieces.
    let cut = file.len() - (PIECE + TAG);
    assert!(opened(&file[..cut], &identity).is_err());
}
