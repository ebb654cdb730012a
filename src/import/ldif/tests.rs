//! Exports and lists of changes, as people and programs write them, and as nobody should.

use super::super::{Options, estate};
use crate::diagnostic::{Severity, Sink};
use crate::document::{EstateDocument, NodeKind};
use crate::source::{Role, SourceMap};

/// The estate that a text is, and what was said of it: code, line and message.
fn read(text: &str) -> (Option<EstateDocument>, Vec<(String, usize, String)>) {
    let mut sources = SourceMap::new();
    let id = sources.add("export.ldif", Role::Estate, text);
    let mut sink = Sink::new();
    let found = estate(&sources, id, &Options::default(), &mut sink).map(|part| part.estate);
    let said = sink.into_sorted().into_iter().map(|diagnostic| {
        let line = diagnostic
            .labels
            .first()
            .map_or(0, |label| sources.get(label.span.source).position(label.span.start as usize).0);
        (diagnostic.code.as_str().to_owned(), line, diagnostic.message)
    });
    (found, said.collect())
}

fn parents<'e>(estate: &'e EstateDocument, uid: &str) -> Vec<&'e str> {
    let entity = estate.entities.iter().find(|entity| entity.uid.value == uid).unwrap();
    entity.parents.iter().map(|parent| parent.value.as_str()).collect()
}

fn flag(estate: &EstateDocument, uid: &str, name: &str) -> Option<bool> {
    let entity = estate.entities.iter().find(|entity| entity.uid.value == uid).unwrap();
    let (_, node) = entity.attributes.iter().find(|(key, _)| key.value == name)?;
    match node.kind {
        NodeKind::Bool(value) => Some(value),
        _ => None,
    }
}

const DOMAIN: &str = "dn: DC=x\nobjectClass: domainDNS\nobjectSid: S-1-5-21-1-2-3\nadminCount: 0\n\n";

#[test]
fn members_are_found_whatever_the_spelling_of_their_names() {
    let (estate, said) = read(&format!(
        "{DOMAIN}dn: ou=Staff , dc=x\nobjectClass: organizationalUnit\n\n\
         dn: CN=Ruiz\\, Dana,OU=Staff,DC=x\nobjectClass: top\nobjectClass: user\n\
         userAccountControl: 512\nprimaryGroupID: 513\nobjectSid: S-1-5-21-1-2-3-1104\n\n\
         dn: CN=Domain Users,DC=x\nobjectClass: group\nobjectSid: S-1-5-21-1-2-3-513\n\n\
         dn: CN=Help,DC=x\nobjectClass: group\nmember:: {}\n",
        super::base64::encode("cn=ruiz\\2c  dana,ou=STAFF,dc=x".as_bytes())
    ));
    let estate = estate.unwrap_or_else(|| panic!("{said:?}"));
    let dana = "User::\"CN=Ruiz\\\\, Dana,OU=Staff,DC=x\"";
    assert_eq!(
        parents(&estate, dana),
        ["Container::\"OU=Staff,DC=x\"", "Group::\"CN=Domain Users,DC=x\"", "Group::\"CN=Help,DC=x\""]
    );
    assert_eq!(flag(&estate, dana, "enabled"), Some(true));
    assert_eq!(said, []);
}

#[test]
fn t010_t039_what_cannot_be_trusted_is_refused_where_it_stands() {
    for (text, code, line, part) in [
        ("dn: CN=a\njpegPhoto:< file:///etc/passwd\n", "url-value", 2, "outside of this file"),
        ("dn: CN=a\nchangetype: delete\n", "unfit-source", 2, "list of changes"),
        ("dn: CN=a\n\ndn: cn=A\n", "duplicate", 3, "twice"),
        ("dn: CN=a\nmember;range=0-1499: CN=b\n", "partial-export", 2, "a part of the values"),
        ("dn: CN=a\nmember;Range=0-*: CN=b\n", "partial-export", 2, "a part of the values"),
        ("dn: CN=a,,DC=x\n", "distinguished-name", 1, "empty part"),
        ("dn:: Y24\n", "syntax", 1, "not base64"),
        ("dn:: Y249YQBi\n", "hidden-character", 1, "NUL"),
        ("dn:: /w==\n", "encoding", 1, "not UTF-8"),
        ("dn: CN=a\nno colon\n", "syntax", 2, "no `:`"),
        (" dn: CN=a\n", "syntax", 1, "continues nothing"),
        ("cn: a\n", "syntax", 1, "must begin with `dn`"),
        ("version: 2\ndn: CN=a\n", "schema-version", 1, "version `2`"),
        ("", "syntax", 1, "no entry"),
        ("dn: CN=a\n-\n", "syntax", 2, "`-`"),
        ("dn: CN=a\nobjectSid: S-1-x\n", "invalid-value", 2, "no security identifier"),
        ("dn: CN=a\nuserAccountControl: +1\n", "invalid-value", 2, "no number"),
        ("dn: CN=a\nnTSecurityDescriptor: D:(A;;GA;;;DA)\n", "security-descriptor", 2, "not in the file"),
        ("dn: CN=a\nnTSecurityDescriptor:: AQ==\n", "security-descriptor", 2, "cut off"),
        (
            "dn: CN=a\nobjectClass: user\nmemberOf: CN=g\n\ndn: CN=g\nobjectClass: group\n",
            "partial-export",
            3,
            "the `member` of `CN=g` does not say so",
        ),
        (
            "dn: CN=a\nobjectClass: user\nmemberOf: CN=g\n\ndn: CN=g\nobjectClass: group\nmember: CN=a\nmember: CN=b\n\ndn: CN=b\n",
            "partial-export",
            8,
            "the `memberOf` of `CN=b` does not say so",
        ),
    ] {
        let (estate, said) = read(text);
        assert!(estate.is_none(), "{text}");
        let found = said.iter().any(|(c, l, m)| c == code && *l == line && m.contains(part));
        assert!(found, "{text}: {said:?}");
    }
}

#[test]
fn t011_whoever_is_in_a_circle_of_groups_is_in_all_of_them() {
    let group = |name: &str, members: &[&str]| {
        let members: String = members.iter().map(|member| format!("member: CN={member},DC=x\n")).collect();
        format!("dn: CN={name},DC=x\nobjectClass: group\n{members}\n")
    };
    let text = format!(
        "{DOMAIN}dn: CN=u,DC=x\nobjectClass: user\nuserAccountControl: 2\n\n{}{}{}{}",
        group("a", &["b", "u"]),
        group("b", &["c"]),
        group("c", &["a"]),
        group("top", &["b"])
    );
    let (estate, said) = read(&text);
    let estate = estate.unwrap_or_else(|| panic!("{said:?}"));
    let in_group = |name: &str| format!("Group::\"CN={name},DC=x\"");
    let of_user = parents(&estate, "User::\"CN=u,DC=x\"");
    for name in ["a", "b", "c"] {
        assert!(of_user.contains(&in_group(name).as_str()), "{name}");
        assert!(parents(&estate, &in_group(name)).contains(&in_group("top").as_str()), "{name}");
    }
    assert!(parents(&estate, &in_group("c")).contains(&in_group("a").as_str()));
    assert!(said.iter().any(|(code, _, _)| code == "group-cycle"));
    assert_eq!(flag(&estate, "User::\"CN=u,DC=x\"", "enabled"), Some(false));
}

#[test]
fn a_warning_alone_does_not_refuse_an_export() {
    let text = format!(
        "{DOMAIN}dn: CN=u,DC=x\nobjectClass: user\nuserAccountControl: 512\nnTSecurityDescriptor: D:NO_ACCESS_CONTROL\n"
    );
    let (estate, said) = read(&text);
    assert!(estate.is_some(), "{said:?}");
    assert_eq!(said.len(), 1);
    let _ = Severity::Warning;
}

mod hostile {
    use super::read;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn t039_any_text_is_read_or_refused(
            text in "(dn:|dn::|member|: |:: |:< |CN=a|,DC=x|\n|\n\n| |-|#|Y249YQ==|changetype: add|version: 1|objectClass: group|nTSecurityDescriptor: D:\\(A;;GA;;;WD\\)|;range=0-1|\\PC){0,24}"
        ) {
            let (estate, said) = read(&text);
            prop_assert!(estate.is_some() || !said.is_empty(), "refused without a reason");
        }
    }
}
