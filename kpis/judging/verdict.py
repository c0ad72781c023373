"""What a value was compared with, and the colour that came of it. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from kpis.judging.spans import Span
from kpis.rag import Rag


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A value against one target in force.

    `value` is what the window's own basis asks for. Where that is a share of a year's amount,
    `year_value` is the whole of it (and `year_upper` of a band), and `span` says how large a share
    of a window without a figure.
    """

    is_primary: bool
    rag: Rag
    value: Decimal | None = None
    upper: Decimal | None = None
    year_value: Decimal | None = None
    year_upper: Decimal | None = None
    span: Span | None = None
    floor: Decimal | None = None
    floor_is_default: bool = False
    variance: Decimal | None = None
    carried_forward: bool = False
    due_date_passed: bool = False
