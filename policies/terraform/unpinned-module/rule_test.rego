package terraform.unpinned_module_test

import data.terraform.unpinned_module

test_no_ref if {
	count(unpinned_module.findings) == 1 with input as {"calls": [{"name": "a", "from": "git", "source": "git::https://a"}]}
}

test_branch if {
	count(unpinned_module.findings) == 1 with input as {"calls": [{"name": "a", "from": "git", "source": "git::https://a?ref=main", "ref_type": "branch"}]}
}

test_tag if {
	count(unpinned_module.findings) == 0 with input as {"calls": [{"name": "a", "from": "git", "source": "git::https://a?ref=v1.0.0", "ref_type": "tag"}]}
}

test_registry if {
	count(unpinned_module.findings) == 1 with input as {"calls": [{"name": "a", "from": "registry", "source": "a/b/c"}]}
	count(unpinned_module.findings) == 0 with input as {"calls": [{"name": "a", "from": "registry", "source": "a/b/c", "pin": "exact"}]}
}

test_local if {
	count(unpinned_module.findings) == 0 with input as {"calls": [{"name": "a", "from": "local", "source": "./a"}]}
}

test_not_known if {
	count(unpinned_module.undecided) == 1 with input as {"calls": [{"name": "a", "source": {"$unknown": "dynamic", "on": "var.a"}}]}
}

test_a_version_that_is_not_known if {
	count(unpinned_module.undecided) == 1 with input as {"calls": [{"name": "a", "from": "registry", "source": "a/b/c", "pin": {"$unknown": "dynamic", "on": "var.v"}}]}
}

test_an_image if {
	count(unpinned_module.findings) == 1 with input as {"calls": [{"name": "a", "from": "oci", "source": "oci://a/b"}]}
	count(unpinned_module.findings) == 1 with input as {"calls": [{"name": "a", "from": "oci", "source": "oci://a/b?tag=latest", "ref_type": "branch"}]}
	count(unpinned_module.findings) == 0 with input as {"calls": [{"name": "a", "from": "oci", "source": "oci://a/b?tag=1.2.0", "ref_type": "tag"}]}
}
