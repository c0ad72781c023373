"""From fixture rows to database rows: parse everything first, name every problem, then write.

A loader turns file rows into drafts, whose references are natural keys. Only when no row of
any file is at fault are the drafts resolved and written, all in the caller's transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from strategy.fixture_files import FixtureError, Problem, Row, read
from strategy.seeding import Desired, Report, upsert

Found = TypeVar("Found", bound=models.Model)


class HasNaturalKey(Protocol):
    """A model whose rows fixtures name by words."""

    def natural_key(self) -> tuple: ...


@dataclass(frozen=True)
class Ref:
    """A row named by its model and natural key, not yet looked up."""

    model: type[models.Model]
    key: tuple


@dataclass
class Draft:
    """A row as parsed; `values` may hold `Ref`s, `many` lists of them."""

    model: type[models.Model]
    key: tuple
    row: Row
    values: dict[str, Any]
    many: dict[str, list[Ref]]


@dataclass
class Load:
    """One run of `seed`: its files, its drafts by model and key, and what went wrong."""

    root: Path
    at: datetime
    refresh: bool = False
    report: Report = field(default_factory=Report)
    problems: list[Problem] = field(default_factory=list)
    drafts: dict[type[models.Model], dict[tuple, Draft]] = field(default_factory=dict)
    written: dict[type[models.Model], dict[tuple, models.Model]] = field(default_factory=dict)
    changed: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)
    files: list[Row] = field(default_factory=list)
    draft_names: dict[type[models.Model], set[str]] = field(default_factory=dict)
    # Rows of published values by series, period and source: none may stand twice.
    published: dict[tuple, Row] = field(default_factory=dict)

    def file(self, name: str) -> Row:
        top = read(self.root / name, root=self.root, problems=self.problems)
        self.files.append(top)
        return top

    def folder(self, name: str) -> list[Row]:
        return [
            self.file(path.relative_to(self.root).as_posix())
            for path in sorted((self.root / name).glob("*.yaml"))
        ]

    def add(
        self,
        model: type[models.Model],
        key: tuple,
        row: Row,
        values: dict[str, Any],
        many: dict[str, list[Ref]] | None = None,
    ) -> Ref:
        """Note a draft; a key that stands twice, or a value out of shape, is a problem."""
        drafts = self.drafts.setdefault(model, {})
        if key in drafts:
            first = drafts[key].row
            row.fail(f"{_name(model)} {_text(key)} stands already in {first.file}:{first.line}")
        else:
            drafts[key] = Draft(model, key, row, values, many or {})
            self._check_fields(drafts[key])
        return Ref(model, key)

    def _check_fields(self, draft: Draft) -> None:
        for name, value in draft.values.items():
            column = draft.model._meta.get_field(name)
            if isinstance(value, Ref) or value is None or not isinstance(column, models.Field):
                continue
            if column.is_relation or draft.row.has_failed(name):
                continue
            try:
                column.clean(value, None)
            except ValidationError as error:
                draft.row.fail(f"{name}: {' '.join(error.messages)}")

    def check(self) -> None:
        """Raise when anything is wrong, every problem named; nothing has been written yet."""
        for top in self.files:
            top.finish()
        self._stop_at_unread_files()
        for drafts in self.drafts.values():
            for draft in drafts.values():
                self._check_references(draft)
        if self.problems:
            self.problems.sort(key=lambda problem: (problem.file, problem.line))
            raise FixtureError(self.problems)

    def _stop_at_unread_files(self) -> None:
        """What they would have held is missed everywhere else: they are told first, and alone."""
        unread = {top.file for top in self.files if not top.is_read}
        first = {problem.file: problem for problem in reversed(self.problems)}
        if unread:
            raise FixtureError(first[file] for file in sorted(unread))

    def _check_references(self, draft: Draft) -> None:
        wanted = [value for value in draft.values.values() if isinstance(value, Ref)]
        for related in draft.many.values():
            wanted.extend(related)
        for ref in wanted:
            if ref.key not in self.drafts.get(ref.model, {}) and ref.key not in self._rows(
                ref.model
            ):
                draft.row.fail(f"no {_name(ref.model)} called {_text(ref.key)!r}")

    def _rows(self, model: type[models.Model]) -> dict[tuple, models.Model]:
        if model not in self.written:
            self.written[model] = {
                cast(HasNaturalKey, row).natural_key(): row
                for row in model._default_manager.select_related(*natural_parents(model))
            }
        return self.written[model]

    def named(self, model: type[models.Model], name: str) -> bool:
        """Whether a row of that natural key, as text, is there or will be."""
        if model not in self.draft_names:
            self.draft_names[model] = {_text(key) for key in self.drafts.get(model, {})}
        return name in self.draft_names[model] or name in map(_text, self._rows(model))

    def row(self, model: type[Found], *key: Any) -> Found:
        """A row that is there: what refers to it was checked."""
        return cast(Found, self._rows(model)[key])

    def write(self, model: type[models.Model]) -> None:
        """Write the drafts of one model; its references must be written before."""
        drafts = list(self.drafts.get(model, {}).values())
        wanted = [
            Desired(draft.key, self._resolved(draft.values), draft.row.file) for draft in drafts
        ]
        try:
            with transaction.atomic():
                written = upsert(
                    model,
                    wanted,
                    self._rows(model),
                    at=self.at,
                    refresh=self.refresh,
                    report=self.report,
                )
        except IntegrityError as error:
            self._name_the_offender(drafts, wanted)
            raise FixtureError(
                [Problem(drafts[0].row.file, 1, _name(model), f"refused by the database: {error}")]
            ) from error
        self._rows(model).update(written)
        self.changed[model] = list(written.values())
        for draft in drafts:
            if draft.key in written:
                self._set_many(draft, written[draft.key])

    def _resolved(self, values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: self._rows(value.model)[value.key] if isinstance(value, Ref) else value
            for name, value in values.items()
        }

    def _set_many(self, draft: Draft, instance: models.Model) -> None:
        for name, refs in draft.many.items():
            getattr(instance, name).set([self._rows(ref.model)[ref.key] for ref in refs])

    def _name_the_offender(self, drafts: Iterable[Draft], wanted: Iterable[Desired]) -> None:
        """The database refused a batch: ask each row's own constraints which one it was."""
        problems = []
        for draft, desired in zip(drafts, wanted, strict=True):
            try:
                draft.model(**desired.values).validate_constraints()
            except ValidationError as error:
                row = draft.row
                problems.append(Problem(row.file, row.line, row.where, " ".join(error.messages)))
        if problems:
            raise FixtureError(problems)


def natural_parents(model: type[models.Model]) -> list[str]:
    """The relations that natural keys walk through, so that reading them asks one query."""
    wanted = []
    for column in model._meta.fields:
        related = column.related_model
        if isinstance(related, type) and hasattr(related, "natural_key"):
            deeper = natural_parents(related) if column.name == "objective" else []
            wanted += [column.name, *(f"{column.name}__{name}" for name in deeper)]
    return [name for name in wanted if name.split("__")[-1] != "substituted_by"]


def _name(model: type[models.Model]) -> str:
    return str(model._meta.verbose_name)


def _text(key: tuple) -> str:
    return "/".join(str(part) for part in key)
