# METADATA
# title: A state of Terraform crosses the network in the clear
# description: A backend that is reached over plain HTTP.
# custom:
#   class: default
#   severity: high
#   practices: [A035, A315]
#   scope: item
#   reads:
#     terraform.module: [root, backend.type, backend.arguments.address, backend.arguments.lock_address, backend.arguments.unlock_address, backend.arguments.endpoint, backend.arguments.endpoints.s3, backend.arguments.scheme]
package terraform.plain_http_state

import data.lib.address
import data.lib.known

# Where the arguments of a backend say where it is.
places := {
	"http": [["address"], ["lock_address"], ["unlock_address"]],
	"s3": [["endpoint"], ["endpoints", "s3"]],
	"consul": [["address"]],
}

findings contains finding if {
	input.root != false
	some path in places[input.backend.type]
	server := object.get(input.backend.arguments, path, "")
	address.is_plain(server)
	finding := {
		"message": sprintf("the state is read and written over plain HTTP, with all secrets in it: `%s`", [server]),
		"route": array.concat(["backend", "arguments"], path),
		"help": "use `https://`",
	}
}

findings contains finding if {
	input.root != false
	input.backend.type == "consul"
	input.backend.arguments.scheme == "http"
	server := object.get(input.backend.arguments, ["address"], "localhost")
	is_string(server)
	address.is_plain(sprintf("http://%s", [server]))
	finding := {
		"message": "the state is read and written over plain HTTP, with all secrets in it",
		"route": ["backend", "arguments", "scheme"],
		"help": "use `https`",
	}
}

undecided contains {"message": "whether the state crosses the network in the clear is not known", "route": array.concat(["backend", "arguments"], path)} if {
	input.root != false
	some path in places[input.backend.type]
	known.is_unknown(object.get(input.backend.arguments, path, ""))
}
