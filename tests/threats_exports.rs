//! Threats by files of other programs: values elsewhere, parts that are missing, archives.

#![cfg(unix)]

mod fixtures;

use std::process::Command;
use std::time::Duration;

use fixtures::{ESTATE, OPERATIONS, PLAN, POLICIES, World};

const DOMAIN: &str = "dn: DC=x\nobjectClass: domainDNS\n\n";

fn check(world: &World, estate: &str) -> fixtures::Ran {
    world.run_in(
        |folder| {
            // Whoever opened it would wait for ever.
            let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
            assert!(made.expect("mkfifo is there").success());
        },
        &["check", PLAN, "--bundle", "active-directory", "--estate", estate],
    )
}

#[test]
fn t039_a_value_at_an_address_is_refused_and_nothing_is_opened() {
    for value in [
        "description:< file:///etc/passwd",
        "description:<file://pipe",
        "description:< file:pipe",
        "description:< https://example.invalid/x",
        "description;lang-de:< file:///etc/passwd",
        "desc\n ription:< file:///etc/passwd",
        "jpegPhoto:< pipe",
    ] {
        for file in ["export.ldif", "export.ldf"] {
            let text = format!("{DOMAIN}dn: CN=u,DC=x\nobjectClass: contact\n{value}\n");
            let world = World::tiny().with(file, text).within(Duration::from_secs(5));
            let ran = check(&world, file);
            ran.refused(value).says("error[url-value]", value).says("never opened", value);
            assert!(!ran.err.contains("root:"), "{value}: {}", ran.err);
        }
    }
    let list =
        "dn: CN=u,DC=x\nchangetype: modify\nreplace: description\ndescription:< file:///etc/passwd\n-\n";
    let world = World::tiny().with(PLAN, list).with("export.ldif", DOMAIN);
    let world = world.with("changes.ldif", list).within(Duration::from_secs(5));
    let arguments =
        ["check", "changes.ldif", "--bundle", "active-directory", "--estate", "export.ldif", "--by", "x"];
    let ran = world.run_in(|_| {}, &arguments);
    ran.refused("a list of changes").says("error[url-value]", "a list of changes");
}

#[test]
fn t010_a_part_of_the_members_is_not_the_members() {
    for range in ["range=0-1499", "range=1500-*", "Range=0-0", "binary;range=0-1499"] {
        let text = format!("{DOMAIN}dn: CN=g,DC=x\nobjectClass: group\nmember;{range}: DC=x\n");
        let ran = check(&World::tiny().with("export.ldif", text), "export.ldif");
        ran.refused(range).says("error[partial-export]", range).says("only a part", range);
    }
    let one_sided = [
        "dn: CN=g,DC=x\nobjectClass: group\nmember: CN=h,DC=x\n\ndn: CN=h,DC=x\nobjectClass: group\n\ndn: CN=i,DC=x\nobjectClass: group\nmemberOf: CN=g,DC=x\n",
        "dn: CN=g,DC=x\nobjectClass: group\nmember: CN=h,DC=x\n\ndn: CN=h,DC=x\nobjectClass: group\nmemberOf: CN=g,DC=x\n\ndn: CN=i,DC=x\nobjectClass: group\nmemberOf: CN=g,DC=x\n",
    ];
    for text in one_sided {
        let ran = check(&World::tiny().with("export.ldif", format!("{DOMAIN}{text}")), "export.ldif");
        ran.refused(text).says("error[partial-export]", text).says("does not say so", text);
    }
}

#[test]
fn t040_archives_and_compressed_files_are_not_taken_for_texts() {
    let archives: [(&str, &[u8]); 6] = [
        (
            "gzip",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00",
        ),
        ("zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x8d\xb8\x76\x5b\xff\xff\xff\xff"),
        ("zstd", b"\x28\xb5\x2f\xfd\x04\x58\x19\x00\x00abc"),
        ("xz", b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46"),
        ("bzip2", b"BZh91AY&SY\x64\x8c\xbb\x73\x00\x00"),
        ("tar", b"plan.yaml\x00\x00\x00\x00\x000000644\x00"),
    ];
    for (what, bytes) in archives {
        for file in [PLAN, ESTATE, POLICIES, OPERATIONS] {
            let ran = World::tiny().with(file, bytes).check();
            ran.refused(what).says("error[encoding]", what).says(file, what);
        }
        for name in ["export.ldif", "export.yaml.gz", "people.csv", "big.jsonl"] {
            check(&World::tiny().with(name, bytes), name).refused(what);
        }
    }
}
