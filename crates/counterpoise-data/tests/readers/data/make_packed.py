"""Packed files beside this script, two frames each. Run it in its folder."""

import gzip

import zstandard

PARTS = [b'{"prompt": "the old man"}\n', b'{"prompt": "she walked"}\n']
with open("prompts.jsonl.gz", "wb") as file:
    file.write(b"".join(gzip.compress(part, mtime=0) for part in PARTS))
with open("prompts.jsonl.zst", "wb") as file:
    file.write(b"".join(zstandard.compress(part) for part in PARTS))
