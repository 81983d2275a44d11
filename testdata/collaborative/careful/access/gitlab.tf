# What GitLab holds back: nobody pushes to production's branch, and nobody approves what is their own.
resource "gitlab_branch_protection" "main" {
  project                      = "clients/acme/infrastructure"
  branch                       = "main"
  push_access_level            = "no one"
  merge_access_level           = "maintainer"
  unprotect_access_level       = "maintainer"
  allow_force_push             = false
  code_owner_approval_required = true
}

resource "gitlab_project_approval_rule" "provider" {
  project            = "clients/acme/infrastructure"
  name               = "provider"
  approvals_required = 1
  group_ids          = [4711]
}
