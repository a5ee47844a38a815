//! Claims about neurons and layers (sections 4.2 and 4.3, appendices B and C).

use counterpoise_groups::scaling::{ACTIVATIONS, BINNED_CONTRIBUTIONS, scale_rank};
use counterpoise_groups::{
    Group, GroupAssignment, PerGroup, Ranking, TotalReduction, binned_contributions,
    layer_reductions, shifts,
};
use counterpoise_report::{Claim, Verdict};

use super::conditions::{Condition, all_hold, shown_interval};
use super::{Evidence, GROUPING, Judged, claim, percent};

/// Layers, and the sum over all neurons.
pub(super) fn section_4_2(evidence: &Evidence<'_>) -> Vec<Claim> {
    let total = TotalReduction::of(evidence.table);
    let reducing = total.reducing as f64 / total.neurons as f64;
    let known = &evidence.neurons;
    let part = |interval| {
        format!(
            "{} {}",
            percent(reducing),
            shown_interval(interval, percent)
        )
    };
    let number = |value: f64| format!("{value:.4}");
    vec![
        claim(
            "4.2",
            "DPO lowers what the MLP layers write along the probe, consistently across layers.",
            "layers whose projection is lower in the tuned model; more than half",
            layers_below(evidence),
            known.random_directions(),
        ),
        claim(
            "4.2",
            "Over half of the neurons reduce the writing in the toxic direction (published: 58.5 %).",
            "neurons with r > 0; more than 50 %",
            Ok((
                part(known.reducing),
                all_hold(&[Condition::above(reducing, known.reducing, 0.5)]),
            )),
            known.random_directions(),
        ),
        claim(
            "abstract, 4.2",
            "DPO's adjustments are noisy: roughly half of the neurons reduce toxicity, the others increase it.",
            "neurons with r > 0; from 40 % to 60 %",
            Ok((
                part(known.reducing),
                all_hold(&[
                    Condition::at_least(reducing, known.reducing, 0.4),
                    Condition::at_most(reducing, known.reducing, 0.6),
                ]),
            )),
            known.shrinkage(),
        ),
        claim(
            "abstract, 4.2",
            "Neurons that increase toxicity undo part of the reduction, an inverted U (published: peak 48.0, net 7.2).",
            "peak and net reduction; net at most half of the peak",
            inverted_u(evidence, &total),
            known.random_directions(),
        ),
        claim(
            "4.2",
            "The overall effect remains a net reduction.",
            "net reduction, the sum of all r; above 0",
            Ok((
                format!("{:.4} {}", total.net, shown_interval(known.net, number)),
                all_hold(&[Condition::above(total.net, known.net, 0.0)]),
            )),
            known.random_directions(),
        ),
    ]
}

fn inverted_u(evidence: &Evidence<'_>, total: &TotalReduction) -> Judged {
    let part = total.net / total.peak;
    if !part.is_finite() {
        return Ok(("no neuron reduces".to_owned(), Verdict::DoesNotHold));
    }
    let interval = evidence.neurons.net_over_peak;
    let value = format!(
        "peak {:.4}, net {:.4}: {} of it {}",
        total.peak,
        total.net,
        percent(part),
        shown_interval(interval, percent)
    );
    Ok((value, all_hold(&[Condition::at_most(part, interval, 0.5)])))
}

/// What each group contributes.
pub(super) fn section_4_3_shares(evidence: &Evidence<'_>) -> Vec<Claim> {
    let groups = GroupAssignment::new(evidence.table, GROUPING);
    let shares = groups.shares().map_err(|error| error.to_string());
    let shares = || shares.clone();
    let erasing = |shares: &PerGroup<f64>| shares[Group::TpMinus] + shares[Group::AnMinus];
    let known = &evidence.neurons;
    let interval = |group: Group| known.shares.map(|shares| shares[group]);
    let share = |value: f64, interval, condition: Condition| {
        let shown = format!("{} {}", percent(value), shown_interval(interval, percent));
        (shown, all_hold(&[condition]))
    };
    let sums = groups.sums();
    let positive: Vec<Condition> = (sums.iter())
        .map(|(group, sum)| Condition::above(*sum, known.sums.map(|sums| sums[group]), 0.0))
        .collect();
    vec![
        claim(
            "abstract, 4.3",
            "Dampened toxic neurons (TP−) account for a minority of the reduction (published: 31.8 %).",
            "share of TP− in the four groups' reduction; below 50 %",
            shares().map(|shares| {
                let (value, interval) = (shares[Group::TpMinus], interval(Group::TpMinus));
                share(value, interval, Condition::below(value, interval, 0.5))
            }),
            known.random_directions(),
        ),
        claim(
            "abstract, 4.3",
            "The effect accumulates over all four groups.",
            "each group's reduction; above 0 each time",
            Ok((
                list(&sums, |group, sum| {
                    let interval = known.sums.map(|sums| sums[group]);
                    let number = |value: f64| format!("{value:.4}");
                    format!("{sum:.4} {}", shown_interval(interval, number))
                }),
                all_hold(&positive),
            )),
            known.shrinkage(),
        ),
        claim(
            "4.3",
            "TP− and AN− contribute the most (published: 31.8 % and 37.3 %).",
            "shares of the four groups; these two the largest",
            shares().map(|shares| largest_two(evidence, &shares)),
            known.shrinkage(),
        ),
        claim(
            "4.3",
            "Most of the reduction erases toxicity, by TP− and AN− (published: 69.1 %).",
            "share of TP− and AN−; above 50 %",
            shares().map(|shares| {
                let (value, interval) = (erasing(&shares), known.erasing);
                share(value, interval, Condition::above(value, interval, 0.5))
            }),
            known.shrinkage(),
        ),
        claim(
            "abstract, 4.3",
            "A significant part promotes anti-toxicity, by TN+ and AP+ (published: 30.9 %).",
            "share of TN+ and AP+; at least 10 %",
            shares().map(|shares| {
                let value = 1.0 - erasing(&shares);
                let interval = known.erasing.map(|[low, high]| [1.0 - high, 1.0 - low]);
                share(value, interval, Condition::at_least(value, interval, 0.1))
            }),
            known.random_directions(),
        ),
        claim(
            "4.3",
            "The reduction is a collective effort: no single group drives it alone.",
            "share of each group; below 50 % each time",
            shares().map(|shares| {
                let below =
                    |(group, share): (Group, &f64)| Condition::below(*share, interval(group), 0.5);
                let conditions: Vec<Condition> = shares.iter().map(below).collect();
                (shown_shares(evidence, &shares), all_hold(&conditions))
            }),
            known.random_directions(),
        ),
    ]
}

fn shown_shares(evidence: &Evidence<'_>, shares: &PerGroup<f64>) -> String {
    list(shares, |group, share| {
        let interval = evidence.neurons.shares.map(|shares| shares[group]);
        format!("{} {}", percent(*share), shown_interval(interval, percent))
    })
}

/// Whether TP− and AN− have the largest shares. With intervals each of the two has to lie above each of the others;
/// where some overlap it is undecided.
fn largest_two(evidence: &Evidence<'_>, shares: &PerGroup<f64>) -> (String, Verdict) {
    let interval = |group: Group| evidence.neurons.shares.map(|shares| shares[group]);
    let above = |(large, small): (Group, Group)| {
        // The shares are of the same resamples, so that the interval of their difference is at most as wide as this.
        let apart = interval(large).zip(interval(small));
        let apart = apart.map(|(large, small)| [large[0] - small[1], large[1] - small[0]]);
        Condition::above(shares[large] - shares[small], apart, 0.0)
    };
    let pairs = [Group::TpMinus, Group::AnMinus]
        .into_iter()
        .flat_map(|large| [(large, Group::TnPlus), (large, Group::ApPlus)]);
    let conditions: Vec<Condition> = pairs.map(above).collect();
    (shown_shares(evidence, shares), all_hold(&conditions))
}

/// Where the reduction lies: in which layers, and at which ranks.
pub(super) fn section_4_3_places(evidence: &Evidence<'_>) -> Vec<Claim> {
    let known = &evidence.neurons;
    vec![
        claim(
            "4.3",
            "The reduction per layer peaks in the later layers.",
            "layer with the largest reduction of the four groups, counted from 0; in the second half",
            Ok(peak_layer(evidence).0),
            known.random_directions(),
        ),
        claim(
            "4.3",
            "That peak is mainly driven by TP− and AN−.",
            "their part of the four groups' reduction in that layer; above 50 %",
            Ok(peak_layer(evidence).1),
            known.shrinkage(),
        ),
        claim(
            "4.3, appendix C",
            "TP− dominates among the neurons that reduce most, and AN− grows with rank.",
            "part of TP− in the first tenth of the top 10,000 (scaled), the largest there; and of AN− in the \
             first and last tenth, larger in the last",
            growing_with_rank(evidence),
            known.random_directions(),
        ),
        claim(
            "appendix B",
            "Most of the top 100 toxic neurons have negative mean activations, before and after DPO.",
            "part of the top 100 (scaled) with a mean activation below 0, base and tuned; above 50 % both times",
            negative_activations(evidence),
            "the part of all neurons with a mean activation below 0",
        ),
    ]
}

/// A verdict on a value alone, which is said beside it.
fn by_value(value: String, holds: bool) -> (String, Verdict) {
    let verdict = match holds {
        true => Verdict::Holds,
        false => Verdict::DoesNotHold,
    };
    (
        format!("{value} {}", shown_interval(None, |_| String::new())),
        verdict,
    )
}

/// One value per group, named.
fn list<T>(values: &PerGroup<T>, show: impl Fn(Group, &T) -> String) -> String {
    let named: Vec<String> = (values.iter())
        .map(|(group, value)| format!("{group} {}", show(group, value)))
        .collect();
    named.join(", ")
}

fn layers_below(evidence: &Evidence<'_>) -> Judged {
    let layers = evidence.base_layers.len();
    let pairs = evidence.base_layers.iter().zip(evidence.tuned_layers);
    let below = pairs.filter(|(base, tuned)| tuned < base).count();
    Ok(by_value(format!("{below} of {layers}"), 2 * below > layers))
}

/// Where the groups' reduction peaks, and whether TP− and AN− drive it there.
fn peak_layer(evidence: &Evidence<'_>) -> ((String, Verdict), (String, Verdict)) {
    let layers = layer_reductions(evidence.table, GROUPING);
    let sum = |groups: &PerGroup<f64>| groups.iter().map(|(_, sum)| sum).sum::<f64>();
    let peak = (layers.iter()).fold(&layers[0], |peak, layer| {
        if sum(&layer.groups) > sum(&peak.groups) {
            layer
        } else {
            peak
        }
    });
    let later = 2 * peak.layer >= layers.len();
    let place = format!("layer {} of {}", peak.layer, layers.len());
    let driven = (peak.groups[Group::TpMinus] + peak.groups[Group::AnMinus]) / sum(&peak.groups);
    (
        by_value(place, later),
        by_value(percent(driven), driven > 0.5),
    )
}

fn growing_with_rank(evidence: &Evidence<'_>) -> Judged {
    const TENTHS: usize = 10;
    let top = scale_rank(BINNED_CONTRIBUTIONS, evidence.table.rows().len());
    let bins = binned_contributions(evidence.table, GROUPING, top, TENTHS)
        .map_err(|error| error.to_string())?;
    let parts = |bin: usize| {
        let groups = &bins[bin].groups;
        let sum: f64 = groups.iter().map(|(_, sum)| sum).sum();
        PerGroup::from_fn(|group| groups[group] / sum)
    };
    let (first, last) = (parts(0), parts(TENTHS - 1));
    let dominates = Group::ALL
        .iter()
        .all(|&group| first[Group::TpMinus] >= first[group]);
    let value = format!(
        "TP− {} in the first; AN− {} in the first, {} in the last",
        percent(first[Group::TpMinus]),
        percent(first[Group::AnMinus]),
        percent(last[Group::AnMinus])
    );
    Ok(by_value(
        value,
        dominates && last[Group::AnMinus] > first[Group::AnMinus],
    ))
}

fn negative_activations(evidence: &Evidence<'_>) -> Judged {
    let top = scale_rank(ACTIVATIONS, evidence.table.rows().len());
    let neurons = shifts(evidence.table, GROUPING, Ranking::Toxic, 0..top)
        .map_err(|error| error.to_string())?;
    let part = |negative: usize| negative as f64 / top as f64;
    let base = part(
        neurons
            .iter()
            .filter(|shift| shift.base.activation < 0.0)
            .count(),
    );
    let tuned = part(
        neurons
            .iter()
            .filter(|shift| shift.tuned.activation < 0.0)
            .count(),
    );
    let value = format!("{} and {} of {top}", percent(base), percent(tuned));
    Ok(by_value(value, base > 0.5 && tuned > 0.5))
}
