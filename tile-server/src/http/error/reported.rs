//! What becomes of errors that other parts of the program report; their causes go no further than the log.

use actix_web::error::BlockingError;
use layers::StoreError;

use crate::accounts::AccountError;
use crate::export::ExportError;
use crate::tiles::TileError;

use super::super::parameters::bad;
use super::{HttpError, NotAllowed, NotNow, NotReceived, NotWritten};

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            // The store says in the log why, once.
            StoreError::Unreachable(_) => NotNow::Unreachable.into(),
            StoreError::OutcomeUnknown(cause) => {
                tracing::warn!("the outcome of a change set cannot be learnt: {cause}");
                NotNow::OutcomeUnknown.into()
            }
            StoreError::BeforeHistory { at, .. } => Self::BeforeHistory { starts: at },
            StoreError::ReadOnly => NotNow::ReadOnly.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<NotWritten> for HttpError {
    fn from(why: NotWritten) -> Self {
        Self::NotWritten(Box::new(why))
    }
}

impl From<NotReceived> for HttpError {
    fn from(why: NotReceived) -> Self {
        Self::NotReceived(why)
    }
}

impl From<NotNow> for HttpError {
    fn from(why: NotNow) -> Self {
        Self::NotNow(why)
    }
}

impl From<NotAllowed> for HttpError {
    fn from(why: NotAllowed) -> Self {
        Self::NotAllowed(why)
    }
}

impl From<AccountError> for HttpError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<TileError> for HttpError {
    fn from(error: TileError) -> Self {
        match error {
            TileError::UnknownLayer(_) => Self::NoSuchLayer,
            TileError::OutsideGrid { .. } => Self::NoSuchTile,
            TileError::ReadLayer { source, .. } | TileError::ReadChanges(source) => source.into(),
        }
    }
}

impl From<ExportError> for HttpError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Read(error) => error.into(),
            // Who is gone hears nothing of it.
            ExportError::Busy | ExportError::Abandoned => Self::Busy,
            ExportError::SheetFull(most) => bad(
                "f",
                &format!(
                    "nemůže být xlsx: list má místo pro {most} prvků; použijte csv nebo filtr"
                ),
                &format!(
                    "cannot be xlsx: a sheet has room for {most} features; use csv or a filter"
                ),
            ),
            error @ ExportError::Write(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<BlockingError> for HttpError {
    fn from(error: BlockingError) -> Self {
        Self::Failed(error.to_string())
    }
}
