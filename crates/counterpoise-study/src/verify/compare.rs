//! One published figure beside ours: how far apart they are, and whether that is near enough.

use std::fmt;

use counterpoise_eval::Protocol;
use counterpoise_groups::NeuronId;
use counterpoise_report::with_commas;
use serde::Deserialize;

/// How near a figure has to be to the published one.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "BandTable")]
pub(super) enum Band {
    /// The same.
    Exact,
    /// At most this far away.
    Absolute(f64),
    /// At most this part of the published figure away.
    Relative(f64),
}

/// A band as it is written in TOML: `"exact"`, `{ absolute = 0.1 }` or `{ relative = 0.01 }`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum BandTable {
    Exact,
    Absolute(f64),
    Relative(f64),
}

impl TryFrom<BandTable> for Band {
    type Error = String;

    fn try_from(table: BandTable) -> Result<Self, String> {
        match table {
            BandTable::Exact => Ok(Self::Exact),
            BandTable::Absolute(width) | BandTable::Relative(width)
                if !(width > 0.0 && width.is_finite()) =>
            {
                Err(format!(
                    "expected a band above 0, or \"exact\"; found {width}"
                ))
            }
            BandTable::Absolute(width) => Ok(Self::Absolute(width)),
            BandTable::Relative(part) => Ok(Self::Relative(part)),
        }
    }
}

impl Band {
    fn admits(self, published: f64, ours: f64) -> bool {
        let width = match self {
            Self::Exact => 0.0,
            Self::Absolute(width) => width,
            Self::Relative(part) => part * published.abs(),
        };
        // Decimal figures are not exact in binary: one at the band's edge is within.
        (ours - published).abs() <= width * (1.0 + 1e-9)
    }
}

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Figure {
    /// A count.
    Count(usize),
    /// A number, and how many decimals it is published with.
    Number(f64, usize),
    /// A part of 1, shown in percent.
    Share(f64),
    /// Neurons in their order.
    Neurons(Vec<NeuronId>),
}

impl Figure {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Number(number, _) | Self::Share(number) => Some(*number),
            Self::Neurons(_) => None,
        }
    }

    /// `ours` as this figure is written.
    pub(super) fn like(&self, ours: f64) -> String {
        match self {
            Self::Number(_, decimals) => format!("{ours:.decimals$}"),
            _ => ours.to_string(),
        }
    }

    /// A band around this figure, in its unit.
    pub(super) fn shown_band(&self, band: Band) -> String {
        match (self, band) {
            (_, Band::Exact) => "exact".to_owned(),
            (Self::Share(_), Band::Absolute(width)) => {
                format!("±{} points", rounded(100.0 * width))
            }
            (_, Band::Absolute(width)) => format!("±{width}"),
            (_, Band::Relative(part)) => format!("±{} %", rounded(100.0 * part)),
        }
    }
}

/// `value` without the digits that binary fractions add.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => f.write_str(&with_commas(*count)),
            Self::Number(number, decimals) => write!(f, "{number:.decimals$}"),
            Self::Share(share) => write!(f, "{:.1} %", 100.0 * share),
            Self::Neurons(neurons) => {
                let names: Vec<String> = neurons.iter().map(ToString::to_string).collect();
                f.write_str(&names.join(" "))
            }
        }
    }
}

/// Whether a figure is to be compared.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// It has to be this near.
    Within(Band),
    /// It is shown and not compared, for this reason.
    NotCompared(String),
}

/// A published figure, and ours.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    /// What it is a figure of.
    pub(super) quantity: String,
    /// Where it was published.
    pub(super) source: String,
    /// As published.
    pub(super) published: Figure,
    /// As the run has it, or why it has none.
    pub(super) ours: Result<Figure, String>,
    /// How they are compared.
    pub(super) rule: Rule,
    /// The same under the run's protocols, where it has more than one: what each has.
    pub(super) by_protocol: Vec<(Protocol, f64)>,
    /// What has to be known to read it.
    pub(super) remarks: Vec<String>,
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Near enough.
    Within,
    /// Not near enough.
    Outside,
    /// The run does not have it.
    Missing,
    /// Not to be compared.
    NotCompared,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Within => "within",
            Self::Outside => "**outside**",
            Self::Missing => "**missing**",
            Self::NotCompared => "not compared",
        })
    }
}

impl Comparison {
    /// The same, shown and not compared if there is a `reason`.
    pub(super) fn unless(mut self, reason: Option<&String>) -> Self {
        if let Some(reason) = reason {
            self.rule = Rule::NotCompared(reason.clone());
        }
        self
    }

    /// What comes of it.
    pub(super) fn outcome(&self) -> Outcome {
        let (Ok(ours), Rule::Within(band)) = (&self.ours, &self.rule) else {
            return match self.ours {
                Err(_) => Outcome::Missing,
                Ok(_) => Outcome::NotCompared,
            };
        };
        let near = match (self.published.number(), ours.number()) {
            (Some(published), Some(ours)) => band.admits(published, ours),
            _ => self.published == *ours,
        };
        if near {
            Outcome::Within
        } else {
            Outcome::Outside
        }
    }

    /// The protocols that come nearest to the published figure, as it is rounded there; none if they are not to be compared, or
    /// fewer than two have it.
    pub(super) fn nearest(&self) -> Vec<Protocol> {
        let (Figure::Number(published, decimals), Rule::Within(_)) = (&self.published, &self.rule)
        else {
            return Vec::new();
        };
        if self.by_protocol.len() < 2 {
            return Vec::new();
        }
        let unit = 10f64.powi(i32::try_from(*decimals).unwrap_or(0));
        let apart = |ours: f64| ((ours * unit).round() - (published * unit).round()).abs();
        let least = self
            .by_protocol
            .iter()
            .map(|(_, ours)| apart(*ours))
            .fold(f64::INFINITY, f64::min);
        let nearest = self
            .by_protocol
            .iter()
            .filter(|(_, ours)| apart(*ours) == least);
        nearest.map(|(protocol, _)| *protocol).collect()
    }

    /// Ours less the published one, in its unit; `None` where there is no such number.
    pub(super) fn difference(&self) -> Option<String> {
        let ours = self.ours.as_ref().ok()?;
        let difference = ours.number()? - self.published.number()?;
        Some(match self.published {
            Figure::Number(_, decimals) => format!("{difference:+.decimals$}"),
            Figure::Share(_) => format!("{:+.1} points", 100.0 * difference),
            _ => format!("{difference:+}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(published: Figure, ours: Figure, band: Band) -> Comparison {
        Comparison {
            quantity: "q".to_owned(),
            source: "s".to_owned(),
            published,
            ours: Ok(ours),
            rule: Rule::Within(band),
            by_protocol: Vec::new(),
            remarks: Vec::new(),
        }
    }

    fn outcome(published: f64, ours: f64, band: Band) -> Outcome {
        compared(Figure::Number(published, 2), Figure::Number(ours, 2), band).outcome()
    }

    #[test]
    fn the_edge_of_a_band_is_within() {
        use Outcome::{Outside, Within};
        let f1 = Band::Absolute(0.005);
        assert_eq!(outcome(0.193, 0.198, f1), Within);
        assert_eq!(outcome(0.193, 0.188, f1), Within);
        assert_eq!(outcome(0.193, 0.19801, f1), Outside);
        let perplexity = Band::Relative(0.01);
        assert_eq!(outcome(21.70, 21.917, perplexity), Within);
        assert_eq!(outcome(21.70, 21.92, perplexity), Outside);
        assert_eq!(outcome(-7.2, -7.26, perplexity), Within);
        assert_eq!(outcome(7.2, -7.2, perplexity), Outside);
        assert_eq!(outcome(7.0, 7.0, Band::Exact), Within);
        assert_eq!(outcome(7.0, 7.0001, Band::Exact), Outside);
        assert_eq!(outcome(7.0, f64::NAN, Band::Absolute(1.0)), Outside);
    }

    #[test]
    fn the_nearest_protocol_is_found_at_the_published_rounding() {
        let of = |corrected, released| {
            let mut comparison = compared(
                Figure::Number(21.70, 2),
                Figure::Number(corrected, 2),
                Band::Exact,
            );
            comparison.by_protocol = vec![
                (Protocol::Corrected, corrected),
                (Protocol::AsReleased, released),
            ];
            comparison
        };
        assert_eq!(of(21.9, 21.6).nearest(), [Protocol::AsReleased]);
        assert_eq!(of(21.704, 21.8).nearest(), [Protocol::Corrected]);
        // Alike once rounded.
        assert_eq!(
            of(21.704, 21.697).nearest(),
            [Protocol::Corrected, Protocol::AsReleased]
        );
        let mut other = of(21.9, 21.6);
        other.rule = Rule::NotCompared("another scale".to_owned());
        assert!(other.nearest().is_empty());
        other = of(21.9, 21.6);
        other.by_protocol.pop();
        assert!(other.nearest().is_empty());
    }

    #[test]
    fn neurons_are_compared_in_their_order() {
        let [first, second] = [1, 2].map(|neuron| NeuronId { layer: 0, neuron });
        let published = Figure::Neurons(vec![first, second]);
        let same = compared(published.clone(), published.clone(), Band::Exact);
        assert_eq!((same.outcome(), same.difference()), (Outcome::Within, None));
        let other = Figure::Neurons(vec![second, first]);
        let other = compared(published, other, Band::Exact);
        assert_eq!(other.outcome(), Outcome::Outside);
    }

    #[test]
    fn what_is_not_there_is_missing_even_if_not_compared() {
        let mut comparison = compared(Figure::Count(2), Figure::Count(3), Band::Exact);
        assert_eq!(comparison.difference().as_deref(), Some("+1"));
        comparison.rule = Rule::NotCompared("another scale".to_owned());
        assert_eq!(comparison.outcome(), Outcome::NotCompared);
        comparison.ours = Err("lost".to_owned());
        assert_eq!(comparison.outcome(), Outcome::Missing);
        assert_eq!(comparison.difference(), None);
    }

    #[test]
    fn figures_are_shown_in_their_unit() {
        assert_eq!(Figure::Count(57_501).to_string(), "57,501");
        assert_eq!(Figure::Number(21.7, 2).to_string(), "21.70");
        let share = Figure::Share(0.373);
        assert_eq!(share.to_string(), "37.3 %");
        assert_eq!(share.shown_band(Band::Absolute(0.015)), "±1.5 points");
        assert_eq!(share.shown_band(Band::Exact), "exact");
        let sum = Figure::Number(15.11, 2);
        assert_eq!(sum.shown_band(Band::Relative(0.07)), "±7 %");
        let shares = compared(share, Figure::Share(0.36), Band::Exact);
        assert_eq!(shares.difference().as_deref(), Some("-1.3 points"));
    }
}
