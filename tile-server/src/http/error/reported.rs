//! What becomes of errors that other parts of the program report; their causes go no further than the log.

use actix_web::error::BlockingError;
use layers::StoreError;

use crate::accounts::AccountError;
use crate::tiles::TileError;

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

impl From<BlockingError> for HttpError {
    fn from(error: BlockingError) -> Self {
        Self::Failed(error.to_string())
    }
}
