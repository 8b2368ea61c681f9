//! "did you mean": the known name that is nearest to a misspelt one.

use strsim::osa_distance;

/// Names that are longer, and lists that are longer, are not worth the time.
const MAX_LENGTH: usize = 64;
const MAX_NAMES: usize = 512;

/// A hint naming the nearest of the known names, if one is near.
pub(crate) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wrong, &mut known.into_iter()).map(|name| format!("did you mean `{name}`?"))
}

fn nearest<'a>(wrong: &str, known: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.is_empty() || wrong.len() > MAX_LENGTH {
        return None;
    }
    let folded = fold(wrong);
    let allowed = (wrong.chars().count() / 4).max(1);
    known
        .take(MAX_NAMES)
        .filter(|name| name.len() <= MAX_LENGTH)
        .map(|name| (osa_distance(&folded, &fold(name)), name))
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Case, `_` and `-` are where names differ most; they do not count.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_nearest() {
        let known = ["camelCase", "snake_case", "dynamorm"];
        assert_eq!(nearest("CamelCase", &mut known.into_iter()), Some("camelCase"));
        assert_eq!(nearest("snakecase", &mut known.into_iter()), Some("snake_case"));
        assert_eq!(nearest("pascalCase", &mut known.into_iter()), None);
        assert_eq!(nearest("dynamrom", &mut known.into_iter()), Some("dynamorm"));
        assert_eq!(nearest("kebab", &mut known.into_iter()), None);
        assert_eq!(nearest("", &mut known.into_iter()), None);
        assert_eq!(nearest("X", &mut ["S", "N", "B"].into_iter()), None);
        assert_eq!(nearest("string", &mut ["S", "N", "B"].into_iter()), None);
        assert_eq!(nearest("bool", &mut ["S", "N", "BOOL"].into_iter()), Some("BOOL"));
    }

    #[test]
    fn leaves_out_what_would_take_long() {
        let long = "x".repeat(65);
        assert_eq!(nearest(&long, &mut [long.as_str()].into_iter()), None);
    }
}
