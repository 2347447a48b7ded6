"""Asking readers about files, and keeping what they read beside what they refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from quartieri15.editions.checking.findings import Finding, of_error
from quartieri15.editions.checking.refusals import every_refusal
from quartieri15.editions.checking.texts import check_text
from quartieri15.errors import Quartieri15Error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from quartieri15.editions.checking.findings import Severity

Table = TypeVar("Table")


class Asked:
    """The findings about a folder so far, and which of its files were refused.

    Parameters
    ----------
    folder
        The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.refused: set[str] = set()
        self._no_text: set[str] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Keep findings."""
        self.findings += findings

    def look(self, path: Path, *, file: str) -> None:
        """Look at a file as text; where nobody can read it so, it is not read as anything else."""
        found = list(check_text(path, file=file))
        self.findings += found
        if any(one.severity == "error" for one in found):
            self.refused.add(file)
            self._no_text.add(file)

    def read(
        self,
        file: str,
        reader: Callable[[Path], Table],
        *,
        severity: Severity = "error",
        rule: str = "files.refused",
    ) -> Table | None:
        """Read a file; keep everything that its reader refuses, and give what is left.

        Parameters
        ----------
        file
            Relative to the folder. A file that is missing has been told of before.
        reader
            Takes a path.
        severity, rule
            Of what is refused.
        """
        path = self.folder / file
        if not path.is_file() or file in self._no_text:
            return None
        try:
            asked = every_refusal(reader, path)
        except Exception as error:  # noqa: BLE001
            # A check that ends at a file nobody foresaw tells nothing of all the others.
            self._unforeseen(file, error)
            return None
        if asked.errors:
            self.refused.add(file)
        for refusal in asked.errors:
            found = of_error(refusal, file=file, rule=rule)
            self.findings.append(
                found if severity == "error" else _milder(found, severity=severity)
            )
        if asked.stopped:
            self.findings.append(
                Finding(
                    file=file,
                    problem=f"after {len(asked.errors)} refused rows the rest was not looked at",
                    mend="see whether it is the right file; mend these, and check again",
                    severity=severity,
                    rule="files.given_up",
                )
            )
        return asked.table

    def not_checked(self, what: str, *, file: str, because: str | None = None) -> None:
        """Tell what was not judged, because of errors in the file or in one that it depends on."""
        because = because or file
        self.findings.append(
            Finding(
                file=file,
                problem=f"{what}, because of the errors in {because}",
                mend=f"mend {because}, and check again",
                severity="note",
                rule="files.not_checked",
            )
        )

    def settle(
        self,
        files: str | tuple[str, ...],
        ask: Callable[[], Table],
        *,
        rule: str = "totals.published",
    ) -> Table | None:
        """Ask what several files say together, unless one of them was refused.

        What a row that was left out takes from a total has been told once, with the row.
        """
        names = (files,) if isinstance(files, str) else files
        if self.refused & set(names) or not all((self.folder / name).is_file() for name in names):
            return None
        try:
            return ask()
        except Quartieri15Error as error:
            self.refused.update(names)
            where = error.where or ""
            file = next((name for name in names if name.rsplit("/", 1)[-1] in where), names[0])
            self.findings.append(of_error(error, file=file, rule=rule))
        except Exception as error:  # noqa: BLE001
            self.refused.update(names)
            self._unforeseen(names[0], error)
        return None

    def also(self, ask: Callable[[], Table]) -> Table | None:
        """Ask once more about a file whose errors have been told; None where it is refused."""
        try:
            return ask()
        except Quartieri15Error:
            return None

    def _unforeseen(self, file: str, error: Exception) -> None:
        self.refused.add(file)
        self.findings.append(
            Finding(
                file=file,
                problem=f"it cannot be read ({type(error).__name__}: {error})",
                mend="download it again; if it is as published, report this line",
                severity="error",
                rule="files.unreadable",
            )
        )


def _milder(found: Finding, *, severity: Severity) -> Finding:
    from dataclasses import replace

    return replace(found, severity=severity)
