package kubernetes.readable_secrets_test

import data.kubernetes.readable_secrets

role(kind, rule) := {"kind": kind, "name": "a", "body": {"rules": [object.union({"apiGroups": [""], "resources": ["secrets"]}, rule)]}}

test_all_of_a_namespace if {
	count(readable_secrets.findings) == 1 with input as role("Role", {"verbs": ["get"]})
}

test_all_of_a_cluster if {
	some finding in readable_secrets.findings with input as role("ClusterRole", {"verbs": ["list", "create"]})
	contains(finding.message, "every namespace")
}

test_named_ones if {
	count(readable_secrets.findings) == 0 with input as role("Role", {"verbs": ["get"], "resourceNames": ["signer"]})
}

test_what_reads_nothing if {
	count(readable_secrets.findings) == 0 with input as role("Role", {"verbs": ["create"]})
	count(readable_secrets.findings) == 0 with input as role("Role", {"verbs": ["get"], "resources": ["configmaps"]})
	count(readable_secrets.findings) == 0 with input as role("RoleBinding", {"verbs": ["get"]})
}
