locals {
  prefix = "${var.client}-${var.region}"
  azs    = ["${var.region}a", "${var.region}b"]
}

resource "aws_vpc" "main" {
  cidr_block = "10.42.0.0/22"

  tags = {
    Name   = "${local.prefix}-vpc"
    Client = var.client
  }
}

resource "aws_subnet" "private" {
  count             = length(local.azs)
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 2, count.index)
  availability_zone = local.azs[count.index]
}
