"""Which of the questions of a comparison a page is about, and what each is called."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from quartieri15.planning.comparing import statements
from quartieri15.publish import words
from quartieri15.publish.texts import minutes_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from quartieri15.planning.comparing.comparison import Comparison
    from quartieri15.publish.texts import Texts

_ASKED: Final = ("profile", "minutes", "at", "unknown_hours")


@dataclasses.dataclass(frozen=True, kw_only=True)
class View:
    """A published comparison, and which of its questions the page is about.

    Parameters
    ----------
    told
        The comparison, as it may leave the house.
    group
        Whose figures are drawn.
    by
        The zones that are drawn.
    asked
        ``profile, minutes, at, unknown_hours`` of what is drawn.
    questions
        Those of everything that was asked, what is drawn first.
    scenarios
        The scenarios, the best first, as the page numbers them.
    """

    told: Comparison
    group: str
    by: str
    asked: Mapping[str, Any]
    questions: tuple[Mapping[str, Any], ...]
    scenarios: tuple[str, ...] = ()

    @classmethod
    def of(cls, told: Comparison, group: str | None) -> View:
        """Choose what a page is about: the first question in which anybody moves.

        Parameters
        ----------
        told
            The comparison, as it may leave the house.
        group
            Whose figures lead the page; people of 65 and over, else the first, where it is None.
        """
        known = list(told.provenance["groups"])
        questions: list[Any] = told.summary[list(_ASKED)].drop_duplicates().to_dict("records")
        by = [name for name in told.provenance["by"] if name != "city"] or ["city"]
        own = cls(
            told=told,
            group=("over65" if "over65" in known else known[0]) if group is None else group,
            by="nil" if "nil" in by else by[0],
            asked=questions[0],
            questions=tuple(questions),
        )
        # A map of nothing helps nobody: what is drawn is the first question that has an answer.
        drawn = next((one.asked for one in own.each() if one.any_moves), own.asked)
        rest = [asked for asked in questions if asked is not drawn]
        own = dataclasses.replace(own, asked=drawn, questions=(drawn, *rest))
        whole = own.summary(area_set="city", group=own.group)
        # Where the difference does not tell them apart, the one that helps more comes first.
        order = whole.assign(first=range(len(whole)), slower=-whole["people_quicker"].fillna(0.0))
        order = order.sort_values(["rank", "slower", "first"])
        return dataclasses.replace(own, scenarios=tuple(order["scenario"]))

    def rows(self, table: pd.DataFrame, **more: Any) -> pd.DataFrame:
        """Return the rows of a table that are about what is shown."""
        for name, value in {**self.asked, **more}.items():
            if name in table.columns:
                table = table[table[name] == value]
        return table

    def summary(self, **more: Any) -> pd.DataFrame:
        """Return the totals that are about what is shown."""
        return self.rows(self.told.summary, **more)

    def each(self) -> list[View]:
        """Return one of these for every question that was asked."""
        return [dataclasses.replace(self, asked=asked) for asked in self.questions]

    @property
    def any_moves(self) -> bool:
        """Whether anybody gains, loses or has another way; that it is not told says yes."""
        rows = self.summary(area_set="city", group=self.group)
        moving = rows[["gained", "lost", "people_quicker", "people_slower"]]
        return bool((moving != 0).any(axis=None))

    @property
    def best(self) -> str:
        """The scenario that the page tells all of."""
        return self.scenarios[0]

    @property
    def group_text(self) -> Texts:
        """What the people are called."""
        return words.in_all_languages(self.group)

    @property
    def blanks(self) -> dict[str, Texts]:
        """The people and the minutes, as values for a phrase."""
        return {"group": self.group_text, "minutes": minutes_text(float(self.asked["minutes"]))}

    @property
    def question(self) -> Texts:
        """What is asked, named by what tells it from the other questions."""
        differing = {name for name in self.asked if len({one[name] for one in self.questions}) > 1}
        texts = {}
        for language in words.LANGUAGES:
            parts = []
            if "profile" in differing or not differing:
                name = self.asked["profile"]
                own = self.told.provenance["profiles"][name]
                parts.append(words.isolated(str(own.get(f"label_{language}", name))))
            if "minutes" in differing:
                minutes = words.as_given(float(self.asked["minutes"]), language)
                parts.append(words.say("question_minutes", language, minutes=minutes))
            if differing & {"at", "unknown_hours"}:
                parts.append(self._hours_text(language))
            texts[language] = ", ".join(parts)
        return texts

    def of_scenario(self, texts: Texts, scenario: str) -> Texts:
        """Say of which scenario something is told, where there are several."""
        if len(self.scenarios) == 1:
            return texts
        number = self.scenarios.index(scenario) + 1
        return {
            language: f"{number}. {words.isolated(scenario)}: {text[:1].lower()}{text[1:]}"
            for language, text in texts.items()
        }

    def with_question(self, texts: Texts) -> Texts:
        """Say of which question something is told."""
        question = self.question
        return {language: f"{text} · {question[language]}" for language, text in texts.items()}

    @property
    def time(self) -> Texts:
        """The time at which places must be open."""
        day, _, hour = str(self.asked["at"]).partition(" ")
        names = statements.WORDS.get(day, dict.fromkeys(words.LANGUAGES, day))
        return {
            language: words.isolated(" ".join(part for part in (name, hour) if part))
            for language, name in names.items()
        }

    def _hours_text(self, language: str) -> str:
        if not self.asked.get("at"):
            return words.say("at_any_time", language)
        unknown = statements.WORDS.get(str(self.asked.get("unknown_hours")), {}).get(language, "")
        how = words.say("unknown_counted_as", language, unknown=unknown) if unknown else ""
        return f"{self.time[language]} {how}".strip()
