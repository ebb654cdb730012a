//! What the commands write, and where.

mod cli_support;

use std::fs;

use cli_support::{World, code, err, exists, out};

#[test]
fn json_is_an_object_for_one_plan_and_a_list_for_several() {
    let world = World::new();
    let parsed = |output| serde_json::from_str::<serde_json::Value>(&out(output)).unwrap();
    let one = world.check(&["rejected.yaml", "--format", "json"]);
    assert_eq!(parsed(&one)["verdict"], "rejected");
    assert_eq!(parsed(&one)["schema"], "countersign.report/1");
    let two = world.check(&["rejected.yaml", "approved.yaml", "--format", "json"]);
    assert_eq!(parsed(&two)[1]["verdict"], "approved");
    let part = world.check(&["malformed.yaml", "approved.yaml", "--format", "json"]);
    assert_eq!((code(&part), parsed(&part).as_array().unwrap().len()), (2, 2));
    assert_eq!(parsed(&part)[0]["verdict"], "approved");
    assert_eq!(parsed(&part)[1]["schema"], "countersign.problems/1");
    let none = world.check(&["malformed.yaml", "--format", "json"]);
    assert_eq!((code(&none), parsed(&none)["verdict"].is_null()), (2, true));
    assert_eq!(parsed(&none)["plans"][0]["why"], "could-not-judge");
    assert_eq!(parsed(&none)["findings"][0]["labels"][0]["path"], "malformed.yaml");
}

#[test]
fn the_verdict_is_the_last_line() {
    let world = World::new();
    for flags in [&[][..], &["-q"], &["-v"], &["--width", "40"]] {
        for (plan, verdict) in [
            ("approved.yaml", "approved: 1 of 1 step is allowed"),
            ("rejected.yaml", "rejected: 1 of 1 step is denied"),
        ] {
            let output = world.check(&[&[plan], flags].concat());
            assert_eq!(out(&output).lines().last(), Some(verdict), "{flags:?}");
        }
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_insist() {
    let world = World::new();
    let has_escape = |flags: &[&str], name: &str| {
        let arguments = world.judging(&[&["rejected.yaml"], flags].concat());
        let output = world.command(&arguments).env(name, "1").env("TERM", "xterm").output().unwrap();
        out(&output).contains('\u{1b}')
    };
    assert!(!has_escape(&[], "X"));
    assert!(!has_escape(&["--color", "never"], "X"));
    assert!(!has_escape(&[], "NO_COLOR"));
    assert!(has_escape(&["--color", "always"], "NO_COLOR"));
}

#[test]
fn a_result_is_written_to_files_as_well() {
    let world = World::new();
    let output = world.check(&["approved.yaml", "--output", "json=a.json", "--output", "text=a.txt"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert_eq!(fs::read_to_string(world.path("a.txt")).unwrap(), out(&output));
    let json = world.check(&["approved.yaml", "--format", "json"]);
    assert_eq!(fs::read(world.path("a.json")).unwrap(), json.stdout);
    assert!(!world.names().iter().any(|name| name.starts_with('.')));
}

#[test]
fn a_plan_that_could_not_be_judged_leaves_no_result_of_an_earlier_run() {
    let world = World::new();
    for (plan, why) in [
        ("malformed.yaml", "could-not-judge"),
        ("absent.yaml", "could-not-judge"),
        ("empty.yaml", "nothing-to-judge"),
    ] {
        world.write("a.json", "{\"verdict\": \"approved\"}");
        let output = world.check(&[plan, "--output", "json=a.json"]);
        assert_eq!(out(&output), "", "standard error tells people what is wrong");
        let file = fs::read_to_string(world.path("a.json")).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert!(file["verdict"].is_null() && file["plans"][0]["why"] == why, "{plan}: {file}");
        assert_eq!(file["findings"][0]["labels"][0]["path"], plan);
    }
}

#[test]
fn the_exit_code_is_that_of_the_plans_whatever_the_format() {
    let world = World::new();
    for renderer in countersign::report::render::RENDERERS {
        for (plan, expected) in [
            ("approved.yaml", 0),
            ("rejected.yaml", 1),
            ("malformed.yaml", 2),
            ("absent.yaml", 2),
            ("empty.yaml", 3),
        ] {
            let printed = world.check(&[plan, "--format", renderer.name]);
            let written = world.check(&[plan, "--output", &format!("{}=a.out", renderer.name)]);
            assert_eq!((code(&printed), code(&written)), (expected, expected), "{plan} as {}", renderer.name);
            let file = fs::read_to_string(world.path("a.out")).unwrap();
            let told_on_errors = renderer.name == "text" && expected > 1;
            assert!(told_on_errors || file == out(&printed), "{plan} as {}", renderer.name);
        }
    }
}

#[test]
fn a_fail_level_makes_a_check_stricter_and_never_milder() {
    let world = World::new();
    world.write(
        "bundle/advice.cedar",
        "@id(\"advice\")\n@title(\"think twice\")\nforbid (principal, action, resource);\n",
    );
    let manifest = fs::read_to_string(world.path("bundle/bundle.toml")).unwrap();
    world.write("bundle/bundle.toml", manifest + "[enforcement]\nadvice = \"advisory\"\n");
    for (plan, level, expected) in [
        ("approved.yaml", "error", 0),
        ("approved.yaml", "warning", 1),
        ("approved.yaml", "note", 1),
        ("rejected.yaml", "error", 1),
        ("rejected.yaml", "note", 1),
    ] {
        let output = world.check(&[plan, "--fail-level", level, "--output", "json=a.json"]);
        assert_eq!(code(&output), expected, "{plan} at {level}: {}", err(&output));
        let file = fs::read_to_string(world.path("a.json")).unwrap();
        let verdict = plan.strip_suffix(".yaml").unwrap();
        assert!(file.contains(&format!("\"verdict\": \"{verdict}\"")), "the verdict is another matter");
    }
    let output = world.check(&["approved.yaml", "--fail-level", "warning"]);
    assert_eq!(
        out(&output).lines().last(),
        Some(
            "approved: 1 of 1 step is allowed, but the check fails: 1 finding of the level warning or worse"
        )
    );
    assert!(
        err(&output).contains("the plan P is approved, and the check fails: 1 finding"),
        "{}",
        err(&output)
    );
}

#[test]
fn a_waived_exit_code_is_said_everywhere_and_waives_only_rejections() {
    let world = World::new();
    for (plan, expected) in
        [("approved.yaml", 0), ("rejected.yaml", 0), ("malformed.yaml", 2), ("empty.yaml", 3)]
    {
        assert_eq!(code(&world.check(&[plan, "--exit-zero"])), expected, "{plan}");
    }
    let output = world.check(&["rejected.yaml", "--exit-zero"]);
    assert!(err(&output).contains("--exit-zero: THE CHECK FAILED"), "{}", err(&output));
    assert!(out(&output).contains("--exit-zero: the exit code does not tell this verdict\nrejected: "));
    for format in ["text", "json", "sarif", "junit", "github", "gitlab", "azuredevops", "markdown"] {
        let output = world.check(&["rejected.yaml", "--exit-zero", "--format", format]);
        let said = out(&output).to_lowercase().replace(['_', '-'], " ");
        assert!(code(&output) == 0 && said.contains("exit zero"), "{format}: {}", out(&output));
    }
    assert_eq!(code(&world.check(&["rejected.yaml", "--exit-zero", "--output", "json=absent/a"])), 74);
}

#[test]
fn the_summary_of_a_job_is_added_to_and_only_for_github() {
    let world = World::new();
    let run = |format: &str| {
        let arguments = world.judging(&["rejected.yaml", "--format", format]);
        world.command(&arguments).env("GITHUB_STEP_SUMMARY", world.path("summary.md")).output().unwrap()
    };
    assert_eq!(code(&run("json")), 1);
    assert!(!exists(&world.path("summary.md")));
    world.write("summary.md", "before\n");
    assert_eq!(code(&run("github")), 1);
    let summary = fs::read_to_string(world.path("summary.md")).unwrap();
    assert!(summary.starts_with("before\n## ❌ Rejected: `P`\n"), "{summary}");
    fs::remove_file(world.path("summary.md")).unwrap();
    fs::create_dir(world.path("summary.md")).unwrap();
    assert_eq!(code(&run("github")), 74);
}

#[test]
fn a_file_that_cannot_be_written_is_74_and_leaves_nothing() {
    let world = World::new();
    let before = world.names();
    for plan in ["approved.yaml", "rejected.yaml"] {
        let output = world.check(&[plan, "--output", "json=absent/a.json"]);
        assert_eq!(code(&output), 74);
        assert!(err(&output).contains("could not write `absent/a.json`"));
        assert!(out(&output).ends_with("allowed\n") || out(&output).ends_with("denied\n"));
    }
    assert_eq!(code(&world.check(&["approved.yaml", "--output", "json=bundle"])), 74);
    assert_eq!(world.names(), before);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_or_a_device_as_target_is_refused_and_untouched() {
    let world = World::new();
    let precious = world.write("precious", "precious");
    std::os::unix::fs::symlink(&precious, world.path("link.json")).unwrap();
    std::os::unix::fs::symlink("absent", world.path("dangling.json")).unwrap();
    for target in ["link.json", "dangling.json", "/dev/null"] {
        let output = world.check(&["approved.yaml", "--output", &format!("json={target}")]);
        assert_eq!(code(&output), 74, "{target}");
        assert!(err(&output).contains("is not a regular file"), "{}", err(&output));
    }
    assert_eq!(fs::read_to_string(precious).unwrap(), "precious");
    assert!(world.path("link.json").is_symlink() && !exists(&world.path("absent")));
}

#[test]
fn no_result_is_written_over_another_or_over_an_input() {
    let world = World::new();
    let same = world.check(&["approved.yaml", "--output", "json=a.json", "--output", "text=./a.json"]);
    assert_eq!(code(&same), 2);
    assert!(!exists(&world.path("a.json")));
    for input in ["approved.yaml", "./estate.yaml", "bundle/rights.cedar"] {
        let before = fs::read(world.path(input)).unwrap();
        let output = world.check(&["approved.yaml", "--output", &format!("json={input}")]);
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{input}");
        assert_eq!(fs::read(world.path(input)).unwrap(), before);
    }
}

#[test]
fn the_configuration_is_looked_for_upwards_and_flags_win() {
    let world = World::new();
    world.write(
        "countersign.toml",
        "bundle = \"bundle\"\nestate = [\"estate.yaml\"]\nplans = [\"rejected.yaml\"]\n",
    );
    world.write("deep/er/plan.yaml", cli_support::plan("dana"));
    let run =
        |arguments: &[&str]| world.command(arguments).current_dir(world.path("deep/er")).output().unwrap();
    let found = run(&["check", "--at", "2026-11-22T06:00:00Z"]);
    assert_eq!(code(&found), 1, "{}", err(&found));
    assert!(out(&found).contains("../../rejected.yaml:"), "{}", out(&found));
    assert_eq!(code(&run(&["check", "plan.yaml"])), 0);
    let elsewhere = world.write("other.toml", "bundle = \"absent\"\n");
    assert_eq!(code(&run(&["check", "plan.yaml", "--config", elsewhere.to_str().unwrap()])), 2);
}

#[test]
fn names_of_files_cannot_draw_on_the_terminal() {
    let world = World::new();
    let name = "x\u{1b}[2J\napproved: all\u{202e}.yaml";
    world.write(name, cli_support::plan("mallory"));
    for arguments in [
        world.judging(&[name]),
        world.judging(&[name, "--format", "json"]),
        vec!["digest", "\u{1b}[2J"],
        vec!["code", "\u{1b}[2J"],
        vec!["\u{1b}[2J"],
    ] {
        let output = world.run(&arguments);
        for text in [out(&output), err(&output)] {
            assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\napproved: all"), "{text}");
        }
        assert_ne!(code(&output), 0, "{arguments:?}");
    }
    assert_eq!(code(&world.check(&[name])), 1);
}

#[test]
fn codes_are_listed_and_explained() {
    let world = World::new();
    let list = world.run(&["code"]);
    assert!(code(&list) == 0 && out(&list).lines().any(|line| line.starts_with("denied ")));
    let page = world.run(&["code", "denied"]);
    assert!(code(&page) == 0 && out(&page).starts_with("denied (error): a step is not authorised\n"));
    assert!(err(&world.run(&["code", "denid"])).contains("did you mean `denied`?"));
}

#[test]
fn schemas_are_json() {
    let world = World::new();
    for kind in ["plan", "estate", "operations", "approvals", "bundle", "report", "problems"] {
        let output = world.run(&["schema", kind]);
        assert_eq!(code(&output), 0, "{kind}");
        let schema: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

#[test]
fn a_digest_is_that_of_the_bytes() {
    let world = World::new();
    world.write("abc", "abc");
    let output = world.run(&["digest", "abc"]);
    assert_eq!(code(&output), 0);
    assert_eq!(out(&output), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
}
