//! The cases that names can be written in.

use syn::{LitStr, Result};

/// A case that `rename_all` names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Snake,
    Kebab,
    Camel,
    Pascal,
    ScreamingSnake,
    ScreamingKebab,
}

/// How Rust writes a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// `user_name`, as fields are.
    Snake,
    /// `UserName`, as variants are.
    Pascal,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("snake_case", Case::Snake),
    ("kebab-case", Case::Kebab),
    ("camelCase", Case::Camel),
    ("PascalCase", Case::Pascal),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    pub(crate) fn parse(literal: &LitStr) -> Result<Self> {
        let wanted = literal.value();
        CASES.iter().find(|(name, _)| *name == wanted).map(|(_, case)| *case).ok_or_else(|| {
            let known: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
            syn::Error::new(literal.span(), format!("no such case; there are {}", known.join(", ")))
        })
    }

    /// The name in this case. Lower and upper case keep a field's underscores.
    pub(crate) fn rename(self, name: &str, written: Written) -> String {
        let words = words(name, written);
        let kept = if written == Written::Snake { "_" } else { "" };
        match self {
            Self::Lower => words.join(kept),
            Self::Upper => words.join(kept).to_uppercase(),
            Self::Snake => words.join("_"),
            Self::Kebab => words.join("-"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::ScreamingKebab => words.join("-").to_uppercase(),
            Self::Pascal => words.iter().map(|word| capitalised(word)).collect(),
            Self::Camel => {
                let (first, rest) = words.split_first().map_or(("", &[][..]), |(f, r)| (f, r));
                rest.iter().fold(first.to_owned(), |name, word| name + &capitalised(word))
            }
        }
    }
}

/// The words of a name, in lower case.
fn words(name: &str, written: Written) -> Vec<String> {
    if written == Written::Snake {
        return name.split('_').map(str::to_lowercase).collect();
    }
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        match words.last_mut() {
            Some(word) if !letter.is_uppercase() => word.push(letter),
            _ => words.push(letter.to_lowercase().collect()),
        }
    }
    words
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_its_name_in_every_case() {
        let names = CASES.map(|(_, case)| case.rename("last_save_time", Written::Snake));
        let wanted = [
            "last_save_time",
            "LAST_SAVE_TIME",
            "last_save_time",
            "last-save-time",
            "lastSaveTime",
            "LastSaveTime",
            "LAST_SAVE_TIME",
            "LAST-SAVE-TIME",
        ];
        assert_eq!(names, wanted);
    }

    #[test]
    fn a_variant_has_its_name_in_every_case() {
        let names = CASES.map(|(_, case)| case.rename("NearCache", Written::Pascal));
        let wanted = [
            "nearcache",
            "NEARCACHE",
            "near_cache",
            "near-cache",
            "nearCache",
            "NearCache",
            "NEAR_CACHE",
            "NEAR-CACHE",
        ];
        assert_eq!(names, wanted);
    }
}
