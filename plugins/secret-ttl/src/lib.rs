//! No credential in the open, and none that lives longer than it should.
//!
//! One folder a rule: `mod.rs` judges, `rule.md` is its page, and the cases on the page are run by the tests. What ends
//! a credential, and what zero and nothing written mean, is settled in the facts; here it is held against the
//! ceilings. Each cause has one rule: what never ends, what only a mount bounds and what ends too late are three.

mod ceiling;
mod credential;
mod credential_in_open;
mod credential_over_ceiling;
mod duration;
mod endless_credential;
mod iam_user_credential;
mod long_lived_key;
mod periodic_token;
mod plan_kept_too_long;
mod plan_outlives_credentials;
mod token_not_revoked;
mod unbounded_credential;

engine_sdk::plugin! {
    id: "secret-ttl",
    rules: [
        credential_in_open::rule,
        credential_over_ceiling::rule,
        endless_credential::rule,
        iam_user_credential::rule,
        long_lived_key::rule,
        periodic_token::rule,
        plan_kept_too_long::rule,
        plan_outlives_credentials::rule,
        token_not_revoked::rule,
        unbounded_credential::rule,
    ],
}
