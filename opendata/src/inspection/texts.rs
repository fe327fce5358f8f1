//! Every text that would go out: personal data, broken encodings, and what a spreadsheet would run.

use catalog::Dataset;

use super::privacy::{self, birth_number, contact};
use super::subject::Subject;
use crate::finding::text;
use crate::{Check, Finding, Findings, Place};

/// Looks for personal data in what the record says of the dataset; its contact is to be found there.
pub(super) fn check_record(dataset: &Dataset, findings: &mut Findings) {
    let terms = &dataset.terms_of_use;
    let single = [&dataset.steward, &terms.decided_by, &terms.reason];
    let both = [&dataset.title, &dataset.description];
    let both = both.into_iter().chain(&dataset.keywords);
    let texts = both.flat_map(|text| [&text.cs, &text.en]).chain(single);
    for _ in texts.filter(|text| privacy::is_in(text)) {
        findings.add(Finding {
            check: Check::Record,
            place: Place::default(),
            message: text(
                "text záznamu obsahuje rodné číslo, e-mail nebo telefon",
                "a text of the record holds a birth number, an e-mail address or a telephone number",
            ),
            advice: text("Opravte záznam datové sady.", "Correct the dataset's record."),
        });
    }
}

/// Looks at every text of a feature.
pub(super) fn check(subject: &mut Subject<'_>) {
    for (field, content) in subject.texts() {
        if birth_number::is_in(content) {
            subject.report_field(
                Check::BirthNumbers,
                field,
                text("text obsahuje rodné číslo", "the text holds a birth number"),
                text("Rodné číslo smažte.", "Delete the birth number."),
            );
        }
        if contact::is_in(content, subject.is_code(field)) {
            subject.report_field(
                Check::Contacts,
                field,
                text(
                    "text obsahuje e-mail nebo telefon",
                    "the text holds an e-mail address or a telephone number",
                ),
                text(
                    "Kontakt smažte, nebo pole označte jako neveřejné.",
                    "Delete it, or make the field one that is not public.",
                ),
            );
        }
        if is_formula(content) {
            subject.report_field(
                Check::Formulas,
                field,
                text(
                    "tabulkový program by text spustil jako vzorec",
                    "a spreadsheet would run the text as a formula",
                ),
                text("Změňte začátek textu.", "Change how the text begins."),
            );
        }
        if is_garbled(content) {
            subject.report_field(
                Check::Plausible,
                field,
                text(
                    "text je poškozený špatným kódováním",
                    "the text is garbled by a wrong encoding",
                ),
                text("Opravte diakritiku.", "Correct the diacritics."),
            );
        }
    }
}

/// Whether a spreadsheet that opens the CSV would take the text for a formula that does something.
fn is_formula(text: &str) -> bool {
    let bytes = text.as_bytes();
    let calls = || {
        bytes.contains(&b'|')
            || bytes
                .windows(2)
                .any(|pair| pair[0].is_ascii_alphabetic() && pair[1] == b'(')
    };
    match bytes.first() {
        Some(b'=' | b'@' | b'\t' | b'\r') => true,
        Some(b'+' | b'-') => calls(),
        _ => false,
    }
}

/// Whether a text was read or written in a wrong encoding: replacement and control characters, or UTF-8 read as
/// Windows-1250 or Windows-1252, where a capital of a few is followed by something that is no letter.
fn is_garbled(text: &str) -> bool {
    let strange =
        |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !"\t\n\r".contains(c));
    let pairs = text.chars().zip(text.chars().skip(1));
    let mut double = pairs.filter(|(lead, next)| {
        "ÃÅÄĂĹ".contains(*lead) && !next.is_ascii() && !next.is_alphabetic()
    });
    text.chars().any(strange) || double.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_told_from_texts_that_begin_alike() {
        for formula in [
            "=1+1",
            "@SUM(A1)",
            "+cmd|' /C calc'!A0",
            "-HYPERLINK(\"x\")",
            "\t=1",
        ] {
            assert!(is_formula(formula), "{formula}");
        }
        for harmless in ["", "- bez názvu", "-5", "+420", "a=b", "- (nezjištěno)"] {
            assert!(!is_formula(harmless), "{harmless}");
        }
    }

    #[test]
    fn broken_encodings_are_told_from_czech() {
        for broken in [
            "P\u{fffd}ikop",
            "PÅ™Ã\u{ad}kopy",
            "Å½lutÃ¡",
            "Ĺ˝lutĂˇ",
            "a\u{8d}b",
        ] {
            assert!(is_garbled(broken), "{broken}");
        }
        for sound in [
            "Příkopy",
            "ŽLUŤOUČKÝ KŮŇ",
            "Ångström",
            "Äpfel",
            "první\nřádek",
            "Ĺ",
        ] {
            assert!(!is_garbled(sound), "{sound}");
        }
    }
}
