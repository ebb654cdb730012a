//! Exports to estates.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::mapping::{Mapping, mapping};
use super::record::{Content, Item, Record, Records};
use super::shown;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::EstateDocument;
use crate::import::directory::entry::{Directory, Entry, Kind, RawDescriptor, Reference};
use crate::import::directory::identifiers::{Guid, Sid};
use crate::import::directory::{Built, build, dn};
use crate::import::fidelity::Fidelity;
use crate::import::reading::Reading;
use crate::import::{EstateParts, Options, limits};
use crate::source::{SourceId, SourceMap, Span};

/// Reads an export as an estate.
pub(in crate::import) fn estate(
    sources: &SourceMap,
    id: SourceId,
    options: &Options,
    sink: &mut Sink,
) -> Option<EstateParts> {
    let Mapping { taken, tiers, .. } = mapping(sources, options, sink)?;
    let mut reading = Reading::open(sources, id, sink)?;
    let mut fidelity = Fidelity::default();
    let mut directory = Directory { tiers, ..Export::default().read(&mut reading, &mut fidelity) };
    let Built { entities, circles } = build(&mut directory, &mut reading, &mut fidelity);
    let estate = EstateDocument { source: id, taken, origin: None, circles, plain: None, entities };
    reading.close(Some(EstateParts { estate, fidelity }))
}

/// An export while it is read.
#[derive(Default)]
struct Export<'t> {
    directory: Directory,
    /// The names by their text in the file, so that each is taken apart once.
    names: HashMap<&'t str, Arc<dn::Name>, RandomState>,
    /// The numbers of descriptors by their text in the file, so that each is decoded once.
    descriptors: HashMap<String, usize>,
}

impl<'t> Export<'t> {
    fn read(mut self, reading: &mut Reading<'t>, fidelity: &mut Fidelity) -> Directory {
        let mut records = Records::new(reading.text());
        while let Some(record) = records.next(reading) {
            if let Some(change) = record.items.iter().find(is_change) {
                refuse_change(reading, change);
                break;
            }
            if self.directory.entries.len() >= limits::ENTITIES {
                let span = record.dn.span(reading);
                reading.parse_limit(span, "the export has more entries", limits::ENTITIES);
                break;
            }
            if let Some(entry) = self.entry(&record, reading, fidelity) {
                self.directory.entries.push(entry);
            }
        }
        if self.directory.entries.is_empty() && !reading.has_errors() {
            let at = reading.at(0);
            reading.push(Diagnostic::new(Code::Syntax, "the file holds no entry").label(at, ""));
        }
        self.directory
    }

    fn entry(
        &mut self,
        record: &Record<'t>,
        reading: &mut Reading<'_>,
        fidelity: &mut Fidelity,
    ) -> Option<Entry> {
        let name_span = record.dn.span(reading);
        let name = self.name(&record.dn, reading)?;
        let span = reading.span(record.range.start, record.range.end);
        if record.items.iter().any(|item| item.is("isdeleted") && is_true(item)) {
            fidelity.opaque(name_span, "a deleted object is left out");
            return None;
        }
        let mut entry = Entry {
            span,
            name,
            name_span,
            kind: Kind::Container,
            class: String::new(),
            sid: None,
            former_sids: Vec::new(),
            guid: None,
            account_name: None,
            principal_name: None,
            enabled: None,
            locked_out: false,
            expires: None,
            protected: false,
            distribution: false,
            primary_group: None,
            members: Vec::new(),
            member_of: Vec::new(),
            descriptor: None,
        };
        let mut classes: Vec<String> = Vec::new();
        for item in &record.items {
            self.item(item, &mut entry, &mut classes, reading);
        }
        entry.class = classes.last().cloned().unwrap_or_default();
        classes.iter_mut().for_each(|class| class.make_ascii_lowercase());
        entry.kind = Kind::of(classes.iter().map(String::as_str));
        if entry.kind != Kind::Group
            && let Some(first) = entry.members.first()
        {
            fidelity.opaque(first.span, "members of an object that is no group are left out");
            entry.members.clear();
        }
        Some(entry)
    }

    /// A name of the directory, the same one wherever it is written in the same way.
    fn name(&mut self, item: &Item<'t>, reading: &mut Reading<'_>) -> Option<Arc<dn::Name>> {
        let Some(plain) = item.plain() else { return name(item, reading).map(Arc::new) };
        if let Some(known) = self.names.get(plain) {
            return Some(Arc::clone(known));
        }
        let found = Arc::new(name(item, reading)?);
        self.names.insert(plain, Arc::clone(&found));
        Some(found)
    }

    /// Takes what one line tells of an entry.
    fn item(
        &mut self,
        item: &Item<'t>,
        entry: &mut Entry,
        classes: &mut Vec<String>,
        reading: &mut Reading<'_>,
    ) {
        if item.content == Content::Hyphen {
            let label = item.span(reading);
            reading.push(Diagnostic::new(Code::Syntax, "a `-` stands in an entry").label(label, ""));
            return;
        }
        let lower = item.base_name().to_ascii_lowercase();
        if item.name.len() > lower.len() && is_ranged(&item.name) {
            refuse_range(reading, item);
            return;
        }
        match lower.as_str() {
            "objectclass" => classes.extend(item.text(reading).map(|class| class.into_owned())),
            "member" | "memberof" => {
                let list = if lower == "member" { &mut entry.members } else { &mut entry.member_of };
                self.directory.tells_member_of |= lower == "memberof";
                let span = item.span(reading);
                if let Some(name) = self.name(item, reading) {
                    if list.is_empty() && lower == "memberof" {
                        // Most accounts are in one group.
                        list.reserve_exact(1);
                    }
                    list.push(Reference { name, span });
                }
            }
            "uniquemember" => entry.members.extend(unique_member(item, reading)),
            "objectsid" => entry.sid = sid(item, reading),
            "sidhistory" => entry.former_sids.extend(sid(item, reading)),
            "objectguid" => entry.guid = guid(item, reading),
            "samaccountname" => entry.account_name = item.text(reading).map(|text| text.into_owned()),
            "userprincipalname" => entry.principal_name = item.text(reading).map(|text| text.into_owned()),
            "useraccountcontrol" => {
                entry.enabled = number(item, reading).map(|flags: i64| flags & ACCOUNT_DISABLED == 0);
            }
            "lockouttime" => entry.locked_out = number(item, reading) != Some(0_i64),
            "accountexpires" => entry.expires = number(item, reading).and_then(instant),
            "admincount" => {
                self.directory.tells_protected = true;
                entry.protected = number(item, reading) != Some(0_i64);
            }
            "grouptype" => {
                entry.distribution =
                    number(item, reading).is_some_and(|kind: i64| kind & SECURITY_GROUP == 0);
            }
            "primarygroupid" => {
                let span = item.span(reading);
                entry.primary_group = number(item, reading).map(|part| (part, span));
            }
            "ntsecuritydescriptor" => entry.descriptor = self.descriptor(item, reading),
            _ => {}
        }
    }

    /// The number of a security descriptor.
    fn descriptor(&mut self, item: &Item<'_>, reading: &mut Reading<'_>) -> Option<usize> {
        let (text, binary) = match &item.content {
            Content::Text(text) => (text, false),
            Content::Base64(text) => (text, true),
            Content::Hyphen => return None,
        };
        if let Some(known) = self.descriptors.get(text.as_ref()) {
            return Some(*known);
        }
        let raw = match binary {
            true => RawDescriptor::Binary(item.bytes(reading)?.into_owned()),
            false => RawDescriptor::Text(text.clone().into_owned()),
        };
        let number = self.directory.descriptors.len();
        self.descriptors.insert(text.clone().into_owned(), number);
        self.directory.descriptors.push((raw, item.span(reading)));
        Some(number)
    }
}

/// The bit of `userAccountControl` that an account has which nobody can use.
const ACCOUNT_DISABLED: i64 = 0x2;

/// The bit of `groupType` that a group has which rights can be given to.
const SECURITY_GROUP: i64 = 0x8000_0000;

/// A name of the directory.
pub(super) fn name(item: &Item<'_>, reading: &mut Reading<'_>) -> Option<dn::Name> {
    let text = item.text(reading)?;
    let parsed = dn::parse(&text);
    accepted(parsed, &text, item, reading)
}

fn unique_member(item: &Item<'_>, reading: &mut Reading<'_>) -> Option<Reference> {
    let text = item.text(reading)?;
    let parsed = dn::parse_with_bits(&text);
    let name = accepted(parsed, &text, item, reading)?;
    Some(Reference { name: Arc::new(name), span: item.span(reading) })
}

fn accepted(
    parsed: Result<dn::Name, String>,
    text: &str,
    item: &Item<'_>,
    reading: &mut Reading<'_>,
) -> Option<dn::Name> {
    parsed
        .map_err(|why| {
            let message = format!("the name `{}` {why}", shown(text));
            let label = item.span(reading);
            reading.push(Diagnostic::new(Code::DistinguishedName, message).label(label, ""));
        })
        .ok()
}

fn is_true(item: &Item<'_>) -> bool {
    matches!(&item.content, Content::Text(text) if text.eq_ignore_ascii_case("true"))
}

/// Says whether a line makes its record a change; some programs write exports as lists that add every object.
fn is_change(item: &&Item<'_>) -> bool {
    let adds = matches!(&item.content, Content::Text(word) if word.eq_ignore_ascii_case("add"));
    item.is("changetype") && !adds || item.is("control")
}

/// Says whether an attribute's options say that only a part of its values is there.
fn is_ranged(name: &str) -> bool {
    name.split(';')
        .skip(1)
        .any(|option| option.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("range=")))
}

fn refuse_range(reading: &mut Reading<'_>, item: &Item<'_>) {
    let message = format!("`{}` holds only a part of the values", shown(&item.name));
    let label = item.name_span(reading);
    let hint =
        "export the attribute whole: with a tool that asks for all ranges, or with a larger limit of values";
    reading.push(Diagnostic::new(Code::PartialExport, message).label(label, "a range").hint(hint));
}

fn refuse_change(reading: &mut Reading<'_>, item: &Item<'_>) {
    let label = item.name_span(reading);
    let hint = "give an export as the estate, and a list of changes as the plan";
    reading.stop(
        Diagnostic::new(Code::UnfitSource, "the file is a list of changes and not an export")
            .label(label, "a change")
            .hint(hint),
    );
}

fn sid(item: &Item<'_>, reading: &mut Reading<'_>) -> Option<Sid> {
    let sid = match &item.content {
        Content::Text(text) => text.trim().parse().ok(),
        _ => Sid::from_bytes(&item.bytes(reading)?),
    };
    known(sid, "security identifier", item, reading)
}

fn guid(item: &Item<'_>, reading: &mut Reading<'_>) -> Option<Guid> {
    let guid = match &item.content {
        Content::Text(text) => text.trim().trim_matches(['{', '}']).parse().ok(),
        _ => Guid::from_bytes(&item.bytes(reading)?),
    };
    known(guid, "GUID", item, reading)
}

/// A decimal number.
fn number<T: std::str::FromStr>(item: &Item<'_>, reading: &mut Reading<'_>) -> Option<T> {
    let text = item.text(reading)?;
    let plain = !text.starts_with('+');
    known(text.parse().ok().filter(|_| plain), "number of its range", item, reading)
}

fn known<T>(value: Option<T>, what: &str, item: &Item<'_>, reading: &mut Reading<'_>) -> Option<T> {
    if value.is_none() {
        let message = format!("the value of `{}` is no {what}", shown(&item.name));
        let label: Span = item.span(reading);
        reading.push(Diagnostic::new(Code::InvalidValue, message).label(label, ""));
    }
    value
}

/// The instant of a Windows time, which counts tenths of microseconds from 1601; nothing for "never".
fn instant(ticks: i64) -> Option<String> {
    if matches!(ticks, 0 | i64::MAX) {
        return None;
    }
    let seconds = ticks.div_euclid(10_000_000).checked_sub(11_644_473_600)?;
    jiff::Timestamp::from_second(seconds).ok().map(|instant| instant.to_string())
}
