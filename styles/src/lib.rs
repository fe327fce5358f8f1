#![doc = include_str!("../README.md")]

mod check;
mod error;
mod expression;
mod files;
mod legend;
mod plain;
mod style;
mod style_layer;

pub use check::Problem;
pub use error::StyleError;
pub use files::{font, font_names, sprite, sprite_names};
pub use legend::{Legend, LegendEntry, LegendLayer, Swatch, SwatchKind};
pub use style::Style;
