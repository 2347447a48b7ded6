"""What an answer of siting is: the sites, what they do, and how sure it is."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from quartieri15.arguments import (
    require_text,
)
from quartieri15.crs import GEOGRAPHIC
from quartieri15.errors import InputError
from quartieri15.model.city import require_city

if TYPE_CHECKING:
    from quartieri15.model.city import City
    from quartieri15.planning.scenario import Scenario


@dataclass(frozen=True, eq=False, repr=False)
class Sites:
    """Chosen sites, what they do, and how sure it is that none do better.

    Parameters
    ----------
    sites : geopandas.GeoDataFrame
        One row per site, in the order in which each adds most to those before it:

        - ``rank, candidate_id``;
        - ``address`` (the city's nearest, missing beyond 100 m), ``address_m``;
        - ``street``: the name of the street the site stands on, or of the nearest that has one;
          ``street_m``: how far that is; ``edge_id``: the edge it stands on;
        - ``nil, municipio``: the name of the NIL and the number of the Municipio;
        - ``gain``: people of the group newly within the minutes; ``covered_total``: all within
          the minutes once this site and those before it are open;
        - ``minutes_saved``: person-minutes, nobody counted above the cap;
        - ``gain_over65, gain_over75, gain_over65_alone, gain_foreign``: who gains;
        - ``cost_eur, mandatory, geometry``.
    objective, unit
        What was sought, and what ``value`` counts (:data:`UNITS`).
    value, bound
        What the sites do, and what no admissible sites can beat.
    proven
        Whether the two are the same, but for a part in a billion.
    greedy, swap
        The value of choosing one after the other, and of that after exchanges; NaN where the
        objective is not solved that way.
    population, covered_before
        People of the group, and those within the minutes before.
    certificate
        What the bound rests on; None where it rests on the search of a solver.
    alternatives : pandas.DataFrame
        Single exchanges that lose at most half a per cent, ties among them.
    figures
        Further figures of the objective, such as the mean minutes before and after.
    provenance
        What was asked, of what city, what was left out, how long it took.
    """

    sites: gpd.GeoDataFrame
    objective: str
    unit: str
    value: float
    bound: float
    proven: bool
    greedy: float
    swap: float
    population: float
    covered_before: float
    certificate: Any = None
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)
    figures: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sites.attrs["provenance"] = self.provenance

    def __len__(self) -> int:
        return len(self.sites)

    @property
    def gap(self) -> float:
        """How far the value may be from the best, as a part of the larger of value and bound."""
        larger = max(abs(self.bound), abs(self.value))
        if self.proven or larger == 0:
            return 0.0
        return abs(self.bound - self.value) / larger if math.isfinite(larger) else 1.0

    def statement(self, language: str = "it") -> list[str]:
        """Say in plain sentences what was found and what is proven; never more than the figures.

        Parameters
        ----------
        language
            ``"it"`` or ``"en"``.

        Returns
        -------
        list of str
            People to tens; what is above 0 and below 10 is not told.

        Raises
        ------
        UnknownNameError
            If the language is not known.
        """
        from quartieri15.planning.siting.statements import statement

        return statement(self, language)

    def edits(self, *, kind: str = "planned", network: str | None = None) -> list[dict[str, Any]]:
        """Return the opening of each site as an edit of a scenario.

        Parameters
        ----------
        kind
            The kind of the new places.
        network
            The network they belong to; that of the places asked about when left out.

        Returns
        -------
        list of dict
            ``{"open_place": {"id", "name", "at": [lon, lat], "kind", "network"}}``, as a file of
            a scenario has it.
        """
        require_text(kind, where="kind")
        if network is None:
            network = str(self.provenance.get("network", "houses"))
        require_text(network, where="network")
        degrees = self.sites.geometry.to_crs(GEOGRAPHIC)
        return [
            {
                "open_place": {
                    "id": f"SITE-{rank}",
                    "name": str(address or street or name),
                    "at": [round(point.x, 9), round(point.y, 9)],
                    "kind": kind,
                    "network": network,
                }
            }
            for rank, address, street, name, point in zip(
                self.sites["rank"],
                self.sites["address"],
                self.sites["street"],
                self.sites["candidate_id"],
                degrees,
                strict=True,
            )
        ]

    def scenario(self, name: str | None = None) -> Scenario:
        """Return the opening of all sites as a scenario.

        Parameters
        ----------
        name
            What it is called; made of how many sites there are when left out.

        Returns
        -------
        Scenario
            With the edits of :meth:`edits`, and the cost of the sites where it is known.

        Raises
        ------
        ParameterError
            If the name is no text.
        """
        from quartieri15.planning.edits import edit_of
        from quartieri15.planning.scenario import Scenario

        cost = float(self.sites["cost_eur"].sum(skipna=False)) if len(self) else math.nan
        return Scenario(
            f"{len(self)} sites, {self.objective}" if name is None else name,
            tuple(edit_of(one) for one in self.edits()),
            cost_eur=None if math.isnan(cost) else cost,
        )

    def opened(self, city: City) -> City:
        """Return the city with these sites open, beside what is there.

        Parameters
        ----------
        city
            The city they were chosen for.

        Returns
        -------
        City
            With one more row of places for each site: ``id`` ``SITE-1``, ..., kind ``planned``.

        Raises
        ------
        InputError
            If the city has places of those ids.
        """
        require_city(city)
        rows = [edit["open_place"] for edit in self.edits()]
        new = gpd.GeoDataFrame(
            {key: [row[key] for row in rows] for key in ("id", "name", "kind", "network")},
            geometry=self.sites.geometry.to_numpy(),
            crs=self.sites.crs,
        )
        taken = set(city.places["id"]) & set(new["id"])
        if taken:
            raise InputError(
                f"the city has a place {min(taken)!r} already",
                where="places",
                mend="open the sites in the city they were chosen for",
            )
        places = city.places.copy()
        for column in ("kind", "network"):
            places[column] = places[column].astype(object)
        for column in places.columns:
            if column not in new.columns:
                new[column] = False if places[column].dtype == bool else None
                new[column] = new[column].astype(places[column].dtype)
        both = pd.concat([places, new[places.columns]], ignore_index=True)
        for column in ("kind", "network"):
            both[column] = both[column].astype("category")
        return city.with_(places=gpd.GeoDataFrame(both, geometry="geometry", crs=city.crs))

    def __repr__(self) -> str:
        said = "proven best" if self.proven else f"bound {self.bound:,.6g}, gap {self.gap:.2%}"
        return f"Sites({len(self)} for {self.objective}: {self.value:,.6g} {self.unit}; {said})"

    def _repr_html_(self) -> str:
        shown_columns = ["rank", "address", "street", "nil", "municipio", "gain", "covered_total"]
        table = pd.DataFrame(self.sites[shown_columns]).round(1)
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in self.statement("en"))
        return f"{lines}{table.to_html(index=False)}"
