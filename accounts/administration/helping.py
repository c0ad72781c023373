"""What each box of the administration is for, in plain words, where the column itself does not say.

Kept here, not on the columns: a word about a box is no change of the database.
"""

EVERYWHERE = {
    "source_document": "The document that says it.",
    "source_section": "Where in the document: page, section or table.",
    "valid_from": "The first day it counts. Empty: it always did.",
    "valid_to": "The first day it no longer counts. Empty: no end is known.",
    "starts_on": "The first day.",
    "ends_on": "The first day no longer. Empty: no end is known.",
    "position": "Its place in the order, counted from 1.",
    "code": "For addresses and files, for ever: small letters, digits and hyphens.",
    "note": "What a reader should know of it. Never a person's name.",
    "interpretation_note": "How it is read, where that is not plain. Shown with the measure.",
    "statement": "In the words of the document.",
    "title": "Its heading, as printed.",
    "plan": "The plan that it is part of.",
    "objective": "The objective that it is part of.",
    "measure": "What is counted.",
    "care_group": "The care group, or the trust as a whole.",
    "user": "The person.",
    "owner": "The post that answers for it, not a person.",
    "published_on": "The day on which it was published.",
}
OF: dict[str, dict[str, str]] = {
    "accounts.User": {
        "password": "Nobody can read it. The person changes it on their own page.",
        "first_name": "As pages show it.",
        "last_name": "As pages show it.",
        "email": "Where invitations and reminders go.",
    },
    "accounts.RoleGrant": {
        "role": "What the person may do: see the table of roles in the documentation.",
        "starts_on": "The first day with this role.",
        "ends_on": "The first day without it. Empty: no end is known.",
    },
    "strategy.CareGroup": {
        "name": "As pages and returns show it.",
        "level": "What it is: a care group, a support service, or part of the wider system.",
        "predecessors": "The care groups that it came from.",
    },
    "strategy.Plan": {
        "short_title": "For lists and menus, where the title is too long.",
        "ends_on": "The last day of the plan.",
        "dates_note": "Where the document is not plain about the days.",
        "mission": "As printed.",
        "mission_section": "Where the document says the mission.",
        "vision": "As printed.",
        "vision_section": "Where the document says the vision.",
        "values": "The values, as printed, each by itself.",
        "values_statement": "What the document says of its values.",
        "values_section": "Where the document says the values.",
        "default_tolerance_percent": "Near target begins this many per cent below a target that "
        "has no floor of its own.",
    },
    "strategy.Ambition": {
        "kind": "What the document calls it: ambition, enabler, key area or priority.",
        "theme": "What it is about, in two or three words.",
        "rationale": "Why, as printed.",
    },
    "strategy.Objective": {
        "ambition": "The heading that it is under.",
        "reference": "Its number as printed, else a few words for its address.",
    },
    "strategy.Action": {
        "due_on": "The day by which it is to be done.",
        "due_as_published": "When, in the words of the document.",
        "owner": "Who does it, as printed.",
    },
    "strategy.Membership": {
        "kind": "Lead, or covering for the lead.",
    },
    "strategy.PostHolding": {"post": "The executive post."},
    "strategy.Note": {
        "key": "A name for the note, used once.",
        "kind": "What it points out: a contradiction or an open question.",
        "text": "In plain words: what does not agree, and where.",
    },
    "strategy.TrustName": {
        "name": "The trust's name, in full.",
        "short_name": "The trust's name in short.",
    },
    "strategy.Committee": {"name": "As pages show it."},
    "strategy.SourceDocument": {
        "publisher": "Who published it.",
        "published_precision": "Whether the day, the month or only the year is known.",
        "address": "Where it can be read.",
        "file": "The name of the file.",
    },
    "kpis.Measure": {
        "name": "As the board reads it.",
        "definition": "In plain words: what counts, and what does not.",
        "numerator": "The label of the first box in the return. Empty, unless it has two parts.",
        "denominator": "The label of the second box: out of what.",
        "kind": "A figure, or a milestone that is done by a day.",
        "unit": "What it is counted in. A milestone has none.",
        "decimals": "How many are shown. Figures are judged with every digit.",
        "direction": "Which way is better.",
        "frequency": "How often it is reported.",
        "collection_level": "Whether the trust reports one figure, or each care group its own.",
        "roll_up": "How the care groups' figures make the trust's. Percentages are never averaged.",
        "over_time": "How months become a longer time.",
        "judged_on": "What is held against the target.",
        "reporting_lag_days": "Days after the period ends until the figure is there. Empty: when "
        "the monthly return closes.",
        "minimum": "A return refuses less.",
        "maximum": "A return refuses more.",
        "numerator_may_exceed_denominator": "Else a return refuses 6 out of 5.",
        "repeat_check": "Ask when the same figure comes three times running.",
        "counts_people": "It counts people.",
        "data_source": "The system and the report that it comes from.",
        "kitemark_sign_off": "Its owner has agreed the figures.",
        "kitemark_timely": "It is there when it is needed.",
        "kitemark_audit": "Somebody independent has checked it.",
        "kitemark_robust": "The way it is collected can be relied on.",
        "tags": 'Words to find it by, as a list: ["workforce", "CQC: Safe"].',
        "committees": "The committees that read it.",
        "risks": "The risks of a plan that it is shown with.",
        "quality_priorities": "The quality priorities of a plan that it is shown with.",
    },
    "kpis.Series": {
        "fed_by": "Where its figures come from.",
    },
    "kpis.MeasureLink": {
        "from_measure": "The earlier of the two.",
        "to_measure": "The later of the two.",
        "kind": "Whether both are defined the same way.",
    },
    "kpis.NamedMeasure": {
        "membership": "Who enters it, in the trust's return.",
        "ends_on": "The first day they no longer enter it.",
    },
    "cip.Programme": {
        "year": "The financial year, as 2019-20.",
        "weight_green": "What a green scheme's savings to come count for, in per cent.",
        "weight_amber": "What an amber scheme's savings to come count for, in per cent.",
        "weight_red": "What a red scheme's savings to come count for, in per cent.",
        "weights_statement": "Where the plan says the weights, in its words.",
        "printed_target_k": "The target as printed, in £ thousand.",
        "printed_identified_k": "The sum identified as printed, in £ thousand.",
        "printed_unidentified_k": "The sum not identified as printed, in £ thousand.",
        "rules": "What the plan says of the programme's rules.",
    },
    "cip.Allocation": {
        "programme": "The year's programme.",
        "label_as_published": "What the document calls the care group.",
        "target_k": "What it is to save, in £ thousand.",
        "published_identified_k": "Identified as published, in £ thousand.",
        "published_unidentified_k": "Not identified as published, in £ thousand.",
        "target_printed": "The target, character by character.",
        "identified_printed": "The sum identified, character by character.",
        "unidentified_printed": "The sum not identified, character by character.",
    },
    "board.BoardMeeting": {
        "slug": "For its address: the day, as 2026-07-30.",
        "committee": "The board, or the committee that meets.",
        "held_on": "The day of the meeting.",
        "data_cut_off": "Figures known later are not in its papers.",
    },
}


def help_of(label: str, field: str) -> str:
    """What a box is for: in the words of its kind of row, else in those used everywhere."""
    return OF.get(label, {}).get(field) or EVERYWHERE.get(field, "")
