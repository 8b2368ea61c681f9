//! Names: what DynamoDB takes, what is safe in generated code, and what a naming convention asks for.

use crate::dms::problem::{ProblemCode, Problems, tick};

use super::shape::Text;

/// The longest attribute name that works everywhere (keys and projections), in UTF-8 bytes.
const MAX_NAME_BYTES: usize = 255;

/// The naming conventions, the default first.
pub(super) const CONVENTIONS: &[&str] = &["camelCase", "snake_case", "dynamorm"];

/// Checks a name that may flow into generated code: an attribute or a model. Whether all its characters are fine.
pub(super) fn check(name: Text, label: &str, problems: &mut Problems) -> bool {
    let disallowed = |character: char| character.is_control() || matches!(character, ' ' | '`' | '"' | '\\' | ',');
    let found = name.text.chars().find(|character| disallowed(*character));
    if let Some(character) = found {
        let shown = match character {
            ' ' => "a space".to_owned(),
            '`' => "a back-tick".to_owned(),
            _ if character.is_control() => {
                format!("a control character (u+{:04x})", u32::from(character))
            }
            _ => tick(&character.to_string()),
        };
        let message = format!("the {label} {} has {shown} in it", tick(name.text));
        problems.add_hint(
            ProblemCode::DisallowedCharacter,
            name.view.place(),
            message,
            "letters, digits and `: # - . _` are safe",
        );
    }
    if name.text.len() > MAX_NAME_BYTES {
        let message =
            format!("the {label} {} has {} bytes, {MAX_NAME_BYTES} are allowed", tick(name.text), name.text.len());
        problems.add(ProblemCode::NameTooLong, name.view.place(), message);
    }
    found.is_none()
}

/// Checks the name of a table or an index.
pub(super) fn check_resource(code: ProblemCode, name: Text, label: &str, problems: &mut Problems) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if !(3..=255).contains(&name.text.len()) || !name.text.bytes().all(allowed) {
        let message = format!("{} is not a valid {label} name", tick(name.text));
        problems.add_hint(code, name.view.place(), message, "3 to 255 characters: letters, digits, `_`, `.`, `-`");
    }
}

/// Warns of an attribute name that the convention would not give.
pub(super) fn check_convention(name: Text, convention: &str, problems: &mut Problems) {
    let follows = match convention {
        "snake_case" => is_snake_case(name.text),
        _ => is_camel_case(name.text),
    };
    // Where keys are called PK and SK they are so under every convention.
    if !follows && !matches!(name.text, "PK" | "SK") {
        let message = format!("the attribute name {} is not {convention}", tick(name.text));
        problems.add_hint(
            ProblemCode::NameConvention,
            name.view.place(),
            message,
            "stored items keep their names: renaming needs a migration",
        );
    }
}

fn is_camel_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Words of lower-case letters and digits, joined by single `_`; the first begins with a letter.
fn is_snake_case(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('_').all(word)
}

#[cfg(test)]
mod tests {
    use super::{is_camel_case, is_snake_case};

    #[test]
    fn camel_case() {
        for name in ["a", "userId", "a1", "aB2c", "uRL"] {
            assert!(is_camel_case(name), "{name}");
        }
        for name in ["", "A", "UserId", "1a", "user_id", "user-id", "ä", "aä", "_a"] {
            assert!(!is_camel_case(name), "{name}");
        }
    }

    #[test]
    fn snake_case() {
        for name in ["a", "user_id", "a1_2b", "user_1"] {
            assert!(is_snake_case(name), "{name}");
        }
        for name in ["", "A", "user__id", "_user", "user_", "1a", "userId", "user-id", "ü"] {
            assert!(!is_snake_case(name), "{name}");
        }
    }
}
