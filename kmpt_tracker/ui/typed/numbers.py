"""Reads a typed number by one strict set of rules for forms and imports. Pure, never float.

Accepted are plain digits, groups of exactly three, one decimal point, a sign, and the symbol of
the measure's own unit (% or £). Everything else is refused with a message that says what to type;
nothing is guessed. docs/input.md has the table of what is accepted and refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from kmpt_tracker.ui.formats import MINUS, MONEY_SUFFIXES, format_value

LARGEST = Decimal(999_999_999_999)
MOST_DECIMALS = 6
MOST_DIGITS = 15
STORED_DECIMALS = 6
LONGEST = 400
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)

# Invisible characters that Word, Excel and web pages leave in a copied cell. Those without width
# are removed anywhere; spaces of any width are removed from both ends.
_UNSEEN = dict.fromkeys(map(ord, "\u180e\u200b\u200c\u200d\u2060\ufeff"))
SPACES = (
    " \t\n\r\f\v\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

_GAP = "[ \u00a0\u2009\u202f]*"
_SIGN = "(?P<sign>[+\\-\u2212]?)"
_DIGITS = (
    "(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<group>[, \u00a0\u2009\u202f])[0-9]{3}"
    "(?:(?P=group)[0-9]{3})*)(?:\\.(?P<part>[0-9]+))?"
)
_SMALL = "(?P<whole>)\\.(?P<part>[0-9]+)"
_PLAIN = ("{sign}{number}",)
_PERCENT = ("{sign}{number}(?:{gap}%)?",)
_MONEY = (
    "{sign}{gap}£?{gap}{number}",
    "£{gap}{sign}{number}",
    "(?P<sign>\\(){gap}£?{gap}{number}{gap}\\)",
    "£{gap}(?P<sign>\\(){gap}{number}{gap}\\)",
)
_DECIMAL_COMMA = re.compile(f"{_SIGN}[0-9]+,[0-9]+{_GAP}%?")
# What people write where there is no figure: the message offers "No data".
_ABSENT = frozenset(
    {"n/a", "na", "n.a.", "n.a", "nil", "none", "null", "nk", "tbc", "tba", "tbd", "?", "x"}
    | {"-", "--", "---", "\u2013", "\u2014", MINUS, ".", "..", "..."}
    | {"unknown", "missing", "not known", "not applicable", "not available", "no data"}
    # The marks of published statistics: suppressed, confidential, low, not available.
    | {"*", "**", "~", ":", "c", "z", "[c]", "[low]", "[u]", "[x]", "[z]", "suppressed"}
)
# A small number that was made coarse before it was published: "<5", "1-4", "fewer than 5".
_COARSE = re.compile("(?:<=?|\u2264|less than|fewer than|under) ?[0-9]+|1 ?[-\u2013] ?[0-9]", re.I)
_COUNTED = frozenset({"count", "part", "beds", "times"})


def _patterns(forms: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(form.format(sign=_SIGN, gap=_GAP, number=number))
        for form in forms
        for number in (_DIGITS, _SMALL)
    )


_GRAMMAR = {"percent": _patterns(_PERCENT)} | dict.fromkeys(MONEY_SUFFIXES, _patterns(_MONEY))
_PLAIN_GRAMMAR = _patterns(_PLAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRules:
    """What one box accepts, and the words for its messages.

    `decimals` is how many may be typed: never more than 6, and 2 for pounds; `shown` is how many
    the tracker shows. A count is 0 or more unless a minimum says otherwise. `period` completes
    "Enter referrals for October 2026".
    """

    name: str
    unit: str = "count"
    decimals: int = MOST_DECIMALS
    shown: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    example: str = ""
    allow_empty: bool = False
    offers_no_data: bool = True
    period: str = ""
    repeat_check: bool = False
    previous: str = "last month"
    history_in: str = "months"

    @property
    def places(self) -> int:
        most = 2 if self.unit == "pounds" else MOST_DECIMALS
        return max(0, min(self.decimals, most))

    @property
    def lowest(self) -> Decimal | None:
        if self.minimum is None and self.unit in _COUNTED:
            return Decimal(0)
        return self.minimum


@dataclass(frozen=True, slots=True)
class Parsed:
    """A result: a value, or an error that says what to type, or neither when the box is empty."""

    value: Decimal | None = None
    error: str | None = None
    blank: bool = False


def tidy(text: str) -> str:
    """Remove invisible characters, and spaces of any width at both ends.

    Also remove the one apostrophe with which a spreadsheet marks a number as text: '92.4 is 92.4.
    """
    text = text.translate(_UNSEEN).strip(SPACES)
    return text[1:].strip(SPACES) if len(text) > 1 and text[0] == "'" else text


def parse_number(text: str, rules: NumberRules) -> Parsed:
    """The number in a box, cell or column, by the rules of its measure."""
    text = tidy(text)
    if not text:
        error = None if rules.allow_empty else enter(rules.name, rules.period)
        return Parsed(error=error, blank=True)
    grammar = _GRAMMAR.get(rules.unit, _PLAIN_GRAMMAR) if len(text) <= LONGEST else ()
    for pattern in grammar:
        if found := pattern.fullmatch(text):
            return _judge(found, rules)
    percentages = _GRAMMAR["percent"] if grammar and rules.unit in _COUNTED else ()
    if any(pattern.fullmatch(text) for pattern in percentages):
        asked = "number" if rules.places else "count"
        said = f"{text} is a percentage: enter the {asked} ({lower_first(rules.name)})"
        return Parsed(error=said)
    return Parsed(error=f"{rules.name} must {_how_to_type(text, rules)}")


def _judge(found: re.Match[str], rules: NumberRules) -> Parsed:
    whole = re.sub("[^0-9]", "", found["whole"]).lstrip("0")
    part = (found["part"] or "").rstrip("0")
    is_negative = found["sign"] in ("-", MINUS, "(")
    if len(whole) > len(str(LARGEST)):
        return Parsed(error=f"{rules.name} must {_range(rules, is_negative=is_negative)}")
    if part and rules.places == 0:
        return Parsed(error=f"{rules.name} must be a whole number, like 12")
    if len(part) > rules.places:
        noun = "place" if rules.places == 1 else "places"
        return Parsed(error=f"{rules.name} must have {rules.places} decimal {noun} or fewer")
    if len((whole + part).strip("0")) > MOST_DIGITS:
        return Parsed(error=f"{rules.name} must have {MOST_DIGITS} digits or fewer")
    typed = (found["part"] or "")[: rules.places]
    value = Decimal(f"{whole or '0'}.{typed}" if typed else whole or "0")
    if is_negative and value:
        value = value.copy_negate()
    outside = out_of_range(value, rules)
    return Parsed(error=f"{rules.name} {outside}") if outside else Parsed(value=value)


def out_of_range(value: Decimal, rules: NumberRules) -> str | None:
    """ "must be between 0 and 100", or None when the value is in range."""
    lowest, highest = rules.lowest, rules.maximum
    if lowest is None:
        lowest = -LARGEST
    if highest is None:
        highest = LARGEST
    if lowest <= value <= highest:
        return None
    return f"must {_range(rules, is_negative=value < lowest)}"


def _range(rules: NumberRules, *, is_negative: bool) -> str:
    lowest, highest = rules.lowest, rules.maximum
    if lowest is not None and highest is not None:
        return f"be between {_bare(lowest)} and {_bare(highest)}"
    if is_negative:
        return f"be {_bare(-LARGEST if lowest is None else lowest)} or more"
    return f"be {_bare(LARGEST if highest is None else highest)} or fewer"


def _bare(number: Decimal) -> str:
    return format_value(number, "")


def _how_to_type(text: str, rules: NumberRules) -> str:
    """The message that says what to type, as specific as the typed text allows."""
    is_absent = text.casefold() in _ABSENT or text.startswith("#") or bool(_COARSE.fullmatch(text))
    offer = ', or choose "No data"' if is_absent and rules.offers_no_data else ""
    if rules.unit in MONEY_SUFFIXES:
        return _MONEY_FORMS[rules.unit] + offer
    if rules.places and len(text) <= MOST_DIGITS and _DECIMAL_COMMA.fullmatch(text):
        digits = re.sub("[^0-9,]", "", text).replace(",", ".")
        return f"use a decimal point, like {digits}"
    grouped = re.fullmatch("[0-9]+(?:[,. ][0-9]+)+", text)
    return f"be a number, like {_example(rules, '1234' if grouped else '30')}{offer}"


_MONEY_FORMS = {
    "pounds": "be pounds and pence, like 1250.50",
    "pounds_thousand": "be thousands of pounds, like 1250 for £1,250,000",
    "pounds_million": "be millions of pounds, like 1.25 for £1,250,000",
}


def _example(rules: NumberRules, usual: str) -> str:
    """The usual example, or one that this box would accept."""
    if rules.example:
        return rules.example
    if out_of_range(Decimal(usual), rules) is None:
        return usual
    bounds = [bound for bound in (rules.lowest, rules.maximum) if bound is not None]
    middle = sum(bounds, Decimal(0)) / len(bounds)
    for guess in (middle.to_integral_value(), middle, *bounds):
        if out_of_range(guess, rules) is None:
            return f"{guess:f}"
    return usual


def enter(name: str, period: str = "") -> str:
    """Enter referrals for October 2026."""
    return f"Enter {lower_first(name)}{f' for {period}' if period else ''}"


def lower_first(name: str) -> str:
    """A name for use within a sentence; abbreviations such as ED and NHS keep their capitals."""
    first = name.split(" ", 1)[0]
    return name if first[1:] != first[1:].lower() else name[:1].lower() + name[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsRules:
    """The rules for a numerator and a denominator together."""

    name: str
    numerator_name: str
    denominator_name: str
    unit: str = "percent"
    decimals: int = 1
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    numerator_may_exceed_denominator: bool = False
    allow_empty: bool = False
    period: str = ""


@dataclass(frozen=True, slots=True)
class JudgedParts:
    """A value from its two parts. 0 of 0 is no activity: not 0%, not 100%, and not an error."""

    value: Decimal | None = None
    error: str | None = None
    error_field: str = ""
    is_no_activity: bool = False
    blank: bool = False


def judge_parts(
    numerator: Decimal | None,
    denominator: Decimal | None,
    typed: Decimal | None,
    rules: PartsRules,
) -> JudgedParts:
    """The value of two parts (100 × for a percentage), to six decimals.

    `typed` is a value typed as well as the parts: it must agree to the decimals it was typed with.
    """
    if numerator is None and denominator is None and typed is None:
        error = None if rules.allow_empty else enter(rules.name, rules.period)
        return JudgedParts(error=error, error_field="numerator" if error else "", blank=True)
    if numerator is None:
        return JudgedParts(error=enter(rules.numerator_name), error_field="numerator")
    if denominator is None:
        return JudgedParts(error=enter(rules.denominator_name), error_field="denominator")
    for value, name, field in (
        (numerator, rules.numerator_name, "numerator"),
        (denominator, rules.denominator_name, "denominator"),
    ):
        if value < 0:
            return JudgedParts(error=f"{name} must be 0 or more", error_field=field)
    if denominator == 0:
        return _out_of_nothing(numerator, typed, rules)
    return _out_of_some(numerator, denominator, typed, rules)


def _out_of_nothing(numerator: Decimal, typed: Decimal | None, rules: PartsRules) -> JudgedParts:
    if numerator:
        message = f"{rules.denominator_name} must be 1 or more"
        return JudgedParts(error=message, error_field="denominator")
    if typed is not None:
        shown = format_value(typed, rules.unit, _places(typed, rules))
        return JudgedParts(error=f"0 of 0 is no activity, not {shown}", error_field="value")
    return JudgedParts(is_no_activity=True)


def _out_of_some(
    numerator: Decimal, denominator: Decimal, typed: Decimal | None, rules: PartsRules
) -> JudgedParts:
    if numerator > denominator and not rules.numerator_may_exceed_denominator:
        return JudgedParts(
            error=f"{rules.numerator_name} ({_bare(numerator)}) must be the same as or fewer "
            f"than {lower_first(rules.denominator_name)} ({_bare(denominator)})",
            error_field="numerator",
        )
    scale = 100 if rules.unit == "percent" else 1
    exact = _EXACT.divide(numerator * scale, denominator)
    # Pages round the stored six decimals: 148 of 1,089 is kept as 13.590450 and shown as 13.5905.
    if typed is not None and not (_agrees(exact, typed) or _agrees(_stored(exact), typed)):
        places = _places(typed, rules)
        message = (
            f"{_bare(numerator)} of {_bare(denominator)} is "
            f"{format_value(exact, rules.unit, places)}, "
            f"not {format_value(typed, rules.unit, places)}"
        )
        return JudgedParts(error=message, error_field="value")
    limits = NumberRules(
        name=rules.name, unit=rules.unit, minimum=rules.minimum, maximum=rules.maximum
    )
    if outside := out_of_range(exact, limits):
        return JudgedParts(error=f"{rules.name} {outside}", error_field="numerator")
    return JudgedParts(value=_stored(exact))


def _agrees(exact: Decimal, typed: Decimal) -> bool:
    return exact.quantize(Decimal(1).scaleb(-_decimals(typed)), context=_EXACT) == typed


def _places(typed: Decimal, rules: PartsRules) -> int:
    return max(_decimals(typed), rules.decimals)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _stored(exact: Decimal) -> Decimal:
    """Six decimals, or fewer where six would take more than 15 digits."""
    places = min(STORED_DECIMALS, MOST_DIGITS - max(exact.adjusted() + 1, 1))
    rounded = exact.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    return Decimal(f"{rounded:f}".rstrip("0").rstrip(".")) if places else rounded
