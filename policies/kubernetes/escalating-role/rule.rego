# METADATA
# title: A role can make itself more than it is
# description: A rule of a Role or a ClusterRole that lets its holder take the rights of others.
# custom:
#   class: advice
#   severity: high
#   practices: [A317]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.rules]
package kubernetes.escalating_role

import data.lib.known

ways := [
	{"group": "rbac.authorization.k8s.io", "resources": {"roles", "clusterroles"}, "verbs": {"escalate"}, "does": "may write roles with more rights than its own"},
	{"group": "rbac.authorization.k8s.io", "resources": {"roles", "clusterroles"}, "verbs": {"bind"}, "does": "may bind roles with more rights than its own"},
	{"group": "", "resources": {"users", "groups", "serviceaccounts"}, "verbs": {"impersonate"}, "does": "may act as somebody else"},
	{"group": "", "resources": {"serviceaccounts/token", "*/token"}, "verbs": {"create"}, "does": "may make tokens of other accounts"},
]

findings contains finding if {
	input.kind in {"Role", "ClusterRole"}
	some index, rule in input.body.rules
	is_object(rule)
	count(object.get(rule, "resourceNames", [])) == 0
	some way in ways
	some group in [way.group, "*"]
	group in rule.apiGroups
	count({resource | some resource in rule.resources; resource in way.resources | {"*"}}) > 0
	some at, verb in rule.verbs
	verb in way.verbs
	finding := {
		"message": sprintf("%s `%s` %s", [input.kind, object.get(input, "name", "?"), way.does]),
		"route": ["body", "rules", index, "verbs", at],
		"help": "take the verb out, or name the objects in `resourceNames`",
	}
}

undecided contains {"message": "what the role grants is not known", "route": ["body", "rules"]} if {
	input.kind in {"Role", "ClusterRole"}
	known.has_unknown(input.body.rules)
}
