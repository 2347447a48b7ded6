"""Law: whatever octets a reader is given, it reads them or says in an error of the library where
they are wrong and what to do; nothing else comes out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hardness.readers import PIECES, READERS, attack


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with a few pieces cut out, doubled, moved or put in."""
    octets = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at, to = sorted(draw(st.integers(0, len(octets))) for _ in range(2))
        way = draw(st.sampled_from(["cut", "double", "odd", "any", "end"]))
        if way == "cut":
            del octets[at : min(to, at + 40)]
        elif way == "double":
            octets[at:at] = octets[at:to]
        elif way == "odd":
            octets[at:at] = draw(st.sampled_from(PIECES))
        elif way == "any":
            octets[at : at + 1] = draw(st.binary(min_size=1, max_size=3))
        else:
            del octets[to:]
    return bytes(octets)


@pytest.mark.parametrize("name", READERS)
def test_the_good_file_of_each_reader_gets_as_far_as_it_should(name: str) -> None:
    assert attack(name, READERS[name][1]) is None


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\0" * 1000,
        b"\xff\xfea\0",
        b"\n" * 1000,
        b"[" * 100_000,
        b"=" * 9_999,
    ],
    ids=["nothing", "mark", "zeros", "UTF-16", "lines", "deep", "long"],
)
def test_what_is_nothing_of_the_kind_is_refused_or_read(name: str, octets: bytes) -> None:
    attack(name, octets)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_spoilt_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    attack(name, data.draw(mutated(READERS[name][1]) | st.binary(max_size=60)))
