# METADATA
# title: An account may do everything in the cluster
# description: A ClusterRoleBinding of the role `cluster-admin`.
# custom:
#   class: advice
#   severity: high
#   practices: [A318]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.subjects, body.roleRef]
package kubernetes.cluster_admin_binding

findings contains finding if {
	input.kind == "ClusterRoleBinding"
	input.body.roleRef.kind == "ClusterRole"
	input.body.roleRef.name == "cluster-admin"
	some index, subject in input.body.subjects
	is_string(subject.name)
	subject.name != "system:masters"
	finding := {
		"message": sprintf("ClusterRoleBinding `%s` gives `%s` every right in the cluster", [object.get(input, "name", "?"), subject.name]),
		"route": ["body", "subjects", index],
		"help": "write a role with what it needs, and bind that in its namespace",
	}
}
