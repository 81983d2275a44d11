variable "client" {
  description = "The client that this account belongs to."
  type        = string
  default     = "acme"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "account_id" {
  type    = string
  default = "111122223333"
}
