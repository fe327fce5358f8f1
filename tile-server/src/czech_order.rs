//! The order of names in Czech lists (ČSN 97 6030): č, ř, š and ž after their bare letters, ch after h.

use unicode_normalization::UnicodeNormalization;

/// Returns what to sort a name by; names that differ only in other diacritics or in case are equal.
pub(crate) fn czech_order(name: &str) -> Vec<(char, bool)> {
    let lower = name.to_lowercase();
    let mut order: Vec<(char, bool)> = Vec::with_capacity(lower.len());
    for letter in lower.nfc() {
        let base = letter.nfd().next().unwrap_or(letter);
        let has_own_place = matches!(letter, 'č' | 'ř' | 'š' | 'ž');
        match order.last_mut() {
            Some(last) if *last == ('c', false) && letter == 'h' => *last = ('h', true),
            _ => order.push((base, has_own_place)),
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_as_in_a_czech_list() {
        let sorted = [
            "Bílence",
            "Blatno",
            "Boleboř",
            "Březno",
            "Čachovice",
            "Děčany",
            "Hrušovany",
            "Chomutov",
            "Jirkov",
            "Málkov",
            "Místo",
            "Řehlovice",
            "Strupčice",
            "Šumná",
            "Zákupy",
            "Žatec",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by_key(|name| czech_order(name));
        assert_eq!(names, sorted);
    }
}
