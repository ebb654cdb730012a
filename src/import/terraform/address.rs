//! Addresses of resources: `module.a["x"].aws_instance.web[0]`.

/// An address in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The modules from the root down, each with its instance key as it is written, `["x"]`.
    pub modules: Vec<(String, String)>,
    /// `aws_instance.web`, `data.aws_ami.a`: what the resource is called in its module.
    pub resource: String,
    /// Its instance key as it is written, `[0]`; empty for none.
    pub key: String,
}

impl Address {
    /// Reads an address; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = split(text)?;
        let mut modules = Vec::new();
        while parts.first().is_some_and(|(name, key)| name == "module" && key.is_empty()) {
            let call = parts.get(1).cloned()?;
            modules.push(call);
            parts.drain(..2);
        }
        let key = parts.last().map(|(_, key)| key.clone())?;
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let all_but_last_plain = parts.iter().rev().skip(1).all(|(_, key)| key.is_empty());
        let shaped = match names.as_slice() {
            ["data", _, _] => true,
            ["data", ..] => false,
            [_, _] => true,
            _ => false,
        };
        (shaped && all_but_last_plain).then(|| Self { modules, resource: names.join("."), key })
    }

    /// The modules without instance keys, `a.b`; empty for the root.
    pub fn module(&self) -> String {
        self.modules.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".")
    }

    /// The module instance as it is written, `module.a["x"].module.b`; empty for the root.
    pub fn module_instance(&self) -> String {
        let parts: Vec<String> =
            self.modules.iter().map(|(name, key)| format!("module.{name}{key}")).collect();
        parts.join(".")
    }

    /// The type of the resource.
    pub fn resource_type(&self) -> &str {
        let plain = self.resource.strip_prefix("data.").unwrap_or(&self.resource);
        plain.split('.').next().unwrap_or(plain)
    }

    /// The address in its module, `aws_instance.web[0]`.
    pub fn local(&self) -> String {
        format!("{}{}", self.resource, self.key)
    }
}

/// Splits a text at the dots outside of brackets; each part with the bracket that follows it.
pub(super) fn split(text: &str) -> Option<Vec<(String, String)>> {
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end)?;
        if name.is_empty() {
            return None;
        }
        let mut key = String::new();
        rest = after;
        while rest.starts_with('[') {
            let length = bracket(rest)?;
            let (own, after) = rest.split_at_checked(length)?;
            key.push_str(own);
            rest = after;
        }
        parts.push((name.to_owned(), key));
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Some(parts),
            None => return None,
        }
    }
}

/// How long a bracket is that a text begins with: `[0]`, `["a\"].b"]`.
fn bracket(text: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_outside_of_their_keys() {
        let address =
            Address::parse("module.a[\"x.y]\\\"\"].module.b.aws_instance.web[\"k/[0].z\"]").unwrap();
        assert_eq!(address.module(), "a.b");
        assert_eq!(address.module_instance(), "module.a[\"x.y]\\\"\"].module.b");
        assert_eq!((address.resource.as_str(), address.key.as_str()), ("aws_instance.web", "[\"k/[0].z\"]"));
        assert_eq!(address.resource_type(), "aws_instance");
        let data = Address::parse("data.aws_ami.a[0]").unwrap();
        assert_eq!((data.resource_type(), data.local().as_str()), ("aws_ami", "data.aws_ami.a[0]"));
        for wrong in
            ["", "aws_instance", "module.a", "a.b.c", "aws_instance.web[0", "a..b", "data.x", "a[0].b"]
        {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }
}
