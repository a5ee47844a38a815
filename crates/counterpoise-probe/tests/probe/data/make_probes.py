#!/usr/bin/env python3
"""Writes the `.pt` files beside it, as `torch.save` writes probes. Needs `pip install torch numpy`."""
from pathlib import Path

import torch

HERE = Path(__file__).parent
VALUES = torch.tensor([0.5, -1.25, 3.0, 0.0078125])  # exact in bfloat16

torch.save(VALUES, HERE / "bare.pt")
torch.save(torch.nn.Parameter(VALUES[None].bfloat16()), HERE / "parameter_bf16.pt")
torch.save({"probe": VALUES.half()}, HERE / "dictionary_f16.pt")
torch.save({"weight": VALUES, "bias": VALUES[:1]}, HERE / "two.pt")
torch.save(VALUES.long(), HERE / "integers.pt")
torch.save(torch.stack([VALUES, VALUES])[:, ::2].T[1], HERE / "strided_view.pt")
torch.save(VALUES, HERE / "legacy.pt", _use_new_zipfile_serialization=False)
