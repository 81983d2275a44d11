package kubernetes.escalating_role_test

import data.kubernetes.escalating_role

role(groups, resources, verbs) := {"kind": "ClusterRole", "name": "a", "body": {"rules": [{"apiGroups": groups, "resources": resources, "verbs": verbs}]}}

test_verbs_that_escalate if {
	count(escalating_role.findings) == 2 with input as role(["rbac.authorization.k8s.io"], ["clusterroles"], ["bind", "escalate", "get"])
	count(escalating_role.findings) == 1 with input as role([""], ["users", "groups"], ["impersonate"])
	count(escalating_role.findings) == 1 with input as role([""], ["serviceaccounts/token"], ["create"])
}

test_verbs_that_do_not if {
	count(escalating_role.findings) == 0 with input as role(["rbac.authorization.k8s.io"], ["clusterroles"], ["get", "create"])
	count(escalating_role.findings) == 0 with input as role([""], ["serviceaccounts"], ["create"])
	count(escalating_role.findings) == 0 with input as role(["example.com"], ["roles"], ["bind"])
}

test_named_objects if {
	named := {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "resourceNames": ["signer"], "verbs": ["bind"]}
	count(escalating_role.findings) == 0 with input as {"kind": "Role", "name": "a", "body": {"rules": [named]}}
}

test_every_resource if {
	count(escalating_role.findings) == 1 with input as role(["*"], ["*"], ["impersonate"])
	count(escalating_role.findings) == 1 with input as role([""], ["*/token"], ["create"])
	count(escalating_role.findings) == 1 with input as role(["rbac.authorization.k8s.io"], ["*"], ["bind"])
}

test_not_known if {
	template := {"$unknown": "not-evaluated", "on": "{{ .v }}"}
	count(escalating_role.findings) == 0 with input as {"kind": "Role", "name": "a", "body": {"rules": template}}
	count(escalating_role.undecided) == 1 with input as {"kind": "Role", "name": "a", "body": {"rules": template}}
	count(escalating_role.undecided) == 1 with input as {"kind": "Role", "name": "a", "body": {"rules": [{"apiGroups": [""], "resources": template}]}}
}
