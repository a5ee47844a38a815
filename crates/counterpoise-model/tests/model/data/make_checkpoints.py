#!/usr/bin/env python3
"""Writes the `.pt` files beside it, as `torch.save` writes checkpoints. Needs `pip install torch numpy`.

The model is a GPT-2 of 11 tokens, 6 positions, width 4, 1 block and 2 heads. Value `i` of the `k`-th tensor, in the order
of their names, is `((7 i + 3 k) mod 17 - 8) / 16`, which is exact in half precision.
"""
import os
from pathlib import Path

import numpy
import torch

HERE = Path(__file__).parent
SHAPES = {
    "wte.weight": (11, 4), "wpe.weight": (6, 4), "ln_f.weight": (4,), "ln_f.bias": (4,),
    "h.0.ln_1.weight": (4,), "h.0.ln_1.bias": (4,), "h.0.ln_2.weight": (4,), "h.0.ln_2.bias": (4,),
    "h.0.attn.c_attn.weight": (4, 12), "h.0.attn.c_attn.bias": (12,), "h.0.attn.c_proj.weight": (4, 4), "h.0.attn.c_proj.bias": (4,),
    "h.0.mlp.c_fc.weight": (4, 16), "h.0.mlp.c_fc.bias": (16,), "h.0.mlp.c_proj.weight": (16, 4), "h.0.mlp.c_proj.bias": (4,),
}


def state(prefix=""):
    tensors = {}
    for k, name in enumerate(sorted(SHAPES)):
        i = torch.arange(torch.Size(SHAPES[name]).numel())
        tensors[prefix + name] = (((7 * i + 3 * k) % 17 - 8) / 16).reshape(SHAPES[name])
    return tensors


class RunsCode:
    """Unpickling it with Python's own `pickle` would make a folder."""

    def __reduce__(self):
        return os.mkdir, ("a-pickle-ran-code",)


class HoldsTensor:
    """A tensor behind a class of somebody's own."""

    def __init__(self, tensor):
        self.tensor = tensor


# A training run's checkpoint: the state with the tied head and old attention buffers, beside other things.
trained = state("transformer.")
trained["transformer.h.0.attn.bias"] = torch.ones(6, 6).tril()[None, None].bool()
trained["transformer.h.0.attn.masked_bias"] = torch.tensor(-1e4)
trained["lm_head.weight"] = trained["transformer.wte.weight"]
torch.save({"step_idx": 3, "metrics": {"loss": 0.5, "kept": [True, None]}, "state": trained}, HERE / "trained.pt")

# A bare state in half precision, one tensor of it stored as the transpose of another layout.
half = {name: tensor.half() for name, tensor in state().items()}
half["h.0.mlp.c_fc.weight"] = half["h.0.mlp.c_fc.weight"].T.contiguous().T
torch.save(half, HERE / "bare_f16.pt")

# Tensors that share storages, or take up part of one: the tied head, a transpose, a slice, columns, every second element.
views = {name: torch.nn.Parameter(tensor) for name, tensor in state("transformer.").items()}
views["lm_head.weight"] = views["transformer.wte.weight"]
for name, view in {
    "transformer.h.0.mlp.c_fc.weight": lambda tensor: tensor.T.contiguous().T,
    "transformer.h.0.attn.c_attn.bias": lambda tensor: torch.cat([torch.ones(3), tensor, torch.ones(5)])[3:15],
    "transformer.wpe.weight": lambda tensor: torch.cat([torch.ones(6, 1), tensor, torch.ones(6, 2)], 1)[:, 1:5],
    "transformer.ln_f.weight": lambda tensor: torch.stack([tensor, torch.ones(4)], 1).reshape(-1)[::2],
}.items():
    views[name] = view(views[name].detach())
torch.save({"step_idx": 3, "metrics": {"loss": numpy.float64(0.5)}, "state": views}, HERE / "views.pt")

torch.save(state("transformer."), HERE / "legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"state": state(), "made_by": RunsCode()}, HERE / "runs_code.pt")
negated = {**state(), "wte.weight": torch._neg_view(-state()["wte.weight"])}
torch.save(negated, HERE / "negated_view.pt")
torch.save({"state": {**state(), "wte.weight": HoldsTensor(state()["wte.weight"])}}, HERE / "foreign_tensor.pt")
