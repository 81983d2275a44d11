# Addresses of servers, as URLs write them.
package lib.address

# Whether an address is plain HTTP and leads to another machine.
is_plain(address) if {
	is_string(address)
	startswith(lower(address), "http://")
	not is_here(host(address))
}

# The host that an address names, without the user before it and the port behind it.
host(address) := bare(parts[count(parts) - 1]) if {
	behind := substring(address, count("http://"), -1)
	authority := split(split(split(split(behind, "/")[0], "?")[0], "#")[0], "\\")[0]
	parts := split(authority, "@")
}

bare(authority) := concat("", [split(authority, "]")[0], "]"]) if startswith(authority, "[")

bare(authority) := split(authority, ":")[0] if not startswith(authority, "[")

is_here(name) if lower(name) in {"localhost", "[::1]"}

is_here(name) if {
	numbers := split(name, ".")
	count(numbers) == 4
	numbers[0] == "127"
	every number in numbers {
		number != ""
		trim(number, "0123456789") == ""
	}
}
