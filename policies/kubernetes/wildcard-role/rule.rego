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

import data.lib.known

findings contains finding if {
	input.kind in {"Role", "ClusterRole"}
	some index, rule in input.body.rules
	some field in ["verbs", "resources", "nonResourceURLs"]
	some granted in rule[field]
	is_everything(granted)
	finding := {
		"message": sprintf("%s `%s` grants every one of the `%s` of a rule", [input.kind, object.get(input, "name", "?"), field]),
		"route": ["body", "rules", index, field],
		"help": "name what the work needs",
	}
}

# A part of every resource, its token say, is of every resource too.
is_everything(granted) if granted == "*"

is_everything(granted) if startswith(granted, "*/")

undecided contains {"message": "what the role grants is not known", "route": ["body", "rules"]} if {
	input.kind in {"Role", "ClusterRole"}
	known.has_unknown(input.body.rules)
}
