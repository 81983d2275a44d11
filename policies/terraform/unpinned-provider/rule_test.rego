package terraform.unpinned_provider_test

import data.terraform.unpinned_provider

test_loose if {
	count(unpinned_provider.findings) == 1 with input as {"root": true, "providers": [{"name": "aws", "declared": false}]}
}

test_held_by_a_lock_file if {
	module := {"root": true, "lock": {"path": ".terraform.lock.hcl"}, "providers": [{"name": "aws", "declared": false}]}
	count(unpinned_provider.findings) == 0 with input as module
}

test_pinned if {
	count(unpinned_provider.findings) == 0 with input as {"root": true, "providers": [{"name": "aws", "declared": true, "pin": "exact"}]}
}

test_not_known if {
	module := {"root": true, "providers": [{"name": "aws", "declared": true, "pin": {"$unknown": "not-evaluated", "on": "x"}}]}
	count(unpinned_provider.undecided) == 1 with input as module
}
