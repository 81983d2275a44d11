resource "terraform_data" "kept" {
  input = [true, null, "x"]
}
