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

# Where the arguments of a backend say where it is.
places := {
	"http": [["address"], ["lock_address"], ["unlock_address"]],
	"s3": [["endpoint"], ["endpoints", "s3"]],
	"consul": [["address"]],
}

loopback := ["http://localhost", "http://127.", "http://[::1]"]

findings contains finding if {
	input.root != false
	some path in places[input.backend.type]
	address := object.get(input.backend.arguments, path, "")
	is_string(address)
	startswith(lower(address), "http://")
	not is_here(address)
	finding := {
		"message": sprintf("the state is read and written over plain HTTP, with all secrets in it: `%s`", [address]),
		"route": array.concat(["backend", "arguments"], path),
		"help": "use `https://`",
	}
}

findings contains finding if {
	input.root != false
	input.backend.type == "consul"
	input.backend.arguments.scheme == "http"
	not is_here(sprintf("http://%s", [object.get(input.backend.arguments, ["address"], "localhost")]))
	finding := {
		"message": "the state is read and written over plain HTTP, with all secrets in it",
		"route": ["backend", "arguments", "scheme"],
		"help": "use `https`",
	}
}

is_here(address) if {
	some start in loopback
	startswith(lower(address), start)
}
