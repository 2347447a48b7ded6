"""No group of addresses is small, none crosses a border, and none is larger than it need be."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quartieri15.publish.address_groups import address_groups

ADDRESSES = st.lists(
    st.tuples(
        st.integers(0, 9), st.integers(0, 9), st.integers(0, 2), st.integers(0, 30),
        st.floats(0, 12),
    ),
    min_size=1,
    max_size=40,
)  # fmt: skip


def made(addresses):
    table = np.array(addresses, dtype=float)
    return table[:, :2] * 10, table[:, 3:], table[:, 2].astype(int)


@given(ADDRESSES)
@settings(max_examples=100)
def test_groups_hold_enough_and_stay_within_their_area(addresses):
    xy, counts, area = made(addresses)
    group = address_groups(xy, counts, area, smallest_count=10)
    assert sorted(set(group.tolist())) == list(range(group.max() + 1))
    for one in range(group.max() + 1):
        members = group == one
        assert len(set(area[members].tolist())) == 1
        whole = counts[area == area[members][0]].sum(axis=0)
        # Of whom the area itself holds too few, no part can hold enough.
        assert (counts[members].sum(axis=0)[whole >= 10] >= 10 - 1e-9).all()


@given(ADDRESSES)
@settings(max_examples=60)
def test_neighbours_at_one_place_are_never_divided(addresses):
    xy, counts, area = made(addresses)
    group = address_groups(xy, counts, area, smallest_count=10)
    where = {}
    for place, one in zip(map(tuple, np.column_stack([xy, area]).tolist()), group, strict=True):
        assert where.setdefault(place, one) == one


def test_addresses_that_can_be_told_alone_are_told_alone():
    xy = np.column_stack([np.arange(6) * 10.0, np.zeros(6)])
    group = address_groups(xy, np.full((6, 1), 10.0), np.zeros(6, dtype=int), smallest_count=10)
    assert group.tolist() == [0, 1, 2, 3, 4, 5]


def test_the_cut_is_where_nobody_lives():
    xy = np.array([[0.0, 0], [10, 0], [20, 0], [500, 0], [510, 0]])
    group = address_groups(xy, np.full((5, 1), 9.0), np.zeros(5, dtype=int), smallest_count=10)
    assert group.tolist() == [0, 0, 0, 1, 1]
