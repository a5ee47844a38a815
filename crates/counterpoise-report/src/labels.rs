//! Numbers beside points, and the key that explains them.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::page::text;
use crate::plane::Chart;
use crate::plot::KeyEntry;
use crate::render::{DrawError, PlotArea};
use crate::style::{INK, SOFT_INK};

/// Pixels from a point to the middle of its number, the nearest to the point first.
const SHIFTS: [(i32, i32); 8] = [
    (38, -34),
    (-38, -34),
    (38, 34),
    (-38, 34),
    (0, -48),
    (0, 48),
    (56, 0),
    (-56, 0),
];
const NUMBER_SIZE: i32 = 46;
/// Half of the room that a number takes.
const NUMBER_ROOM: (i32, i32) = (30, 24);

/// Each number beside its point, where no other number or point is if there is room.
pub(crate) fn draw_numbers<B: DrawingBackend>(
    chart: &Chart<'_, B>,
    entries: &[KeyEntry],
) -> Result<(), DrawError<B>> {
    let plane = chart.plotting_area();
    let pixels: Vec<(i32, i32)> = (entries.iter())
        .map(|entry| plane.map_coordinate(&(entry.at[0], entry.at[1])))
        .collect();
    let mut taken = pixels.clone();
    let area = plane.use_screen_coord();
    for (entry, &(x, y)) in entries.iter().zip(&pixels) {
        let Some(number) = entry.number else { continue };
        let at = SHIFTS.map(|(across, down)| (x + across, y + down));
        let free = |at: &&(i32, i32)| {
            let apart = |other: &(i32, i32)| {
                (at.0 - other.0).abs() >= NUMBER_ROOM.0 + 12
                    || (at.1 - other.1).abs() >= NUMBER_ROOM.1 + 12
            };
            taken.iter().all(apart)
        };
        let at = *at.iter().find(free).unwrap_or(&at[0]);
        taken.push(at);
        let style = text(NUMBER_SIZE, INK, HPos::Center);
        area.draw(&Text::new(number.to_string(), at, style))?;
    }
    Ok(())
}

/// What the numbers stand for; those on the frontier in full ink.
pub(crate) fn draw_key<B: DrawingBackend>(
    key: &PlotArea<B>,
    entries: &[KeyEntry],
) -> Result<(), DrawError<B>> {
    let rows: Vec<(usize, &KeyEntry)> = (entries.iter())
        .filter_map(|entry| Some((entry.number?, entry)))
        .collect();
    let (width, height) = key.dim_in_pixel();
    let height = i32::try_from(height).unwrap_or(i32::MAX);
    let count = i32::try_from(rows.len()).unwrap_or(i32::MAX).max(1);
    let line = (height / count).clamp(30, 60);
    let room = usize::try_from(height / line).unwrap_or(0);
    for (row, (number, entry)) in rows.iter().enumerate() {
        let y = i32::try_from(row).unwrap_or(i32::MAX).saturating_mul(line) + line / 2;
        let colour = if entry.on_frontier { INK } else { SOFT_INK };
        let style = text(line * 3 / 4, colour, HPos::Left);
        if row + 1 == room && rows.len() > room {
            return key.draw_text(&format!("… and {} more", rows.len() - row), &style, (0, y));
        }
        let star = if entry.on_frontier { "*" } else { "" };
        let numbered = |label: &str| format!("{number}{star}  {label}");
        let label = fitted(&entry.label, |label| {
            Ok(key.estimate_text_size(&numbered(label), &style)?.0 <= width)
        })?;
        key.draw_text(&numbered(&label), &style, (0, y))?;
    }
    Ok(())
}

/// As much of a label as `fits`, without its middle: labels of a sweep's rows differ at their ends.
pub(crate) fn fitted<E>(label: &str, fits: impl Fn(&str) -> Result<bool, E>) -> Result<String, E> {
    let mut left: Vec<char> = label.chars().collect();
    let mut shown = label.to_owned();
    while left.len() > 2 && !fits(&shown)? {
        let middle = left.len() / 2;
        left.remove(middle);
        let [start, end] = [&left[..middle], &left[middle..]].map(String::from_iter);
        shown = format!("{start}…{end}");
    }
    Ok(shown)
}
