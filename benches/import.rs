//! What importing a plan of Terraform costs, against the plain JSON parse of the same bytes.
//!
//! `cargo bench --bench import [RESOURCES]`; each figure is the median of several runs in processes of
//! their own, so that the peak of memory is that of the figure's own work.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench says what it measured, and ends where its world breaks"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use countersign::diagnostic::Sink;
use countersign::import::{self, Options};
use countersign::source::{Role, SourceMap};

const RUNS: usize = 7;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.as_slice() {
        [work, resources] => run(work, resources.parse().unwrap()),
        [resources] => compare(resources.parse().unwrap()),
        _ => compare(10_000),
    }
}

/// Measures one kind of work in this process: seconds, and the peak of memory in KiB over that of the text.
fn run(work: &str, resources: usize) {
    let text = plan(resources);
    let before = peak();
    let start = Instant::now();
    match work {
        "parse" => drop(black_box(serde_json::from_str::<serde_json::Value>(&text).unwrap())),
        "import" => {
            let mut sources = SourceMap::new();
            let id = sources.add("plan.json", Role::Plan, text);
            let by = sources.add("--by", Role::Argument, "Person::\"dana\"");
            let options = Options { by: Some(by), ..Options::default() };
            drop(black_box(import::plan(&sources, id, &options, &mut Sink::new()).unwrap()));
        }
        _ => {}
    }
    println!("{} {}", start.elapsed().as_secs_f64(), peak() - before);
}

/// The most memory that this process has had, in KiB; zero where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn compare(resources: usize) {
    let text = plan(resources);
    let mebibytes = text.len() as f64 / f64::from(1 << 20);
    println!("{resources} resources, {mebibytes:.1} MiB");
    let mut seconds = Vec::new();
    for work in ["parse", "import"] {
        let (time, memory) = median(work, resources);
        println!(
            "{work:>7}: {:.0} ms, {:.1} MiB/s, peak {:.1} MiB, {:.1} bytes for each of the text",
            time * 1000.0,
            mebibytes / time,
            memory / 1024.0,
            memory / 1024.0 / mebibytes
        );
        seconds.push((time, memory));
    }
    if let [(parse, parsed), (import, imported)] = seconds.as_slice() {
        println!("  ratio: {:.2} times the time, {:.2} times the memory", import / parse, imported / parsed);
    }
}

fn median(work: &str, resources: usize) -> (f64, f64) {
    let mut times = Vec::new();
    let mut peaks = Vec::new();
    for _ in 0..RUNS {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args([work, &resources.to_string()]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (time, memory) = text.trim().split_once(' ').unwrap();
        times.push(time.parse::<f64>().unwrap());
        peaks.push(memory.parse::<f64>().unwrap());
    }
    times.sort_by(f64::total_cmp);
    peaks.sort_by(f64::total_cmp);
    let middle = |values: &[f64]| values.get(values.len() / 2).copied().unwrap_or_default();
    (middle(&times), middle(&peaks))
}

/// A plan in which a hundred modules each have a network, a role with an attachment, and machines in it.
fn plan(resources: usize) -> String {
    let modules = 100;
    let each = (resources / modules).saturating_sub(3).max(1);
    let mut changes = String::new();
    let mut calls = String::new();
    for module in 0..modules {
        let head = format!("module.m{module}");
        let mut change = |kind: &str, name: &str, key: &str, after: &str, unknown: &str| {
            let comma = if changes.is_empty() { "" } else { "," };
            write!(
                changes,
                r#"{comma}{{"address":"{head}.{kind}.{name}{key}","module_address":"{head}","mode":"managed","type":"{kind}","name":"{name}","provider_name":"registry.terraform.io/hashicorp/aws","change":{{"actions":["create"],"before":null,"after":{after},"after_unknown":{unknown},"before_sensitive":false,"after_sensitive":{{"tags":{{}}}}}}}}"#
            )
            .unwrap();
        };
        change(
            "aws_vpc",
            "main",
            "",
            r#"{"cidr_block":"10.0.0.0/16","tags":{"Name":"main"}}"#,
            r#"{"id":true,"arn":true}"#,
        );
        change(
            "aws_iam_role",
            "app",
            "",
            &format!(r#"{{"name":"app-{module}"}}"#),
            r#"{"id":true,"arn":true}"#,
        );
        change(
            "aws_iam_role_policy_attachment",
            "read",
            "",
            &format!(r#"{{"role":"app-{module}","policy_arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}"#),
            r#"{"id":true}"#,
        );
        for machine in 0..each {
            let after = format!(
                r#"{{"ami":"ami-0f7204385566b32d0","instance_type":"t3.small","associate_public_ip_address":false,"user_data":"{:064x}","root_block_device":[{{"volume_size":20,"encrypted":true}}],"tags":{{"Name":"web-{machine}","module":"{module}","team":"platform"}}}}"#,
                machine * 7919
            );
            let unknown = r#"{"arn":true,"id":true,"private_ip":true,"subnet_id":true,"vpc_security_group_ids":true,"root_block_device":[{"volume_id":true}],"tags":{}}"#;
            change("aws_instance", "web", &format!("[{machine}]"), &after, unknown);
        }
        let comma = if calls.is_empty() { "" } else { "," };
        write!(
            calls,
            r#"{comma}"m{module}":{{"source":"./m","module":{{"resources":[{{"address":"aws_vpc.main","mode":"managed","type":"aws_vpc","name":"main","provider_config_key":"aws","expressions":{{"cidr_block":{{"constant_value":"10.0.0.0/16"}}}}}},{{"address":"aws_iam_role.app","mode":"managed","type":"aws_iam_role","name":"app","provider_config_key":"aws","expressions":{{"name":{{"constant_value":"x"}}}}}},{{"address":"aws_iam_role_policy_attachment.read","mode":"managed","type":"aws_iam_role_policy_attachment","name":"read","provider_config_key":"aws","expressions":{{"role":{{"references":["aws_iam_role.app.name","aws_iam_role.app"]}}}}}},{{"address":"aws_instance.web","mode":"managed","type":"aws_instance","name":"web","provider_config_key":"aws","expressions":{{"ami":{{"constant_value":"x"}},"subnet_id":{{"references":["aws_vpc.main.id","aws_vpc.main"]}}}},"count_expression":{{"constant_value":{each}}}}}]}}}}"#
        )
        .unwrap();
    }
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9.8","resource_changes":[{changes}],"configuration":{{"provider_config":{{"aws":{{"name":"aws"}}}},"root_module":{{"module_calls":{{{calls}}}}}}},"complete":true,"errored":false}}"#
    )
}
