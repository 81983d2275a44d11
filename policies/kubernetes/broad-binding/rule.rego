# METADATA
# title: A role of Kubernetes is bound to more than one account of its own
# description: A binding to `default`, to a group that everybody is in, or of an account to a whole cluster.
# custom:
#   class: default
#   severity: medium
#   practices: [A318]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.subjects, body.roleRef]
package kubernetes.broad_binding

import data.lib.known

everybody := {"system:authenticated", "system:unauthenticated", "system:serviceaccounts"}

findings contains finding if {
	input.kind in {"RoleBinding", "ClusterRoleBinding"}
	some index, subject in input.body.subjects
	is_everybody(subject)
	finding := {
		"message": sprintf("%s `%s` binds `%s` to `%s`, which everybody is", [input.kind, object.get(input, "name", "?"), object.get(input.body, ["roleRef", "name"], "?"), subject.name]),
		"route": ["body", "subjects", index],
		"help": "bind it to the service account of what needs it",
	}
}

findings contains finding if {
	input.kind in {"RoleBinding", "ClusterRoleBinding"}
	some index, subject in input.body.subjects
	subject.kind == "ServiceAccount"
	subject.name == "default"
	finding := {
		"message": sprintf("%s `%s` binds `%s` to the service account `default`, which every pod of the namespace has", [input.kind, object.get(input, "name", "?"), object.get(input.body, ["roleRef", "name"], "?")]),
		"route": ["body", "subjects", index],
		"help": "make a service account for what needs it",
	}
}

is_everybody(subject) if {
	subject.kind == "Group"
	subject.name in everybody
}

# Every account of a namespace.
is_everybody(subject) if {
	subject.kind == "Group"
	startswith(subject.name, "system:serviceaccounts:")
}

is_everybody(subject) if {
	subject.kind == "User"
	subject.name == "system:anonymous"
}

undecided contains {"message": "whom the role is bound to is not known", "route": ["body", "subjects"]} if {
	input.kind in {"RoleBinding", "ClusterRoleBinding"}
	known.has_unknown(input.body.subjects)
}
