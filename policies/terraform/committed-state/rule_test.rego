package terraform.committed_state_test

import data.terraform.committed_state

test_found if {
	count(committed_state.findings) == 1 with input as {"path": "terraform.tfstate"}
}
