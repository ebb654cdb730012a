//! Names of the classes, properties and sets of properties that entries are about.
//!
//! The identifiers are those of the Active Directory schema, which are the same in every forest. What is not
//! listed gives nothing where an entry allows it, and takes everything where an entry denies it.

use super::super::identifiers::Guid;

/// Classes that entries limit the creation, the deletion and the inheritance of.
const CLASSES: &[(u128, &str)] = &[
    (0xbf967aba_0de6_11d0_a285_00aa003049e2, "user"),
    (0xbf967a9c_0de6_11d0_a285_00aa003049e2, "group"),
    (0xbf967a86_0de6_11d0_a285_00aa003049e2, "computer"),
    (0x5cb41ed0_0e4c_11d0_a286_00aa003049e2, "contact"),
    (0xbf967aa5_0de6_11d0_a285_00aa003049e2, "organizationalUnit"),
];

/// Properties, by their names in lower case.
const PROPERTIES: &[(u128, &str)] = &[
    (0xbf9679c0_0de6_11d0_a285_00aa003049e2, "member"),
    (0xbf967a68_0de6_11d0_a285_00aa003049e2, "useraccountcontrol"),
    (0xbf967a0e_0de6_11d0_a285_00aa003049e2, "name"),
    (0xbf96793f_0de6_11d0_a285_00aa003049e2, "cn"),
    (0xbf9679f0_0de6_11d0_a285_00aa003049e2, "ou"),
    (0xbf967950_0de6_11d0_a285_00aa003049e2, "description"),
    (0xbf967953_0de6_11d0_a285_00aa003049e2, "displayname"),
    (0xbf967961_0de6_11d0_a285_00aa003049e2, "mail"),
    (0xbf967a49_0de6_11d0_a285_00aa003049e2, "telephonenumber"),
    (0xbf967a55_0de6_11d0_a285_00aa003049e2, "title"),
    (0xbf96794f_0de6_11d0_a285_00aa003049e2, "department"),
    (0xbf9679b5_0de6_11d0_a285_00aa003049e2, "manager"),
    (0xbf967a41_0de6_11d0_a285_00aa003049e2, "sn"),
    (0xbf967a0a_0de6_11d0_a285_00aa003049e2, "pwdlastset"),
    (0xbf967915_0de6_11d0_a285_00aa003049e2, "accountexpires"),
    (0x28630ebf_41d5_11d1_a9c1_0000f80367c1, "lockouttime"),
    (0x28630ebb_41d5_11d1_a9c1_0000f80367c1, "userprincipalname"),
    (0x3e0abfd0_126a_11d0_a060_00aa006c33ed, "samaccountname"),
    (0xf3a64788_5306_11d1_a9c5_0000f80367c1, "serviceprincipalname"),
    (0x0296c120_40da_11d1_a9c0_0000f80367c1, "managedby"),
    (0xf30e3bbe_9ff0_11d1_b603_0000f80367c1, "gplink"),
    (0x3f78c3e5_f79a_46bd_a0b8_9d18116ddc79, "msds-allowedtoactonbehalfofotheridentity"),
    (0x5b47d60f_6090_40b2_9f37_2a4de88f3063, "msds-keycredentiallink"),
];

/// Sets of properties, with those of their members that are listed above.
const SETS: &[(u128, &[&str])] = &[
    (0xbc0ac240_79a9_11d0_9020_00c04fc2d4cf, &["member"]),
    (0x4c164200_20c0_11d0_a768_00aa006e0529, &["useraccountcontrol", "pwdlastset", "accountexpires"]),
];

/// The extended right to set a password without knowing the old one.
pub(super) const RESET_PASSWORD: Guid = Guid::new(0x00299570_246d_11d0_a768_00aa006e0529);

/// Properties that hold passwords and keys, in lower case.
const SECRETS: &[&str] = &[
    "unicodepwd",
    "userpassword",
    "dbcspwd",
    "ntpwdhistory",
    "lmpwdhistory",
    "supplementalcredentials",
    "currentvalue",
    "priorvalue",
    "initialauthincoming",
    "initialauthoutgoing",
    "trustauthincoming",
    "trustauthoutgoing",
    "ms-mcs-admpwd",
    "mslaps-password",
    "mslaps-encryptedpassword",
    "mslaps-encryptedpasswordhistory",
    "msds-managedpassword",
    "msfve-recoverypassword",
    "msfve-keypackage",
    "unixuserpassword",
    "sambantpassword",
    "sambalmpassword",
];

/// The name of a class.
pub(super) fn class(guid: Guid) -> Option<&'static str> {
    CLASSES.iter().find(|(known, _)| Guid::new(*known) == guid).map(|(_, name)| *name)
}

/// The properties that a property or a set of properties stands for; nothing for one that is not listed.
pub(super) fn properties(guid: Guid) -> Option<Vec<&'static str>> {
    let one = PROPERTIES.iter().find(|(known, _)| Guid::new(*known) == guid).map(|(_, name)| vec![*name]);
    one.or_else(|| SETS.iter().find(|(known, _)| Guid::new(*known) == guid).map(|(_, names)| names.to_vec()))
}

/// Says whether a property, by its name in lower case, holds a password or a key.
pub(in crate::import) fn is_secret(property: &str) -> bool {
    SECRETS.contains(&property)
}
