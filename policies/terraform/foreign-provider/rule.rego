# METADATA
# title: A provider is used that nobody allowed
# description: A configuration uses a provider, or its lock file has one, that is not among those of `terraform.providers`.
# custom:
#   class: default
#   severity: high
#   practices: [A429]
#   scope: repository
#   reads:
#     terraform.module: [lock.providers.*.source, providers.*.name, providers.*.source]
#     engine.config: [providers]
package terraform.foreign_provider

import data.lib.known

modules := input["terraform.module"]

# The addresses that are allowed, as they are compared.
allowed contains short(address) if {
	some config in input["engine.config"]
	some address in config.providers
}

findings contains finding if {
	count(allowed) > 0
	some index, module in modules
	some position, provider in module.providers
	address := object.get(provider, "source", sprintf("hashicorp/%s", [provider.name]))
	is_string(address)
	foreign(address)
	finding := {
		"message": sprintf("the provider `%s` is not among those that may be used", [address]),
		"route": ["terraform.module", index, "providers", position],
		"help": "use one of `terraform.providers` of `engine.yaml`, or let those who answer for production add it there",
	}
}

# What modules from elsewhere bring stands in the lock file alone.
findings contains finding if {
	count(allowed) > 0
	some index, module in modules
	some position, locked in module.lock.providers
	foreign(locked.source)
	not declared(module, locked.source)
	finding := {
		"message": sprintf("the provider `%s`, which a module brings, is not among those that may be used", [locked.source]),
		"route": ["terraform.module", index, "lock", "providers", position],
		"help": "use modules without it, or let those who answer for production add it to `terraform.providers` of `engine.yaml`",
	}
}

undecided contains {"message": sprintf("which provider `%s` is cannot be told", [provider.name]), "route": route} if {
	count(allowed) > 0
	some index, module in modules
	some position, provider in module.providers
	known.is_unknown(provider.source)
	route := ["terraform.module", index, "providers", position]
}

declared(module, source) if {
	some provider in module.providers
	short(object.get(provider, "source", sprintf("hashicorp/%s", [provider.name]))) == short(source)
}

foreign(address) if not permitted(short(address))

permitted(address) if address in allowed

permitted(address) if {
	some pattern in allowed
	endswith(pattern, "/*")
	startswith(address, trim_suffix(pattern, "*"))
}

# An address without the registry that Terraform and OpenTofu ask where none is written.
short(address) := trim_prefix(trim_prefix(lower(address), "registry.terraform.io/"), "registry.opentofu.org/")
