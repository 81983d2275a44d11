package terraform.unlocked_state_test

import data.terraform.unlocked_state

test_unlocked if {
	count(unlocked_state.findings) == 1 with input as {"root": true, "backend": {"type": "s3", "locks": false}}
}

test_locked if {
	count(unlocked_state.findings) == 0 with input as {"root": true, "backend": {"type": "s3", "locks": true}}
}

test_not_known if {
	module := {"root": true, "backend": {"type": "http", "locks": {"$unknown": "dynamic", "on": "x"}}}
	count(unlocked_state.undecided) == 1 with input as module
	count(unlocked_state.findings) == 0 with input as module
}
