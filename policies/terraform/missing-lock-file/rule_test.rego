package terraform.missing_lock_file_test

import data.terraform.missing_lock_file

providers(locked) := [object.union({"name": "aws"}, locked)]

test_no_lock_file if {
	count(missing_lock_file.findings) == 1 with input as {"root": true, "path": "", "providers": providers({})}
}

test_a_lock_file_that_lacks_one if {
	lock := {"path": ".terraform.lock.hcl"}
	count(missing_lock_file.findings) == 1 with input as {"root": true, "path": "", "lock": lock, "providers": providers({})}
	count(missing_lock_file.findings) == 0 with input as {"root": true, "path": "", "lock": lock, "providers": providers({"locked": "5.0.0"})}
}

test_nothing_to_lock if {
	count(missing_lock_file.findings) == 0 with input as {"root": true, "path": "", "providers": []}
	count(missing_lock_file.findings) == 0 with input as {"root": false, "path": "m", "providers": providers({})}
}

test_not_known if {
	count(missing_lock_file.undecided) == 1 with input as {"root": true, "lock": {"$unknown": "not-evaluated", "on": "x"}, "providers": providers({})}
}
