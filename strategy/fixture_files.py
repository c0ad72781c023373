"""Reading the hand-written fixture files, with file, line and reason for whatever is wrong.

Pure: no Django. Every accessor records a problem and goes on, so that one run names all of
them; numbers are quoted strings or whole numbers, so that they stay exact decimals.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

MAX_SIGNIFICANT_DIGITS = 15
MAX_DECIMALS = 6
_WHOLE = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
# Approximate wordings are commentary, not values (seeding): "c£2.5m", "around 25", "just under 60".
_ABOUT = (
    r"c\.?\s?(?=£|[0-9])|(?:circa|ca\.|about|around|approximately|approx\.?|roughly|nearly|almost"
    r"|just (?:under|over|below|above)|up to|in the region of|one in)\b"
)
_STARTS_ABOUT = re.compile(rf"(?:{_ABOUT})", re.IGNORECASE)
_ENDS_ABOUT = re.compile(
    r"\b(?:c\.?|circa|ca\.|about|around|approximately|approx\.?|roughly|nearly|almost"
    r"|just (?:under|over|below|above)|up to|in the region of)\s*£?$",
    re.IGNORECASE,
)
# No database keeps these.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")


def is_approximate(printed: str, statement: str = "") -> bool:
    """Whether a figure is printed as "about so much", in its own characters or just before them."""
    if _STARTS_ABOUT.match(printed.strip()):
        return True
    before, found, _ = statement.partition(printed) if printed else ("", "", "")
    return bool(found and _ENDS_ABOUT.search(before))


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a fixture: where it stands and what to do."""

    file: str
    line: int
    where: str
    reason: str

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.file}, line {self.line}{place}: {self.reason}"


class FixtureError(Exception):
    """The fixtures cannot be loaded; nothing was changed."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class _LinedDict(dict):
    """A mapping that knows the line it starts on."""

    line: int = 1


try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without its C library
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _Loader(_SafeLoader):
    """Safe, with lines, and strict about keys."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> _LinedDict:
    loader.flatten_mapping(node)
    mapping = _LinedDict()
    mapping.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | date):
            raise yaml.constructor.ConstructorError(
                None, None, "a key must be a word", key_node.start_mark
            )
        if key in mapping:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands twice", key_node.start_mark
            )
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _construct_whole(loader: Any, node: yaml.ScalarNode) -> int | str:
    """Plain digits alone: YAML would read 010 as 8, 1_000 as 1000 and 1:30 as 90."""
    return int(node.value) if _WHOLE.fullmatch(node.value) else str(node.value)


def _construct_day(loader: Any, node: yaml.ScalarNode) -> Any:
    """A date that does not exist stays text, so that its row can say so."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return str(node.value)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_whole)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _construct_day)


@dataclass
class Row:
    """One mapping of a fixture file. Keys that nothing asked for are a problem (`finish`)."""

    data: Mapping[str, Any]
    file: str
    where: str
    problems: list[Problem]
    used: set[str] = field(default_factory=set)
    children: dict[str, list["Row"]] = field(default_factory=dict)
    # Of a whole file: whether it could be read.
    is_read: bool = True

    @property
    def line(self) -> int:
        return getattr(self.data, "line", 1)

    def fail(self, reason: str) -> None:
        self.problems.append(Problem(self.file, self.line, self.where, reason))

    def has_failed(self, key: str) -> bool:
        """Whether something is said to be wrong with this key of the row already."""
        return any(
            problem.reason.startswith(key)
            for problem in self.problems
            if (problem.file, problem.line, problem.where) == (self.file, self.line, self.where)
        )

    def has(self, key: str) -> bool:
        return self.data.get(key) not in (None, "", [])

    def _take(self, key: str) -> Any:
        self.used.add(key)
        return self.data.get(key)

    def text(self, key: str, *, required: bool = False, limit: int = 20_000) -> str:
        value = self._take(key)
        if value is None:
            value = ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.fail(f"{key} must be text; put it in quotes")
            return ""
        text = str(value).strip()
        if _UNSTORABLE.search(text):
            self.fail(f"{key} holds a character that cannot be stored")
            return ""
        if required and not text:
            self.fail(f"{key} is missing")
        if len(text) > limit:
            self.fail(f"{key} must be {limit:,} characters or fewer")
        return text

    def texts(self, key: str) -> list[str]:
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(f"{key} must be a list of texts")
            return []
        return [item.strip() for item in value]

    def parted(self, key: str) -> str:
        """One text, or the list of its parts where a page break of the document parts it."""
        if isinstance(self.data.get(key), list):
            return " ".join(self.texts(key))
        return self.text(key)

    def decimal(self, key: str, *, required: bool = False) -> Decimal | None:
        value = self._take(key)
        if value is None or value == "":
            if required:
                self.fail(f"{key} is missing")
            return None
        if isinstance(value, float):
            self.fail(f"{key}: write {value} in quotes, so that it stays exact")
            return None
        text = str(value).strip()
        if isinstance(value, bool) or not _NUMBER.fullmatch(text):
            self.fail(f"{key} must be a number, like 4.3, not {value!r}")
            return None
        return self._within_range(key, Decimal(text))

    def _within_range(self, key: str, number: Decimal) -> Decimal | None:
        digits = number.normalize().as_tuple()
        if len(digits.digits) > MAX_SIGNIFICANT_DIGITS or int(digits.exponent) < -MAX_DECIMALS:
            self.fail(
                f"{key} must have {MAX_SIGNIFICANT_DIGITS} digits or fewer, "
                f"{MAX_DECIMALS} of them decimals"
            )
            return None
        if abs(number) >= Decimal(10) ** 12:
            self.fail(f"{key} must be less than 1,000,000,000,000")
            return None
        return number

    def whole(self, key: str, *, default: int | None = None) -> int | None:
        value = self._take(key)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
            self.fail(f"{key} must be a whole number, like 12, not {value!r}")
            return default
        return int(value)

    def day(self, key: str, *, required: bool = False) -> date | None:
        value = self._take(key)
        if value is None or value == "":
            if required:
                self.fail(f"{key} is missing")
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{key} must be a real date, like 2019-03-31, not {value!r}")
            return None

    def boolean(self, key: str, *, default: bool | None = None) -> bool | None:
        value = self._take(key)
        if value is None or value == "":
            return default
        if not isinstance(value, bool):
            self.fail(f"{key} must be true or false, not {value!r}")
            return default
        return value

    def choice(
        self, key: str, allowed: Iterable[str], *, default: str = "", required: bool = False
    ) -> str:
        text = self.text(key) or default
        codes = [str(code) for code in allowed]
        if not text:
            if required:
                self.fail(f"{key} is missing; it must be one of {', '.join(codes)}")
        elif text not in codes:
            self.fail(f"{key} must be one of {', '.join(c for c in codes if c)}, not {text!r}")
            return default
        return text

    def row(self, key: str) -> "Row":
        """The mapping under a key: the same object at every call, so that loaders share it."""
        if key not in self.children:
            value = self._take(key)
            if value is not None and not isinstance(value, dict):
                self.fail(f"{key} must be a mapping")
                value = None
            self.children[key] = [self._child(value or {}, key)]
        return self.children[key][0]

    def rows(self, key: str) -> list["Row"]:
        """The list of mappings under a key; likewise the same objects at every call."""
        if key not in self.children:
            value = self._take(key) or []
            if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
                self.fail(f"{key} must be a list of rows")
                value = []
            self.children[key] = [
                self._child(item, f"{key} {place}") for place, item in enumerate(value, 1)
            ]
        return self.children[key]

    def _child(self, data: Mapping[str, Any], where: str) -> "Row":
        if not hasattr(data, "line"):
            lined = _LinedDict(data)
            lined.line = self.line
            data = lined
        path = f"{self.where}, {where}" if self.where else where
        return Row(data, self.file, path, self.problems)

    def finish(self) -> None:
        """Report keys that no loader asked for: a misspelt key must not lose its value."""
        unknown = sorted(str(key) for key in self.data if key not in self.used)
        if unknown:
            self.fail(f"unknown key: {', '.join(unknown)}")
        for children in self.children.values():
            for child in children:
                child.finish()


def read(path: Path, *, root: Path, problems: list[Problem]) -> Row:
    """The file's top mapping; a file that is not YAML is a problem, not a traceback."""
    name = path.relative_to(root).as_posix()
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except (OSError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "nested too deeply"
        problems.append(Problem(name, 1, "", f"cannot be read: {reason}"))
        data = None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(Problem(name, line, "", f"cannot be read as UTF-8: {error.reason}"))
        data = None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        problems.append(Problem(name, line, "", f"cannot be read: {reason}"))
        data = None
    else:
        if not isinstance(data, dict):
            reason = "must be a mapping at the top" if data else "holds nothing"
            problems.append(Problem(name, 1, "", reason))
            data = None
    return Row(data or _LinedDict(), name, "", problems, is_read=data is not None)


def digest(root: Path) -> str:
    """One hash over every fixture file, its name included: tells whether there is news."""
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.yaml")):
        total.update(path.relative_to(root).as_posix().encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
