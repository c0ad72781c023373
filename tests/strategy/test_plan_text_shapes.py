"""More shapes in which trusts write their strategies: flat lists, forms, tables, Markdown."""

from datetime import date
from decimal import Decimal

import pytest

from strategy.plan_text.numbers import recognise
from strategy.plan_text.outline import Part, parts_of, propose

pytestmark = pytest.mark.any_database


def read(text):
    return [(row.part.value, row.number, row.words) for row in propose(text)]


def kinds(text, words):
    return [row.part for row in propose(text) if row.words == words]


def test_promises_that_are_counted_under_headings_of_sentences():
    text = """Our 28 promises

Promises 1 to 2

Work with our communities for good health.

  1. Recruit over 350 volunteers by 2027.
  2. From 2026, ask communities before every decision.

Promises 3 to 4

Make access fair.

  1. Health checks for 95% of people.
"""
    assert read(text) == [
        ("objective", "", "Work with our communities for good health."),
        ("promise", "", "Recruit over 350 volunteers by 2027."),
        ("promise", "", "From 2026, ask communities before every decision."),
        ("objective", "", "Make access fair."),
        ("promise", "", "Health checks for 95% of people."),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "Strategic objective 2, Fair access",
        "Objective 2 Fair access",
        "OBJECTIVE 2: Fair access",
        "Objective 2. Fair access",
        "Objective 2) Fair access",
        "Objective 2\nFair access",
    ],
)
def test_a_heading_is_known_however_its_number_is_parted_from_it(heading):
    """And it never goes on with the bullet above it."""
    text = f"Aim 1: Care\nHow we will know\n• 95% have a health check, from 68%\n{heading}\n"
    assert read(text)[1:] == [
        ("promise", "", "95% have a health check, from 68%"),
        ("objective", "2", "Fair access"),
    ]


def test_what_begins_like_a_heading_within_a_sentence_is_none():
    text = """Goal 1: Care
We report to our board each quarter on objective
2 and on every priority of the plan and on theme
3 in public, on objective and on aim and goal in
Kent and in Medway.
"""
    assert [row[0] for row in read(text)] == ["ambition", "left_out"]


@pytest.mark.parametrize(
    "cue",
    [
        "We will know we have succeeded when:",
        "We’ll know this is working when",
        "How we’ll know",
        "Measures",
        "Our targets",
        "Key metrics:",
        "Our measures of success are:",
        "What we will deliver",
        "Indicator Executive lead Governance forum",
    ],
)
def test_headings_of_promises(cue):
    text = f"Priority 1: Care\n1.1 Timely care\n{cue}\n• Nobody waits\n"
    assert kinds(text, "Nobody waits") == [Part.PROMISE]


def test_an_action_that_begins_like_a_heading_of_promises_is_none():
    text = "Priority 1: Care\n1.1 Timely care\nMeasures taken to keep wards safe on every day.\n"
    assert read(text)[-1][0] == "left_out"


def test_vision_and_mission_are_proposed_once():
    text = """OUR VISION
To be the best place to receive care.
OUR MISSION
We help people live the lives they want.
OUR VALUES
Caring, open, brave
Our vision is to be the best place to receive care, as said above.
PRIORITY ONE
Outstanding care
"""
    assert read(text) == [
        ("vision", "", "To be the best place to receive care."),
        ("mission", "", "We help people live the lives they want."),
        ("left_out", "", "Caring, open, brave"),
        ("left_out", "", "Our vision is to be the best place to receive care, as said above."),
        ("ambition", "ONE", "Outstanding care"),
    ]
    assert read("Vision: Healthier lives\n") == [("vision", "", "Healthier lives")]


def test_a_line_above_a_list_says_by_when_it_is_promised():
    text = """Priority 1: Care
1.1 Waits
By March 2029 we will have:
• Cut long waits to fewer than 5 a month
• Seen 90% in time by December 2027
By March 2031 we will have:
• Nobody waiting over 18 weeks
What we will achieve by 2030
• A new ward
1.2 Safety
How we will know
• Zero never events
"""
    promised = [(row.words, row.due) for row in propose(text) if row.part is Part.PROMISE]
    assert promised == [
        ("Cut long waits to fewer than 5 a month", "By March 2029"),
        ("Seen 90% in time by December 2027", "By March 2029"),
        ("Nobody waiting over 18 weeks", "By March 2031"),
        ("A new ward", "by 2030"),
        ("Zero never events", ""),
    ]


def test_a_summary_of_headings_is_left_out_where_each_comes_again_with_its_promises():
    text = """Our priorities
• Outstanding care
• A great place to work
Priority 1: Outstanding care
1.1 Waits
How we will know
• Nobody waits
Priority 2: A great place to work
1.2 Turnover
How we will know
• Turnover below 10%
"""
    assert [row for row in read(text) if row[0] == "ambition"] == [
        ("ambition", "1", "Outstanding care"),
        ("ambition", "2", "A great place to work"),
    ]
    assert [row[2] for row in read(text) if row[0] == "left_out"] == [
        "Outstanding care",
        "A great place to work",
    ]


def test_the_priorities_of_a_plan_may_be_only_a_list():
    text = """Our Strategic Objectives (what we will do) are:
• Timely care at all times
• A great place to work
"""
    assert [row[0] for row in read(text)] == ["objective", "objective"]


def test_a_form_is_one_promise_with_its_baseline_target_and_day():
    text = """Theme 1 – Outstanding care
Objective: Reduce avoidable harm
Measure: Ulcers of grade 3 and above
Baseline: 46 (2025/26)
Target: 23
Due: March 2029
Objective: Improve experience
Measure: Friends and family score
Target: 95% or more
"""
    assert read(text) == [
        ("ambition", "1", "Outstanding care"),
        ("objective", "", "Reduce avoidable harm"),
        (
            "promise",
            "",
            "Ulcers of grade 3 and above, baseline 46 (2025/26), target 23, due March 2029",
        ),
        ("objective", "", "Improve experience"),
        ("promise", "", "Friends and family score, target 95% or more"),
    ]
    found = recognise(read(text)[2][2])
    assert (found.value, found.baseline, found.baseline_period) == (23, 46, "2025/26")
    assert (found.due_on, found.due_words) == (date(2029, 3, 31), "March 2029")


def test_a_table_with_a_column_for_each_year():
    text = """Priority\tObjective\tSuccess measure\t2026/27\t2027/28\tLead
Safe care\tFewer falls\tFalls per 1,000 bed days\t4.8\t4.4\tChief Nurse
\tFewer infections\tMRSA cases\t0\t0\tMedical Director
"""
    assert read(text) == [
        ("ambition", "", "Safe care"),
        ("objective", "", "Fewer falls"),
        ("promise", "", "Falls per 1,000 bed days: 2026/27 4.8, 2027/28 4.4, lead Chief Nurse"),
        ("objective", "", "Fewer infections"),
        ("promise", "", "MRSA cases: 2026/27 0, 2027/28 0, lead Medical Director"),
    ]


def test_a_row_of_a_table_alone_is_a_promise_where_it_gives_numbers():
    text = "1. Care\n1.1 Safety\nM4\tGender pay gap\t8.1%\t7%\t6%\n"
    assert read(text)[-1] == ("promise", "", "M4 Gender pay gap: 8.1%, 7%, 6%")


def test_a_table_that_lost_its_columns():
    text = """Great care
  Indicator Executive lead Governance forum
1 Keep our rating Chief Nurse Quality Committee
4 Vacancies below 12% Chief Nurse Quality Committee

A fair workplace
  Indicators Executive lead Governance forum
1 Staff survey score up to 60% Chief People Officer People Committee
"""
    assert [row[0] for row in read(text)] == [
        "objective",
        "promise",
        "promise",
        "objective",
        "promise",
    ]


def test_markdown_symbols_and_contents():
    text = """# Strategy
1 Introduction ........... 4
2 Our goals . . . . . . . 8
### 1. Quality
#### 1.1 Timely care
**How we’ll know**
- [ ] DNA rate < 5%
\uf0d8 Retention ≥ 88%
\uf0fc Nobody waits
"""
    assert read(text)[1:] == [
        ("left_out", "", "1 Introduction ........... 4"),
        ("left_out", "", "2 Our goals . . . . . . . 8"),
        ("ambition", "1", "Quality"),
        ("objective", "1.1", "Timely care"),
        ("promise", "", "DNA rate < 5%"),
        ("promise", "", "Retention ≥ 88%"),
        ("promise", "", "Nobody waits"),
    ]


def test_what_stands_in_brackets_is_no_promise_of_its_own():
    words = "A score in the top quartile (7.3 in 2025; 7.0 nationally)"
    assert parts_of(words) == [words]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("nine out of ten people are seen", {"value": 90, "is_share": True, "operator": ""}),
        ("No more than one in ten people", {"value": 10, "operator": "le", "is_share": True}),
        ("two in three people", {"value": None}),
        ("One in two weeks is reviewed", {"value": None}),
        ("at least two-thirds recover", {"value": None}),
        ("at least three-quarters of people recover", {"value": 75, "operator": "ge"}),
        ("a third fewer admissions", {"value": None}),
        ("a quarter fewer admissions", {"value": 25, "change": "down", "is_share": True}),
        ("complaints fell by a fifth", {"value": 20, "change": "down"}),
        ("cut incidents by half", {"value": 50, "change": "down", "is_share": True}),
        ("In the first half of 2027 we review it", {"value": None}),
        ("80 per cent smaller than in 2019/20", {"value": 80, "change": "down"}),
        (
            "we have trained 1,200 staff, up from 300",
            {"value": 1200, "operator": "ge", "baseline": 300},
        ),
        ("12% of posts are vacant, down from 19%", {"value": 12, "operator": "le"}),
        ("350 volunteers by 2027 (150 in 2023)", {"value": 350, "baseline": 150, "operator": ""}),
        ("From 2026, ask communities", {"value": None, "baseline": None}),
        ("Engagement 7.1 → 7.5", {"value": Decimal("7.5"), "baseline": Decimal("7.1")}),
        ("Achieve 85–90% occupancy", {"value": 85, "upper": 90, "operator": "between"}),
        ("Services for people aged 18-25", {"value": None}),
        ("Our plan for 2026-31", {"value": None}),
        ("70% in year 1, 80% in year 2 and 90% in year 3", {"value": None}),
        ("The average wait is under 6 weeks", {"value": 6, "operator": "lt"}),
        ("Median length of stay no more than 32 days", {"value": 32, "operator": "le"}),
        ("Everybody is seen within 6 weeks", {"value": 6, "operator": "le"}),
        ("No one waits over 18 weeks", {"value": 0, "operator": "le"}),
        ("End inappropriate out-of-area placements", {"value": 0, "operator": "le"}),
        ("At the end of the year", {"value": None}),
        ("A champion in every team by Spring 2027", {"due_words": "by Spring 2027"}),
        ("Open by Q2 2026/27", {"due_words": "by Q2 2026/27", "due_on": None}),
        ("Beat the national target of 75%, exceeding 80%", {"value": 80, "operator": "gt"}),
    ],
)
def test_numbers_in_words_and_in_other_orders(words, found):
    read = recognise(words)
    assert {name: getattr(read, name) for name in found} == found


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("Falls: 2026/27 4.8, 2027/28 4.4, lead Chief Nurse", ((2027, "4.8"), (2028, "4.4"))),
        (
            "Turnover: 2025/26 14%, 2026/27 ≤ 13%, 2027/28 12%.",
            ((2026, 14), (2027, 13), (2028, 12)),
        ),
        ("80% in 2026/27, 90% in 2027/28", ((2027, 80), (2028, 90))),
        ("1,200 (2026/27) and 1,500 (2027/28)", ((2027, 1200), (2028, 1500))),
        ("Reduce to 80% by 2026/27", ()),
        ("From 14% in 2024/25 to 10% in 2024/25", ()),
        ("90% in 2027/28, 80% in 2026/27", ()),
        ("5 of 10 in 2026/29, 6 in 2027/30", ()),
    ],
)
def test_numbers_year_by_year_are_a_path(words, path):
    read = recognise(words)
    assert read.path == tuple((year, Decimal(value)) for year, value in path)
    assert not (path and read.value)


def test_a_table_of_a_strategy_has_in_each_cell_what_its_heading_says():
    """With the tags of a web page, a rule below its headings, and the same headings again."""
    text = """1. Great care
Objectives\tWhat this will look like\tHow we will know we have achieved this in the end
---\t---\t---
1.1 Timely\t<ul class="x"> • Nobody waits • None is lost \t<ul><li>92% in time<li>Zero harm</ul>

1.2 Safe wards\tWards are calm\tReduce harm by 10%
Objectives\tWhat this will look like\tHow we will know we have achieved this in the end

1.3 Fair access\t• Fair for all\t• Halve the gap • Everybody is asked
"""
    assert read(text) == [
        ("ambition", "1", "Great care"),
        ("objective", "1.1", "Timely"),
        ("outcome", "", "Nobody waits"),
        ("outcome", "", "None is lost"),
        ("promise", "", "92% in time"),
        ("promise", "", "Zero harm"),
        ("objective", "1.2", "Safe wards"),
        ("outcome", "", "Wards are calm"),
        ("promise", "", "Reduce harm by 10%"),
        ("objective", "1.3", "Fair access"),
        ("outcome", "", "Fair for all"),
        ("promise", "", "Halve the gap"),
        ("promise", "", "Everybody is asked"),
    ]


def test_a_heading_in_capitals_is_the_ambition_that_has_its_words():
    text = """OUR PRIORITIES
- \u2726 Great care.
GREAT CARE
Objectives\tWhat this will look like
Timely care\tNobody waits
1. Great care
1.1 Timely care
How we will know
• 92% in time
"""
    assert [row[:2] for row in read(text)] == [
        ("left_out", ""),
        ("ambition", ""),
        ("objective", ""),
        ("outcome", ""),
        ("ambition", "1"),
        ("objective", "1.1"),
        ("promise", ""),
    ]


def test_a_vision_that_only_says_what_a_vision_is_waits_for_the_next_line():
    text = """OUR VISION
is where we want to be in the future

To give outstanding care.
"""
    assert read(text) == [
        ("left_out", "", "is where we want to be in the future"),
        ("vision", "", "To give outstanding care."),
    ]


def test_an_empty_line_within_a_bullet_does_not_end_it():
    text = """1. Money
1.1 Balance
How we will know
• We break even by

2028 without new debt and

without cuts
• Agency spend below 3%

Not a line of the list
"""
    assert [row[2] for row in read(text)][2:] == [
        "We break even by 2028 without new debt and without cuts",
        "Agency spend below 3%",
        "Not a line of the list",
    ]
