# METADATA
# title: A role reads every secret
# description: A rule of a Role or a ClusterRole that reads secrets without naming which.
# custom:
#   class: advice
#   severity: medium
#   practices: [A317]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.rules]
package kubernetes.readable_secrets

reads := {"get", "list", "watch", "*"}

reach := {"Role": "its namespace", "ClusterRole": "every namespace that it is bound in"}

findings contains finding if {
	where := reach[input.kind]
	some index, rule in input.body.rules
	is_object(rule)
	some group in ["", "*"]
	group in rule.apiGroups
	some at, resource in rule.resources
	resource == "secrets"
	count({verb | some verb in rule.verbs; verb in reads}) > 0
	count(object.get(rule, "resourceNames", [])) == 0
	finding := {
		"message": sprintf("%s `%s` reads every secret of %s", [input.kind, object.get(input, "name", "?"), where]),
		"route": ["body", "rules", index, "resources", at],
		"help": "name the secrets in `resourceNames`, with the verb `get` alone",
	}
}
