//! Tapes to the changes of operations.

use super::policies::slot_types;
use super::{Action, DATES, Ground, Reader, WORDS};
use crate::support::world::{Change, ChangeKind, Place, Policy};

/// A change of an operation; every expression is valid for every request of the action.
pub fn change(ground: &Ground, action: &Action, templates: &[&Policy], mut reader: Reader<'_>) -> Change {
    let mut maker = Maker { ground, action, reader: &mut reader };
    let when = maker.reader.chance(35).then(|| maker.truth());
    let choices = if templates.is_empty() { 8 } else { 12 };
    let kind = match maker.reader.pick(choices) {
        1 => maker.set(),
        2 => maker.unset(),
        3 => maker.element(true),
        4 => maker.element(false),
        5 => maker.edge(false),
        6 => maker.create(),
        7 => ChangeKind::Delete(maker.anything()),
        8..=10 => maker.link(templates, true),
        11 => maker.link(templates, false),
        _ => maker.edge(true),
    };
    Change { when, kind }
}

struct Maker<'a, 'b> {
    ground: &'a Ground,
    action: &'a Action,
    reader: &'a mut Reader<'b>,
}

impl Maker<'_, '_> {
    /// Says whether the resource is always of a type.
    fn is_for(&self, kind: &str) -> bool {
        self.action.resources == [kind]
    }

    fn one(&mut self, choices: Vec<String>) -> String {
        self.reader.one(&choices).clone()
    }

    fn user(&mut self) -> String {
        let mut choices = vec!["context.who".to_owned(), self.ground.any("User", self.reader).to_string()];
        if self.action.principals == ["User"] {
            choices.push("principal".to_owned());
        }
        if self.is_for("User") {
            choices.push("resource".to_owned());
            choices.push("if resource has manager then resource.manager else resource".to_owned());
        }
        if self.is_for("Doc") {
            choices.push("resource.owner".to_owned());
        }
        self.one(choices)
    }

    fn group(&mut self) -> String {
        let mut choices = vec!["context.group".to_owned(), self.ground.any("Group", self.reader).to_string()];
        if self.is_for("Group") {
            choices.extend(["resource".to_owned(), "resource".to_owned()]);
        }
        self.one(choices)
    }

    fn doc(&mut self) -> String {
        let literal = self.ground.any("Doc", self.reader).to_string();
        let given = format!("if context has doc then context.doc else {literal}");
        let mut choices = vec![literal, given];
        if self.is_for("Doc") {
            choices.extend(["resource".to_owned(), "resource".to_owned()]);
        }
        self.one(choices)
    }

    fn anything(&mut self) -> String {
        match self.reader.pick(4) {
            0 => "resource".to_owned(),
            1 => self.user(),
            2 => self.group(),
            _ => self.doc(),
        }
    }

    fn text(&mut self) -> String {
        let word = format!("\"{}\"", self.reader.word(WORDS));
        self.one(vec!["context.word".to_owned(), word])
    }

    /// A number; some overflow at run time.
    fn number(&mut self) -> String {
        let mut choices = vec![
            "context.number".to_owned(),
            "3".to_owned(),
            "context.who.level + 1".to_owned(),
            "context.number + 9223372036854775806".to_owned(),
        ];
        if self.is_for("Doc") {
            choices.push("resource.size + 1".to_owned());
        }
        self.one(choices)
    }

    fn truth(&mut self) -> String {
        let mut choices = vec![
            "true".to_owned(),
            "context.number > 1".to_owned(),
            "context has flag && context.flag".to_owned(),
            "context.who.active".to_owned(),
            "principal in context.group".to_owned(),
            "context.number + 9223372036854775806 > 0".to_owned(),
        ];
        if self.is_for("Doc") {
            choices.push("resource.labels.contains(context.word)".to_owned());
        }
        self.one(choices)
    }

    fn words(&mut self) -> String {
        if self.reader.chance(30) { "[]".to_owned() } else { format!("[{}]", self.text()) }
    }

    fn date(&mut self) -> String {
        self.reader.word(DATES).to_owned()
    }

    fn mode(&mut self) -> String {
        self.ground.mode(self.reader).to_string()
    }

    fn set(&mut self) -> ChangeKind {
        let attr = |name: &str| Place::Attr(name.to_owned());
        match self.reader.pick(14) {
            1 => ChangeKind::Set(self.user(), attr("level"), self.number()),
            2 => ChangeKind::Set(self.user(), attr("manager"), self.user()),
            3 => ChangeKind::Set(self.user(), attr("skills"), self.words()),
            4 => ChangeKind::Set(self.doc(), attr("owner"), self.user()),
            5 => ChangeKind::Set(self.doc(), attr("size"), self.number()),
            6 => ChangeKind::Set(self.doc(), attr("open"), self.truth()),
            7 => ChangeKind::Set(self.doc(), attr("labels"), self.words()),
            8 => {
                let readers = format!("[{}]", self.user());
                ChangeKind::Set(self.doc(), attr("readers"), readers)
            }
            9 => ChangeKind::Set(self.doc(), attr("due"), self.date()),
            10 => ChangeKind::Set(self.doc(), attr("mode"), self.mode()),
            11 => ChangeKind::Set(self.group(), attr("sealed"), self.truth()),
            12 => ChangeKind::Set(self.group(), attr("quota"), self.number()),
            13 => ChangeKind::Set(self.doc(), Place::Tag("t".to_owned()), self.number()),
            _ => ChangeKind::Set(self.user(), attr("active"), self.truth()),
        }
    }

    fn unset(&mut self) -> ChangeKind {
        match self.reader.pick(6) {
            1 => ChangeKind::Unset(self.doc(), Place::Attr("open".to_owned())),
            2 => ChangeKind::Unset(self.doc(), Place::Attr("readers".to_owned())),
            3 => ChangeKind::Unset(self.doc(), Place::Attr("due".to_owned())),
            4 => ChangeKind::Unset(self.group(), Place::Attr("sealed".to_owned())),
            5 => ChangeKind::Unset(self.doc(), Place::Tag("t".to_owned())),
            _ => ChangeKind::Unset(self.user(), Place::Attr("manager".to_owned())),
        }
    }

    fn element(&mut self, add: bool) -> ChangeKind {
        let (entity, name, value) = match self.reader.pick(3) {
            1 => (self.doc(), "labels", self.text()),
            2 => (self.doc(), "readers", self.user()),
            _ => (self.user(), "skills", self.text()),
        };
        let place = Place::Attr(name.to_owned());
        if add { ChangeKind::Add(entity, place, value) } else { ChangeKind::Remove(entity, place, value) }
    }

    fn edge(&mut self, join: bool) -> ChangeKind {
        let (child, parent) = match self.reader.pick(4) {
            1 => (self.group(), self.group()),
            2 => (self.doc(), self.doc()),
            3 => (self.doc(), self.group()),
            _ => (self.user(), self.group()),
        };
        if join { ChangeKind::Join(child, parent) } else { ChangeKind::Leave(child, parent) }
    }

    fn create(&mut self) -> ChangeKind {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let short = self.reader.word(&["User", "Group", "Doc"]);
        let id = self.text();
        let mut parents = if self.reader.chance(60) { vec![self.group()] } else { Vec::new() };
        let mut tags = Vec::new();
        let attrs = match short {
            "User" => {
                let mut attrs = vec![
                    pair("active", self.truth()),
                    pair("level", self.number()),
                    pair("skills", self.words()),
                ];
                if self.reader.chance(30) {
                    attrs.push(pair("manager", self.user()));
                }
                attrs
            }
            "Group" => vec![pair("quota", self.number())],
            _ => {
                if self.reader.chance(30) {
                    parents.push(self.doc());
                    tags.push(pair("t", self.number()));
                }
                let owner = pair("owner", self.user());
                vec![
                    owner,
                    pair("size", self.number()),
                    pair("labels", self.words()),
                    pair("mode", self.mode()),
                ]
            }
        };
        let kind = if self.reader.chance(50) { self.ground.kind(short) } else { short.to_owned() };
        ChangeKind::Create { kind, id, parents, attrs, tags }
    }

    fn link(&mut self, templates: &[&Policy], link: bool) -> ChangeKind {
        let template = *self.reader.one(templates);
        let mut argument = |slot: &str| {
            let kind = self.reader.word(slot_types(template, slot));
            template.has_slot(slot).then(|| match kind {
                "User" => self.user(),
                "Group" => self.group(),
                _ => self.doc(),
            })
        };
        let (principal, resource) = (argument("?principal"), argument("?resource"));
        let id = template.id.clone();
        if link {
            ChangeKind::Link(id, principal, resource)
        } else {
            ChangeKind::Unlink(id, principal, resource)
        }
    }
}
