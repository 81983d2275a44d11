package terraform.local_state_test

import data.terraform.local_state

test_no_backend if {
	count(local_state.findings) == 1 with input as {"root": true, "path": ""}
}

test_local_backend if {
	count(local_state.findings) == 1 with input as {"root": true, "path": "", "backend": {"type": "local"}}
}

test_shared_backend if {
	count(local_state.findings) == 0 with input as {"root": true, "path": "", "backend": {"type": "s3"}}
}

test_called_module if {
	count(local_state.findings) == 0 with input as {"root": false, "path": "modules/a"}
}

test_not_known if {
	count(local_state.undecided) == 1 with input as {"root": true, "backend": {"$unknown": "not-evaluated", "on": "x"}}
}

nobody_knows := {"$unknown": "not-evaluated", "on": "x"}

test_perhaps_a_root if {
	count(local_state.findings) == 0 with input as {"root": nobody_knows, "providers": [{"name": "aws"}]}
	count(local_state.undecided) == 1 with input as {"root": nobody_knows, "providers": [{"name": "aws"}]}
}

test_nothing_to_keep if {
	count(local_state.undecided) == 0 with input as {"root": nobody_knows, "providers": []}
}
