//! How fast an LDIF export is read, against a scan of the same bytes for line ends.
//!
//! `cargo run --release --example ldif_speed -- 1000000` makes an export of that many entries and prints the time
//! of each, in megabytes a second, and the largest size that the process had.

#![expect(clippy::print_stdout, reason = "a program that prints what it measured")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use countersign::diagnostic::Sink;
use countersign::import::{Options, estate};
use countersign::source::{Role, SourceMap};

/// One organizational unit and one group for so many users.
const USERS_OF_A_UNIT: usize = 200;

fn main() {
    let number = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(100_000);
    let text = export(number);
    let megabytes = text.len() as f64 / 1e6;
    let (lines, scan) = timed(|| text.bytes().filter(|byte| *byte == b'\n').count());
    let before = largest_size();
    let mut sources = SourceMap::new();
    let id = sources.add("export.ldif", Role::Estate, text);
    let mut sink = Sink::new();
    let (found, read) = timed(|| estate(&sources, id, &Options::default(), &mut sink));
    let entities = found.map_or(0, |found| found.estate.entities.len());
    println!(
        "{number} entries, {lines} lines, {megabytes:.0} MB, {entities} entities, {} messages",
        sink.into_sorted().len()
    );
    println!("scan   {:8.2} s {:8.0} MB/s", scan.as_secs_f64(), megabytes / scan.as_secs_f64());
    println!("import {:8.2} s {:8.0} MB/s", read.as_secs_f64(), megabytes / read.as_secs_f64());
    println!("largest size: {before} MB before, {} MB after", largest_size());
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = black_box(work());
    (result, start.elapsed())
}

/// The largest size of this process so far, in megabytes; 0 where the system does not tell.
fn largest_size() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .map_or(0, |kilobytes: usize| kilobytes / 1024)
}

/// A domain with so many entries: units of users with a group each, groups in groups, a few descriptors.
fn export(number: usize) -> String {
    let mut text = String::with_capacity(number * 480);
    let domain = "DC=big,DC=example";
    let sid = "S-1-5-21-1-2-3";
    let descriptor = |extra: &str| format!("D:AI(A;;GA;;;{sid}-512)(A;CIID;GA;;;{sid}-519){extra}");
    let _ = write!(
        text,
        "dn: {domain}\nobjectClass: domainDNS\nobjectSid: {sid}\nadminCount: 0\nnTSecurityDescriptor: {}\n\n",
        descriptor("")
    );
    for (name, part) in [("Domain Users", 513), ("Domain Admins", 512), ("Enterprise Admins", 519)] {
        let _ = write!(
            text,
            "dn: CN={name},{domain}\nobjectClass: group\nobjectSid: {sid}-{part}\nnTSecurityDescriptor: {}\n\n",
            descriptor("")
        );
    }
    let units = (number / (USERS_OF_A_UNIT + 2)).max(1);
    for unit in 0..units {
        let place = format!("OU=Unit {unit},{domain}");
        let group = format!("CN=Group {unit},{place}");
        let extra = format!("(OA;CI;CCDC;bf967aba-0de6-11d0-a285-00aa003049e2;;{sid}-{})", 10_000_000 + unit);
        let _ = write!(
            text,
            "dn: {place}\nobjectClass: top\nobjectClass: organizationalUnit\nnTSecurityDescriptor: {}\n\n",
            descriptor(&extra)
        );
        let _ = write!(
            text,
            "dn: {group}\nobjectClass: top\nobjectClass: group\nobjectSid: {sid}-{}\n",
            10_000_000 + unit
        );
        if unit % 10 != 0 {
            let _ = writeln!(
                text,
                "memberOf: CN=Group {},OU=Unit {},{domain}",
                unit - unit % 10,
                unit - unit % 10
            );
        }
        for user in 0..USERS_OF_A_UNIT {
            let _ = writeln!(text, "member: CN=User {unit} {user},{place}");
        }
        if unit % 10 == 0 {
            for other in (unit + 1..unit + 10).take_while(|other| *other < units) {
                let _ = writeln!(text, "member: CN=Group {other},OU=Unit {other},{domain}");
            }
        }
        let _ = write!(text, "nTSecurityDescriptor: {}\n\n", descriptor(""));
        for user in 0..USERS_OF_A_UNIT {
            let account = unit * USERS_OF_A_UNIT + user;
            let _ = write!(
                text,
                "dn: CN=User {unit} {user},{place}\nobjectClass: top\nobjectClass: person\n\
                 objectClass: organizationalPerson\nobjectClass: user\nmemberOf: {group}\n\
                 objectSid: {sid}-{}\nsAMAccountName: u{account}\nuserPrincipalName: u{account}@big.example\n\
                 userAccountControl: 512\nprimaryGroupID: 513\nnTSecurityDescriptor: {}\n\n",
                20_000_000 + account,
                descriptor(&extra.replace(";CI;", ";CIID;")),
            );
        }
    }
    text
}
