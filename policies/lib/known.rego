# Values that cannot be told, as facts write them.
package lib.known

# Whether a value cannot be told: it is there, and only a run or another file says what it is.
is_unknown(value) if {
	is_object(value)
	value["$unknown"]
}

# Whether anything in a value cannot be told, however deep.
has_unknown(value) if {
	walk(value, [path, _])
	path[count(path) - 1] == "$unknown"
}
