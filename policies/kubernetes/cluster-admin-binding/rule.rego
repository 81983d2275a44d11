# METADATA
# title: An account may do everything in the cluster, or in a namespace
# description: A binding of the role `cluster-admin`.
# custom:
#   class: advice
#   severity: high
#   practices: [A318]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.subjects, body.roleRef]
package kubernetes.cluster_admin_binding

import data.lib.known

reach := {"ClusterRoleBinding": "the cluster", "RoleBinding": "its namespace"}

findings contains finding if {
	where := reach[input.kind]
	input.body.roleRef.kind == "ClusterRole"
	input.body.roleRef.name == "cluster-admin"
	some index, subject in input.body.subjects
	is_string(subject.name)
	subject.name != "system:masters"
	finding := {
		"message": sprintf("%s `%s` gives `%s` every right in %s", [input.kind, object.get(input, "name", "?"), subject.name, where]),
		"route": ["body", "subjects", index],
		"help": "write a role with what it needs, and bind that in its namespace",
	}
}

undecided contains {"message": "which role is bound, or to whom, is not known", "route": ["body"]} if {
	reach[input.kind]
	known.has_unknown({"role": input.body.roleRef, "subjects": input.body.subjects})
}
