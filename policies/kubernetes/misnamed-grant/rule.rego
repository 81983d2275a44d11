# METADATA
# title: A role grants what does not exist
# description: A verb or a resource in a Role or a ClusterRole that Kubernetes calls otherwise, so that the entry grants nothing.
# custom:
#   class: default
#   severity: medium
#   practices: [A317]
#   scope: item
#   reads:
#     kubernetes.object: [kind, name, body.rules]
package kubernetes.misnamed_grant

# The groups whose verbs and resources are known; elsewhere an entry may mean something.
groups := {
	"", "apps", "batch", "autoscaling", "extensions", "policy", "networking.k8s.io", "rbac.authorization.k8s.io",
	"storage.k8s.io", "coordination.k8s.io", "apiextensions.k8s.io", "admissionregistration.k8s.io", "cert-manager.io",
	"acme.cert-manager.io",
}

# Words for which there is a verb of another name.
verbs := {
	"post": "create",
	"put": "update",
	"read": "get",
	"write": "update",
	"edit": "update",
	"modify": "update",
	"remove": "delete",
	"all": "*",
}

# Resources by what people call them instead: one of them, or as kubectl abbreviates them.
resources := {
	"pod": "pods", "po": "pods", "node": "nodes", "secret": "secrets", "configmap": "configmaps", "cm": "configmaps",
	"service": "services", "svc": "services", "serviceaccount": "serviceaccounts", "sa": "serviceaccounts",
	"namespace": "namespaces", "ns": "namespaces", "event": "events", "endpoint": "endpoints",
	"persistentvolume": "persistentvolumes", "pv": "persistentvolumes",
	"persistentvolumeclaim": "persistentvolumeclaims", "pvc": "persistentvolumeclaims",
	"deployment": "deployments", "deploy": "deployments", "replicaset": "replicasets", "rs": "replicasets",
	"statefulset": "statefulsets", "sts": "statefulsets", "daemonset": "daemonsets", "ds": "daemonsets",
	"job": "jobs", "cronjob": "cronjobs", "ingress": "ingresses", "ing": "ingresses",
	"networkpolicy": "networkpolicies", "role": "roles", "rolebinding": "rolebindings",
	"clusterrole": "clusterroles", "clusterrolebinding": "clusterrolebindings", "lease": "leases",
	"poddisruptionbudget": "poddisruptionbudgets", "horizontalpodautoscaler": "horizontalpodautoscalers",
	"storageclass": "storageclasses", "customresourcedefinition": "customresourcedefinitions",
	"certificate": "certificates", "certificaterequest": "certificaterequests", "issuer": "issuers",
	"clusterissuer": "clusterissuers", "order": "orders", "challenge": "challenges",
}

# Rules about resources of these groups alone.
judged(rule) if {
	input.kind in {"Role", "ClusterRole"}
	is_object(rule)
	not rule.nonResourceURLs
	count(rule.apiGroups) > 0
	every group in rule.apiGroups {
		group in groups
	}
}

findings contains finding if {
	some index, rule in input.body.rules
	judged(rule)
	some at, verb in rule.verbs
	is_string(verb)
	meant := called(verb, verbs)
	finding := {
		"message": sprintf("there is no verb `%s`, and it grants nothing: it is called `%s`", [verb, meant]),
		"route": ["body", "rules", index, "verbs", at],
		"help": "name the verb as Kubernetes does, or take it out",
	}
}

findings contains finding if {
	some index, rule in input.body.rules
	judged(rule)
	some at, resource in rule.resources
	is_string(resource)
	parts := split(resource, "/")
	meant := called(parts[0], resources)
	finding := {
		"message": sprintf("there is no resource `%s`, and it grants nothing: it is called `%s`", [resource, concat("/", array.concat([meant], array.slice(parts, 1, count(parts))))]),
		"route": ["body", "rules", index, "resources", at],
		"help": "name the resource as `kubectl api-resources` does, or take it out",
	}
}

# What a word should have been. Kubernetes knows no capital letters here.
called(word, names) := names[word]

called(word, names) := object.get(names, lower(word), lower(word)) if word != lower(word)
