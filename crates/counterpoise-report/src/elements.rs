//! What is drawn inside a plot: markers, arrows and stacked bars.

use counterpoise_groups::{Group, PerGroup};
use plotters::prelude::*;
use serde::Serialize;

use crate::number::decimal;
use crate::plot::{About, Bar, Marks, Series};
use crate::render::{DrawError, PlotArea};
use crate::style::member_colour;

/// The shape of a marker: colours alone do not reach every reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A disc.
    Circle,
    /// An upright triangle.
    Triangle,
    /// A square.
    Square,
}

const RADIUS: i32 = 15;
const HEAD_LENGTH: f64 = 30.0;
const HEAD_HALF_WIDTH: f64 = 12.0;
/// A shorter arrow has no visible direction.
const SHORTEST: f64 = 10.0;

/// Draws a marker centred on a pixel.
pub(crate) fn draw_marker<B: DrawingBackend>(
    area: &PlotArea<B>,
    shape: Shape,
    (x, y): (i32, i32),
    colour: RGBColor,
) -> Result<(), DrawError<B>> {
    let fill = colour.filled();
    match shape {
        Shape::Circle => area.draw(&Circle::new((x, y), RADIUS, fill)),
        Shape::Square => {
            let half = RADIUS - 2;
            area.draw(&Rectangle::new(
                [(x - half, y - half), (x + half, y + half)],
                fill,
            ))
        }
        Shape::Triangle => {
            let (half, down) = (RADIUS + 2, RADIUS - 3);
            area.draw(&Polygon::new(
                [
                    (x, y - RADIUS - 3),
                    (x - half, y + down),
                    (x + half, y + down),
                ],
                fill,
            ))
        }
    }
}

/// Draws an arrow between two pixels; one too short for a shaft is a head alone, a still shorter one a dot.
pub(crate) fn draw_arrow<B: DrawingBackend>(
    area: &PlotArea<B>,
    from: (i32, i32),
    to: (i32, i32),
    colour: RGBAColor,
) -> Result<(), DrawError<B>> {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let length = dx.hypot(dy);
    if length < SHORTEST {
        return area.draw(&Circle::new(to, 7, colour.filled()));
    }
    let (ux, uy) = (dx / length, dy / length);
    // The head shrinks with a short arrow, so that it never points from beyond its start.
    let scale = (length / HEAD_LENGTH).min(1.0);
    let (long, wide) = (HEAD_LENGTH * scale, HEAD_HALF_WIDTH * scale.max(0.6));
    let back = (f64::from(to.0) - ux * long, f64::from(to.1) - uy * long);
    let side = |sign: f64| nearest((back.0 - sign * uy * wide, back.1 + sign * ux * wide));
    if scale >= 1.0 {
        area.draw(&PathElement::new(
            [from, nearest(back)],
            colour.stroke_width(6),
        ))?;
    }
    area.draw(&Polygon::new([to, side(1.0), side(-1.0)], colour.filled()))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "pixels on the page are small"
)]
fn nearest((x, y): (f64, f64)) -> (i32, i32) {
    (x.round() as i32, y.round() as i32)
}

/// A stack: where it stands on the horizontal axis and what it is made of.
pub(crate) struct Stack {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Each group's part.
    pub(crate) groups: PerGroup<f64>,
    /// The part of neurons in no group.
    pub(crate) ungrouped: f64,
    /// What it stands for.
    pub(crate) about: String,
}

impl Stack {
    /// How far it reaches down and up: negative parts hang below zero, positive ones stand above.
    pub(crate) fn reach(&self) -> [f64; 2] {
        let sum = |keep: fn(f64) -> f64| self.parts().map(|(_, part)| keep(part)).sum();
        [sum(|part| part.min(0.0)), sum(|part| part.max(0.0))]
    }

    /// The parts in the order they are stacked, zeros left out.
    fn parts(&self) -> impl Iterator<Item = (Option<Group>, f64)> {
        let groups = self.groups.iter().map(|(group, part)| (Some(group), *part));
        let parts = groups.chain([(None, self.ungrouped)]);
        parts.filter(|(_, part)| *part != 0.0)
    }

    /// The part of `member`, stacked away from zero over the parts before it; `None` if it is zero.
    fn bar(&self, member: Option<Group>) -> Option<Bar> {
        let (mut down, mut up) = (0.0, 0.0);
        for (group, part) in self.parts() {
            let edge = if part < 0.0 { &mut down } else { &mut up };
            let y = [*edge, *edge + part];
            *edge = y[1];
            if group == member {
                let about = format!(
                    "{}: {} {}",
                    member_label(group),
                    self.about,
                    decimal(part, 4)
                );
                return Some(Bar {
                    x: [self.from, self.to],
                    y,
                    about: About::Text(about),
                });
            }
        }
        None
    }
}

/// Stacks as a series of bars for each group, and one for neurons in none.
pub(crate) fn stacked(stacks: &[Stack]) -> Vec<Series> {
    let members = Group::ALL.into_iter().map(Some).chain([None]);
    members
        .map(|member| {
            let bars = stacks
                .iter()
                .filter_map(|stack| stack.bar(member))
                .collect();
            Series::new(
                member_label(member),
                member_colour(member),
                Marks::Bars(bars),
            )
        })
        .collect()
}

/// What legends call the neurons of a group, or of none.
pub(crate) fn member_label(member: Option<Group>) -> String {
    member.map_or_else(|| "in no group".to_owned(), |group| group.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_reaches_as_far_as_its_parts_together() {
        let mut groups = PerGroup::from_fn(|_| 1.0);
        groups[Group::ApPlus] = -0.5;
        groups[Group::TnPlus] = 0.0;
        let bar = Stack {
            from: 0.0,
            to: 1.0,
            groups,
            ungrouped: -0.25,
            about: String::new(),
        };
        assert_eq!(bar.reach().map(|reach| format!("{reach}")), ["-0.75", "2"]);
        assert_eq!(bar.parts().count(), 4);
        // The negative parts hang from zero, one below the other.
        let y = |member| bar.bar(member).map(|bar| bar.y);
        assert_eq!(y(Some(Group::ApPlus)), Some([0.0, -0.5]));
        assert_eq!(y(None), Some([-0.5, -0.75]));
        assert_eq!(y(Some(Group::AnMinus)), Some([1.0, 2.0]));
        assert_eq!(y(Some(Group::TnPlus)), None);
    }
}
