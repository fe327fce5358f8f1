//! Why the database keeps a server from answering now; each of them passes.

use layers::Text;

use super::text;

/// The reason; all are answered 503 with `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotNow {
    /// The database is away; nothing was written.
    Unreachable,
    /// The database went away while a change was committed.
    OutcomeUnknown,
    /// The database takes no changes.
    ReadOnly,
    /// What this server shows may be older than the newest state.
    Behind,
}

impl NotNow {
    pub(super) fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Unreachable => ("Databáze není dostupná", "The database is away"),
            Self::OutcomeUnknown => (
                "Nevíme, zda se změna zapsala",
                "Whether it was written is not known",
            ),
            Self::ReadOnly => ("Tento server jen čte", "This server only reads"),
            Self::Behind => ("Server nemá nejnovější stav", "The server is behind"),
        }
    }

    pub(super) fn detail(self) -> Text {
        let (cs, en) = match self {
            Self::Unreachable => (
                "Data teď nelze číst ani měnit; nic se nezapsalo. Zkuste to za chvíli znovu.",
                "Data can neither be read nor changed now; nothing was written. Try again in a moment.",
            ),
            Self::OutcomeUnknown => (
                "Databáze se odmlčela při zápisu. Pošlete týž požadavek znovu, se stejným If-Match nebo se stejným `id`: \
                 odpověď 412, 409, nebo po odstranění 404 znamená, že se zapsal už napoprvé. Nový prvek bez `id` \
                 nejprve vyhledejte.",
                "The database fell silent while it was written. Send the same request again, with the same If-Match or \
                 the same `id`: 412, 409, or 404 after a removal, says that it was written the first time. Look for a \
                 new feature without `id` before.",
            ),
            Self::ReadOnly => (
                "Databáze tohoto serveru je jen kopie ke čtení. Změny pošlete serveru, který zapisuje.",
                "This server's database is a copy for reading. Send changes to a server that writes.",
            ),
            Self::Behind => (
                "Co server teď ukazuje, může být starší než poslední změny. Zkuste to za chvíli znovu.",
                "What the server shows now may be older than the last changes. Try again in a moment.",
            ),
        };
        text(cs, en)
    }
}
