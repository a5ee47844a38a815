"""Writes pyarrow.parquet, laid out as the Hugging Face hub's own conversion does: Snappy, a
dictionary page, Arrow's and Hugging Face's metadata, several row groups. Needs pyarrow."""

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = ["", " = Häuser = \n", "", " Two <unk> stood . \n"]
METADATA = {"huggingface": '{"info": {"features": {"text": {"dtype": "string", "_type": "Value"}}}}'}

table = pa.table({"text": pa.array(ROWS, pa.string())}).replace_schema_metadata(METADATA)
pq.write_table(table, "pyarrow.parquet", compression="snappy", row_group_size=2)
