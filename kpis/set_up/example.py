"""An example figure, read and judged as a return would read and judge it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kmpt_tracker.ui.formats import format_target, format_value
from kmpt_tracker.ui.typed import NumberRules, parse_number
from kpis.judging.digits import display_decimals
from kpis.judging.terms import MeasureTerms
from kpis.judging.wording import places
from kpis.rag import Direction, Operator, Rag, floor_misses, judge, operator_contradicts
from kpis.returns.cells import CellRead, CellRules, CellText, read_cell
from kpis.set_up.definition import Definition
from strategy.periods import Frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleText:
    """What was typed into the boxes of the example."""

    value: str = ""
    numerator: str = ""
    denominator: str = ""
    operator: str = ""
    target: str = ""
    upper: str = ""
    floor: str = ""

    @property
    def has_figure(self) -> bool:
        return any(text.strip() for text in (self.value, self.numerator, self.denominator))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The figure as it would be shown, its status, and what is wrong with what was typed."""

    words: str = ""
    rag: Rag | None = None
    remark: str = ""
    faults: tuple[str, ...] = ()


def rules_of(asked: Definition) -> CellRules:
    """What a return would accept for a measure that is set up so."""
    return CellRules(
        terms=MeasureTerms(
            code="example",
            direction=Direction(asked.direction or Direction.HIGHER_IS_BETTER),
            frequency=Frequency(asked.frequency or Frequency.MONTHLY),
            unit=asked.unit,
            decimals=asked.decimals,
            is_ratio=asked.has_parts,
        ),
        name=asked.name or "The figure",
        numerator_name=asked.numerator,
        denominator_name=asked.denominator,
        minimum=asked.minimum,
        maximum=asked.maximum,
        numerator_may_exceed_denominator=asked.numerator_may_exceed_denominator,
        whole_numbers_only=asked.whole_numbers_only,
    )


def judged(typed: ExampleText, asked: Definition) -> Example:
    """Read the figure by the measure's own rules, then judge it against the example's target."""
    if asked.is_milestone:
        return Example(words="A milestone has no figure: its return says how it stands.")
    lacking = [
        words
        for words, is_there in (("the unit", asked.unit), ("which way is better", asked.direction))
        if not is_there
    ]
    if lacking:
        return Example(faults=(f"Choose {' and '.join(lacking)} first",))
    rules = rules_of(asked)
    is_ratio = rules.terms.is_ratio
    cell = CellText(
        value="" if is_ratio else typed.value,
        numerator=typed.numerator if is_ratio else "",
        denominator=typed.denominator if is_ratio else "",
    )
    read = read_cell(cell, rules)
    if read.faults:
        return Example(faults=tuple(fault.message for fault in read.faults))
    if read.is_no_cases:
        return Example(
            words="0 of 0 is no cases: not applicable, never 0%.", rag=Rag.NOT_APPLICABLE
        )
    if read.value is None:
        return Example(faults=("Enter a figure",))
    return _against(typed, read, read.value, rules)


def _against(typed: ExampleText, read: CellRead, value: Decimal, rules: CellRules) -> Example:
    terms = rules.terms
    said = format_value(value, terms.unit, terms.decimals)
    if terms.direction is Direction.NEUTRAL:
        return Example(words=f"{said} is shown, and not rated: neither direction is better.")
    numbers, faults = {}, []
    for name, label in (("target", "Target"), ("upper", "Upper value"), ("floor", "Near target")):
        found = parse_number(
            getattr(typed, name), NumberRules(name=label, unit=terms.unit, allow_empty=True)
        )
        numbers[name] = found.value
        if found.error:
            faults.append(found.error)
    target, upper, floor = numbers["target"], numbers["upper"], numbers["floor"]
    usual = Operator.LE if terms.direction is Direction.LOWER_IS_BETTER else Operator.GE
    operator = Operator(typed.operator) if typed.operator else usual
    if terms.direction is Direction.BAND:
        operator = Operator.BETWEEN
    if target is None and not faults:
        return Example(words=f"{said} is shown, and not rated while there is no target.")
    if operator is Operator.BETWEEN and (upper is None or (target is not None and upper <= target)):
        faults.append("A band needs a lower and a higher value")
    if target is not None and not faults:
        problem = operator_contradicts(terms.direction, operator)
        if not problem and floor is not None:
            problem = floor_misses(target, floor, terms.direction, operator) or ""
        faults += [problem] if problem else []
    if faults or target is None:
        return Example(faults=tuple(faults))
    rag = judge(
        value,
        target=target,
        floor=floor,
        direction=terms.direction,
        operator=operator,
        upper=upper if operator is Operator.BETWEEN else None,
    ).rag
    decimals = display_decimals(
        value,
        terms.decimals,
        target=target,
        floor=floor,
        upper=upper if operator is Operator.BETWEEN else None,
        direction=terms.direction,
        operator=operator,
    )
    asked = format_target(
        operator.value, target, upper, terms.unit, max(terms.decimals, places(target))
    )
    said = format_value(value, terms.unit, decimals)
    return Example(words=f"{said} against {asked}", rag=rag, remark=" ".join(read.warnings))
