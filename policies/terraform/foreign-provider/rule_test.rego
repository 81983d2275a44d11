package terraform.foreign_provider_test

import data.terraform.foreign_provider

config := [{"providers": ["hashicorp/aws", "Registry.example.com/acme/*"]}]

found(module) := foreign_provider.findings with input as {"terraform.module": [module], "engine.config": config}

test_foreign if {
	count(found({"providers": [{"name": "x", "source": "evil/x"}]})) == 1
}

test_without_a_source if {
	count(found({"providers": [{"name": "aws"}]})) == 0
	count(found({"providers": [{"name": "google"}]})) == 1
}

test_of_a_namespace if {
	count(found({"providers": [{"name": "x", "source": "registry.example.com/acme/x"}]})) == 0
	count(found({"providers": [{"name": "x", "source": "registry.example.com/acme-2/x"}]})) == 1
}

test_the_registry_may_be_written if {
	count(found({"providers": [{"name": "aws", "source": "registry.terraform.io/hashicorp/aws"}]})) == 0
}

test_of_the_lock_file if {
	lock := {"providers": [{"source": "registry.terraform.io/evil/x"}, {"source": "registry.terraform.io/hashicorp/aws"}]}
	count(found({"providers": [], "lock": lock})) == 1
	count(found({"providers": [{"name": "x", "source": "evil/x"}], "lock": lock})) == 1
}

test_not_known if {
	module := {"providers": [{"name": "x", "source": {"$unknown": "not-evaluated", "on": "x"}}]}
	count(found(module)) == 0
	count(foreign_provider.undecided) == 1 with input as {"terraform.module": [module], "engine.config": config}
}

test_nothing_is_asked_for if {
	count(foreign_provider.findings) == 0 with input as {
		"terraform.module": [{"providers": [{"name": "x", "source": "evil/x"}]}],
		"engine.config": [{"providers": []}],
	}
}
