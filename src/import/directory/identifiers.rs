//! Security identifiers and GUIDs, which directories hold as bytes.

use std::fmt;
use std::str::FromStr;

/// A security identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::import) struct Sid {
    authority: u64,
    parts: Vec<u32>,
}

/// How many sub-authorities a security identifier can have.
const MAX_PARTS: usize = 15;

impl Sid {
    /// Makes one of the identifiers that are the same everywhere: `S-1-AUTHORITY-PARTS`.
    pub fn new(authority: u64, parts: &[u32]) -> Self {
        Self { authority, parts: parts.to_vec() }
    }

    /// Reads the binary form from the start of bytes, and says how many bytes it took.
    pub fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let [1, count, a, b, c, d, e, f, rest @ ..] = bytes else { return None };
        let count = usize::from(*count);
        let parts = rest.get(..4 * count).filter(|_| count <= MAX_PARTS)?;
        let authority = u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]);
        let parts = parts.as_chunks::<4>().0.iter().map(|part| u32::from_le_bytes(*part)).collect();
        Some((Self { authority, parts }, 8 + 4 * count))
    }

    /// Reads a binary form that takes all of the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).filter(|(_, length)| *length == bytes.len()).map(|(sid, _)| sid)
    }

    /// The binary form.
    #[cfg(test)]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![1, u8::try_from(self.parts.len()).unwrap()];
        bytes.extend(self.authority.to_be_bytes().into_iter().skip(2));
        self.parts.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
        bytes
    }

    /// The identifier of the domain that this one is of; nothing where it is of none.
    pub fn domain(&self) -> Option<Sid> {
        match (self.authority, self.parts.as_slice()) {
            (5, [21, a, b, c, _]) => Some(Sid::new(5, &[21, *a, *b, *c])),
            _ => None,
        }
    }

    /// The identifier with one more part.
    pub fn with(&self, part: u32) -> Sid {
        let parts = self.parts.iter().copied().chain([part]).collect();
        Sid { authority: self.authority, parts }
    }

    /// Says whether accounts or groups have such identifiers: those of domains, and the built-in groups.
    pub fn is_of_accounts(&self) -> bool {
        self.authority == 5 && matches!(self.parts.first(), Some(21 | 32))
    }

    /// Says whether this is the identifier of a domain.
    pub fn is_domain(&self) -> bool {
        self.authority == 5 && matches!(self.parts.as_slice(), [21, _, _, _])
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.authority >> 32 {
            0 => write!(f, "S-1-{}", self.authority)?,
            _ => write!(f, "S-1-0x{:012x}", self.authority)?,
        }
        self.parts.iter().try_for_each(|part| write!(f, "-{part}"))
    }
}

impl FromStr for Sid {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let rest = text.strip_prefix("S-1-").or_else(|| text.strip_prefix("s-1-")).ok_or(())?;
        let mut words = rest.split('-');
        let first = words.next().ok_or(())?;
        let authority = match first.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).map_err(|_| ())?,
            None => number(first)?,
        };
        let parts: Vec<u32> = words.map(number).collect::<Result<_, ()>>()?;
        (authority < 1 << 48 && parts.len() <= MAX_PARTS).then_some(Self { authority, parts }).ok_or(())
    }
}

/// A decimal number without a sign.
fn number<T: FromStr>(text: &str) -> Result<T, ()> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().map_err(|_| ()) } else { Err(()) }
}

/// A GUID. Its first three groups are stored with the lowest byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::import) struct Guid(u128);

impl Guid {
    /// Makes a GUID of its digits as they are written, without hyphens.
    pub const fn new(digits: u128) -> Self {
        Self(digits)
    }

    /// Reads the binary form.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 16] = bytes.try_into().ok()?;
        Some(Self(u128::from_be_bytes(swapped(bytes))))
    }

    /// The binary form.
    #[cfg(test)]
    pub fn to_bytes(self) -> [u8; 16] {
        swapped(self.0.to_be_bytes())
    }
}

fn swapped([a, b, c, d, e, f, g, h, rest @ ..]: [u8; 16]) -> [u8; 16] {
    let [i, j, k, l, m, n, o, p] = rest;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |shift: u32, digits: u32| (self.0 >> shift) & ((1 << (4 * digits)) - 1);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            group(96, 8),
            group(80, 4),
            group(64, 4),
            group(48, 4),
            group(0, 12)
        )
    }
}

impl FromStr for Guid {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hyphens = [8, 13, 18, 23];
        let legal = |(at, byte): (usize, u8)| match hyphens.contains(&at) {
            true => byte == b'-',
            false => byte.is_ascii_hexdigit(),
        };
        if text.len() != 36 || !text.bytes().enumerate().all(legal) {
            return Err(());
        }
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn identifiers_are_written_as_windows_writes_them() {
        let bytes = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x51, 4, 0, 0];
        let sid = Sid::from_bytes(&bytes).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-21-1-2-3-1105");
        assert_eq!(sid.domain().unwrap().to_string(), "S-1-5-21-1-2-3");
        let user = "bf967aba-0de6-11d0-a285-00aa003049e2";
        let bytes =
            [0xba, 0x7a, 0x96, 0xbf, 0xe6, 0x0d, 0xd0, 0x11, 0xa2, 0x85, 0, 0xaa, 0, 0x30, 0x49, 0xe2];
        assert_eq!(Guid::from_bytes(&bytes).unwrap().to_string(), user);
        assert_eq!(user.parse::<Guid>().unwrap().to_bytes(), bytes);
        for text in ["S-1", "S-1-", "S-2-5", "S-1-5-", "S-1-5-x", "S-1-5-4294967296", "S-1-5-+1"] {
            assert!(text.parse::<Sid>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn identifiers_survive_both_forms(
            authority in 0_u64..1 << 48,
            parts in proptest::collection::vec(any::<u32>(), 0..=15),
            guid in any::<u128>(),
        ) {
            let sid = Sid { authority, parts };
            prop_assert_eq!(Sid::from_bytes(&sid.to_bytes()), Some(sid.clone()));
            prop_assert_eq!(sid.to_string().parse::<Sid>(), Ok(sid));
            let guid = Guid(guid);
            prop_assert_eq!(Guid::from_bytes(&guid.to_bytes()), Some(guid));
            prop_assert_eq!(guid.to_string().parse::<Guid>(), Ok(guid));
        }

        #[test]
        fn any_bytes_are_an_identifier_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (Sid::read(&bytes), Guid::from_bytes(&bytes));
        }
    }
}
