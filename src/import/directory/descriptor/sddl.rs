//! The text form of security descriptors, SDDL (MS-DTYP 2.5.1).

use super::super::identifiers::{Guid, Sid};
use super::{Ace, AceFlags, Descriptor, Effect};

/// Rights by their two letters.
const RIGHTS: &[(&str, u32)] = &[
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
    ("SD", 0x1_0000),
    ("RC", 0x2_0000),
    ("WD", 0x4_0000),
    ("WO", 0x8_0000),
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
];

/// Flags of entries by their two letters.
const FLAGS: &[(&str, u8)] = &[
    ("OI", 0x01),
    ("CI", AceFlags::CONTAINER),
    ("NP", AceFlags::NO_PROPAGATION),
    ("IO", AceFlags::INHERIT_ONLY),
    ("ID", AceFlags::INHERITED),
    ("SA", 0x40),
    ("FA", 0x80),
];

/// Identifiers that are the same everywhere, by their two letters.
const EVERYWHERE: &[(&str, u64, &[u32])] = &[
    ("WD", 1, &[0]),
    ("CO", 3, &[0]),
    ("CG", 3, &[1]),
    ("OW", 3, &[4]),
    ("NU", 5, &[2]),
    ("IU", 5, &[4]),
    ("SU", 5, &[6]),
    ("AN", 5, &[7]),
    ("ED", 5, &[9]),
    ("PS", 5, &[10]),
    ("AU", 5, &[11]),
    ("RC", 5, &[12]),
    ("SY", 5, &[18]),
    ("LS", 5, &[19]),
    ("NS", 5, &[20]),
    ("BA", 5, &[32, 544]),
    ("BU", 5, &[32, 545]),
    ("BG", 5, &[32, 546]),
    ("PU", 5, &[32, 547]),
    ("AO", 5, &[32, 548]),
    ("SO", 5, &[32, 549]),
    ("PO", 5, &[32, 550]),
    ("BO", 5, &[32, 551]),
    ("RE", 5, &[32, 552]),
    ("RU", 5, &[32, 554]),
    ("RD", 5, &[32, 555]),
    ("NO", 5, &[32, 556]),
];

/// The last parts of identifiers that every domain has, by their two letters.
const OF_THE_DOMAIN: &[(&str, u32)] = &[
    ("RO", 498),
    ("LA", 500),
    ("LG", 501),
    ("DA", 512),
    ("DU", 513),
    ("DG", 514),
    ("DC", 515),
    ("DD", 516),
    ("CA", 517),
    ("SA", 518),
    ("EA", 519),
    ("PA", 520),
    ("RS", 553),
];

/// Reads a descriptor; two-letter names of a domain's own accounts need the domain's identifier.
///
/// # Errors
/// What is wrong with it, to stand after "the descriptor".
pub(in super::super) fn read(text: &str, domain: Option<&Sid>) -> Result<Descriptor, String> {
    let mut descriptor = Descriptor::default();
    let mut listed = false;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, content) = rest.split_at_checked(2).ok_or("ends in the middle of a part")?;
        let end = next_part(content);
        let (content, after) = content.split_at_checked(end).unwrap_or((content, ""));
        match part {
            "O:" => descriptor.owner = Some(sid(content, domain)?),
            "G:" => descriptor.group = Some(sid(content, domain)?),
            "D:" => {
                list(content, domain, &mut descriptor)?;
                listed = true;
            }
            // What is audited gives nobody a right.
            "S:" => {}
            _ => return Err("has a part that is none of `O:`, `G:`, `D:` and `S:`".to_owned()),
        }
        rest = after;
    }
    if listed { Ok(descriptor) } else { Err(super::NO_LIST.to_owned()) }
}

/// Where the next part begins: at a letter and a colon outside of parentheses.
fn next_part(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return at.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

fn sid(text: &str, domain: Option<&Sid>) -> Result<Sid, String> {
    if let Some((_, authority, parts)) = EVERYWHERE.iter().find(|(letters, _, _)| *letters == text) {
        return Ok(Sid::new(*authority, parts));
    }
    if let Some((_, part)) = OF_THE_DOMAIN.iter().find(|(letters, _)| *letters == text) {
        let domain = domain
            .ok_or_else(|| format!("names `{text}` of a domain whose identifier is not in the file"))?;
        return Ok(domain.with(*part));
    }
    text.parse().map_err(|()| format!("names `{}`, which is no identifier", super::super::short(text)))
}

fn list(text: &str, domain: Option<&Sid>, descriptor: &mut Descriptor) -> Result<(), String> {
    let begin = text.find('(').unwrap_or(text.len());
    let (control, mut rest) = text.split_at_checked(begin).unwrap_or((text, ""));
    if control == "NO_ACCESS_CONTROL" && rest.is_empty() {
        descriptor.entries = None;
        return Ok(());
    }
    let mut letters = control;
    while !letters.is_empty() {
        let known = ["AI", "AR", "P"].into_iter().find_map(|word| Some((word, letters.strip_prefix(word)?)));
        let (word, after) = known.ok_or("has an unknown flag before its list")?;
        descriptor.protected |= word == "P";
        letters = after;
    }
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let number = entries.len() + 1;
        let inside =
            rest.strip_prefix('(').ok_or_else(|| format!("has no `(` where entry {number} must begin"))?;
        let end = closing(inside).ok_or_else(|| format!("has an entry {number} without `)`"))?;
        let (entry, after) = inside.split_at_checked(end).unwrap_or((inside, ""));
        entries.push(ace(entry, domain).map_err(|why| format!("has an entry {number} that {why}"))?);
        rest = after.get(1..).unwrap_or_default();
    }
    descriptor.entries = Some(entries);
    Ok(())
}

/// Where an entry's parenthesis closes; a condition has some of its own.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn ace(text: &str, domain: Option<&Sid>) -> Result<Ace, String> {
    let mut fields = text.splitn(7, ';');
    let mut field = || fields.next().map(str::trim);
    let (effect, object, conditional) = match field() {
        Some("A") => (Effect::Allow, false, false),
        Some("D") => (Effect::Deny, false, false),
        Some("OA") => (Effect::Allow, true, false),
        Some("OD") => (Effect::Deny, true, false),
        Some("XA") => (Effect::Allow, false, true),
        Some("XD") => (Effect::Deny, false, true),
        Some("ZA") => (Effect::Allow, true, true),
        _ => return Err("is of an unknown kind".to_owned()),
    };
    let flags = letters(field().unwrap_or_default(), FLAGS).ok_or("has an unknown flag")?;
    let mask = rights(field().unwrap_or_default()).ok_or("has an unknown right")?;
    let mut guid = || match field() {
        Some("") => Ok(None),
        Some(text) => text.parse::<Guid>().map(Some).map_err(|()| "has an object type that is no GUID"),
        None => Err("has too few fields"),
    };
    let (of, inheriting) = (guid()?, guid()?);
    if !object && (of.is_some() || inheriting.is_some()) {
        return Err("has an object type, and is of a kind without one".to_owned());
    }
    let trustee = sid(field().unwrap_or_default(), domain)?;
    match (conditional, field()) {
        (false, None) | (true, Some(_)) => {}
        _ => return Err("has the wrong number of fields".to_owned()),
    }
    Ok(Ace { effect, conditional, flags: AceFlags(flags), mask, object: of, inheriting, trustee })
}

fn letters<T: Copy + std::ops::BitOr<Output = T> + Default>(text: &str, known: &[(&str, T)]) -> Option<T> {
    let mut found = T::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (pair, after) = rest.split_at_checked(2)?;
        found = found | known.iter().find(|(letters, _)| *letters == pair).map(|(_, value)| *value)?;
        rest = after;
    }
    Some(found)
}

fn rights(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if text.starts_with(|first: char| first.is_ascii_digit()) => text.parse().ok(),
        None => letters(text, RIGHTS),
    }
}

/// Writes a descriptor as text, with every identifier and right written out.
#[cfg(test)]
pub(super) fn write(descriptor: &Descriptor) -> String {
    let mut text = String::new();
    if let Some(owner) = &descriptor.owner {
        text += &format!("O:{owner}");
    }
    if let Some(group) = &descriptor.group {
        text += &format!("G:{group}");
    }
    text += if descriptor.protected { "D:P" } else { "D:" };
    let Some(entries) = &descriptor.entries else { return text + "NO_ACCESS_CONTROL" };
    for entry in entries {
        let object = entry.object.is_some() || entry.inheriting.is_some();
        let kind = match (entry.conditional, object, entry.effect) {
            (false, false, Effect::Allow) => "A",
            (false, false, Effect::Deny) => "D",
            (false, true, Effect::Allow) => "OA",
            (false, true, Effect::Deny) => "OD",
            (true, false, Effect::Allow) => "XA",
            (true, false, Effect::Deny) => "XD",
            (true, true, _) => "ZA",
        };
        let flags: String =
            FLAGS.iter().filter(|(_, flag)| entry.flags.has(*flag)).map(|(letters, _)| *letters).collect();
        let guid = |guid: Option<Guid>| guid.map_or_else(String::new, |guid| guid.to_string());
        let (of, inheriting) = (guid(entry.object), guid(entry.inheriting));
        let condition = if entry.conditional { ";(1)" } else { "" };
        text +=
            &format!("({kind};{flags};0x{:x};{of};{inheriting};{}{condition})", entry.mask, entry.trustee);
    }
    text
}
