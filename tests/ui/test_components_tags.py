"""What the tags draw: every code has its own mark and word, and text never becomes markup."""

import re
from pathlib import Path

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import mark_safe

from kmpt_tracker.ui import components
from kmpt_tracker.ui.tags.status import icon

ROOT = Path(__file__).resolve().parents[2]
SPRITE = (ROOT / "templates" / "components" / "icons.html").read_text()
SYMBOLS = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))
# The vocabularies of the data sets.
RAG = [
    "green",
    "amber",
    "red",
    "blue",
    "no_measure",
    "not_applicable",
    "suppressed",
    "not_due",
    "late",
    "no_data",
    "incomplete",
    "needs_baseline",
    "no_target",
]
VARIATION = [
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
    "none",
]
ASSURANCE = ["pass", "fail", "inconsistent", "none"]


def draw(source, **context):
    return Template("{% load components %}" + source).render(Context(context))


def text_of(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_the_vocabularies_are_whole():
    assert sorted(components.STATUS) == sorted(RAG)
    assert sorted(components.VARIATION) == sorted(VARIATION)
    assert sorted(components.ASSURANCE) == sorted(ASSURANCE)


@pytest.mark.parametrize("code", RAG)
def test_a_status_is_drawn_with_a_mark_of_its_own_and_its_word(code):
    html = draw("{% status code form='chip' %}", code=code)
    assert f'href="#m-{code}"' in html
    assert f"m-{code}" in SYMBOLS
    assert text_of(html) == components.STATUS[code].word


def test_no_two_statuses_share_a_mark_or_a_word():
    looks = components.STATUS.values()
    assert len({look.mark for look in looks}) == len({look.word for look in looks}) == len(RAG)
    shapes = re.findall(
        r'<symbol id="m-[^"]+" viewBox="0 0 20 20">(.*?)</symbol>', SPRITE, re.DOTALL
    )
    without_colour = {re.sub(r'(fill|stroke)="#[0-9a-f]+"', "", shape) for shape in shapes}
    assert len(without_colour) == len(shapes) == len(RAG)


def test_every_symbol_that_is_used_is_in_the_sprite():
    tables = (components.STATUS, components.MILESTONE, components.ACTION, components.SAVINGS)
    marks = {f"m-{look.mark}" for table in tables for look in table.values()}
    icons = {f"v-{code}" for code in VARIATION} | {f"a-{code}" for code in ASSURANCE}
    assert marks | icons <= SYMBOLS
    for template in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r'{% icon "([^"]+)"', template.read_text()):
            assert f"i-{name}" in SYMBOLS, f"{template.name}: {name}"


def test_the_bare_mark_says_its_word_to_a_screen_reader():
    assert 'role="img" aria-label="Near target"' in draw("{% status 'amber' form='mark' %}")


def test_a_milestone_has_its_own_words():
    assert text_of(draw("{% status 'green' kind='milestone' %}")) == "On track"
    assert text_of(draw("{% status 'overdue' kind='milestone' %}")) == "Overdue"


def test_a_change_of_status_reads_as_a_sentence():
    html = draw("{% status_change 'amber' 'red' %}")
    assert 'aria-label="Near target"' in html
    assert text_of(html) == "to Off target"


@pytest.mark.parametrize("tag", ["status", "variation", "assurance"])
def test_an_unknown_code_is_refused(tag):
    with pytest.raises(TemplateSyntaxError, match="'purple'"):
        draw("{% " + tag + " code %}", code="purple")


def test_an_icon_says_its_word_once():
    assert draw("{% variation 'concern_low' %}").count("Concerning, low") == 1
    assert draw("{% variation 'concern_low' word=True %}").count("Concerning, low") == 1


@pytest.mark.parametrize(
    "source",
    [
        "{% status 'green' word=bad %}",
        "{% badge bad %}",
        "{% card title=bad id='x' note=bad foot=bad %}{{ bad }}{% endcard %}",
        "{% facts pairs %}",
        "{% empty bad %}{{ bad }}{% endempty %}",
        "{% sparkline values label=bad %}",
        "{% message 'ok' %}{{ bad }}{% endmessage %}",
        "{% breadcrumbs bad '/' bad %}",
        "{% filter_text 'as_at' 'As known on' bad %}",
        "{% chart id='c' figure=figure title=bad summary=bad %}",
    ],
)
def test_text_never_becomes_markup(source):
    bad = '"><script>alert(1)</script>'
    figure = {
        "data": [{"type": "bar", "x": [bad], "y": [1], "name": bad, "marker": {"color": "#000"}}],
        "layout": {"showlegend": True, "yaxis": {"title": {"text": bad}}},
    }
    html = draw(source, bad=bad, pairs=[(bad, bad)], values=[1, 2], figure=figure)
    assert "<script>alert" not in html
    assert "alert(1)" in html


def test_a_bar_shows_shares_of_the_whole_in_its_own_order():
    parts = components.shares({"not_rated": 3, "on_target": 3, "off_target": 1, "no_data": 1})
    assert [(part.group, part.count) for part in parts] == [
        ("on_target", 3),
        ("off_target", 1),
        ("no_data", 1),
        ("not_rated", 3),
    ]
    assert [part.start for part in parts] == [0, 37.5, 50, 62.5]
    assert parts[-1].start + parts[-1].width == 100


def test_a_bar_of_nothing_is_empty_and_takes_counts_by_group_alone():
    assert components.shares({"on_target": 0}) == ()
    with pytest.raises(ValueError, match="incomplete"):
        components.shares({"incomplete": 1})


def test_a_tile_is_split_by_reason():
    tiles = [components.Tile(3, "Not rated", "no_target", parts=[("late", "3 are late", "/late/")])]
    html = draw("{% counts tiles %}", tiles=tiles)
    assert "kt-counts--split" in html
    assert '<a href="/late/">3 are late</a>' in html
    whole = draw("{% counts tiles %}", tiles=[components.Tile(3, "On target")])
    assert "split" not in whole


def test_a_bar_stays_within_its_whole():
    assert 'width="100.0"' in draw("{% bar 120 100 %}")
    assert 'width="0.0"' in draw("{% bar 5 0 %}")


def test_the_numbers_of_a_chart_stand_in_a_table():
    table = components.Table("Share by month", ["Month", "Share"], [("Jan 2026", "4.4%")])
    html = draw(
        "{% chart id='c' figure=f title='T' summary='S' table=t %}", f={"data": []}, t=table
    )
    assert '<th scope="row">Jan 2026</th>' in html
    assert 'aria-describedby="c-summary"' in html
    assert '<script id="c-figure" type="application/json">' in html


def test_a_table_has_a_caption_and_headings_with_their_scope():
    table = components.Table(
        "Gaps",
        ["Measure", components.Column("Gap", numeric=True, sort="descending", url="?s=gap")],
        [("Wait", "+37")],
        total=("Total", "+37"),
    )
    html = draw("{% data_table t %}", t=table)
    assert ">Gaps</caption>" in html
    assert html.count('scope="col"') == 2
    assert 'aria-sort="descending"' in html
    assert '<th scope="row">Wait</th>' in html
    assert "<tfoot>" in html


def test_a_row_of_another_length_is_refused():
    table = components.Table("Gaps", ["Measure", "Gap"], [("Wait",)])
    with pytest.raises(ValueError, match="zip"):
        draw("{% data_table t %}", t=table)


def test_pages_keep_the_filters_and_one_page_shows_no_links():
    page = Paginator(range(100), 10).page(5)
    html = draw("{% pagination page query %}", page=page, query=QueryDict("rag=red&page=5"))
    assert 'href="?rag=red&amp;page=4"' in html
    assert 'aria-current="page"' in html
    assert draw("{% pagination page %}", page=Paginator([1], 10).page(1)).strip() == ""


def test_breadcrumbs_take_words_and_addresses_or_pairs():
    flat = draw("{% breadcrumbs 'Measures' '/measures/' 'Sickness absence' %}")
    assert flat == draw(
        "{% breadcrumbs t %}", t=[("Measures", "/measures/"), ("Sickness absence", "")]
    )
    assert '<span aria-current="page">Sickness absence</span>' in flat


def test_a_badge_may_be_any_word():
    assert text_of(draw("{% badge 'Not due until Apr 2026' %}")) == "Not due until Apr 2026"
    assert [components.months_late(months) for months in (1, 4)] == [
        "1 month late",
        "4 months late",
    ]


def test_empty_facts_are_left_out():
    html = draw("{% facts f %}", f=[("Owner", ""), ("Source", None), ("Unit", 0)])
    assert text_of(html) == "Unit 0"


def test_a_label_once_drawn_as_safe_is_escaped_as_text():
    assert 'aria-label="R&D"' in icon("info", mark_safe("R&D"))
    assert 'aria-label="R&amp;D"' in icon("info", "R&D")


def test_the_keyboard_reaches_show_before_the_tools_of_the_page():
    html = draw(
        '{% filter_bar "Choices" %}{% filter_text "q" "Words" %}'
        '{% tools %}<a href="/data.csv">Data</a>{% endtools %}{% endfilter_bar %}'
    )
    assert html.index('name="q"') < html.index('type="submit"') < html.index("/data.csv")
