"""What is fixed once a figure is approved or a plan has promised something (record/fixed.py).

Once a figure of a measure is approved, or a plan has promised something on it, nothing may
change how it is counted or the wording of its parts, whichever way it is written. What a plan with
targets covers, how it is built and its tolerance are fixed, and so is who reported which figures.
`MeasureChange` and `ToleranceChange` say from when another wording or tolerance holds.
"""

from accounts.record.fixed import ALWAYS, Fixed

# How a measure is counted: a measure that counts differently is a new one.
COUNTED = (
    "kind",
    "unit",
    "direction",
    "frequency",
    "year_end_month",
    "collection_level",
    "roll_up",
    "over_time",
    "judged_on",
)
# Changed only from a date on, with a reason and by two people.
WORDED = ("definition", "numerator", "denominator")
TOLERANCE = "default_tolerance_percent"
IN_USE = (
    "EXISTS (SELECT 1 FROM kpis_target WHERE kpis_target.measure_id = OLD.id) OR EXISTS ("
    "SELECT 1 FROM kpis_series"
    " JOIN kpis_actual ON kpis_actual.series_id = kpis_series.id"
    " JOIN kpis_decision ON kpis_decision.actual_id = kpis_actual.id"
    " WHERE kpis_series.measure_id = OLD.id AND kpis_decision.outcome = 'approved')"
)
REPORTED = (
    "EXISTS (SELECT 1 FROM kpis_series"
    " JOIN kpis_actual ON kpis_actual.series_id = kpis_series.id"
    " JOIN kpis_decision ON kpis_decision.actual_id = kpis_actual.id"
    " WHERE kpis_decision.outcome = 'approved' AND {of})"
)
# The trust's series adds up those of the same measure.
OF_THE_TRUST = (
    "(kpis_series.measure_id = OLD.measure_id AND OLD.care_group_id IN ("
    "SELECT strategy_caregroup.id FROM strategy_caregroup"
    " WHERE strategy_caregroup.level = 'trust'))"
)
HAS_TARGETS = "EXISTS (SELECT 1 FROM kpis_target WHERE kpis_target.plan_id = {plan})"
OF_ITS_OBJECTIVE = (
    "(SELECT strategy_objective.plan_id FROM strategy_objective"
    " WHERE strategy_objective.id = OLD.objective_id)"
)
BEGUN = "OLD.starts_on <= CURRENT_DATE"
SUCCESSOR = (
    "is fixed: figures or targets rest on it. End this measure (its last day), start a successor "
    "that is counted the other way, and link the two"
)
BY_DATE = (
    "changes from a date on, with a reason, and a second person approves it: use “Change the "
    "definition” on the page of the measure"
)
AS_PUBLISHED = (
    "stands as published: targets of the plan rest on it, and past months would read otherwise. "
    "Change the dates of a target on the page of its measure, or enter the plan that follows"
)
BUILT = (
    "stands as published: past months are counted by it. What the plan says now in another place "
    "is a row of its own: add one"
)
FIGURES_REST = (
    "is fixed: approved figures rest on it. Set the last day of this row, and add another that "
    "begins then"
)
NAMED_BY = (
    "is fixed: files, addresses and earlier records name the row by it. Change the name that is "
    "shown, or add another row"
)
PERSON = (
    "is fixed once its first day has come: set the last day of this row, and add another that "
    "begins after it"
)

FIXED = (
    Fixed(
        "kpis_measure",
        COUNTED,
        IN_USE,
        "what gives the figures of a measure their meaning is fixed: end the measure, start a "
        "successor and link the two",
        SUCCESSOR,
        keys=("code",),
    ),
    Fixed(
        "kpis_measure",
        WORDED,
        IN_USE,
        "what gives the figures of a measure their meaning is fixed: change its wording from a "
        "date on",
        BY_DATE,
        part="worded",
        keys=("code",),
    ),
    Fixed(
        "kpis_measure",
        ("code",),
        IN_USE,
        "the code of a measure is fixed",
        NAMED_BY,
        part="named",
    ),
    Fixed(
        "kpis_measure",
        ("valid_from",),
        REPORTED.format(of="kpis_series.measure_id = OLD.id"),
        "the first day of a measure with figures is fixed",
        SUCCESSOR,
        part="begun",
        keys=("code",),
    ),
    Fixed(
        "kpis_series",
        ("measure_id", "care_group_id", "fed_by", "valid_from"),
        REPORTED.format(of=f"(kpis_series.id = OLD.id OR {OF_THE_TRUST})"),
        "who reported the figures of a series is fixed",
        "is fixed: approved figures rest on it. Set the last day of this series; what is counted "
        "or reported otherwise is a successor of the measure",
    ),
    Fixed(
        "kpis_measurelink",
        ("from_measure_id", "to_measure_id"),
        ALWAYS,
        "the measures of a link are fixed",
        "is fixed: link the other measure beside it",
    ),
    Fixed(
        "strategy_plan",
        (TOLERANCE,),
        HAS_TARGETS.format(plan="OLD.id"),
        "the tolerance of a plan with targets is changed from a date on",
        "of a plan with targets changes from a date on, with a reason, and a second person "
        "approves it: use “Change the tolerance” on the page of the plan",
        keys=("code",),
    ),
    Fixed(
        "strategy_plan",
        ("code", "starts_on", "ends_on", "published_on", "cited", "adopted_at", "opens_on"),
        HAS_TARGETS.format(plan="OLD.id"),
        "the dates of a plan with targets are fixed",
        AS_PUBLISHED,
        part="dated",
    ),
    Fixed(
        "strategy_ambition",
        ("plan_id", "kind", "position", "number"),
        HAS_TARGETS.format(plan="OLD.plan_id"),
        "the grouping of a plan with targets is fixed",
        BUILT,
    ),
    Fixed(
        "strategy_objective",
        ("plan_id", "ambition_id", "reference", "position"),
        HAS_TARGETS.format(plan="OLD.plan_id"),
        "the place of an objective in a plan with targets is fixed",
        BUILT,
    ),
    Fixed(
        "strategy_outcome",
        ("objective_id", "position"),
        HAS_TARGETS.format(plan=OF_ITS_OBJECTIVE),
        "the place of an outcome in a plan with targets is fixed",
        BUILT,
    ),
    Fixed(
        "strategy_action",
        ("objective_id", "position", "due_on", "due_as_published", "quarter"),
        HAS_TARGETS.format(plan=OF_ITS_OBJECTIVE),
        "the place and the dates of an action in a plan with targets are fixed",
        "stands as published. Record how the action stands, and why, on the page of its objective",
    ),
    Fixed(
        "strategy_caregroup",
        ("code", "level", "position"),
        "EXISTS (SELECT 1 FROM kpis_series WHERE kpis_series.care_group_id = OLD.id)",
        "the code, the level and the place of a care group that reports are fixed",
        "is fixed: figures, files and addresses name the care group by it. Set its last day, and "
        "add another care group that begins then",
    ),
    Fixed(
        "strategy_caregroup",
        ("valid_from",),
        REPORTED.format(of="kpis_series.care_group_id = OLD.id"),
        "the first day of a care group with figures is fixed",
        FIGURES_REST,
        part="begun",
        keys=("code",),
    ),
    Fixed(
        "strategy_trustname",
        ("name", "short_name", "valid_from"),
        "OLD.valid_from IS NULL OR OLD.valid_from <= CURRENT_DATE",
        "a name that the trust has borne is fixed",
        "is fixed: pages of past months carry it. Set the last day of this name, and add the new "
        "one from that day",
        keys=("name",),
    ),
    Fixed(
        "strategy_trustname",
        ("valid_to",),
        "OLD.valid_to <= CURRENT_DATE",
        "the end of a name that the trust no longer bears is fixed",
        "is past: pages of past months carry this name until then. Add a name for another time",
        part="ended",
        keys=("name",),
    ),
    Fixed("strategy_committee", ("code",), ALWAYS, "a code is fixed", NAMED_BY),
    Fixed(
        "strategy_sourcedocument",
        ("code", "title", "published_on", "published_precision"),
        ALWAYS,
        "a document stands as it was published",
        "stands as published: figures and statements name it as their source. Add the other "
        "document beside it",
        keys=("code",),
    ),
    Fixed("strategy_note", ("key",), ALWAYS, "a key is fixed", NAMED_BY),
    Fixed(
        "strategy_membership",
        ("user_id", "care_group_id", "kind", "starts_on"),
        BEGUN,
        "a membership that has begun is fixed",
        PERSON,
    ),
    Fixed(
        "strategy_postholding",
        ("user_id", "post", "starts_on"),
        BEGUN,
        "the holding of a post that has begun is fixed",
        PERSON,
    ),
    Fixed(
        "accounts_rolegrant",
        ("user_id", "role", "starts_on"),
        BEGUN,
        "a role that has begun is fixed",
        PERSON,
    ),
    Fixed(
        "accounts_user",
        ("username",),
        "EXISTS (SELECT 1 FROM accounts_auditevent WHERE accounts_auditevent.by_id = OLD.id)"
        " OR EXISTS (SELECT 1 FROM kpis_actual WHERE kpis_actual.recorded_by_id = OLD.id)"
        " OR EXISTS (SELECT 1 FROM kpis_decision WHERE kpis_decision.decided_by_id = OLD.id)",
        "the name of a person who is on record is fixed",
        "is fixed: the record says by it who did what. Change the first or last name, which pages "
        "show",
    ),
)
