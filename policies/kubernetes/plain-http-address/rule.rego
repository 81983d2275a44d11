# METADATA
# title: Credentials cross the network in the clear
# description: An address of Vault or of a certificate authority that begins with `http://`.
# custom:
#   class: default
#   severity: high
#   practices: [A315]
#   scope: item
#   reads:
#     kubernetes.object:
#       - kind
#       - api_version
#       - body.spec.address
#       - body.spec.vault.server
#       - body.spec.acme.server
#       - body.spec.provider.vault.server
#       - body.spec.containers.*.env
#       - body.spec.initContainers.*.env
#       - body.spec.template.spec.containers.*.env
#       - body.spec.template.spec.initContainers.*.env
#       - body.spec.jobTemplate.spec.template.spec.containers.*.env
package kubernetes.plain_http_address

import data.lib.address
import data.lib.known

# Where objects say where a server is: the group and kinds, and the way to the address.
places := [
	{"group": "cert-manager.io/", "kinds": {"Issuer", "ClusterIssuer"}, "path": ["spec", "vault", "server"], "what": "Vault"},
	{"group": "cert-manager.io/", "kinds": {"Issuer", "ClusterIssuer"}, "path": ["spec", "acme", "server"], "what": "the certificate authority"},
	{"group": "secrets.hashicorp.com/", "kinds": {"VaultConnection"}, "path": ["spec", "address"], "what": "Vault"},
	{"group": "external-secrets.io/", "kinds": {"SecretStore", "ClusterSecretStore"}, "path": ["spec", "provider", "vault", "server"], "what": "Vault"},
]

# Where containers are.
pods := [
	["spec"],
	["spec", "template", "spec"],
	["spec", "jobTemplate", "spec", "template", "spec"],
]

addresses := {"VAULT_ADDR", "BAO_ADDR", "VAULT_AGENT_ADDR", "BAO_AGENT_ADDR"}

findings contains finding if {
	some place in places
	startswith(input.api_version, place.group)
	input.kind in place.kinds
	server := object.get(input.body, place.path, "")
	address.is_plain(server)
	finding := {
		"message": sprintf("%s is asked over plain HTTP, and whoever is on the way reads its tokens: `%s`", [place.what, server]),
		"route": array.concat(["body"], place.path),
		"help": "use `https://`",
	}
}

findings contains finding if {
	some pod in pods
	some list in ["containers", "initContainers"]
	some at, container in object.get(input.body, array.concat(pod, [list]), [])
	some index, variable in container.env
	variable.name in addresses
	address.is_plain(variable.value)
	finding := {
		"message": sprintf("Vault is asked over plain HTTP, and whoever is on the way reads its tokens: `%s`", [variable.value]),
		"route": array.concat(array.concat(["body"], pod), [list, at, "env", index, "value"]),
		"help": "use `https://`",
	}
}

undecided contains {"message": "whether Vault is asked over plain HTTP is not known", "route": array.concat(["body"], place.path)} if {
	some place in places
	startswith(input.api_version, place.group)
	input.kind in place.kinds
	known.is_unknown(object.get(input.body, place.path, ""))
}

undecided contains {"message": "whether Vault is asked over plain HTTP is not known", "route": array.concat(array.concat(["body"], pod), [list, at, "env", index])} if {
	some pod in pods
	some list in ["containers", "initContainers"]
	some at, container in object.get(input.body, array.concat(pod, [list]), [])
	some index, variable in container.env
	variable.name in addresses
	known.is_unknown(variable.value)
}
