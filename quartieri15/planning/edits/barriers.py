"""Edits of barriers: what nobody crosses but by a street."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import geopandas as gpd
import numpy as np
import shapely

from quartieri15.errors import InputError, UnknownNameError
from quartieri15.planning.edits import positions, values
from quartieri15.planning.edits.edit import Change, Edit
from quartieri15.planning.edits.values import given

if TYPE_CHECKING:
    from quartieri15.model.city import City


@dataclass(frozen=True, repr=False)
class RemoveBarrier(Edit):
    """A barrier goes, as far as it lies within some metres of a position.

    A barrier keeps people from the street on its other side. To take it away lets them have that
    street for theirs; a way across it is an :class:`~quartieri15.planning.edits.AddStreet`.

    Parameters
    ----------
    near, at
        Where: a place or an address, or longitude and latitude. One of the two.
    barrier
        Of which kind, such as ``railway``; in a file ``kind``. All kinds where it is left out.
    within_m
        How far from there, in metres.
    """

    near: str | None = given(values.maybe(values.text), None)
    _: KW_ONLY
    at: tuple[float, float] | None = given(values.maybe(values.point), None)
    barrier: str | None = given(values.maybe(values.text), None, key="kind")
    within_m: float = given(values.number(1, 5000), 200.0)

    kind: ClassVar[str] = "remove_barrier"

    def _check(self) -> None:
        positions.require_one_of(self.kind, near=self.near, at=self.at)

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        if self.near is not None:
            point, matched = positions.near_words(city, self.near)
        else:
            point, matched = positions.find(city, at=self.at)
        barriers = city.streets.barriers
        kinds = sorted(barriers["kind"].astype(str).unique())
        if self.barrier is not None and self.barrier not in kinds:
            if not kinds:
                raise InputError(f"{city.name} has no barriers", mend="leave the edit out")
            raise UnknownNameError.among(self.barrier, kinds, kind="kind of barrier")
        chosen = (
            barriers["kind"].astype(str).isin(kinds if self.barrier is None else [self.barrier])
        )
        distance = barriers.distance(point).to_numpy()
        touched = np.flatnonzero(chosen.to_numpy() & (distance < self.within_m))
        what = self.barrier or "barrier"
        if not len(touched):
            nearest = float(distance[chosen.to_numpy()].min()) if chosen.any() else np.inf
            why = f"no {what} within {self.within_m:g} m; the nearest is {nearest:,.0f} m away"
            everything = np.arange(len(barriers))
            return Change(matched=matched, notes=(why,), barriers=(barriers, everything))
        table, origin = _cut(barriers, touched, point.buffer(self.within_m, quad_segs=64))
        return Change(
            matched=f"{len(touched)} lines of {what} near {matched}", barriers=(table, origin)
        )


def _cut(
    barriers: gpd.GeoDataFrame, touched: Any, circle: shapely.Polygon
) -> tuple[gpd.GeoDataFrame, Any]:
    """Return barriers without what lies in a circle, and where each of their rows was before."""
    keep = np.ones(len(barriers), dtype=bool)
    keep[touched] = False
    kept = barriers[keep]
    rest = barriers.iloc[touched]
    left = gpd.GeoDataFrame(
        {"kind": rest["kind"].astype(object), "osm_way_id": rest["osm_way_id"]},
        geometry=shapely.difference(rest.geometry.to_numpy(), circle),
        crs=barriers.crs,
    )
    left = left[~left.geometry.is_empty].explode(ignore_index=True)
    left = left[left.length > 0]
    columns = ["kind", "osm_way_id", "geometry"]
    plain = kept[columns].astype({"kind": object})
    import pandas as pd

    parts = [part for part in (plain, left[columns]) if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else plain
    origin = np.concatenate([np.flatnonzero(keep), np.full(len(left), -1)])
    return table, origin
