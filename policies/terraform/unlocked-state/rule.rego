# METADATA
# title: Two runs may change one state at once
# description: A backend that does not lock the state.
# custom:
#   class: default
#   severity: high
#   practices: [A107]
#   scope: item
#   reads:
#     terraform.module: [root, backend.type, backend.locks]
package terraform.unlocked_state

import data.lib.known

findings contains finding if {
	input.root != false
	input.backend.locks == false
	finding := {
		"message": sprintf("the backend `%s` does not lock the state: two runs at once overwrite each other", [input.backend.type]),
		"route": ["backend"],
		"help": "turn locking on: `use_lockfile = true` for `s3`, `lock_address` and `unlock_address` for `http`",
	}
}

undecided contains {"message": "whether the state is locked is not known", "route": ["backend"]} if {
	input.root != false
	known.is_unknown(input.backend.locks)
}
