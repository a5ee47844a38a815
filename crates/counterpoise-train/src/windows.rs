//! Documents packed into windows of equal length for next-token prediction.

use burn::tensor::{Device, Int, Tensor};
use counterpoise_model::{check_tokens, token_tensor};
use sha2::{Digest, Sha256};

use crate::TrainError;
use crate::order::shuffled;

/// Documents, already tokenised, and how they are cut into windows.
///
/// In every epoch the documents are put in a new order, joined with the end-of-text token after
/// each, and cut into windows of `context` inputs whose targets are the tokens that follow. What
/// does not fill the epoch's last batch is left out of that epoch; as the order changes, it is
/// other text each time.
#[derive(Debug, Clone)]
pub(crate) struct Windows {
    documents: Vec<Vec<u32>>,
    end_of_text: u32,
    context: usize,
    seed: u64,
}

/// Inputs and the tokens that follow them, both `[batch, context]`.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) inputs: Tensor<2, Int>,
    pub(crate) targets: Tensor<2, Int>,
}

impl Windows {
    /// `documents` cut into windows of `context` tokens; `seed` decides their order.
    pub(crate) fn new(
        documents: Vec<Vec<u32>>,
        end_of_text: u32,
        context: usize,
        seed: u64,
    ) -> Self {
        Self {
            documents,
            end_of_text,
            context,
            seed,
        }
    }

    /// Tokens of all documents, an end-of-text token after each.
    pub(crate) fn tokens(&self) -> usize {
        self.documents
            .iter()
            .map(|document| document.len() + 1)
            .sum()
    }

    /// Whole batches of `batch_size` windows in one epoch.
    pub(crate) fn batches(&self, batch_size: usize) -> usize {
        // The last target lies one past the last input.
        self.tokens().saturating_sub(1) / self.context / batch_size
    }

    /// A digest of the documents, for telling whether a resumed run reads the same text.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for document in &self.documents {
            hash.update((document.len() as u64).to_le_bytes());
            for token in document {
                hash.update(token.to_le_bytes());
            }
        }
        hash.update(self.end_of_text.to_le_bytes());
        hex(&hash.finalize())
    }

    /// Checks that there is a batch and that every token is below `vocabulary`.
    pub(crate) fn check(&self, batch_size: usize, vocabulary: usize) -> Result<(), TrainError> {
        for (index, document) in self.documents.iter().enumerate() {
            check_tokens(document, vocabulary)
                .map_err(|reason| TrainError::in_item("document", index, reason))?;
        }
        if self.end_of_text as usize >= vocabulary {
            let expected = format!("a token below {vocabulary}, the model's vocabulary");
            return Err(TrainError::setting(
                "end_of_text",
                expected,
                self.end_of_text,
            ));
        }
        if self.batches(batch_size) == 0 {
            return Err(TrainError::TooLittleText {
                batch_size,
                expected: batch_size * self.context + 1,
                found: self.tokens(),
            });
        }
        Ok(())
    }

    /// The epoch's text and the order of its windows.
    pub(crate) fn epoch(&self, epoch: usize) -> Epoch {
        let mut stream = Vec::with_capacity(self.tokens());
        // Even numbers order the documents, odd ones the windows cut from them.
        for document in shuffled(self.documents.len(), self.seed, 2 * epoch) {
            stream.extend_from_slice(&self.documents[document]);
            stream.push(self.end_of_text);
        }
        let windows = stream.len().saturating_sub(1) / self.context;
        Epoch {
            number: epoch,
            stream,
            order: shuffled(windows, self.seed, 2 * epoch + 1),
            context: self.context,
        }
    }
}

/// One epoch's packed text.
#[derive(Debug, Clone)]
pub(crate) struct Epoch {
    pub(crate) number: usize,
    stream: Vec<u32>,
    order: Vec<usize>,
    context: usize,
}

impl Epoch {
    /// Batch number `index` of the epoch, which the caller knows to exist.
    pub(crate) fn batch(&self, index: usize, batch_size: usize, device: &Device) -> Batch {
        let windows = &self.order[index * batch_size..(index + 1) * batch_size];
        Batch {
            inputs: self.columns(windows, 0, device),
            targets: self.columns(windows, 1, device),
        }
    }

    /// The windows' tokens, `offset` later, `[batch, context]`.
    fn columns(&self, windows: &[usize], offset: usize, device: &Device) -> Tensor<2, Int> {
        let tokens = windows
            .iter()
            .flat_map(|window| {
                let start = window * self.context + offset;
                &self.stream[start..start + self.context]
            })
            .copied()
            .collect::<Vec<_>>();
        token_tensor(&tokens, [windows.len(), self.context], device)
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const END: u32 = 99;

    /// Seven documents of 1 to 7 tokens, 35 tokens with their ends: 11 windows of 3.
    fn windows(seed: u64) -> Windows {
        let documents = (1..=7)
            .map(|length| (0..length).map(|token| 10 * length + token).collect())
            .collect();
        Windows::new(documents, END, 3, seed)
    }

    fn rows(tensor: Tensor<2, Int>) -> Vec<Vec<i64>> {
        let width = tensor.dims()[1];
        let values = tensor.try_into_vec_as::<i64>().unwrap();
        values.chunks(width).map(<[i64]>::to_vec).collect()
    }

    #[test]
    fn an_epoch_holds_every_document_whole_and_ended() {
        let stream = windows(5).epoch(0).stream;

        assert_eq!(stream.len(), 35);
        assert_eq!(stream.iter().filter(|&&token| token == END).count(), 7);
        for document in windows(5).documents {
            let ended = [document, vec![END]].concat();
            assert!(stream.windows(ended.len()).any(|part| part == ended));
        }
    }

    #[test]
    fn targets_are_the_next_tokens_and_no_window_comes_twice() {
        let epoch = windows(5).epoch(2);
        let device = Device::flex();
        let mut starts = Vec::new();
        for index in 0..windows(5).batches(4) {
            let batch = epoch.batch(index, 4, &device);
            for (inputs, targets) in rows(batch.inputs).iter().zip(rows(batch.targets)) {
                assert_eq!(inputs[1..], targets[..2]);
                let start = epoch
                    .stream
                    .windows(4)
                    .position(|four| {
                        four.iter()
                            .map(|&token| i64::from(token))
                            .eq(inputs.iter().copied().chain([targets[2]]))
                    })
                    .unwrap();
                starts.push(start);
            }
        }
        assert_eq!(starts.len(), 8);
        starts.sort_unstable();
        starts.dedup();
        assert_eq!(starts.len(), 8);
    }

    #[test]
    fn epochs_differ_and_repeat_with_the_seed() {
        assert_eq!(windows(5).epoch(1).stream, windows(5).epoch(1).stream);
        assert_ne!(windows(5).epoch(1).stream, windows(5).epoch(2).stream);
        assert_ne!(windows(5).epoch(1).stream, windows(6).epoch(1).stream);
    }

    #[test]
    fn text_that_fills_no_batch_and_foreign_tokens_are_refused() {
        assert!(windows(5).check(11, 100).is_ok());
        assert!(matches!(
            windows(5).check(12, 100),
            Err(TrainError::TooLittleText {
                expected: 37,
                found: 35,
                ..
            })
        ));
        assert!(matches!(
            windows(5).check(1, 76),
            Err(TrainError::InItem { index: 6, .. })
        ));
        assert!(matches!(
            windows(5).check(1, 99),
            Err(TrainError::Setting {
                name: "end_of_text",
                ..
            })
        ));
    }
}
