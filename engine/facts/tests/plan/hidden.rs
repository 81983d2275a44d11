//! What nobody may see.

use engine_model::Route;

use crate::{change, items, read, with, written};

const SECRET: &str = "hunter2-é€🦀";

/// Nothing of a plan with this change shows the secret: no item, no place, no line around a place.
#[track_caller]
fn check(members: &str, hidden: &[&str]) {
    let text = with(&change(&members.replace("SECRET", SECRET)));
    assert!(text.contains(SECRET));
    let items = items(&text);
    let value = written(&items).remove(0);
    assert!(!value.to_string().contains(SECRET), "{value:#}");
    for path in hidden {
        let route: Vec<&str> = path.split('.').collect();
        let pointed = route.iter().fold(&value, |value, step| match step.parse::<usize>() {
            Ok(index) => &value[index],
            Err(_) => &value[*step],
        });
        assert_eq!(pointed["$unknown"], "sensitive", "{path}: {value:#}");
        let route: Route = route.into_iter().map(engine_model::Step::from).collect();
        let place = &items[0].resolve(&route).origin.unwrap().place;
        let file = place.document.file();
        assert!(!file.text().contains(SECRET), "{}", file.text());
        // Byte for byte, and character for character: every other place stays where it is.
        let length = text.len() - with("").len();
        assert_eq!(file.text().len(), length);
        assert_eq!(file.text().chars().count(), text.chars().count() - with("").chars().count());
    }
    for resource in read(&text).unwrap().resources {
        assert!(!format!("{:?}", resource.attributes.value).contains(SECRET));
        assert!(!resource.place.document.text().contains(SECRET));
    }
}

#[test]
fn what_terraform_marks_is_hidden() {
    check(r#""actions":["create"],"after":{"note":"SECRET"},"after_sensitive":{"note":true}"#, &["after.note"]);
    check(r#""actions":["create"],"after":{"note":"SECRET"},"after_sensitive":true"#, &["after"]);
    check(
        r#""actions":["update"],"before":{"note":"SECRET"},"before_sensitive":{"note":true},"after":{}"#,
        &["before.note"],
    );
    check(
        r#""actions":["create"],"after":{"deep":{"note":["SECRET",{"SECRET":"SECRET"}]}},"after_sensitive":{"deep":true}"#,
        &["after.deep"],
    );
    check(r#""actions":["create"],"after":{"list":["a","SECRET"]},"after_sensitive":{"list":[false,true]}"#, &[]);
}

#[test]
fn numbers_and_words_are_hidden_too() {
    let text = with(&change(
        r#""actions":["create"],"after":{"pin":4711,"on":true,"one":7,"off":false},"after_sensitive":{"pin":true,"on":true,"one":true,"off":true}"#,
    ));
    let items = items(&text);
    let file = items[0].root.origin.clone().unwrap().place;
    let shown = file.document.text();
    assert!(!shown.contains("4711") && shown.contains(r#""pin":"**","on":"**","one":0,"off":"***""#), "{shown}");
}

#[test]
fn a_name_that_says_so_is_as_good_as_a_mark() {
    for name in ["password", "master_password", "client_secret", "private_key", "token", "secret_id"] {
        check(&format!(r#""actions":["create"],"after":{{"{name}":"SECRET"}}"#), &[&format!("after.{name}")]);
    }
    let text = with(&change(
        r#""actions":["create"],"after":{"secret_id_ttl":3600,"token_policies":["a"],"manage_master_user_password":true,"password_policy_arn":"x"}"#,
    ));
    let item = written(&items(&text)).remove(0);
    assert_eq!(item["after"]["secret_id_ttl"], 3600);
    assert_eq!(item["after"]["token_policies"][0], "a");
    assert_eq!(item["after"]["manage_master_user_password"], true);
}

#[test]
fn the_providers_keys_are_hidden() {
    let text = with("").replacen(
        r#""errored""#,
        r#""configuration":{"provider_config":{"aws":{"name":"aws","expressions":{"access_key":{"constant_value":"AKIAHUNTER2"},"region":{"constant_value":"eu-west-1"},"profile":{"references":["var.profile"]}}}}},"errored""#,
        1,
    );
    let plan = read(&text).unwrap();
    let mut vault = engine_facts::vault::Vault::default();
    engine_facts::vault::read_providers(&mut vault, &plan.providers, engine_facts::credential::Source::Plan);
    assert_eq!(vault.credentials.len(), 1, "a key that is written in the code is one, whatever is shown of it");
    assert!(vault.credentials[0].open.is_some());
    let aws = &plan.providers[0];
    assert_eq!(aws.name, "aws");
    assert!(!aws.place.document.text().contains("HUNTER2"));
    assert_eq!(aws.attributes.attribute("region").unwrap().text(), Some("eu-west-1"));
    assert_eq!(aws.attributes.attribute("profile").unwrap().why().unwrap().on, "var.profile");
}

#[test]
fn marks_that_do_not_fit_hide_all_the_same() {
    check(r#""actions":["create"],"after":{"note":"SECRET"},"after_sensitive":{"note":[true]}"#, &["after.note"]);
    check(r#""actions":["create"],"after":{},"after_identity":{"note":"SECRET"},"zz":"SECRET""#, &[]);
    let twice = with(&change(
        r#""actions":["create"],"after":{"note":"hunter2"},"after_sensitive":{"note":true},"after_sensitive":{}"#,
    ));
    assert!(items(&twice).is_empty());
    let plan = read(&twice).unwrap();
    assert_eq!(plan.findings[0].message, "a change cannot be read: a key stands twice in it");
}
