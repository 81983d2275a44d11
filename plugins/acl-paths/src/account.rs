//! AWS accounts, as the names of Vault's AWS roles tell them: `aws/sts/deploy-111122223333`.

/// The segment of a path behind which the name of an AWS role stands.
const BEFORE_ROLE: &[&str] = &["sts", "creds", "roles"];

/// How many digits an account has.
const DIGITS: usize = 12;

/// The accounts that the name of an AWS role in a path names, in order.
pub(crate) fn accounts(path: &str) -> impl Iterator<Item = &str> {
    let role = role(path).unwrap_or("");
    role.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == DIGITS)
}

/// Whether a path that is not known, by what it depends on, is one of the AWS engine's credentials.
pub(crate) fn may_name_one(written: &str) -> bool {
    written.contains("/sts/") || written.contains("/creds/")
}

/// What stands behind the first `sts`, `creds` or `roles` after the mount.
fn role(path: &str) -> Option<&str> {
    let mut segments = path.split('/').skip(1);
    segments.by_ref().find(|segment| BEFORE_ROLE.contains(segment))?;
    segments.next()
}

#[cfg(test)]
mod tests {
    use super::accounts;

    #[test]
    fn an_account_is_twelve_digits_in_the_name_of_a_role() {
        let cases: [(&str, &[&str]); 9] = [
            ("aws/sts/deploy-111122223333", &["111122223333"]),
            ("aws/sts/111122223333-read", &["111122223333"]),
            ("v1/team/aws/creds/x_111122223333_444455556666", &["111122223333", "444455556666"]),
            ("aws/sts/deploy", &[]),
            ("aws/sts/deploy-1111222233334", &[]),
            ("aws/sts/deploy-11112222333", &[]),
            ("secret/data/111122223333", &[]),
            ("sts/deploy-111122223333", &[]),
            ("", &[]),
        ];
        for (path, expect) in cases {
            assert_eq!(accounts(path).collect::<Vec<_>>(), expect, "{path}");
        }
    }
}
