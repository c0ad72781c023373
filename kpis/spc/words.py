"""The words of SPC, spelt as the reference spells them: rules, kinds of point, icons."""

from __future__ import annotations

from kpis.rag import Direction

COMMON_CAUSE = "common_cause"
IMPROVEMENT = "special_cause_improvement"
CONCERN = "special_cause_concern"
NEUTRAL_HIGH = "special_cause_neutral_high"
NEUTRAL_LOW = "special_cause_neutral_low"
POINT_TYPES = (COMMON_CAUSE, IMPROVEMENT, CONCERN, NEUTRAL_HIGH, NEUTRAL_LOW)

NO_SIGNAL = "Common Cause"
NONE = "none"

CONSISTENT_PASS, CONSISTENT_FAIL, INCONSISTENT = (
    "consistent_pass",
    "consistent_fail",
    "inconsistent",
)
ASSURANCE_ICONS = {
    CONSISTENT_PASS: "pass",
    CONSISTENT_FAIL: "fail",
    INCONSISTENT: "inconsistent",
    None: NONE,
}

# Limits of a segment: undefined, of no width, of fewer than FIRM_POINTS rows, firm.
NO_LIMITS, COLLAPSED, TRIAL, OK = "none", "collapsed", "trial", "ok"
LIMITS_STATUSES = (NO_LIMITS, COLLAPSED, TRIAL, OK)
# Making Data Count gives limits and icons from 13 points on; the reference warns below that.
FIRM_POINTS = 13
SHORTEST_BASELINE = 12
# The lengths that the tracker offers for a series; the engine itself takes any longer one.
LONGEST_BASELINE = 999

INCREASE, DECREASE, NEUTRAL = "increase", "decrease", "neutral"
_SIGNS = {INCREASE: 1, DECREASE: -1, NEUTRAL: 0}
_DIRECTIONS = {
    Direction.HIGHER_IS_BETTER: INCREASE,
    Direction.LOWER_IS_BETTER: DECREASE,
    Direction.BAND: NEUTRAL,
    Direction.NEUTRAL: NEUTRAL,
}

# Signals by rank: the first that applies names the point. Each has a high and a low side.
OUTSIDE, TREND, TWO_IN_THREE, SHIFT = range(4)


def improvement_direction_of(word: str) -> str:
    """increase, decrease or neutral, from that word or from a measure's direction.

    A band has no better side on a control chart: it is read as neutral.
    """
    if isinstance(word, str) and word in _SIGNS:
        return str(word)
    try:
        return _DIRECTIONS[Direction(word)]
    except ValueError:
        raise ValueError(
            f"improvement_direction is {word!r}. Use increase, decrease or neutral."
        ) from None


def sign_of(improvement_direction: str) -> int:
    """+1 when a rise is better, −1 when a fall is, 0 when neither."""
    return _SIGNS[improvement_direction_of(improvement_direction)]


def rule_labels(trend_length: int = 7, shift_length: int = 7) -> tuple[tuple[str, str], ...]:
    """The (high, low) labels of the four rules, in their order of precedence."""
    return (
        ("Above UCL", "Below LCL"),
        (f"{trend_length} Point Trend (Increasing)", f"{trend_length} Point Trend (Decreasing)"),
        ("2 in 3 Above CL", "2 in 3 Below CL"),
        (f"{shift_length} Points Above CL", f"{shift_length} Points Below CL"),
    )


def point_type_of(signal: int, sign: int) -> str:
    """The kind of a point from its signal (+1 high, −1 low, 0 none) and the better side."""
    if signal == 0:
        return COMMON_CAUSE
    if sign == 0:
        return NEUTRAL_HIGH if signal > 0 else NEUTRAL_LOW
    return IMPROVEMENT if signal == sign else CONCERN


def variation_icon_of(point_type: str, sign: int) -> str:
    """The variation icon. High or low is the side of the signal, not the side of the mean."""
    if point_type == IMPROVEMENT:
        return "improvement_high" if sign > 0 else "improvement_low"
    if point_type == CONCERN:
        return "concern_low" if sign > 0 else "concern_high"
    return point_type.removeprefix("special_cause_")


def assurance_type_of(
    target: float | None, lower: float | None, upper: float | None, sign: int
) -> str | None:
    """The assurance icon. Strict: a target on a limit, or without limits, is `inconsistent`."""
    if target is None or sign == 0:
        return None
    if upper is not None and target > upper:
        return CONSISTENT_FAIL if sign > 0 else CONSISTENT_PASS
    if lower is not None and target < lower:
        return CONSISTENT_PASS if sign > 0 else CONSISTENT_FAIL
    return INCONSISTENT
