# Files that pyarrow writes, and the values that it says are in them: as text, so that nothing is rounded.
import datetime as dt, decimal, json, os, sys
import pyarrow as pa, pyarrow.feather as feather, pyarrow.ipc as ipc, pyarrow.parquet as pq

folder, n = (lambda q: (q["folder"], q["rows"]))(json.load(sys.stdin))


def some(value):
    return [None if i % 11 == 5 else value(i) for i in range(n)]


day = dt.date(2025, 12, 28)
time = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
columns = {
    "double": pa.array(some(lambda i: i / 7 - 3), pa.float64()),
    "float": pa.array(some(lambda i: i / 4), pa.float32()),
    "byte": pa.array(some(lambda i: i % 240 - 120), pa.int8()),
    "word": pa.array(some(lambda i: i * 65521 % 4294967295), pa.uint32()),
    "long": pa.array(some(lambda i: (-1) ** i * (2**53 - 1 - i)), pa.int64()),
    "flag": pa.array(some(lambda i: i % 3 == 0), pa.bool_()),
    "text": pa.array(some(lambda i: f"été {i % 13} " + "x" * (i % 17)), pa.string()),
    "large": pa.array(some(lambda i: f"text {i}"), pa.large_string()),
    "category": pa.array(some(lambda i: f"level {i % 5}"), pa.string()).dictionary_encode(),
    "small": pa.array(some(lambda i: decimal.Decimal(i * 37 - 500) / 100), pa.decimal128(9, 2)),
    "wide": pa.array(some(lambda i: decimal.Decimal(i) * decimal.Decimal("1e20") / 3 // 1), pa.decimal128(38, 0)),
    "date": pa.array(some(lambda i: day + dt.timedelta(days=i)), pa.date32()),
    **{
        f"at_{unit}": pa.array(some(lambda i: time + dt.timedelta(seconds=i * 61)), pa.timestamp(unit, "UTC"))
        for unit in ("s", "ms", "us", "ns")
    },
    "local": pa.array(some(lambda i: (time + dt.timedelta(milliseconds=i)).replace(tzinfo=None)), pa.timestamp("us")),
    "none": pa.nulls(n),
}
table = pa.table(columns)


def shown(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        return round((aware - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) / dt.timedelta(milliseconds=1))
    if isinstance(value, dt.date):
        return (value - dt.date(1970, 1, 1)).days * 86400000
    return float(value)


def at(name):
    return os.path.join(folder, name)


plain = table.drop_columns(["category"]).append_column("category", table["category"].cast(pa.string()))
files = []
for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
    for version in ("1.0", "2.0"):
        name = f"{codec}-{version}.parquet"
        pq.write_table(table, at(name), compression=codec, data_page_version=version, row_group_size=n // 3)
        files.append(name)
pq.write_table(table, at("int96.parquet"), use_deprecated_int96_timestamps=True)
pq.write_table(table, at("plain.parquet"), use_dictionary=False, data_page_size=512)
pq.write_table(table, at("v1.parquet"), version="1.0")
pq.write_table(
    plain,
    at("encodings.parquet"),
    use_dictionary=False,
    column_encoding={
        "double": "BYTE_STREAM_SPLIT",
        "long": "DELTA_BINARY_PACKED",
        "word": "DELTA_BINARY_PACKED",
        "text": "DELTA_BYTE_ARRAY",
        "large": "DELTA_LENGTH_BYTE_ARRAY",
        "small": "BYTE_STREAM_SPLIT",
        "flag": "RLE",
    },
)
files += ["int96.parquet", "plain.parquet", "v1.parquet", "encodings.parquet"]
views = table.set_column(table.column_names.index("text"), "text", table["text"].cast(pa.string_view()))
for codec in (None, "lz4", "zstd"):
    options = ipc.IpcWriteOptions(compression=codec, emit_dictionary_deltas=True)
    for name, opened, rows in ((f"{codec}.arrow", ipc.new_file, table), (f"{codec}.arrows", ipc.new_stream, views)):
        with opened(at(name), rows.schema, options=options) as writer:
            writer.write_table(rows, max_chunksize=n // 4)
        files.append(name)
feather.write_feather(table, at("pandas.feather"))
files.append("pandas.feather")
json.dump({"files": files, "values": {c: [shown(v) for v in table[c].to_pylist()] for c in table.column_names}}, sys.stdout)
