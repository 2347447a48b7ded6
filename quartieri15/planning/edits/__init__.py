"""Edits: what a scenario is made of, one class per kind.

Each is written in words that people use, says what it matched, and is refused where it changes
nothing. ``docs/scenarios.md`` shows every one of them in a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quartieri15.arguments import shown
from quartieri15.errors import ParameterError, UnknownNameError
from quartieri15.planning.edits.along import CalmTraffic, ChangeStreets, CloseStreet, CycleTrack
from quartieri15.planning.edits.barriers import RemoveBarrier
from quartieri15.planning.edits.edit import Edit, Resolved
from quartieri15.planning.edits.places import (
    ChangePlace,
    ClosePlace,
    MergePlaces,
    MovePlace,
    OpenPlace,
)
from quartieri15.planning.edits.residents import AddResidents, ProjectResidents
from quartieri15.planning.edits.sentences import Sentence
from quartieri15.planning.edits.streets import AddStreet
from quartieri15.planning.edits.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final[Mapping[str, type[Edit]]] = {
    edit.kind: edit
    for edit in (
        *(OpenPlace, ClosePlace, MovePlace, MergePlaces, ChangePlace),
        *(CycleTrack, CalmTraffic, ChangeStreets, CloseStreet),
        *(AddStreet, RemoveBarrier, AddResidents, ProjectResidents, Sentence),
    )
}
"""Every kind of edit, by the name that a file has for it."""


def edit_of(mapping: object) -> Edit:
    """Make an edit of what a file holds for it.

    Parameters
    ----------
    mapping
        One kind and its fields, such as ``{"close_place": "Zante"}``, or a sentence.

    Returns
    -------
    Edit

    Raises
    ------
    ParameterError
        If it is neither, or a value makes no sense.
    UnknownNameError
        If there is no such kind, or no such field; the nearest are told.

    Examples
    --------
    >>> edit_of({"close_place": "Zante"})
    ClosePlace('Zante')
    >>> edit_of({"calm_traffic": {"along": "via Zante", "maxspeed_kmh": 20}})
    CalmTraffic('via Zante', maxspeed_kmh=20.0)
    """
    if isinstance(mapping, str):
        return Sentence(mapping)
    if not isinstance(mapping, dict) or len(mapping) != 1:
        raise ParameterError(
            f"{shown(mapping)} is no edit",
            where="edit",
            mend="give one kind and its fields, such as close_place: Zante",
        )
    ((kind, fields),) = mapping.items()
    if kind not in KINDS:
        raise UnknownNameError.among(kind, KINDS, kind="kind of edit", where="edit")
    return KINDS[kind].from_mapping(fields)


__all__ = [
    "AddResidents",
    "AddStreet",
    "CalmTraffic",
    "ChangePlace",
    "ChangeStreets",
    "ClosePlace",
    "CloseStreet",
    "CycleTrack",
    "Edit",
    "MergePlaces",
    "MovePlace",
    "OpenPlace",
    "ProjectResidents",
    "RemoveBarrier",
    "Resolved",
    "Sentence",
    "Undo",
    "edit_of",
]
