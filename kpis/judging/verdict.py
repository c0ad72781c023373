"""The target that a value was compared with, and the resulting colour. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from kpis.judging.spans import Span
from kpis.rag import Rag


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A value against one target in force.

    `value` is the target for the window, or for the span that is rated. Where that is a share of a
    year's amount, `year_value` is the whole amount (and `year_upper` its upper value, for a band);
    `span` then gives the share for a window without a figure.
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
