//! Files of every kind, with every key that they can have.

pub const PLAN: &str = r#"schema: countersign.plan/1
id: CHG-1
title: A title
docs: https://example.com
author: User::"dana"
zone: Europe/Berlin
window: { start: 2026-11-28T22:00, end: 2026-11-29T04:00 }
phases:
  - id: edge
    title: A phase
    docs: https://example.com
    by: User::"dana"
    needs: []
    order: listed
    steps:
      - id: one
        title: A step
        docs: https://example.com
        by: User::"dana"
        do: Set-It
        target: Thing::"x"
        with: { name: value }
        needs: []
"#;

pub const ESTATE: &str = r#"schema: countersign.estate/1
taken: 2026-11-20T08:00:00Z
source: an export
entities:
  - uid: User::"dana"
    parents: [Group::"g"]
    attrs: { enabled: true }
    tags: {}
"#;

pub const OPERATIONS: &str = r#"schema: countersign.operations/1
operations:
  Set-It:
    title: An operation
    docs: https://example.com
    changes:
      - { create: Thing, id: context.name, parents: [resource], attrs: { a: 1 }, tags: {}, when: "true" }
      - { delete: resource }
      - { set: resource, attr: a, value: 2 }
      - { unset: resource, tag: b }
      - { add: resource, attr: s, value: context.name }
      - { remove: resource, attr: s, value: context.name }
      - { join: resource, parent: principal }
      - { leave: resource, parent: principal }
      - { link: a-template, principal: principal, resource: resource }
      - { unlink: a-template, principal: principal }
"#;

pub const MANIFEST: &str =
    "schema = \"countersign.bundle/1\"\nname = \"a\"\nnamespace = \"A::B\"\n[enforcement]\nx = \"soft\"\n";

pub const LINKS: &str = r#"[{"template_id": "t", "link_id": "l", "args": {"?principal": "User::\"x\""}}]"#;
