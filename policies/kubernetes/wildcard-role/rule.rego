# METADATA
# title: A role of Kubernetes reaches everything of a kind
# description: A rule of a Role or a ClusterRole with `*` in its verbs or its resources.
# custom:
#   class: default
#   severity: medium
#   practices: [A317]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.rules]
package kubernetes.wildcard_role

findings contains finding if {
	input.kind in {"Role", "ClusterRole"}
	some index, rule in input.body.rules
	some field in ["verbs", "resources"]
	"*" in rule[field]
	finding := {
		"message": sprintf("%s `%s` grants every one of the `%s` of a rule", [input.kind, object.get(input, "name", "?"), field]),
		"route": ["body", "rules", index, field],
		"help": "name what the work needs",
	}
}

undecided contains {"message": "what the role grants is not known", "route": ["body", "rules"]} if {
	input.kind in {"Role", "ClusterRole"}
	input.body.rules["$unknown"]
}
