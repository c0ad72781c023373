"""SQL for the exact text of a cell, the same that its column gives in Python (ui/tabular.py)."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection, models

from kmpt_tracker.ui.formats import FORMULA, export_number
from kmpt_tracker.ui.tabular import WORDS, Kind

# PostgreSQL stores no text with a zero character, and accepts none in a pattern.
FORMULA_IN_SQL = f"^(?:{FORMULA})".replace("\x00", "\x01")
# Numbers that are kept as text.
PLAIN = r"^-?[0-9]+\.?[0-9]*$"
ANY = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
MICROSECONDS = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def text_of(name: str, kind: Kind, field: "models.Field[Any, Any] | None", guarded: bool) -> str:
    """SQL for the exact text of a cell, as `TEXTS` has it in Python."""
    is_postgresql = connection.vendor == "postgresql"
    if kind in WORDS:
        return (_words if is_postgresql else _words_sqlite)(name, guarded)
    if kind is Kind.NUMBER:
        return (_number if is_postgresql else _number_sqlite)(name, field)
    if kind is Kind.MOMENT and is_postgresql:
        # Most are of a whole second, and a pattern takes longer than the server's own text; to look
        # up a zone by its name, and to cut by a word, a third of that.
        at = f"{name} AT TIME ZONE INTERVAL '0'"
        return (
            f"CASE WHEN {name}::timestamptz(0) = {name}"
            f" THEN replace(({at})::text, ' ', 'T') || 'Z' ELSE to_char({at}, '{MICROSECONDS}') END"
        )
    if kind is Kind.MOMENT:
        return f"replace({name}, ' ', 'T') || 'Z'"
    if kind is Kind.BOOLEAN and not is_postgresql:
        return f"CASE WHEN {name} THEN 'true' WHEN NOT {name} THEN 'false' END"
    # As an expression, a day is text on SQLite too; as a column it would be read as a date.
    return f"{name}::text" if is_postgresql else f"{name} || ''"


def _words(name: str, guarded: bool) -> str:
    if not guarded:
        return f"NULLIF({name}, '')"
    # Most cells are empty or begin with a letter or digit, and the pattern takes ten times as long.
    # No formula begins with a character between A and z.
    first = f"ascii({name})"
    return (
        f"CASE WHEN {first} BETWEEN 65 AND 122 THEN {name} WHEN {name} = '' THEN NULL"
        f" WHEN {first} BETWEEN 48 AND 57 THEN {name}"
        f" WHEN {name} ~ {_quoted(FORMULA_IN_SQL)} THEN '''' || {name} ELSE {name} END"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def _number(name: str, field: "models.Field[Any, Any] | None") -> str:
    """Without trailing zeros. Text that was written outside the tracker may be no number."""
    if isinstance(field, models.TextField):
        text = f"trim_scale({name}::numeric)::text"
        # Nearly all are plain, which is found in half the time.
        return f"CASE WHEN {name} ~ '{PLAIN}' THEN {text} WHEN {name} ~ '{ANY}' THEN {text} END"
    if isinstance(field, models.FloatField):
        return (
            f"CASE WHEN abs({name}) BETWEEN 1e-4 AND 1e14 THEN {name}::float8::text"
            f" ELSE trim_scale({name}::text::numeric)::text END"
        )
    if isinstance(field, models.DecimalField):
        return f"trim_scale({name})::text"
    return f"{name}::text"


def _words_sqlite(name: str, guarded: bool) -> str:
    if not guarded:
        return f"NULLIF({name}, '')"
    return (
        f"CASE WHEN {name} GLOB '[A-Za-z0-9]*' THEN {name}"
        f" WHEN {name} <> '' THEN exact_words({name}) END"
    )


def _number_sqlite(name: str, field: "models.Field[Any, Any] | None") -> str:
    if isinstance(field, models.TextField):
        is_plain = (
            f"{name} GLOB '[1-9]*' OR {name} GLOB '-[1-9]*' OR {name} GLOB '0.*' OR {name} = '0'"
        )
        return (
            f"CASE WHEN NOT ({is_plain}) OR substr({name}, 2) GLOB '*[^0-9.]*'"
            f" THEN exact_number({name}) WHEN instr({name}, '.')"
            f" THEN rtrim(rtrim({name}, '0'), '.') ELSE {name} END"
        )
    if isinstance(field, models.FloatField):
        return (
            f"CASE WHEN {name} = CAST({name} AS INTEGER) AND abs({name}) < 1e15"
            f" THEN CAST({name} AS INTEGER) WHEN abs({name}) BETWEEN 1e-4 AND 1e15 THEN {name}"
            f" WHEN {name} IS NOT NULL THEN exact_number({name}) END"
        )
    if isinstance(field, models.DecimalField):
        places = field.decimal_places
        return (
            f"CASE WHEN typeof({name}) = 'real'"
            f" THEN rtrim(rtrim(printf('%%.{places}f', {name}), '0'), '.') ELSE {name} END"
        )
    return name


def exact_number(value: Any) -> str | None:
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    return None if number is None or not number.is_finite() else export_number(number)
