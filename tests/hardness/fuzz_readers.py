"""Looks for octets that break a reader, led by what of its code they reach (atheris).

By hand, with the name of a reader and the seconds:
``python -m tests.hardness.fuzz_readers csv 180``.
What it finds becomes an example of its own in a test, with the mend.

It begins with the good files of the reader and with the pieces that files are made of. Of what is
packed (``.gz``, ``.bz2``, a zip archive) or has checksums (a PNG) every second try changes what is
inside and packs it again: changed outside, it would hardly ever be more than damaged.
"""

from __future__ import annotations

import bz2
import gzip
import io
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 20_000
"""Octets of the longest file that is tried, unpacked."""
MEMORY_MB: Final = 2_048
SECONDS_A_FILE: Final = 20
ROOMS: Final = ("sources", "model", "editions", "planning", "publish", "plain_json", "crs")


def main() -> None:
    """Attack one reader for some seconds."""
    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris (Linux and macOS)")
    with atheris.instrument_imports(include=[f"quartieri15.{room}" for room in ROOMS]):
        from tests.hardness.readers import CHECKS, PIECES, READERS, SEEDS, attack
    known = READERS | CHECKS
    if len(sys.argv) != 3 or sys.argv[1] not in known:
        sys.exit(f"say which reader, and for how many seconds: {', '.join(known)}")
    name, seconds = sys.argv[1:]
    seeds = [known[name][1], *SEEDS.get(name, ())]
    # What only the first time takes (imports, compiled parts) is not the file's fault.
    for seed in seeds:
        attack(name, seed)

    def changed(octets: bytes, longest: int, seed: int) -> bytes:
        """Change a file, every second time inside what packs it."""
        inside = _unpacked(octets) if seed % 2 else None
        if inside is None:
            return bytes(atheris.Mutate(octets, longest))
        unpacked, packed = inside
        return packed(bytes(atheris.Mutate(unpacked, LONGEST)))

    with tempfile.TemporaryDirectory() as folder:
        corpus, pieces = Path(folder, "corpus"), Path(folder, "pieces")
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / str(number)).write_bytes(seed)
        pieces.write_text("".join(f'"{_escaped(piece)}"\n' for piece in PIECES), encoding="ascii")
        atheris.Setup(
            [
                sys.argv[0],
                str(corpus),
                f"-max_total_time={seconds}",
                f"-timeout={SECONDS_A_FILE}",
                f"-rss_limit_mb={MEMORY_MB}",
                f"-max_len={max(LONGEST, *map(len, seeds))}",
                f"-dict={pieces}",
                "-print_final_stats=1",
                f"-artifact_prefix={tempfile.gettempdir()}/{name}-",
            ],
            lambda octets: attack(name, octets) and None,
            custom_mutator=changed,
        )
        atheris.Fuzz()


def _escaped(octets: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in octets)


def _unpacked(octets: bytes) -> tuple[bytes, Callable[[bytes], bytes]] | None:
    """Return what is inside a file and how it is packed again; None if it is not packed."""
    try:
        if octets.startswith(b"\x1f\x8b"):
            return gzip.decompress(octets), gzip.compress
        if octets.startswith(b"BZh"):
            return bz2.decompress(octets), bz2.compress
        if octets.startswith(b"PK"):
            return _first_member(octets)
        if octets.startswith(b"\x89PNG"):
            return octets, _with_checksums
    except Exception:  # noqa: BLE001  (it is damaged: then it is changed as it is)
        return None
    return None


def _first_member(octets: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        name, *_ = archive.namelist()
        inside = archive.read(name)

    def packed(changed: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, changed)
        return out.getvalue()

    return inside, packed


def _with_checksums(octets: bytes) -> bytes:
    """Give the chunks of a PNG, as far as their lengths lead, their checksums."""
    out, at = bytearray(octets), 8
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


if __name__ == "__main__":
    main()
