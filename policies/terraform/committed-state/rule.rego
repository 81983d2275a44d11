# METADATA
# title: A state of Terraform lies in the repository
# description: A file of a state that is committed.
# custom:
#   class: default
#   severity: high
#   practices: [A106]
#   scope: item
#   reads:
#     terraform.state: [path]
package terraform.committed_state

findings contains {
	"message": sprintf("the state `%s` is in the repository: its secrets are in the history, and its truth is one commit old", [input.path]),
	"help": "keep the state in a backend, take the file out, and revoke what it holds",
}
