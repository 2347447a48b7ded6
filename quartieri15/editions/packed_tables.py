"""The files of an edition: Parquet, packed as small as it goes; the same table, the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quartieri15.writing import replacing_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa

# No statistics: what stands in them tells nobody anything, and differs between versions.
_PACKED: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 19,
    "write_statistics": False,
}


def write_packed(
    table: pa.Table,
    path: str | Path,
    *,
    numbers: Iterable[str],
    encoding: str,
    dictionaries: Sequence[str] = (),
) -> None:
    """Write an arrow table to one file, each column by the encoding that packs it best.

    Parameters
    ----------
    table
        The table, in one group of rows.
    path
        Where the file shall stand.
    numbers
        Columns of numbers, each value of a list as ``NAME.list.element``.
    encoding
        How these are written: ``"DELTA_BINARY_PACKED"`` or ``"BYTE_STREAM_SPLIT"``.
    dictionaries
        Columns of few values.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    import pyarrow.parquet as pq

    with replacing_file(path) as unfinished:
        pq.write_table(
            table,
            unfinished,
            row_group_size=len(table) + 1,
            use_dictionary=list(dictionaries) or False,
            column_encoding=dict.fromkeys(sorted(numbers), encoding),
            version="2.6",
            data_page_version="1.0",
            **_PACKED,
        )


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table, of shapes or without, to one file of one group of rows, without its index.

    Parameters
    ----------
    table : pandas.DataFrame or geopandas.GeoDataFrame
        The table.
    path
        Where the file shall stand, in a folder that is being written.
    """
    table.to_parquet(path, index=False, row_group_size=max(1, len(table)), **_PACKED)
