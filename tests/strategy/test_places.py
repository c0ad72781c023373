"""The heading and the chapter of a recorded place."""

import pytest

from strategy.places import chapter, headings, within


def test_what_follows_a_dash_narrows_a_heading_down():
    places = [
        "3.1 Approach, leadership – Capacity",
        "3.1 Approach, leadership",
        "Web page – Vision",
    ]
    assert list(headings(places).values()) == [
        "3.1 Approach, leadership",
        "3.1 Approach, leadership",
        "Web page",
    ]


def test_what_follows_a_comma_does_so_under_a_heading_that_stands_alone():
    places = [
        "5.2 Forecast",
        "5.2 Forecast, bridge",
        "5.2 Forecast, bridge, row 1",
        "6. This, that",
    ]
    assert list(headings(places).values()) == [
        "5.2 Forecast",
        "5.2 Forecast",
        "5.2 Forecast",
        "6. This, that",
    ]


def test_rows_without_a_place_stand_under_no_heading():
    assert headings(["", "1. Aims"]) == {"": "", "1. Aims": "1. Aims"}


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ("3.1 Approach", 3),
        ("12. The difference", 12),
        ("Page 3", None),
        ("2019/20", None),
        ("", None),
    ],
)
def test_a_chapter_is_the_number_before_its_heading(place, number):
    assert chapter(place) == number


@pytest.mark.parametrize(
    ("place", "rest"),
    [
        ("1. Aims – Vision", "Vision"),
        ("1. Aims, row 2", "row 2"),
        ("1. Aims", ""),
        ("2. Us", "2. Us"),
    ],
)
def test_the_rest_of_a_place_is_what_its_heading_does_not_say(place, rest):
    assert within(place, "1. Aims") == rest
