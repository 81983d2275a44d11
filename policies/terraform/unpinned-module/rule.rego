# METADATA
# title: A module is fetched that can change by itself
# description: A module from a repository or a registry without a version that stays.
# custom:
#   class: default
#   severity: high
#   practices: [A022, A414]
#   scope: item
#   reads:
#     terraform.module: [calls.*.name, calls.*.from, calls.*.source, calls.*.ref_type, calls.*.pin, calls.*.checksum]
package terraform.unpinned_module

import data.lib.known

moves(call) := "names no ref: whatever the default branch holds is fetched" if {
	call.from in {"git", "mercurial"}
	not call.ref_type
}

moves(call) := "names a branch, which moves" if {
	call.from in {"git", "mercurial"}
	call.ref_type == "branch"
}

moves(call) := "names a part of a commit, which may come to mean another one" if {
	call.from == "git"
	call.ref_type == "short-commit"
}

moves(call) := "names no tag: whatever is called `latest` is fetched" if {
	call.from == "oci"
	not call.ref_type
}

moves(call) := "names a tag that moves" if {
	call.from == "oci"
	call.ref_type == "branch"
}

moves(call) := "names no version: the newest one is fetched" if {
	call.from == "registry"
	not call.pin
}

moves(call) := "lets the version move without a bound" if {
	call.from == "registry"
	call.pin == "open"
}

findings contains finding if {
	some index, call in input.calls
	why := moves(call)
	finding := {
		"message": sprintf("the module `%s` %s", [call.name, why]),
		"route": ["calls", index, "source"],
		"help": "name a tag or a whole commit with `?ref=`, or an exact `version` for a registry",
	}
}

undecided contains {"message": sprintf("where the module `%s` comes from is not known", [call.name]), "route": ["calls", index, "source"]} if {
	some index, call in input.calls
	known.is_unknown(call.source)
}

undecided contains {"message": sprintf("which version of the module `%s` is fetched is not known", [call.name]), "route": ["calls", index]} if {
	some index, call in input.calls
	call.from == "registry"
	known.is_unknown(call.pin)
}
