"""Looks for octets that break a reader, led by what of its code they reach (atheris).

By hand, with the name of a reader and the seconds:
``python -m tests.hardness.fuzz_readers csv 180``.
What it finds becomes an example of its own in a test, with the mend.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Attack one reader for some seconds."""
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris (Linux and macOS)")
    with atheris.instrument_imports(include=["quartieri15.sources", "quartieri15.plain_json"]):
        from tests.hardness.readers import READERS, attack
    if len(sys.argv) != 3 or sys.argv[1] not in READERS:
        sys.exit(f"say which reader, and for how many seconds: {', '.join(READERS)}")
    name, seconds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as corpus:
        Path(corpus, "good").write_bytes(READERS[name][1])
        options = [
            f"-max_total_time={seconds}",
            "-timeout=20",
            "-rss_limit_mb=4096",
            "-max_len=4096",
        ]
        atheris.Setup(
            [sys.argv[0], corpus, *options, f"-artifact_prefix={tempfile.gettempdir()}/{name}-"],
            lambda octets: attack(name, octets) and None,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
