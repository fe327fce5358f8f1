//! What can be wrong with a package, as its reader is told.

/// One thing that is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The file does not end with a seal.
    #[error("na konci souboru chybí pečeť; soubor není balíček, nebo není celý")]
    NoSeal,
    /// The seal is not that of the bytes.
    #[error("pečeť nesouhlasí: soubor se od sestavení změnil")]
    BrokenSeal,
    /// No zip can be read.
    #[error("soubor není čitelný zip: {0}")]
    NotAZip(String),
    /// The zip ends before the file.
    #[error("za koncem zipu jsou další bajty")]
    BytesAfterEnd,
    /// The zip names an entry more than once.
    #[error("některá položka je v zipu dvakrát")]
    SameName,
    /// An entry does not begin where the one before ends.
    #[error("{0}: položka nezačíná tam, kde předchozí končí")]
    OutOfPlace(String),
    /// The list of entries does not begin where the last entry ends.
    #[error("mezi poslední položkou a seznamem položek jsou další bajty")]
    BytesBeforeList,
    /// A name could lead out of a folder or is no name of ours.
    #[error("{0}: takové jméno položka mít nesmí")]
    UnsafeName(String),
    /// An entry's own header says something else than the list at the end.
    #[error("{0}: hlavička položky se liší od seznamu na konci zipu")]
    HeaderDiffers(String),
    /// An entry is compressed or encrypted.
    #[error("{0}: položka je komprimovaná nebo šifrovaná")]
    NotStored(String),
    /// The first entry is another one.
    #[error("první položka není manifest.json")]
    NoManifest,
    /// The manifest is longer than one of ours can be.
    #[error("manifest.json je příliš velký: {0} bajtů")]
    LargeManifest(u64),
    /// The manifest is not JSON of the right shape.
    #[error("manifest.json nelze přečíst: {0}")]
    UnreadableManifest(String),
    /// The manifest is of another format or version.
    #[error("manifest.json: formát {0} tento program nezná")]
    OtherFormat(String),
    /// A member of the manifest cannot be right.
    #[error("manifest.json: {0} nemůže být správně")]
    WrongMember(&'static str),
    /// An entry is not in the manifest.
    #[error("{0}: položka není v manifestu")]
    Unlisted(String),
    /// An entry of the manifest is not there.
    #[error("{0}: položka z manifestu chybí")]
    Missing(String),
    /// The manifest names an entry more than once.
    #[error("{0}: manifest položku uvádí dvakrát")]
    ListedTwice(String),
    /// The manifest does not name an entry that every package has.
    #[error("{0}: manifest tuto položku neuvádí a každý balíček ji má")]
    NotListed(&'static str),
    /// An entry has another size than the manifest says.
    #[error("{path}: {found} bajtů, podle manifestu {expected}")]
    WrongSize {
        /// The entry.
        path: String,
        /// What the manifest says.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// An entry's bytes are not those of the manifest's checksum.
    #[error("{0}: kontrolní součet nesouhlasí s manifestem")]
    WrongChecksum(String),
    /// An entry cannot be read.
    #[error("{path}: nelze přečíst: {detail}")]
    UnreadableEntry {
        /// The entry.
        path: String,
        /// What the zip reader said.
        detail: String,
    },
    /// The archive of tiles is none.
    #[error("{path}: {what}")]
    BadArchive {
        /// The entry.
        path: &'static str,
        /// What its header gets wrong.
        what: &'static str,
    },
}
