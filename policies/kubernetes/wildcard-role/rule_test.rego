package kubernetes.wildcard_role_test

import data.kubernetes.wildcard_role

test_verbs if {
	count(wildcard_role.findings) == 1 with input as {"kind": "Role", "name": "a", "body": {"rules": [{"verbs": ["*"], "resources": ["pods"]}]}}
}

test_named if {
	count(wildcard_role.findings) == 0 with input as {"kind": "Role", "name": "a", "body": {"rules": [{"verbs": ["get"], "resources": ["pods"]}]}}
}

test_not_known if {
	count(wildcard_role.undecided) == 1 with input as {"kind": "Role", "body": {"rules": {"$unknown": "not-evaluated", "on": "x"}}}
}
