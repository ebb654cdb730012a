//! Properties of descriptors: both forms agree, no bytes break a reader, and no facts say more than the entries.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::identifiers::{Guid, Sid};
use super::facts::{Access, Right, everyone};
use super::{Ace, AceFlags, Descriptor, Effect, binary, from_sddl, mask, on, sddl};

/// Entries about a few people and rights, so that they meet.
fn ace() -> impl Strategy<Value = Ace> {
    let masks =
        [mask::CREATE_CHILD, mask::DELETE, mask::WRITE_PROPERTY, mask::GENERIC_ALL, mask::CONTROL_ACCESS];
    let user = Guid::new(0xbf967aba_0de6_11d0_a285_00aa003049e2);
    let member = Guid::new(0xbf9679c0_0de6_11d0_a285_00aa003049e2);
    let other = Guid::new(0x1234);
    (
        prop_oneof![Just(Effect::Deny), Just(Effect::Allow)],
        prop_oneof![3 => Just(0), 2 => Just(AceFlags::INHERITED), 1 => Just(AceFlags::INHERIT_ONLY | 2)],
        proptest::sample::select(masks.to_vec()),
        proptest::sample::select(vec![None, None, Some(user), Some(member), Some(other)]),
        proptest::sample::select(vec![None, Some(user)]),
        1_u32..4,
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(effect, flags, mask, object, inheriting, who, conditional)| Ace {
            effect,
            conditional,
            flags: AceFlags(flags),
            mask,
            object,
            inheriting,
            trustee: Sid::new(5, &[21, 1, 2, 3, who]),
        })
}

fn descriptor() -> impl Strategy<Value = Descriptor> {
    (proptest::collection::vec(ace(), 0..6), any::<bool>()).prop_map(|(entries, protected)| Descriptor {
        owner: Some(Sid::new(5, &[21, 1, 2, 3, 512])),
        group: None,
        protected,
        entries: Some(entries),
    })
}

/// The entries in the order that Active Directory keeps.
fn canonical(mut descriptor: Descriptor) -> Descriptor {
    let order = |ace: &Ace| (ace.flags.has(AceFlags::INHERITED), ace.effect);
    descriptor.entries.iter_mut().for_each(|entries| entries.sort_by_key(order));
    descriptor
}

/// Somebody with these identifiers goes through the entries in their order; the first that speaks decides.
fn walk(descriptor: &Descriptor, who: &BTreeSet<Sid>, right: Right) -> bool {
    let Some(entries) = &descriptor.entries else { return true };
    for ace in entries.iter().filter(|ace| !ace.flags.has(AceFlags::INHERIT_ONLY)) {
        if ace.conditional && ace.effect == Effect::Allow || !who.contains(&ace.trustee) {
            continue;
        }
        let alone = Descriptor { entries: Some(vec![ace.clone()]), ..Descriptor::default() };
        let speaks = on(&alone);
        let lists = [&speaks.explicit, &speaks.inherited];
        if lists.iter().any(|lists| lists.deny.contains_key(&right) || lists.allow.contains_key(&right)) {
            return ace.effect == Effect::Allow;
        }
    }
    false
}

/// The same by the sets, as the policies ask.
fn by_sets(access: &Access, who: &BTreeSet<Sid>, right: Right) -> bool {
    let named = |rights: &super::Rights| rights.get(&right).is_some_and(|sids| !sids.is_disjoint(who));
    let explicit = &access.explicit;
    !named(&explicit.deny)
        && (named(&explicit.allow) || named(&access.inherited.allow) && !named(&access.inherited.deny))
}

fn rights() -> Vec<Right> {
    let whole = super::RIGHTS.iter().map(|name| Right::Whole(name));
    whole.chain([Right::Property("member")]).collect()
}

fn everybody() -> Vec<BTreeSet<Sid>> {
    let sid = |who: u32| Sid::new(5, &[21, 1, 2, 3, who]);
    let sets = [vec![1], vec![2], vec![1, 2], vec![2, 3], vec![1, 2, 3], vec![]];
    sets.iter().map(|who| who.iter().map(|who| sid(*who)).chain([everyone()]).collect()).collect()
}

proptest! {
    #[test]
    fn both_forms_say_the_same(descriptor in descriptor()) {
        prop_assert_eq!(binary::read(&binary::write(&descriptor)), Ok(descriptor.clone()));
        let mut written = descriptor.clone();
        // SDDL has no denying entry with a condition and an object.
        for ace in written.entries.iter_mut().flatten() {
            if ace.conditional && (ace.object.is_some() || ace.inheriting.is_some()) {
                ace.effect = Effect::Allow;
            }
        }
        prop_assert_eq!(from_sddl(&sddl::write(&written), None), Ok(written));
    }

    #[test]
    fn changed_and_cut_bytes_are_read_or_refused(
        descriptor in descriptor(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = binary::write(&descriptor);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = binary::read(&bytes).map(|descriptor| on(&descriptor));
        let _ = binary::read(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn a_descriptor_that_is_cut_off_is_refused(descriptor in descriptor(), cut in any::<prop::sample::Index>()) {
        let bytes = binary::write(&descriptor);
        prop_assert!(binary::read(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn any_text_is_a_descriptor_or_refused(text in "([ODGS]:|\\(|\\)|A|OA|;|CI|WP|S-1-5-11|WD|0x|P|\\PC){0,20}") {
        let _ = from_sddl(&text, None).map(|descriptor| on(&descriptor));
    }

    #[test]
    fn in_the_order_of_active_directory_the_sets_say_what_the_entries_say(descriptor in descriptor()) {
        let descriptor = canonical(descriptor);
        let access = on(&descriptor);
        prop_assert!(!access.stricter);
        for who in everybody() {
            for right in rights() {
                prop_assert_eq!(by_sets(&access, &who, right), walk(&descriptor, &who, right), "{:?}", right);
            }
        }
    }

    #[test]
    fn in_any_order_the_sets_allow_nothing_that_the_entries_refuse(descriptor in descriptor()) {
        let access = on(&descriptor);
        for who in everybody() {
            for right in rights() {
                let (sets, entries) = (by_sets(&access, &who, right), walk(&descriptor, &who, right));
                prop_assert!(entries || !sets, "{right:?}");
                prop_assert!(access.stricter || entries == sets, "{right:?}");
            }
        }
    }
}

#[test]
fn texts_as_windows_writes_them_are_read() {
    let domain = Sid::new(5, &[21, 1, 2, 3]);
    let text = "O:DAG:DAD:PAI(D;;SDDT;;;WD)(OA;CIIO;RPWP;bf9679c0-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;S-1-5-21-1-2-3-1105)(A;CI;GA;;;SY)S:AI(OU;CISA;WP;;;WD)";
    let read = from_sddl(text, Some(&domain)).unwrap();
    assert!(read.protected);
    assert_eq!(read.owner, Some(domain.with(512)));
    assert_eq!(read.entries.as_ref().map(Vec::len), Some(3));
    for (text, part) in [
        ("O:DAD:(A;;GA;;;DA)", "not in the file"),
        ("O:S-1-5-18", "says nothing about who may do what"),
        ("D:(A;;GA;;;S-1)", "no identifier"),
        ("D:(A;;GQ;;;WD)", "unknown right"),
        ("D:(A;XX;GA;;;WD)", "unknown flag"),
        ("D:(Q;;GA;;;WD)", "entry 1 that is of an unknown kind"),
        ("D:(A;;GA;;;WD", "without `)`"),
        ("D:(A;;GA;zz;;WD)", "no GUID"),
        ("X:", "none of"),
    ] {
        let why = from_sddl(text, None).unwrap_err();
        assert!(why.contains(part), "{text}: {why}");
    }
    let open = from_sddl("D:NO_ACCESS_CONTROL", None).unwrap();
    assert!(on(&open).open);
    assert!(by_sets(&on(&open), &everybody()[5], Right::Whole("createUser")));
}

#[test]
fn entries_that_depend_on_the_logon_or_a_condition_give_nobody_anything() {
    for text in ["D:(A;;GA;;;CO)", "D:(A;;GA;;;PS)", "D:(A;;GA;;;IU)", "D:(XA;;GA;;;S-1-5-21-1-2-3-1;(1))"] {
        let access = on(&from_sddl(text, None).unwrap());
        assert!(access.explicit.allow.is_empty(), "{text}");
    }
    let denied = on(&from_sddl("D:(D;;SD;;;PS)(A;;GA;;;S-1-5-21-1-2-3-1)", None).unwrap());
    assert!(!by_sets(&denied, &everybody()[0], Right::Whole("delete")));
}
