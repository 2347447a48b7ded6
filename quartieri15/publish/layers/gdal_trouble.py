"""What GDAL cannot write, said as an error of the library."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quartieri15.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def trouble_told(path: str | Path) -> Iterator[None]:
    """Say of trouble that GDAL has with a file which file it is, and what mends it.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    try:
        yield
    except (DataSourceError, DataLayerError, FeatureError, GeometryError) as error:
        raise OutputError(
            f"cannot be written ({error})",
            where=os.fspath(path),
            mend="free some space or choose a folder you may write to; nothing was changed",
        ) from error
