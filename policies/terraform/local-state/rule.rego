# METADATA
# title: The state of Terraform stays on the machine that applies
# description: A root module without a shared backend keeps its state in a file beside it.
# custom:
#   class: default
#   severity: high
#   practices: [A106, A422]
#   scope: item
#   reads:
#     terraform.module: [root, path, backend.type, providers.*.name]
package terraform.local_state

import data.lib.known

keeps_locally if not input.backend

keeps_locally if input.backend.type == "local"

findings contains finding if {
	input.root == true
	keeps_locally
	finding := {
		"message": "the state is kept beside the module, on the machine that applies: there is no backend that others share",
		"route": ["backend"],
		"help": "keep it in a backend that everybody shares, that encrypts it and locks it",
	}
}

undecided contains {"message": "whether the state is kept elsewhere is not known", "route": ["backend"]} if {
	input.root == true
	known.is_unknown(input.backend)
}

undecided contains {"message": "nothing tells whether anybody runs Terraform in this directory; where somebody does, its state is kept beside it", "route": []} if {
	known.is_unknown(input.root)
	not input.backend
	count(input.providers) > 0
}
