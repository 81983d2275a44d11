package kubernetes.cluster_admin_binding_test

import data.kubernetes.cluster_admin_binding

binding(kind, role, subject) := {"kind": kind, "name": "a", "body": {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [{"kind": "ServiceAccount", "name": subject}]}}

test_an_administrator if {
	count(cluster_admin_binding.findings) == 1 with input as binding("ClusterRoleBinding", "cluster-admin", "tiller")
}

test_less if {
	count(cluster_admin_binding.findings) == 0 with input as binding("ClusterRoleBinding", "view", "tiller")
	count(cluster_admin_binding.findings) == 0 with input as binding("ClusterRoleBinding", "cluster-admin", "system:masters")
}

test_a_namespace if {
	found := cluster_admin_binding.findings with input as binding("RoleBinding", "cluster-admin", "tiller")
	{finding.message | some finding in found} == {"RoleBinding `a` gives `tiller` every right in its namespace"}
}

test_not_known if {
	template := {"$unknown": "not-evaluated", "on": "{{ .v }}"}
	count(cluster_admin_binding.undecided) == 1 with input as binding("ClusterRoleBinding", template, "tiller")
	count(cluster_admin_binding.undecided) == 1 with input as binding("RoleBinding", "cluster-admin", template)
	count(cluster_admin_binding.undecided) == 0 with input as binding("Secret", "cluster-admin", template)
}
