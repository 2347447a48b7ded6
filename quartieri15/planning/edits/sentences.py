"""Edits said in a sentence, as people write them in a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from quartieri15.planning.edits import values
from quartieri15.planning.edits.edit import Change, Edit, Resolved
from quartieri15.planning.edits.values import given

if TYPE_CHECKING:
    from quartieri15.model.city import City


@dataclass(frozen=True, repr=False)
class Sentence(Edit):
    """An edit in words, understood in the city that it is applied to.

    Parameters
    ----------
    said
        Such as ``"pista ciclabile in viale Famagosta tra via Boffalora e via San Paolino"``.
    """

    said: str = given(values.text)

    kind: ClassVar[str] = "sentence"

    @property
    def words(self) -> str:
        """The edit in a few words."""
        return self.said

    def meant(self, city: City) -> Edit:
        """Return the edit that the words mean in a city.

        Raises
        ------
        UnknownNameError, AmbiguousNameError, InputError
            If they mean none, or may mean several.
        """
        from quartieri15.planning.edits import edit_of
        from quartieri15.planning.phrases import parse_edit

        mapping: dict[str, Any] = parse_edit(self.said, city)
        return edit_of(mapping)

    def _change(self, city: City) -> Change:
        """Say what the city shall become."""
        return self.meant(city)._change(city)  # noqa: SLF001 - an edit, as this is

    def resolve(self, city: City) -> Resolved:
        """Understand the words, and say what they come to; see :meth:`Edit.resolve`."""
        import dataclasses

        meant = self.meant(city)
        if self.may_change_nothing:
            meant = dataclasses.replace(meant, may_change_nothing=True)
        return meant.resolve(city)
