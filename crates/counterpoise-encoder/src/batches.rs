//! Which texts are taken together.

/// At most so many tokens at once: enough rows for a product to use every core fully, and few enough that the
/// activations of an MLP stay small beside the weights.
const MOST_TOKENS: usize = 4096;

/// The texts by their numbers, in batches of up to `batch_size`: the shortest first, those of one length side by side.
/// A text longer than all that fits has a batch of its own.
pub(crate) fn batches(lengths: &[usize], batch_size: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&text| lengths[text]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut tokens = 0;
    for text in order {
        let fits = |batch: &&mut Vec<usize>| {
            batch.len() < batch_size && tokens + lengths[text] <= MOST_TOKENS
        };
        match batches.last_mut().filter(fits) {
            Some(batch) => {
                batch.push(text);
                tokens += lengths[text];
            }
            None => {
                batches.push(vec![text]);
                tokens = lengths[text];
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_length_lie_side_by_side_and_each_is_there_once() {
        assert_eq!(
            batches(&[3, 1, 3, 2, 1], 2),
            [vec![1, 4], vec![3, 0], vec![2]]
        );
        assert_eq!(batches(&[3, 1, 3], 9), [vec![1, 0, 2]]);
        assert!(batches(&[], 4).is_empty());
    }

    #[test]
    fn a_batch_holds_no_more_tokens_than_are_of_use() {
        let lengths = [512; 20];
        let sizes: Vec<usize> = batches(&lengths, 64).iter().map(Vec::len).collect();
        assert_eq!(sizes, [8, 8, 4]);
        assert_eq!(batches(&[9000, 9000], 64).len(), 2);
    }
}
