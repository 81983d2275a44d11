package kubernetes.cluster_admin_binding_test

import data.kubernetes.cluster_admin_binding

binding(kind, role, subject) := {"kind": kind, "name": "a", "body": {"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [{"kind": "ServiceAccount", "name": subject}]}}

test_an_administrator if {
	count(cluster_admin_binding.findings) == 1 with input as binding("ClusterRoleBinding", "cluster-admin", "tiller")
}

test_less if {
	count(cluster_admin_binding.findings) == 0 with input as binding("ClusterRoleBinding", "view", "tiller")
	count(cluster_admin_binding.findings) == 0 with input as binding("RoleBinding", "cluster-admin", "tiller")
	count(cluster_admin_binding.findings) == 0 with input as binding("ClusterRoleBinding", "cluster-admin", "system:masters")
}
