"""A second, slow SPC: every rule as a window of the reference's own kind, sums in fractions.

Written from the published rules in the way the reference pads and slides its windows, and not
from `kpis.spc`: runs, steps and sums are found differently here on purpose.
"""

import math
from fractions import Fraction

HIGH = ("Above", "Increasing")
LOW = ("Below", "Decreasing")


def mean(numbers):
    """The reference's two passes, each step rounded to the 64 bits of an extended double."""
    if not numbers:
        return None
    if math.inf in numbers:
        return math.inf
    values, total, left = [Fraction(number) for number in numbers], Fraction(0), Fraction(0)
    for value in values:
        total = extended(total + value)
    first = extended(total / len(values))
    for value in values:
        left = extended(left + extended(value - first))
    return float(extended(first + extended(left / len(values))))


def extended(number):
    """The nearest number of 64 significant bits; `round` takes halves to even."""
    size = abs(number)
    if not size:
        return number
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if size < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** (exponent - 63)
    return round(number / unit) * unit


def slow_analysis(case):
    """The fields of a worked example, for rows in date order."""
    rows = sorted(zip(case["dates"], case["values"], strict=True))
    groups, number = {}, 0
    for on, value in rows:
        number += on in set(case.get("rebase") or ())
        groups.setdefault(number, []).append((on, value))
    result = {name: [] for name in ("rebase_group", "dates", *COLUMNS)} | {"groups": []}
    for number, members in groups.items():
        part = slow_segment([value for _, value in members], case)
        result["rebase_group"] += [number] * len(members)
        result["dates"] += [on.isoformat() for on, _ in members]
        for name in COLUMNS:
            result[name] += part[name]
        result["groups"].append(slow_group(number, part, case, number == max(groups)))
    last = result["groups"][-1]
    result["warning"] = any(result["short_group_warning"])
    result["variation_type"] = last["variation_type"]
    result["assurance_type"] = last["assurance_type"]
    result["variation_icon"] = icon(last["variation_type"], case["improvement_direction"])
    result["assurance_icon"] = {
        None: "none",
        "inconsistent": "inconsistent",
        "consistent_pass": "pass",
        "consistent_fail": "fail",
    }[last["assurance_type"]]
    return result


COLUMNS = (
    "mean",
    "lpl",
    "upl",
    "nlpl",
    "nupl",
    "relative_to_mean",
    "outside_limits",
    "close_to_limits",
    "special_cause_type",
    "point_type",
    "short_group_warning",
    "limits_status",
)


def slow_segment(values, case):
    centre, average = slow_limits(values, case)
    n = len(values)
    known = centre is not None and average is not None
    lines = {
        "mean": centre,
        "lpl": centre - 2.66 * average if known else None,
        "upl": centre + 2.66 * average if known else None,
        "nlpl": centre - (2 * (2.66 / 3)) * average if known else None,
        "nupl": centre + (2 * (2.66 / 3)) * average if known else None,
    }
    side, outside, close = [], [], []
    for value in values:
        difference = None if value is None or centre is None else Fraction(value) - Fraction(centre)
        side.append(
            None if difference is None else (1 if difference > 0 else -1 if difference else 0)
        )
        if value is None or not known:
            outside.append(None)
            close.append(None)
        else:
            outside.append(value > lines["upl"] or value < lines["lpl"])
            within = not (value > lines["upl"] or value < lines["lpl"])
            close.append(within and (value > lines["nupl"] or value < lines["nlpl"]))
    labels = slow_labels(values, side, outside, close, case)
    return {
        **{name: [line] * n for name, line in lines.items()},
        "relative_to_mean": side,
        "outside_limits": outside,
        "close_to_limits": close,
        "special_cause_type": labels,
        "point_type": [kind(label, case["improvement_direction"]) for label in labels],
        "short_group_warning": [n < 13] * n,
        "limits_status": [slow_status(average, n)] * n,
    }


def slow_limits(values, case):
    baseline = values[: case.get("fix_after_n_points") or len(values)]
    ranges = []
    for row in range(1, len(baseline)):
        if baseline[row] is not None and baseline[row - 1] is not None:
            ranges.append(abs(baseline[row] - baseline[row - 1]))
    average = mean(ranges)
    if case.get("screen_outliers", True) and ranges:
        average = mean([size for size in ranges if size < 3.267 * average])
    return mean([value for value in baseline if value is not None]), average


def slow_status(average, n):
    if average is None:
        return "none"
    return "collapsed" if average == 0 else "trial" if n < 13 else "ok"


def slow_labels(values, side, outside, close, case):
    trend_length, shift_length = case.get("trend_length", 7), case.get("shift_length", 7)
    trend = in_trend(values, trend_length)
    shift = in_shift(side, shift_length)
    near = close
    if case.get("two_sigma_counts_outside"):
        near = [None if c is None else c or o for c, o in zip(close, outside, strict=True)]
    two = in_two_of_three(side, near)
    labels = []
    for row, where in enumerate(side):
        above = "Above" if where == 1 else "Below"
        if outside[row]:
            labels.append("Above UCL" if where == 1 else "Below LCL")
        elif trend[row]:
            change = "In" if trend_sign(values, trend, row) == 1 else "De"
            labels.append(f"{trend_length} Point Trend ({change}creasing)")
        elif two[row]:
            labels.append(f"2 in 3 {above} CL")
        elif shift[row]:
            labels.append(f"{shift_length} Points {above} CL")
        else:
            labels.append("Common Cause")
    return labels


def in_trend(values, length):
    marked = [False] * len(values)
    for end in range(length - 1, len(values)):
        window = values[end - length + 1 : end + 1]
        if None in window:
            continue
        if window == sorted(set(window)) or window[::-1] == sorted(set(window)):
            for row in range(end - length + 1, end + 1):
                marked[row] = True
    return marked


def trend_sign(values, marked, row):
    has_next = row + 1 < len(values) and marked[row + 1]
    first, second = (row, row + 1) if has_next else (row - 1, row)
    change = values[second] - values[first]
    return 1 if change > 0 else -1 if change < 0 else 0


def in_shift(side, length):
    marked = [False] * len(side)
    for end in range(length - 1, len(side)):
        window = side[end - length + 1 : end + 1]
        if window in ([1] * length, [-1] * length):
            for row in range(end - length + 1, end + 1):
                marked[row] = True
    return marked


def in_two_of_three(side, near):
    padded_side, padded_near = [0, 0, *side, 0, 0], [False, False, *near, False, False]
    marked = []
    for row in range(len(side)):
        windows = [slice(row + start, row + start + 3) for start in range(3)]
        fires = any(
            padded_side[window] in ([1, 1, 1], [-1, -1, -1])
            and sum(bool(is_near) for is_near in padded_near[window]) >= 2
            for window in windows
        )
        marked.append(bool(near[row]) and fires)
    return marked


def kind(label, direction):
    is_high = any(word in label for word in HIGH)
    is_low = any(word in label for word in LOW)
    if not is_high and not is_low:
        return "common_cause"
    if direction == "neutral":
        return "special_cause_neutral_high" if is_high else "special_cause_neutral_low"
    is_better = is_high if direction == "increase" else is_low
    return "special_cause_improvement" if is_better else "special_cause_concern"


def icon(point_type, direction):
    if "improvement" in point_type or "concern" in point_type:
        rises = ("improvement" in point_type) == (direction == "increase")
        return point_type.replace("special_cause_", "") + ("_high" if rises else "_low")
    return point_type.replace("special_cause_", "")


def slow_group(number, part, case, is_last):
    kinds = part["point_type"]
    return {
        "rebase_group": number,
        "n": len(kinds),
        "common_cause": sum(kind == "common_cause" for kind in kinds),
        "special_cause_improvement": sum(kind.endswith("improvement") for kind in kinds),
        "special_cause_concern": sum(kind.endswith("concern") for kind in kinds),
        "variation_type": kinds[-1],
        "assurance_type": slow_assurance(part, case) if is_last else None,
    }


def slow_assurance(part, case):
    target, direction = case.get("target"), case["improvement_direction"]
    if target is None or direction == "neutral":
        return None
    lower, upper = part["lpl"][-1], part["upl"][-1]
    if lower is None or lower <= target <= upper:
        return "inconsistent"
    is_above = target > upper
    return "consistent_fail" if is_above == (direction == "increase") else "consistent_pass"
