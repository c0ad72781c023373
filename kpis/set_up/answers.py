"""The answers to choose from when a measure is set up, each with its code."""

from kpis.judging.wording import OPERATOR_WORDS

KINDS = [
    ("quantitative", "A figure: a number, a percentage, a sum"),
    ("milestone", "A milestone: it is done or not, by a day"),
]
DIRECTIONS = [
    ("", "Choose"),
    ("higher_is_better", "Higher is better"),
    ("lower_is_better", "Lower is better"),
    ("band", "Within a range is best"),
    ("neutral", "Neither: it is shown, and not rated"),
]
FREQUENCIES = [
    ("", "Choose"),
    ("monthly", "Every month"),
    ("quarterly", "Every quarter"),
    ("half_yearly", "Every half-year"),
    ("annual", "Once a year"),
    ("one_off", "Once"),
]
JUDGED = [
    ("month", "The period itself"),
    ("year_to_date", "The year to date, from April"),
    ("rolling_12", "The last 12 months together"),
]
OVER_TIME = [
    ("last", "The last one counts: a number at the month's end"),
    ("sum", "They are added up: people seen, pounds spent"),
    ("ratio_of_sums", "Both parts are added up: a percentage of all"),
    ("mean", "Their average"),
]
LEVELS = [
    ("trust", "The trust as a whole, one figure"),
    ("care_group", "Each care group its own"),
]
ROLL_UPS = [
    ("", "Choose"),
    ("none", "They do not: the trust has no figure of its own"),
    ("ratio_of_sums", "Both parts are added up: a percentage of all"),
    ("sum", "They are added up"),
    ("weighted_mean", "Their average, weighted by what it is out of"),
    ("latest", "The latest one counts"),
]
QUALITY = [("", "Not assessed"), ("sufficient", "Yes"), ("insufficient", "No")]
OPERATORS = [("", "As usual for its better way"), *OPERATOR_WORDS.items()]
YEARS = [("3", "April to March"), ("12", "January to December")]
