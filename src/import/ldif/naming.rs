//! What names mean in the course of a list of changes, which gives and takes names.

use std::collections::HashMap;

use crate::import::directory::dn::{self, Name};
use crate::import::directory::entry::Kind;
use crate::import::directory::uid;
use crate::source::Span;

/// What a name means at some point of a list.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// An object that the list made, by its uid.
    Made(String),
    /// An object that was there before, by its name then.
    Before(Name),
    /// No object any more: it has had another name since a line.
    Gone(Span),
}

/// Names that lists of changes have given and taken, by their keys.
#[derive(Default)]
pub(super) struct Naming {
    changed: HashMap<String, Meaning>,
}

impl Naming {
    /// What a name means now.
    ///
    /// Where something above the object was renamed, the object is looked for below the old name.
    pub fn meaning(&self, name: &Name) -> Meaning {
        let mut key = name.key.as_str();
        let mut cut = 0_usize;
        loop {
            match (self.changed.get(key), cut) {
                (Some(meaning), 0) => return meaning.clone(),
                (Some(Meaning::Before(above)), _) => return Meaning::Before(below(name, cut, above)),
                (Some(Meaning::Gone(span)), _) => return Meaning::Gone(*span),
                _ => {}
            }
            match dn::parent(key) {
                Some(above) if !above.is_empty() => key = above,
                _ => return Meaning::Before(name.clone()),
            }
            cut += 1;
        }
    }

    /// Makes an object of that name; its uid is the name.
    pub fn make(&mut self, name: &Name, kind: Kind) -> String {
        let uid = uid(kind.as_str(), &name.shown);
        self.changed.insert(name.key.clone(), Meaning::Made(uid.clone()));
        uid
    }

    /// Takes an object away; its name may be given again.
    pub fn delete(&mut self, name: &Name) {
        self.changed.remove(&name.key);
    }

    /// Gives what has one name another.
    pub fn rename(&mut self, from: &Name, to: &Name, span: Span) {
        let meaning = self.meaning(from);
        self.changed.insert(from.key.clone(), Meaning::Gone(span));
        self.changed.insert(to.key.clone(), meaning);
    }
}

/// The name of something below another name: the first `count` parts of a name, and then that.
fn below(name: &Name, count: usize, above: &Name) -> Name {
    let mut own = String::new();
    let mut rest = name.shown.as_str();
    for _ in 0..count {
        let first = dn::first(rest);
        own.extend([first, ","]);
        rest = rest.get(first.len() + 1..).unwrap_or_default();
    }
    let keys: Vec<&str> = name.key.split(',').take(count).collect();
    Name { shown: own + &above.shown, key: format!("{},{}", keys.join(","), above.key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Role, SourceMap};

    #[test]
    fn names_are_followed_through_renamed_places() {
        let parse = |text: &str| dn::parse(text).unwrap();
        let span = Span::new(SourceMap::new().add("a", Role::Plan, ""), 0, 0);
        let mut naming = Naming::default();
        naming.rename(&parse("OU=a,DC=x"), &parse("OU=b,OU=c,DC=x"), span);
        let Meaning::Before(name) = naming.meaning(&parse("CN=u\\,v,ou=B,OU=c,DC=x")) else { panic!() };
        assert_eq!(name.shown, "CN=u\\,v,OU=a,DC=x");
        assert_eq!(name.key, parse("CN=u\\,v,OU=a,DC=x").key);
        assert!(matches!(naming.meaning(&parse("CN=u,OU=a,DC=x")), Meaning::Gone(_)));
        naming.make(&parse("CN=n,OU=b,OU=c,DC=x"), Kind::User);
        naming.rename(&parse("CN=n,OU=b,OU=c,DC=x"), &parse("CN=m,DC=x"), span);
        let Meaning::Made(uid) = naming.meaning(&parse("CN=m,DC=x")) else { panic!() };
        assert_eq!(uid, "User::\"CN=n,OU=b,OU=c,DC=x\"");
    }
}
