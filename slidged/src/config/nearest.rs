//! The known word that a mistyped one is nearest to.

/// The known name that this one is most probably a slip of.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let begins = |known: &&&str| known.starts_with(name) || name.starts_with(**known);
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), *known))
        // A third of the letters wrong is still a slip; more is another word.
        .filter(|(distance, known)| *distance <= name.len().max(known.len()) / 3)
        .min()
        .map(|(_, known)| known)
        .or_else(|| known.iter().filter(begins).filter(|_| name.len() > 2).copied().next())
}
