//! Instants, time zones and change windows.

use jiff::civil::DateTime;
use jiff::tz::{Disambiguation, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{EstateDocument, WindowDocument};
use crate::model::Window;
use crate::source::{Span, Spanned};

/// Reads the name of a time zone in the bundled database.
pub(super) fn zone(name: &Spanned<String>, sink: &mut Sink) -> Option<TimeZone> {
    let bundled = jiff::tz::TimeZoneDatabase::bundled();
    match bundled.get(&name.value) {
        Ok(zone) => Some(zone),
        Err(_) => {
            let known: Vec<String> = bundled.available().map(|name| name.to_string()).collect();
            sink.push(
                Diagnostic::new(Code::InvalidTime, format!("unknown time zone `{}`", name.value))
                    .label(name.span, "not an IANA time zone")
                    .did_you_mean(&name.value, known.iter().map(String::as_str)),
            );
            None
        }
    }
}

/// Reads a change window in a time zone.
pub(super) fn window(document: &WindowDocument, zone: &TimeZone, sink: &mut Sink) -> Option<Window> {
    let start = local(&document.start, zone, sink);
    let end = local(&document.end, zone, sink);
    let (start, end) = (start?, end?);
    if end <= start {
        let diagnostic = Diagnostic::new(Code::InvalidTime, "the window ends before it starts");
        sink.push(diagnostic.label(document.end.span, "the end").label(document.start.span, "the start"));
        return None;
    }
    Some(Window { start, end })
}

/// A local time that the zone has exactly once.
fn local(text: &Spanned<String>, zone: &TimeZone, sink: &mut Sink) -> Option<Timestamp> {
    let shaped = text.value.len() >= 16 && text.value.as_bytes().get(10) == Some(&b'T');
    let parsed =
        text.value.parse::<DateTime>().ok().filter(|_| shaped && !text.value.contains(['Z', '[', '+']));
    let Some(civil) = parsed else {
        let message = format!("`{}` is not a local date and time", text.value);
        let hint = "write `2026-11-28T22:00`; the plan's `zone` says where";
        sink.push(Diagnostic::new(Code::InvalidTime, message).label(text.span, "not a time").hint(hint));
        return None;
    };
    match zone.to_ambiguous_zoned(civil).disambiguate(Disambiguation::Reject) {
        Ok(zoned) => Some(zoned.timestamp()),
        Err(_) => {
            let message = format!("`{}` does not name one instant in this zone", text.value);
            let hint = "clocks change then: the zone skips or repeats this local time";
            sink.push(
                Diagnostic::new(Code::InvalidTime, message)
                    .label(text.span, "skipped or repeated")
                    .hint(hint),
            );
            None
        }
    }
}

/// An instant, with its offset from UTC.
pub(super) fn instant(text: &Spanned<String>, sink: &mut Sink) -> Option<Timestamp> {
    match text.value.parse::<Timestamp>() {
        Ok(instant) => Some(instant),
        Err(_) => {
            let message = format!("`{}` is not an instant", text.value);
            let hint = "write `2026-11-20T08:00:00Z`";
            sink.push(
                Diagnostic::new(Code::InvalidTime, message).label(text.span, "not an instant").hint(hint),
            );
            None
        }
    }
}

/// When the oldest part of an estate was true, where every part says so.
pub(super) fn latest_snapshot(documents: &[EstateDocument], sink: &mut Sink) -> Option<Timestamp> {
    let mut oldest = None;
    let mut complete = true;
    for document in documents {
        let Some(taken) = &document.taken else {
            complete = false;
            continue;
        };
        if let Some(instant) = instant(taken, sink) {
            oldest = Some(oldest.map_or(instant, |earlier: Timestamp| earlier.min(instant)));
        }
    }
    oldest.filter(|_| complete)
}

/// Refuses an estate that is older than allowed, that lies in the future, or that does not say when
/// it was true.
pub fn is_fresh(
    documents: &[EstateDocument],
    taken: Option<Timestamp>,
    at: Timestamp,
    max_age: Option<SignedDuration>,
    sink: &mut Sink,
) -> bool {
    let Some(max_age) = max_age else { return true };
    let dated = documents.iter().find_map(|document| document.taken.as_ref()).map(|taken| taken.span);
    let place = documents.first().map(|document| Span::new(document.source, 0, 0));
    let problem = match taken {
        None => Some("a part of the estate does not say when it was true".to_owned()),
        Some(taken) if taken > at => {
            Some(format!("the estate was taken at {taken}, after the instant of judgement"))
        }
        Some(taken) if at.duration_since(taken) > max_age => Some(format!(
            "the estate was taken at {taken}, longer before the instant of judgement than allowed"
        )),
        Some(_) => None,
    };
    match problem {
        None => true,
        Some(message) => {
            let hint = "take the estate anew, with `taken`";
            sink.push(Diagnostic::new(Code::InvalidTime, message).label_at(dated.or(place), "").hint(hint));
            false
        }
    }
}
