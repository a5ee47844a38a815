"""The Parquet files beside this script, as pyarrow and pandas write them. Run it in its folder."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = ["", " = Häuser = \n", "", " Two <unk> stood . \n"]


def text(name, column, **options):
    pq.write_table(pa.table({"text": column, "page": [1, 1, 2, 2]}), f"text_{name}.parquet", **options)


text("categorical", pa.array(ROWS).dictionary_encode())
text("large", pa.array(ROWS, pa.large_string()))
text("view", pa.array(ROWS, pa.string_view()))
text("binary", pa.array([row.encode() for row in ROWS], pa.binary()))
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    text(codec, pa.array(ROWS), compression=codec)
text("plain", pa.array(ROWS), use_dictionary=False)
text("v2", pa.array(ROWS), data_page_version="2.0")
encoded = {"use_dictionary": False}
text("delta", pa.array(ROWS), column_encoding={"text": "DELTA_BYTE_ARRAY"}, **encoded)
text("lengths", pa.array(ROWS), column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY"}, **encoded)
text("groups", pa.array(ROWS), row_group_size=2)
text("null", pa.array([*ROWS[:2], None, ROWS[3]]))
text("not_utf8", pa.array([b"a", b"\xe9", b"", b"b"], pa.binary()))
text("list", pa.array([[row] for row in ROWS]))
text("number", pa.array([1, 2, 3, 4]))

numbers = {
    "int8": pd.array([0, 1, -2, 3], "Int8"),
    "uint32": pd.array([0, 1, 2, 4294967295], "UInt32"),
    "uint64": pd.array([0, 1, 2, 18446744073709551615], "UInt64"),
    "nullable": pd.array([0, None, 2, 3], "Int64"),
    "float32": pd.array([0.5, -1.5, 2.0, 1e30], "float32"),
    "float64": pd.array([0.1, 0.2, 0.30000000000000004, -0.0], "float64"),
    "day": pd.array(["2024-01-01"] * 4, "datetime64[ns]"),
}
pd.DataFrame(numbers, index=[3, 1, 0, 2]).to_parquet("numbers.parquet")
