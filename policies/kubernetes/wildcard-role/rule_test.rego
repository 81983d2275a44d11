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

test_parts_and_paths if {
	count(wildcard_role.findings) == 1 with input as {"kind": "ClusterRole", "name": "a", "body": {"rules": [{"verbs": ["create"], "resources": ["*/token"]}]}}
	count(wildcard_role.findings) == 1 with input as {"kind": "ClusterRole", "name": "a", "body": {"rules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}]}}
	count(wildcard_role.findings) == 0 with input as {"kind": "ClusterRole", "name": "a", "body": {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}]}}
}

test_a_part_that_is_not_known if {
	template := {"$unknown": "not-evaluated", "on": "{{ .v }}"}
	count(wildcard_role.undecided) == 1 with input as {"kind": "Role", "body": {"rules": [{"verbs": [template], "resources": ["pods"]}]}}
	count(wildcard_role.undecided) == 1 with input as {"kind": "Role", "body": {"rules": [template]}}
	count(wildcard_role.undecided) == 0 with input as {"kind": "Role", "body": {"rules": [{"verbs": ["get"]}]}}
	count(wildcard_role.undecided) == 0 with input as {"kind": "ConfigMap", "body": {"rules": template}}
}
