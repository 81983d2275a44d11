# METADATA
# title: Secrets lie in a state that is a plain file
# description: A root module that reads or makes secrets and keeps its state beside itself.
# custom:
#   class: default
#   severity: high
#   practices: [A035]
#   scope: item
#   reads:
#     terraform.module: [root, backend.type, secrets.*.address]
package terraform.secret_in_local_state

import data.lib.known

keeps_locally if not input.backend

keeps_locally if input.backend.type == "local"

findings contains finding if {
	input.root == true
	keeps_locally
	some index, secret in input.secrets
	finding := {
		"message": sprintf("what `%s` holds is written in the clear into a state that is a file beside the module", [secret.address]),
		"route": ["secrets", index],
		"help": "keep the state in a backend that encrypts it, or keep the secret out of it: an ephemeral resource, a write-only argument",
	}
}

undecided contains {"message": "whether secrets are written into a file is not known", "route": ["backend"]} if {
	input.root == true
	count(input.secrets) > 0
	known.is_unknown(input.backend)
}
