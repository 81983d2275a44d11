//! The names that `serde(rename_all = "..")` makes of a field's name.

/// The field's name in the given case; `None` for a case that serde does not have.
pub(crate) fn rename(field: &str, case: &str) -> Option<String> {
    Some(match case {
        "lowercase" | "snake_case" => field.into(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => field.to_ascii_uppercase(),
        "PascalCase" => pascal(field),
        "camelCase" => {
            let pascal = pascal(field);
            let mut letters = pascal.chars();
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
        }
        "kebab-case" => field.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => field.to_ascii_uppercase().replace('_', "-"),
        _ => return None,
    })
}

fn pascal(field: &str) -> String {
    let mut up = true;
    let mut name = String::new();
    for letter in field.chars() {
        if letter == '_' {
            up = true;
        } else {
            name.push(if up { letter.to_ascii_uppercase() } else { letter });
            up = false;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_cases_are_those_of_serde() {
        let cases = [
            ("lowercase", "allow_failure"),
            ("UPPERCASE", "ALLOW_FAILURE"),
            ("PascalCase", "AllowFailure"),
            ("camelCase", "allowFailure"),
            ("snake_case", "allow_failure"),
            ("SCREAMING_SNAKE_CASE", "ALLOW_FAILURE"),
            ("kebab-case", "allow-failure"),
            ("SCREAMING-KEBAB-CASE", "ALLOW-FAILURE"),
        ];
        for (case, name) in cases {
            assert_eq!(super::rename("allow_failure", case).as_deref(), Some(name), "{case}");
        }
        assert_eq!(super::rename("allow_failure", "Title Case"), None);
    }
}
