//! What can go wrong with a style, said so that a person knows what to do.

/// A style that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// The file is not a MapLibre style.
    #[error("style {id}: {problem}")]
    Read {
        /// The style's name.
        id: String,
        /// What is wrong and what is expected.
        problem: String,
    },
    /// A legend cannot be made from the style.
    #[error("style layer {style_layer}: {problem}")]
    MakeLegend {
        /// The layer of the style.
        style_layer: String,
        /// What is not understood.
        problem: String,
    },
}
