# METADATA
# title: Nothing holds the providers to what was tested
# description: A root module without a lock file, or whose lock file lacks a provider that it requires.
# custom:
#   class: default
#   severity: medium
#   practices: [A414, A022]
#   scope: item
#   reads:
#     terraform.module: [root, path, lock.path, providers.*.name, providers.*.locked]
package terraform.missing_lock_file

import data.lib.known

findings contains finding if {
	input.root == true
	count(input.providers) > 0
	not input.lock
	names := [provider.name | some provider in input.providers]
	finding := {
		"message": sprintf("there is no `.terraform.lock.hcl` beside it: the next `terraform init` takes any build of `%s` that the constraints allow", [concat("`, `", names)]),
		"route": [],
		"help": "run `terraform providers lock` for the platforms that apply, and commit `.terraform.lock.hcl`",
	}
}

findings contains finding if {
	input.root == true
	input.lock.path
	some index, provider in input.providers
	not provider.locked
	finding := {
		"message": sprintf("`%s` lacks the provider `%s`", [input.lock.path, provider.name]),
		"route": ["providers", index],
		"help": "run `terraform providers lock`, and commit what it writes",
	}
}

undecided contains {"message": "whether the lock file holds the providers is not known", "route": []} if {
	input.root == true
	known.is_unknown(input.lock)
}
