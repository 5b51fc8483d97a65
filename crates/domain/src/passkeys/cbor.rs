//! Just enough of CBOR (RFC 8949) to read what an authenticator says: whole numbers, bytes, texts, lists,
//! maps and simple values, all of known length. Anything else is refused.

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Item<'a>>),
    Map(Vec<(Item<'a>, Item<'a>)>),
    Simple(u64),
}

/// How deep lists and maps may stand in each other.
const DEEPEST: u8 = 8;

/// Reads one value, and gives what follows it.
pub(crate) fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    read_at(bytes, 0)
}

fn read_at(bytes: &[u8], depth: u8) -> Option<(Item<'_>, &[u8])> {
    if depth > DEEPEST {
        return None;
    }
    let (first, rest) = bytes.split_first()?;
    let (number, rest) = number(first & 0x1f, rest)?;
    let length = usize::try_from(number).ok();
    match first >> 5 {
        0 => Some((Item::Int(i64::try_from(number).ok()?), rest)),
        1 => Some((Item::Int(-1 - i64::try_from(number).ok()?), rest)),
        2 => {
            let (content, rest) = rest.split_at_checked(length?)?;
            Some((Item::Bytes(content), rest))
        }
        3 => {
            let (content, rest) = rest.split_at_checked(length?)?;
            Some((Item::Text(std::str::from_utf8(content).ok()?), rest))
        }
        4 => {
            let (mut items, mut rest) = (Vec::new(), rest);
            for _ in 0..number {
                let (item, after) = read_at(rest, depth + 1)?;
                items.push(item);
                rest = after;
            }
            Some((Item::List(items), rest))
        }
        5 => {
            let (mut items, mut rest) = (Vec::new(), rest);
            for _ in 0..number {
                let (key, after) = read_at(rest, depth + 1)?;
                let (value, after) = read_at(after, depth + 1)?;
                items.push((key, value));
                rest = after;
            }
            Some((Item::Map(items), rest))
        }
        7 => Some((Item::Simple(number), rest)),
        _ => None,
    }
}

fn number(low: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let width = match low {
        0..=23 => return Some((u64::from(low), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(width)?;
    let number = bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    Some((number, rest))
}

impl<'a> Item<'a> {
    /// The value under a key of a map.
    pub(crate) fn get(&self, key: &Item<'_>) -> Option<&Item<'a>> {
        let Self::Map(items) = self else {
            return None;
        };
        items
            .iter()
            .find(|(it, _)| it == key)
            .map(|(_, value)| value)
    }

    /// Bytes, where it is bytes.
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A whole number, where it is one.
    pub(crate) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_read_as_the_standard_writes_them() {
        // RFC 8949, appendix A.
        let read = |bytes: &[u8]| read(bytes).map(|(item, rest)| (format!("{item:?}"), rest.len()));
        let is = |text: &str| Some((text.to_owned(), 0));
        assert_eq!(read(&[0x17]), is("Int(23)"));
        assert_eq!(read(&[0x18, 0x64]), is("Int(100)"));
        assert_eq!(read(&[0x39, 0x03, 0xe7]), is("Int(-1000)"));
        assert_eq!(read(&[0x44, 1, 2, 3, 4]), is("Bytes([1, 2, 3, 4])"));
        assert_eq!(read(&[0x64, 0x49, 0x45, 0x54, 0x46]), is("Text(\"IETF\")"));
        assert_eq!(read(&[0xf5]), is("Simple(21)"));
        let map = [0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0x03];
        let (map, _) = super::read(&map).unwrap();
        assert_eq!(map.get(&Item::Text("a")).and_then(Item::int), Some(1));
        let list = Item::List(vec![Item::Int(2), Item::Int(3)]);
        assert_eq!(map.get(&Item::Text("b")), Some(&list));
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }
    }

    #[test]
    fn promises_of_length_are_not_believed() {
        for lie in [
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..],
            &[0x81; 100][..],
        ] {
            assert_eq!(read(lie), None);
        }
    }
}
