//! How near what a store shows is to the newest state.

/// How near what is read from a store is to the newest state; what is worse comes later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is the newest state.
    #[default]
    UpToDate,
    /// It may be older: a copy that is behind, or one that nobody can compare.
    Behind,
    /// Nothing can be read.
    Unreachable,
}
