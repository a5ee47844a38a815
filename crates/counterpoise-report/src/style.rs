//! How every figure looks: its size, its font, and one colour per group and per model.

use std::sync::OnceLock;

use counterpoise_groups::Group;
use plotters::prelude::*;
use plotters::style::register_font;

use crate::ReportError;

/// Drawing size in pixels, `(width, height)`. An SVG is shown at half of it, a PNG has all of it,
/// so that both stay sharp on a dense screen and in print.
pub const SIZE: (u32, u32) = (3200, 2000);

/// A CSS font list: the SVG's viewer takes the first it has, the PNG always has the first.
pub(crate) const FONT: &str = "Ubuntu, Helvetica, Arial, sans-serif";

pub(crate) const TITLE_SIZE: i32 = 88;
pub(crate) const TEXT_SIZE: i32 = 68;
pub(crate) const TICK_SIZE: i32 = 62;
pub(crate) const CAPTION_SIZE: i32 = 56;

/// Text and axes.
pub(crate) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
/// Captions.
pub(crate) const SOFT_INK: RGBColor = RGBColor(0x55, 0x55, 0x55);
/// Grid lines.
pub(crate) const GRID: RGBColor = RGBColor(0xE4, 0xE4, 0xE4);
/// Between the parts of a bar.
pub(crate) const WHITE_EDGE: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Neurons in no group.
pub const NO_GROUP: RGBColor = RGBColor(0xA8, 0xA8, 0xA8);

/// The base model.
pub const BASE: RGBColor = RGBColor(0xAA, 0x33, 0x77);
/// The base model with neurons ablated.
pub const ABLATED: RGBColor = RGBColor(0xCC, 0xA7, 0x22);
/// The tuned model.
pub const TUNED: RGBColor = RGBColor(0x22, 0x88, 0x33);

/// A group's colour, the same in every figure: warm for toxic neurons, blue for anti-toxic ones, from
/// the palette of Okabe and Ito, which people with a colour vision deficiency tell apart.
#[must_use]
pub const fn group_colour(group: Group) -> RGBColor {
    match group {
        Group::TpMinus => RGBColor(0xD5, 0x5E, 0x00),
        Group::TnPlus => RGBColor(0xE6, 0x9F, 0x00),
        Group::ApPlus => RGBColor(0x56, 0xB4, 0xE9),
        Group::AnMinus => RGBColor(0x00, 0x72, 0xB2),
    }
}

/// As [`group_colour`], and [`NO_GROUP`] for neurons that belong to none.
#[must_use]
pub const fn member_colour(group: Option<Group>) -> RGBColor {
    match group {
        Some(group) => group_colour(group),
        None => NO_GROUP,
    }
}

/// Makes the built-in font known to the plotting library, once per process.
pub(crate) fn register_fonts() -> Result<(), ReportError> {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = *REGISTERED.get_or_init(|| {
        register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT).is_ok()
    });
    if registered {
        Ok(())
    } else {
        Err(ReportError::Font)
    }
}
