//! Lists of changes to plans.

use super::below::Below;
use super::change::{Change, Part, Verb, change, refuse};
use super::estate::name;
use super::mapping::mapping;
use super::naming::{Meaning, Naming};
use super::record::{Item, Record, Records};
use super::shown;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Node, NodeKind, Order, PhaseDocument, PlanDocument, StepDocument};
use crate::import::directory::dn::{self, Name};
use crate::import::directory::entry::Kind;
use crate::import::directory::{OBJECTS_BELOW, is_secret, to_be_found};
use crate::import::fidelity::Fidelity;
use crate::import::reading::Reading;
use crate::import::{Options, PlanParts, limits};
use crate::source::{SourceId, SourceMap, Span, Spanned};

/// Attributes that carry authority in a way that a change of the attribute does not tell, with the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    ("memberof", "is computed by the directory", "change `member` of the group instead"),
    ("sidhistory", "gives the rights of other accounts", "what it gives cannot be judged; leave it out"),
    ("objectsid", "is given by the directory", "leave it out"),
    ("primarygroupid", "is a membership in disguise", "change `member` of the group instead"),
    (
        "ntsecuritydescriptor",
        "replaces all rights at once",
        "write a plan with steps that `delegate` and `revoke` single rights",
    ),
];

/// Reads a list of changes as a plan.
pub(in crate::import) fn plan(
    sources: &SourceMap,
    id: SourceId,
    options: &Options,
    sink: &mut Sink,
) -> Option<PlanParts> {
    let by = options.by.map(|by| Spanned::new(sources.get(by).text().to_owned(), whole(sources, by)));
    let mapping = mapping(sources, options, sink)?;
    let mut reading = Reading::open(sources, id, sink)?;
    let (naming, below) = (Naming::default(), Below::default());
    let mut list = List { naming, below, steps: Vec::new(), sources, fidelity: Fidelity::default() };
    list.read(&mut reading);
    let span = whole(sources, id);
    let at = Span::new(id, 0, 0);
    let mut fidelity = list.fidelity;
    fidelity.count("steps", list.steps.len());
    let phase = PhaseDocument {
        span,
        id: Spanned::new("changes".to_owned(), at),
        title: None,
        docs: None,
        by: by.clone(),
        needs: Vec::new(),
        order: Order::Listed,
        steps: list.steps.into(),
    };
    let plan = PlanDocument {
        span,
        id: mapping.id.unwrap_or_else(|| Spanned::new(plan_id(reading.path()), at)),
        title: mapping.title,
        docs: None,
        author: mapping.author.or(by),
        zone: None,
        window: None,
        phases: vec![phase],
    };
    reading.close(Some(PlanParts { plan, estate: None, fidelity }))
}

fn whole(sources: &SourceMap, id: SourceId) -> Span {
    Span::new(id, 0, sources.get(id).text().len())
}

/// A plan's id, made of the name of its file.
fn plan_id(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let legal = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    let id: String = stem
        .chars()
        .take(limits::ID_BYTES)
        .map(|character| if legal(character) { character } else { '-' })
        .collect();
    if id.bytes().any(|byte| byte.is_ascii_alphanumeric()) { id } else { "changes".to_owned() }
}

/// A list of changes while it is read.
struct List<'s> {
    naming: Naming,
    below: Below,
    steps: Vec<StepDocument>,
    sources: &'s SourceMap,
    fidelity: Fidelity,
}

/// What a step is made of, besides its context.
struct Frame<'r, 't> {
    record: &'r Record<'t>,
    /// The object that the record is about.
    target: String,
}

impl List<'_> {
    fn read(&mut self, reading: &mut Reading<'_>) {
        let mut records = Records::new(reading.text());
        while let Some(record) = records.next(reading) {
            self.record(&record, reading);
            if self.steps.len() > limits::STEPS {
                let span = record.dn.span(reading);
                reading.parse_limit(span, "the list has more changes", limits::STEPS);
                break;
            }
        }
    }

    fn record(&mut self, record: &Record<'_>, reading: &mut Reading<'_>) -> Option<()> {
        let (kind, change) = change(record, reading)?;
        let of = name(&record.dn, reading)?;
        if of.key.is_empty() {
            refuse(
                reading,
                &record.dn,
                Code::UnfitSource,
                "the root of a directory is not changed",
                "name an object",
            );
            return None;
        }
        match change {
            Change::Add(items) => self.add(record, kind, &of, &items, reading),
            Change::Delete => {
                let frame = Frame { record, target: self.object(&of, &record.dn, reading)? };
                let span = kind.span(reading);
                // What the estate has below the object is added when it is found there.
                let more = NodeKind::Integer(self.below.more(&self.naming, &of));
                let key = Spanned::new(OBJECTS_BELOW.to_owned(), span);
                self.step(&frame, kind, "delete", vec![(key, Node { span, kind: more })]);
                self.below.note(&self.naming, &of, -1);
                self.naming.delete(&of);
                Some(())
            }
            Change::Modify(parts) => {
                let frame = Frame { record, target: self.object(&of, &record.dn, reading)? };
                parts.iter().for_each(|part| self.modify(&frame, part, reading));
                Some(())
            }
            Change::Rename { item, first, above } => {
                let frame = Frame { record, target: self.object(&of, &record.dn, reading)? };
                self.rename(
                    &frame,
                    &of,
                    (item, &first),
                    above.as_ref().map(|(item, name)| (*item, name)),
                    reading,
                )
            }
        }
    }

    /// A step about the object of a record; its id is the number of a line.
    fn step(
        &mut self,
        frame: &Frame<'_, '_>,
        item: &Item<'_>,
        action: &str,
        context: Vec<(Spanned<String>, Node)>,
    ) {
        let source = frame.record.source;
        let span = Span::new(source, item.name_range.start, item.range.end);
        let (line, _) = self.sources.get(source).position(item.name_range.start);
        let with = (!context.is_empty()).then_some(Node { span, kind: NodeKind::Map(context) });
        self.steps.push(StepDocument {
            span: Span::new(source, frame.record.range.start, frame.record.range.end),
            id: Spanned::new(format!("line-{line}"), span),
            title: None,
            docs: None,
            by: None,
            operation: Spanned::new(
                action.to_owned(),
                Span::new(source, item.name_range.start, item.range.end),
            ),
            target: Spanned::new(
                frame.target.clone(),
                Span::new(source, frame.record.dn.range.start, frame.record.dn.range.end),
            ),
            with,
            needs: Vec::new(),
        });
    }

    /// The text of the object that a name means: a uid, or a name that is looked for in the estate.
    fn object(&self, name: &Name, item: &Item<'_>, reading: &mut Reading<'_>) -> Option<String> {
        match self.naming.meaning(name) {
            Meaning::Made(uid) => Some(uid),
            Meaning::Before(name) => Some(to_be_found(&name.shown)),
            Meaning::Gone(since) => {
                let message = format!("`{}` has another name since an earlier record", shown(&name.shown));
                let label = item.span(reading);
                reading.push(
                    Diagnostic::new(Code::UnknownName, message)
                        .label(label, "the old name")
                        .label(since, "renamed here")
                        .hint("use the new name from there on"),
                );
                None
            }
        }
    }

    fn add(
        &mut self,
        record: &Record<'_>,
        kind: &Item<'_>,
        of: &Name,
        items: &[&Item<'_>],
        reading: &mut Reading<'_>,
    ) -> Option<()> {
        if let Meaning::Gone(since) = self.naming.meaning(of) {
            let message =
                format!("`{}` is the name that another object had before this list", shown(&of.shown));
            let label = record.dn.span(reading);
            reading.push(
                Diagnostic::new(Code::UnfitSource, message)
                    .label(label, "given again")
                    .label(since, "given up here")
                    .hint("make the new object in a list of its own, after a new export"),
            );
            return None;
        }
        let classes: Vec<String> = items
            .iter()
            .filter(|item| item.is("objectclass"))
            .filter_map(|item| item.text(reading).map(|class| class.to_ascii_lowercase()))
            .collect();
        let (made, action) = self.made(record, &classes, reading)?;
        let above = dn::parse(of.shown.get(dn::first(&of.shown).len() + 1..).unwrap_or_default()).ok()?;
        let frame = Frame { record, target: self.object(&above, &record.dn, reading)? };
        for item in items {
            let lower = item.base_name().to_ascii_lowercase();
            if let Some(refused) = REFUSED.iter().find(|(attribute, _, _)| *attribute == lower) {
                refuse_attribute(item, refused, reading);
                return None;
            }
        }
        let control = items.iter().find(|item| item.is("useraccountcontrol"));
        let enabled = control.and_then(|item| flags(item, reading)).is_some_and(|flags| flags & 2 == 0);
        let dn_span = record.dn.span(reading);
        let mut context = vec![string("name", &of.shown, dn_span)];
        if matches!(made, Kind::User | Kind::Computer) {
            let span = control.map_or(dn_span, |item| item.span(reading));
            context.push((
                Spanned::new("enabled".to_owned(), span),
                Node { span, kind: NodeKind::Bool(enabled) },
            ));
        }
        self.below.note(&self.naming, of, 1);
        let uid = self.naming.make(of, made);
        self.step(&frame, kind, action, context);
        let frame = Frame { record, target: uid };
        for item in items.iter().filter(|item| item.is("member")) {
            self.member(&frame, item, "add-member", reading);
        }
        Some(())
    }

    /// What an object of these classes becomes, and the action that makes it.
    fn made(
        &mut self,
        record: &Record<'_>,
        classes: &[String],
        reading: &mut Reading<'_>,
    ) -> Option<(Kind, &'static str)> {
        let has = |class: &str| classes.iter().any(|has| has == class);
        let kind = Kind::of(classes.iter().map(String::as_str));
        match kind {
            Kind::User => Some((kind, "add-user")),
            Kind::Group => Some((kind, "add-group")),
            Kind::Computer => Some((kind, "add-computer")),
            Kind::Contact => Some((kind, "add-contact")),
            Kind::Container if has("organizationalunit") => Some((kind, "add-organizational-unit")),
            Kind::Container | Kind::Sid => {
                let class = classes.last().map_or("", String::as_str);
                let message =
                    format!("objects of the class `{}` cannot be judged when they are added", shown(class));
                let hint =
                    "users, groups, computers, contacts and organizational units can; leave the record out";
                refuse(reading, &record.dn, Code::UnfitSource, &message, hint);
                None
            }
        }
    }

    fn modify(&mut self, frame: &Frame<'_, '_>, part: &Part<'_, '_>, reading: &mut Reading<'_>) {
        if let Some(refused) = REFUSED.iter().find(|(attribute, _, _)| *attribute == part.attribute) {
            return refuse_attribute(part.item, refused, reading);
        }
        match (part.attribute.as_str(), part.verb) {
            ("member", Verb::Replace) => {
                let message = "all members of a group are replaced, and who leaves is not said";
                refuse(reading, part.item, Code::UnfitSource, message, "add and delete single members");
            }
            ("member", Verb::Delete) if part.values.is_empty() => {
                let message = "all members of a group are taken away, and who they are is not said";
                refuse(reading, part.item, Code::UnfitSource, message, "delete single members");
            }
            ("member", verb) => {
                let action = if verb == Verb::Add { "add-member" } else { "remove-member" };
                part.values.iter().for_each(|value| self.member(frame, value, action, reading));
            }
            ("useraccountcontrol", Verb::Add | Verb::Replace) => {
                for value in &part.values {
                    let Some(flags) = flags(value, reading) else { continue };
                    let span = value.span(reading);
                    let node = Node { span, kind: NodeKind::Bool(flags & 2 == 0) };
                    let flags = Node { span, kind: NodeKind::Integer(flags) };
                    let key = |name: &str| Spanned::new(name.to_owned(), span);
                    self.step(
                        frame,
                        value,
                        "set-account-control",
                        vec![(key("enabled"), node), (key("flags"), flags)],
                    );
                }
            }
            ("unicodepwd" | "userpassword", _) => self.step(frame, part.item, "reset-password", Vec::new()),
            _ => self.attribute(frame, part, reading),
        }
    }

    fn attribute(&mut self, frame: &Frame<'_, '_>, part: &Part<'_, '_>, reading: &mut Reading<'_>) {
        let span = part.item.span(reading);
        let mut context =
            vec![string("attribute", &part.attribute, span), string("change", part.verb.as_str(), span)];
        if is_secret(&part.attribute) {
            self.fidelity
                .unknown(span, format!("the value of `{}` is a secret and is left out", part.attribute));
        } else {
            let mut values = Vec::new();
            for value in &part.values {
                let bytes = value.bytes(reading).map(|bytes| String::from_utf8(bytes.into_owned()));
                match bytes {
                    Some(Ok(text))
                        if text.len() <= limits::TITLE_BYTES && !text.chars().any(char::is_control) =>
                    {
                        values.push(Node { span: value.span(reading), kind: NodeKind::String(text) });
                    }
                    Some(_) => {
                        let span = value.span(reading);
                        self.fidelity.unknown(
                            span,
                            format!("a value of `{}` is no text and is left out", part.attribute),
                        );
                    }
                    None => return,
                }
            }
            let node = Node { span, kind: NodeKind::List(values) };
            context.push((Spanned::new("values".to_owned(), span), node));
        }
        self.step(frame, part.item, "change-attribute", context);
    }

    fn member(&mut self, frame: &Frame<'_, '_>, item: &Item<'_>, action: &str, reading: &mut Reading<'_>) {
        let Some(member) = name(item, reading) else { return };
        let Some(object) = self.object(&member, item, reading) else { return };
        let span = item.span(reading);
        let context = vec![(Spanned::new("member".to_owned(), span), reference(object, span))];
        self.step(frame, item, action, context);
    }

    fn rename(
        &mut self,
        frame: &Frame<'_, '_>,
        of: &Name,
        (item, first): (&Item<'_>, &Name),
        above: Option<(&Item<'_>, &Name)>,
        reading: &mut Reading<'_>,
    ) -> Option<()> {
        let old_above = dn::parse(of.shown.get(dn::first(&of.shown).len() + 1..).unwrap_or_default()).ok()?;
        let moved = above.filter(|(_, name)| name.key != old_above.key);
        let new_above = moved.map_or(&old_above, |(_, name)| name);
        let inside = |name: &Name| name.key == of.key || name.key.ends_with(&format!(",{}", of.key));
        if inside(new_above) {
            let (item, _) = moved?;
            refuse(reading, item, Code::UnfitSource, "an object is moved into itself", "name another place");
            return None;
        }
        let to = dn::parse(&format!("{},{}", first.shown, new_above.shown)).ok()?;
        if first.key != dn::parse(dn::first(&of.shown)).ok()?.key {
            let span = item.span(reading);
            self.step(frame, item, "rename", vec![string("name", &to.shown, span)]);
        }
        if let Some((item, place)) = moved {
            let target = self.object(place, item, reading)?;
            let span = item.span(reading);
            let context = vec![(Spanned::new("to".to_owned(), span), reference(target, span))];
            self.step(frame, item, "move", context);
            self.below.note(&self.naming, of, -1);
            self.below.note(&self.naming, &to, 1);
        }
        if to.key != of.key {
            self.naming.rename(of, &to, item.span(reading));
        }
        Some(())
    }
}

fn refuse_attribute(item: &Item<'_>, (attribute, why, hint): &(&str, &str, &str), reading: &mut Reading<'_>) {
    let message = format!("`{attribute}` {why}, and a list cannot change it");
    refuse(reading, item, Code::UnfitSource, &message, hint);
}

/// The bits of `userAccountControl`.
fn flags(item: &Item<'_>, reading: &mut Reading<'_>) -> Option<i64> {
    let text = item.text(reading)?;
    let flags = text.parse().ok().filter(|flags| (0..=i64::from(u32::MAX)).contains(flags));
    if flags.is_none() {
        let message = format!("the value of `{}` is no number of its range", shown(&item.name));
        refuse(reading, item, Code::InvalidValue, &message, "write the bits as a decimal number");
    }
    flags
}

fn string(name: &str, text: &str, span: Span) -> (Spanned<String>, Node) {
    (Spanned::new(name.to_owned(), span), Node { span, kind: NodeKind::String(text.to_owned()) })
}

fn reference(object: String, span: Span) -> Node {
    Node { span, kind: NodeKind::String(object) }
}
