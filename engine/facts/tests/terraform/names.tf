variable "text" { default = "web" }
variable "typed" {
  type    = string
  default = 5
}
variable "number" {
  type    = number
  default = "2.50"
}
variable "flag" {
  type    = bool
  default = "true"
}
variable "list" {
  type    = list(string)
  default = [1, true, "x"]
}
variable "any_list" {
  type    = list(any)
  default = [1, "a"]
}
variable "set" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "map" {
  type    = map(string)
  default = { a = 1, b = "x" }
}
variable "any_map" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
variable "object" {
  type = object({
    a = optional(string, 7)
    b = optional(number)
    c = bool
    d = optional(object({ e = optional(string, "deep") }), {})
  })
  default = { c = "true", z = 1, a = null }
}
variable "tuple" {
  type    = tuple([string, number])
  default = [1, "2"]
}
variable "null_text" {
  type    = string
  default = null
}
variable "old_list" {
  type    = "list"
  default = ["o"]
}
variable "untyped" { default = { a = [1, { b = "c" }], "k e y" = true } }
variable "none" { type = string }
variable "secret" {
  default   = "hush"
  sensitive = true
}
locals {
  name   = "n-${var.text}"
  nested = { list = [local.name, [1, 2]], flag = var.flag }
  later  = local.nested.list[0]
  nothing = null
  doc    = <<-EOT
    a ${var.text}
      b

    c
  EOT
}
