package authz

import rego.v1

user := data.users[input.user]

thing := data.things[input.thing]

# Grants in the units that the thing is in, and roles of the groups that the user is in.
applies contains grant if {
	some unit in thing.chain
	some grant in data.by_unit[unit]
	grant.actions[input.action]
	user.groups[grant.group]
	holds(grant.condition)
}

applies contains grant if {
	some group, _ in user.groups
	some grant in data.by_group[group]
	grant.actions[input.action]
	holds(grant.condition)
}

holds(condition) if condition == 0

holds(condition) if {
	condition == 1
	user.level >= 3
}

holds(condition) if {
	condition == 2
	input.urgent
}

holds(condition) if {
	condition == 2
	not input.urgent
	input.count < 8
}

holds(condition) if {
	condition == 3
	thing.tier < 2
}

holds(condition) if {
	condition == 3
	thing.internal == false
}

forbids contains "disabled-people-do-nothing" if not user.enabled

forbids contains "important-servers-need-seniority" if {
	thing.kind == "server"
	thing.tier == 0
	user.level < 2
}

forbids contains "no-bulk-work-in-passing" if {
	thing.kind == "contact"
	input.action in {"Move-Object", "Reset-Object"}
	input.count > 8
	not input.urgent
}

forbids contains grant.id if {
	some grant in applies
	grant.effect == "forbid"
}

permits contains grant.id if {
	some grant in applies
	grant.effect == "permit"
}

answer := {"permits": permits, "forbids": forbids}
