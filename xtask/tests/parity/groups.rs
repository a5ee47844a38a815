//! Reductions, and the groups under both groupings.

use counterpoise_groups::{Group, GroupAssignment, Grouping, TotalReduction};

use crate::array;
use crate::close::{Tolerance, assert_close};
use crate::golden::Golden;

/// Sums of reductions, each of which carries the error of two mean activations.
const SUMS: Tolerance = Tolerance::relative(1e-5, 0.1);

pub(crate) fn check(golden: &Golden) {
    let (table, expected) = (&golden.measured().table, &golden.expected);
    let total = TotalReduction::of(table);
    let (found, reduction) = ([total.net, total.peak], &expected.reduction);
    assert_close(
        "net and peak",
        &found,
        &[reduction.net, reduction.peak],
        SUMS,
    );
    assert_eq!(total.reducing, reduction.positive_neurons);
    assert_eq!(total.neurons, table.rows().len());

    let arrays = array::read(&golden.folder.join("arrays.safetensors"));
    assert_eq!(expected.groups.len(), Grouping::ALL.len());
    for grouping in Grouping::ALL {
        let name = grouping.to_string().replace('-', "_");
        let assignment = GroupAssignment::new(table, grouping);
        let codes = assignment.groups().iter().map(|group| code(*group));
        for (row, (found, expected)) in codes
            .zip(&arrays[&format!("groups.{name}")].values)
            .enumerate()
        {
            assert_eq!(found, *expected, "{name}: {:?}", table.rows()[row]);
        }
        let (counts, sums) = (assignment.counts(), assignment.sums());
        let shares = assignment.shares().unwrap();
        let expected = &expected.groups[&name];
        assert_eq!(expected.len(), Group::ALL.len());
        for (group, expected) in expected {
            let what = format!("{name}, {group}");
            let group: Group = group.parse().unwrap();
            assert_eq!(counts[group], expected.count, "{what}");
            let found = [sums[group], shares[group]];
            assert_close(&what, &found, &[expected.reduction, expected.share], SUMS);
        }
    }
}

/// The golden files' number for a group.
fn code(group: Option<Group>) -> f64 {
    match group {
        None => 0.0,
        Some(Group::TpMinus) => 1.0,
        Some(Group::TnPlus) => 2.0,
        Some(Group::ApPlus) => 3.0,
        Some(Group::AnMinus) => 4.0,
    }
}
