//! What writes into the residual stream: embeddings, and the output matrices of attention and the MLP.

use burn::module::Param;
use burn::tensor::Tensor;

use crate::kernels::widen;
use crate::{Linear, Transformer, Unembed};

impl Transformer {
    /// Replaces what block `layer`'s MLP writes by what `change` makes of it: the value vectors, `[d_mlp, d_model]`, then the
    /// output bias, `[1, d_model]`, where there is one. Each row is a vector of the residual stream, or of what a norm makes
    /// ready for it. What is changed is kept in 32-bit floats.
    ///
    /// # Errors
    /// What `change` reports.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn map_mlp_out<E>(
        &mut self,
        layer: usize,
        change: impl FnMut(Tensor<2>) -> Result<Tensor<2>, E>,
    ) -> Result<(), E> {
        map_rows(&mut self.blocks[layer].mlp.down, change)
    }

    /// The same of what block `layer`'s attention writes: the output projection, `[n_head * d_head, d_model]`, then its bias,
    /// `[1, d_model]`, where there is one.
    ///
    /// # Errors
    /// What `change` reports.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn map_attn_out<E>(
        &mut self,
        layer: usize,
        change: impl FnMut(Tensor<2>) -> Result<Tensor<2>, E>,
    ) -> Result<(), E> {
        map_rows(&mut self.blocks[layer].attn.out, change)
    }

    /// The same of the embeddings: of tokens, `[vocab_size, d_model]`, and of positions, `[offset + n_positions, d_model]`,
    /// where there are some. An output head that is the token embedding stays as it was: it becomes a matrix of its own
    /// first.
    ///
    /// # Errors
    /// What `change` reports.
    pub fn map_embed<E>(
        &mut self,
        mut change: impl FnMut(Tensor<2>) -> Result<Tensor<2>, E>,
    ) -> Result<(), E> {
        if self.unembed.is_none() {
            self.unembed = Some(Unembed {
                weight: Param::from_tensor(self.embed.weight.val()),
            });
        }
        let embeddings = std::iter::once(&mut self.embed).chain(&mut self.pos_embed);
        for embedding in embeddings {
            replace(&mut embedding.weight, &mut change)?;
        }
        Ok(())
    }
}

fn map_rows<E>(
    linear: &mut Linear,
    mut change: impl FnMut(Tensor<2>) -> Result<Tensor<2>, E>,
) -> Result<(), E> {
    replace(&mut linear.weight, &mut change)?;
    if let Some(bias) = &mut linear.bias {
        let changed = change(bias.val().unsqueeze())?; // [1, d_model]
        *bias = bias.clone().map(|_| changed.squeeze());
    }
    Ok(())
}

fn replace<E>(
    weight: &mut Param<Tensor<2>>,
    change: &mut impl FnMut(Tensor<2>) -> Result<Tensor<2>, E>,
) -> Result<(), E> {
    let changed = change(widen(weight.val()))?;
    *weight = weight.clone().map(|_| changed);
    Ok(())
}
