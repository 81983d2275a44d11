package kubernetes.broad_binding_test

import data.kubernetes.broad_binding

binding(subject) := {"kind": "RoleBinding", "name": "a", "body": {"roleRef": {"name": "r"}, "subjects": [subject]}}

test_default_account if {
	count(broad_binding.findings) == 1 with input as binding({"kind": "ServiceAccount", "name": "default"})
}

test_everybody if {
	count(broad_binding.findings) == 1 with input as binding({"kind": "Group", "name": "system:authenticated"})
}

test_an_account_of_its_own if {
	count(broad_binding.findings) == 0 with input as binding({"kind": "ServiceAccount", "name": "choria-csraccess"})
}

test_not_known if {
	count(broad_binding.undecided) == 1 with input as {"kind": "RoleBinding", "body": {"subjects": {"$unknown": "not-evaluated", "on": "x"}}}
}

test_nobody_in_particular if {
	count(broad_binding.findings) == 1 with input as binding({"kind": "User", "name": "system:anonymous"})
	count(broad_binding.findings) == 1 with input as binding({"kind": "Group", "name": "system:serviceaccounts:prod"})
	count(broad_binding.findings) == 0 with input as binding({"kind": "User", "name": "jane"})
}

test_a_part_that_is_not_known if {
	count(broad_binding.undecided) == 1 with input as binding({"kind": "Group", "name": {"$unknown": "not-evaluated", "on": "{{ .v }}"}})
}
