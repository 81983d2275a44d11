# error: code-owners-not-asked
resource "gitlab_branch_protection" "master" {
  project            = "clients/acme/infrastructure"
  branch             = "master"
  push_access_level  = "developer" # error: direct-push-allowed
  merge_access_level = "developer"
  allow_force_push   = true # error: history-rewrite-allowed
}

resource "gitlab_project_approval_rule" "any" {
  project            = "clients/acme/infrastructure"
  name               = "any"
  approvals_required = 0 # error: merge-without-approval
}

# error: approval-override-allowed, committer-approval-allowed
resource "gitlab_project_level_mr_approvals" "this" {
  project                        = "clients/acme/infrastructure"
  merge_requests_author_approval = true  # error: self-approval-allowed
  reset_approvals_on_push        = false # error: stale-approval-kept
}
