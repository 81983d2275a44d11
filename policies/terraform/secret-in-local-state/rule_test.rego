package terraform.secret_in_local_state_test

import data.terraform.secret_in_local_state

secrets := [{"address": "data.vault_kv_secret_v2.a"}, {"address": "random_password.b"}]

test_no_backend if {
	count(secret_in_local_state.findings) == 2 with input as {"root": true, "secrets": secrets}
}

test_local_backend if {
	count(secret_in_local_state.findings) == 2 with input as {"root": true, "backend": {"type": "local"}, "secrets": secrets}
}

test_shared_backend if {
	count(secret_in_local_state.findings) == 0 with input as {"root": true, "backend": {"type": "s3"}, "secrets": secrets}
}

test_no_secret if {
	count(secret_in_local_state.findings) == 0 with input as {"root": true, "secrets": []}
}

test_called_module if {
	count(secret_in_local_state.findings) == 0 with input as {"root": false, "secrets": secrets}
}

test_not_known if {
	unknown := {"$unknown": "not-evaluated", "on": "x"}
	count(secret_in_local_state.undecided) == 1 with input as {"root": true, "backend": unknown, "secrets": secrets}
	count(secret_in_local_state.undecided) == 0 with input as {"root": true, "backend": unknown, "secrets": []}
}
