//! What an expression refers to: `aws_vpc.main.id`, `module.network.subnets`, `var.region`.

use super::address::split;

/// What one expression, or an entry of `depends_on`, refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reference {
    /// A resource of the same module, `aws_vpc.main`, `data.aws_ami.a`; one instance of it where a key
    /// is given.
    Resource(String, Option<String>),
    /// An input of the same module.
    Variable(String),
    /// An output of a module that is called, `network`, `subnets`.
    Output(String, String),
    /// All of a module that is called.
    Module(String),
    /// A local value. A plan does not say what it is made of.
    Local(String),
}

/// The things that a list of references names.
///
/// A plan lists `a.b[0].id`, `a.b[0]` and `a.b` for one reference to `a.b[0].id`, the longer ones first; what
/// only repeats the one before it in fewer words is no reference of its own.
pub(super) fn references<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    let mut previous = "";
    for text in texts {
        let repeats = previous.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']));
        if !repeats {
            found.extend(reference(text));
        }
        previous = text;
    }
    found.sort();
    found.dedup();
    found
}

/// What one text names; nothing where it is a value that comes from nowhere else.
pub(super) fn reference(text: &str) -> Option<Reference> {
    let mut parts = split(text)?;
    if parts.first().is_some_and(|(name, _)| name == "resource") && parts.len() > 2 {
        parts.remove(0);
    }
    let name = |at: usize| parts.get(at).map(|(name, _)| name.clone());
    let key = |at: usize| parts.get(at).map(|(_, key)| key.clone()).filter(|key| !key.is_empty());
    match name(0)?.as_str() {
        "each" | "count" | "path" | "terraform" | "self" | "ephemeral" | "action" | "provider" => None,
        "var" => Some(Reference::Variable(name(1)?)),
        "local" => Some(Reference::Local(name(1)?)),
        "module" => match (name(1)?, name(2)) {
            (module, Some(output)) => Some(Reference::Output(module, output)),
            (module, None) => Some(Reference::Module(module)),
        },
        "data" => Some(Reference::Resource(format!("data.{}.{}", name(1)?, name(2)?), instance(key(2)))),
        resource_type => Some(Reference::Resource(format!("{resource_type}.{}", name(1)?), instance(key(1)))),
    }
}

/// The first bracket after a resource is its instance key, where it is written out.
fn instance(key: Option<String>) -> Option<String> {
    let key = key?;
    let end = match key.strip_prefix('[') {
        Some(rest) if rest.starts_with('"') => {
            let mut escaped = false;
            let close = rest.char_indices().skip(1).find(|(_, character)| {
                let closes = *character == '"' && !escaped;
                escaped = *character == '\\' && !escaped;
                closes
            });
            close.map(|(at, _)| at + 3)?
        }
        _ => key.find(']')? + 1,
    };
    key.get(..end).filter(|key| key.len() > 2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> Vec<Reference> {
        references(texts.iter().copied())
    }

    fn resource(name: &str, key: Option<&str>) -> Reference {
        Reference::Resource(name.to_owned(), key.map(str::to_owned))
    }

    #[test]
    fn every_form_of_reference_is_understood() {
        for (text, expected) in [
            ("aws_vpc.main.id", resource("aws_vpc.main", None)),
            ("aws_vpc.main", resource("aws_vpc.main", None)),
            ("aws_vpc.main[0].id", resource("aws_vpc.main", Some("[0]"))),
            ("aws_vpc.main[\"a.b\"]", resource("aws_vpc.main", Some("[\"a.b\"]"))),
            ("data.aws_ami.a.id", resource("data.aws_ami.a", None)),
            ("data.aws_ami.a[1]", resource("data.aws_ami.a", Some("[1]"))),
            ("resource.aws_vpc.main.id", resource("aws_vpc.main", None)),
            ("var.region", Reference::Variable("region".to_owned())),
            ("local.names[0]", Reference::Local("names".to_owned())),
            ("module.net.subnets[0].id", Reference::Output("net".to_owned(), "subnets".to_owned())),
            ("module.net[\"x\"].subnets", Reference::Output("net".to_owned(), "subnets".to_owned())),
            ("module.net", Reference::Module("net".to_owned())),
            ("module.net[0]", Reference::Module("net".to_owned())),
        ] {
            assert_eq!(reference(text), Some(expected), "{text}");
        }
        for text in
            ["each.key", "count.index", "path.module", "terraform.workspace", "self.id", "", "x", "a."]
        {
            assert_eq!(reference(text), None, "{text}");
        }
    }

    #[test]
    fn shorter_words_for_the_same_reference_are_not_another_one() {
        assert_eq!(of(&["a.b[0].id", "a.b[0]", "a.b"]), [resource("a.b", Some("[0]"))]);
        assert_eq!(
            of(&["a.b[0]", "a.b", "a.b"]),
            [resource("a.b", None), resource("a.b", Some("[0]"))][..1]
                .iter()
                .cloned()
                .chain([resource("a.b", Some("[0]"))])
                .collect::<Vec<_>>()
        );
        assert_eq!(of(&["module.m.out", "module.m"]), [Reference::Output("m".to_owned(), "out".to_owned())]);
        assert_eq!(of(&["module.m"]), [Reference::Module("m".to_owned())]);
        assert_eq!(of(&["a.bc", "a.b"]).len(), 2);
    }
}
