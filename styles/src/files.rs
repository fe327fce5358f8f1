//! The fonts and sprites that styles use, as files inside the program.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "fonts/"]
struct Fonts;

#[derive(RustEmbed)]
#[folder = "sprites/"]
struct Sprites;

/// Returns a font file (WOFF2) by its name, such as `ibm-plex-sans-latin-400-normal.woff2`.
pub fn font(name: &str) -> Option<Cow<'static, [u8]>> {
    Fonts::get(name).map(|file| file.data)
}

/// Returns the names of all font files, and that of their licence.
pub fn font_names() -> impl Iterator<Item = Cow<'static, str>> {
    Fonts::iter()
}

/// Returns a file of a sprite by its name: the index `city.json`, the image `city.png`, or either with `@2x`.
pub fn sprite(name: &str) -> Option<Cow<'static, [u8]>> {
    Sprites::get(name).map(|file| file.data)
}

/// Returns the names of all files of sprites.
pub fn sprite_names() -> impl Iterator<Item = Cow<'static, str>> {
    Sprites::iter()
}
