# Every construct once.
terraform {
  required_version = ">= 1.5, < 2.0"
  backend "s3" {
    bucket = "état-${var.env}"
  }
}

variable "env" {
  type    = map(object({ a = optional(string, "x"), b = list(number) }))
  default = { a = "1" /* é */, "b" : [1, 2,], (var.x) = null }
}

locals {
  list = [for k, v in var.m : upper(v) if k != "x"]
  obj  = { for k, v in var.m : k => v... if v > 1 }
  fold = { for k, v in var.m :
    k => v ? 1 :
  2 }
  text = "a\tb$${c}\u00e9 %{ if var.x ~}yes%{ else }no%{ endif }"
  doc  = <<-EOT
    first ${var.a}

      second %{ for x in var.l }- ${x}
    %{ endfor }
  EOT
  cond = var.a == 1 && !var.b || -var.c >= 2 ? f(1, x...) : provider::aws::arn_parse(a.b)[0]["k"].c.*.d
  old  = "${element(aws_instance.x.*.id, count.index)}"
  deep = a.0.b[*].c
}

resource "aws_instance" "web" {
  count = 2
  ebs { size = - 1 }
  ebs {
    size = 2.5e1
  }
}
