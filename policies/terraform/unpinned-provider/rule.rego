# METADATA
# title: A provider of any version is used
# description: A root module that lets a provider move without a bound, and has no lock file that holds it.
# custom:
#   class: default
#   severity: medium
#   practices: [A414]
#   scope: item
#   reads:
#     terraform.module: [root, lock.path, providers.*.name, providers.*.declared, providers.*.pin]
package terraform.unpinned_provider

import data.lib.known

findings contains finding if {
	input.root == true
	not input.lock
	some index, provider in input.providers
	loose(provider)
	finding := {
		"message": sprintf("the provider `%s` may be of any version: neither a constraint with a bound nor a lock file holds it", [provider.name]),
		"route": ["providers", index],
		"help": "write its version in `required_providers`, and commit `.terraform.lock.hcl`",
	}
}

loose(provider) if not provider.pin

loose(provider) if provider.pin == "open"

undecided contains {"message": sprintf("which versions of `%s` are allowed is not known", [provider.name]), "route": ["providers", index]} if {
	input.root == true
	not input.lock
	some index, provider in input.providers
	known.is_unknown(provider.pin)
}
