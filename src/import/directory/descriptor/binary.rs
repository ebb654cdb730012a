//! The self-relative binary form of security descriptors (MS-DTYP 2.4.6).

use super::super::identifiers::{Guid, Sid};
use super::{Ace, AceFlags, Descriptor, Effect};

const DACL_PRESENT: u16 = 0x0004;
const DACL_PROTECTED: u16 = 0x1000;
const SELF_RELATIVE: u16 = 0x8000;
const HEADER: usize = 20;

/// Reads a descriptor.
///
/// # Errors
/// What is wrong with it, to stand after "the descriptor".
pub(in super::super) fn read(bytes: &[u8]) -> Result<Descriptor, String> {
    let header = bytes.get(..HEADER).ok_or("is cut off in its header")?;
    if header.first() != Some(&1) {
        return Err("is of a revision other than 1".to_owned());
    }
    let control = short(header, 2)?;
    if control & SELF_RELATIVE == 0 {
        return Err("is not self-relative".to_owned());
    }
    let owner = sid_at(bytes, long(header, 4)?, "owner")?;
    let group = sid_at(bytes, long(header, 8)?, "group")?;
    let dacl = long(header, 16)? as usize;
    if control & DACL_PRESENT == 0 {
        return Err(super::NO_LIST.to_owned());
    }
    let entries = if dacl != 0 {
        Some(list(bytes.get(dacl..).ok_or("has its list outside of its bytes")?)?)
    } else {
        None
    };
    Ok(Descriptor { owner, group, protected: control & DACL_PROTECTED != 0, entries })
}

fn short(bytes: &[u8], at: usize) -> Result<u16, String> {
    let read = bytes.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
    read.map(u16::from_le_bytes).ok_or_else(|| "is cut off".to_owned())
}

fn long(bytes: &[u8], at: usize) -> Result<u32, String> {
    let read = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    read.map(u32::from_le_bytes).ok_or_else(|| "is cut off".to_owned())
}

fn sid_at(bytes: &[u8], offset: u32, what: &str) -> Result<Option<Sid>, String> {
    if offset == 0 {
        return Ok(None);
    }
    let sid = bytes.get(offset as usize..).and_then(Sid::read);
    sid.map(|(sid, _)| Some(sid)).ok_or_else(|| format!("has no identifier where its {what} must be"))
}

/// Reads an access control list from the start of bytes.
fn list(bytes: &[u8]) -> Result<Vec<Ace>, String> {
    if !matches!(bytes.first(), Some(2 | 4)) {
        return Err("has a list of an unknown revision".to_owned());
    }
    let (size, count) = (usize::from(short(bytes, 2)?), short(bytes, 4)?);
    let mut rest = bytes.get(8..size).ok_or("has a list that is cut off")?;
    let mut entries = Vec::new();
    for number in 1..=count {
        let cut = || format!("is cut off in entry {number} of its list");
        let size = short(rest, 2).map_err(|_| cut())?;
        let (entry, after) = rest.split_at_checked(usize::from(size)).ok_or_else(cut)?;
        entries.push(ace(entry).map_err(|why| format!("has an entry {number} that {why}"))?);
        rest = after;
    }
    Ok(entries)
}

/// Reads one entry, header included; the error stands after "an entry that".
fn ace(bytes: &[u8]) -> Result<Ace, String> {
    let [kind, flags, _, _, body @ ..] = bytes else { return Err("has no header".to_owned()) };
    let (effect, object, conditional) = match kind {
        0x0 => (Effect::Allow, false, false),
        0x1 => (Effect::Deny, false, false),
        0x5 => (Effect::Allow, true, false),
        0x6 => (Effect::Deny, true, false),
        0x9 => (Effect::Allow, false, true),
        0xa => (Effect::Deny, false, true),
        0xb => (Effect::Allow, true, true),
        0xc => (Effect::Deny, true, true),
        other => return Err(format!("is of the unknown kind {other}")),
    };
    let mask = long(body, 0)?;
    let (present, mut rest) = match object {
        true => (long(body, 4)?, body.get(8..).unwrap_or_default()),
        false => (0, body.get(4..).unwrap_or_default()),
    };
    let mut guid = |bit: u32| -> Result<Option<Guid>, String> {
        if present & bit == 0 {
            return Ok(None);
        }
        let (guid, after) = rest.split_at_checked(16).ok_or("is cut off in an object type")?;
        rest = after;
        Ok(Guid::from_bytes(guid))
    };
    let object = guid(1)?;
    let inheriting = guid(2)?;
    let (trustee, _) = Sid::read(rest).ok_or("names nobody")?;
    Ok(Ace { effect, conditional, flags: AceFlags(*flags), mask, object, inheriting, trustee })
}

/// Writes a descriptor as bytes.
#[cfg(test)]
pub(super) fn write(descriptor: &Descriptor) -> Vec<u8> {
    let protected = if descriptor.protected { DACL_PROTECTED } else { 0 };
    let mut body: Vec<u8> = Vec::new();
    let mut place = |bytes: Option<Vec<u8>>| -> [u8; 4] {
        let Some(bytes) = bytes else { return [0; 4] };
        let offset = HEADER + body.len();
        body.extend(bytes);
        u32::try_from(offset).unwrap().to_le_bytes()
    };
    let owner = place(descriptor.owner.as_ref().map(Sid::to_bytes));
    let group = place(descriptor.group.as_ref().map(Sid::to_bytes));
    let dacl = place(descriptor.entries.as_ref().map(|entries| write_list(entries)));
    let control = SELF_RELATIVE | DACL_PRESENT | protected;
    let mut bytes = vec![1, 0];
    bytes.extend(control.to_le_bytes());
    bytes.extend([owner, group, [0; 4], dacl].concat());
    bytes.extend(body);
    bytes
}

#[cfg(test)]
fn write_list(entries: &[Ace]) -> Vec<u8> {
    let mut body = Vec::new();
    for entry in entries {
        let object = entry.object.is_some() || entry.inheriting.is_some();
        let kind = match (entry.conditional, object, entry.effect) {
            (false, false, Effect::Allow) => 0,
            (false, false, Effect::Deny) => 1,
            (false, true, Effect::Allow) => 5,
            (false, true, Effect::Deny) => 6,
            (true, false, Effect::Allow) => 9,
            (true, false, Effect::Deny) => 0xa,
            (true, true, Effect::Allow) => 0xb,
            (true, true, Effect::Deny) => 0xc,
        };
        let mut content = entry.mask.to_le_bytes().to_vec();
        if object {
            let present = u32::from(entry.object.is_some()) | u32::from(entry.inheriting.is_some()) << 1;
            content.extend(present.to_le_bytes());
        }
        entry.object.into_iter().chain(entry.inheriting).for_each(|guid| content.extend(guid.to_bytes()));
        content.extend(entry.trustee.to_bytes());
        body.extend([kind, entry.flags.0]);
        body.extend(u16::try_from(content.len() + 4).unwrap().to_le_bytes());
        body.extend(content);
    }
    let mut bytes = vec![4, 0];
    bytes.extend(u16::try_from(body.len() + 8).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(body);
    bytes
}
