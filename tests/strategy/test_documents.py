"""Statements are proved against documents by their words, not by their layout."""

import pytest
import yaml

from strategy.fixtures.quotes import (
    Quotation,
    checksum_file,
    checksum_lines,
    documents_folder,
    main,
    normalise,
    statement_digest,
    statements_in,
    unproved,
)
from tests.fixtures_data.proof import unlisted


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("<ul><li>• Reduce sickness\n rates</li></ul>", "Reduce sickness rates"),
        ("## **5.2 Efficiency**\tsavings", "5.2 Efficiency savings"),
        ("- Deep dive (Oct 18 –Mar 19)", "Deep dive (Oct 18 –Mar 19)"),
        ("\uf0b7 We have fewer vacancies", "We have fewer vacancies"),
        ("Numbers\n  o Posts\no Skills", "Numbers Posts Skills"),
        ("care to be co-\n  developed with all", "care to be co-developed with all"),
        ("<b>5,950</b>\t<b>4,001</b>", "5,950 4,001"),
        ("Sickness rate < 3.9%, Turnover < 10%", "Sickness rate < 3.9%, Turnover < 10%"),
        ("Sickness rate &lt; 3.9%", "Sickness rate < 3.9%"),
        ("non\u00a0value \u00adadding", "non value adding"),
        ("the Trust’s “own” user's", "the Trust’s “own” user's"),
    ],
)
def test_layout_goes_and_every_sign_of_the_text_stays(printed, words):
    assert normalise(printed) == words
    assert normalise(words) == words


@pytest.mark.parametrize(
    "statement",
    ["Reduce sickness rates to 3.4%", "Reduce sickness rate", "5% of all staff", "", "user’s care"],
)
def test_a_changed_a_cut_or_an_empty_statement_is_missing(statement):
    document = "• Reduce sickness rates to 3.5%\n• 95% of all staff • user's care"
    quotation = Quotation("here", statement, "paper")
    assert unproved([quotation], {"paper": document}) == [quotation]


def test_a_statement_broken_over_lines_is_found():
    quotation = Quotation("here", "95% of all staff", "paper")
    assert unproved([quotation], {"paper": "• 95% of\n\n  all <b>staff</b>"}) == []


def test_a_fixture_says_what_it_quotes_and_from_where():
    fixture = {
        "plan": {"code": "p", "source": "paper", "mission": {"statement": "Care"}, "title": "Ours"},
        "ambitions": [
            {
                "title": "Great",
                "rationale": ["Because"],
                "objectives": [{"title": "One", "promises": [{"statement": "All of it"}]}],
            }
        ],
        "statements": [{"title": "Our own heading", "text": "Words", "source": "page"}],
        "risks": [{"title": "Own", "description": "Risk", "impact": "Harm"}],
        "notes": [{"text": "Our own remark"}],
    }
    found = {(quotation.text, quotation.source) for quotation in statements_in(fixture)}
    assert found == {
        ("Care", "paper"),
        ("Great", "paper"),
        ("Because", "paper"),
        ("One", "paper"),
        ("All of it", "paper"),
        ("Words", "page"),
        ("Risk", "paper"),
        ("Harm", "paper"),
    }


def test_the_list_of_values_may_name_a_document_of_its_own():
    plan = {"source": "paper", "values": ["Open"], "values_source": "page"}
    plan["vision"] = {"statement": "Care"}
    found = {(quotation.text, quotation.source) for quotation in statements_in({"plan": plan})}
    assert found == {("Open", "page"), ("Care", "paper")}


def test_a_statement_is_proved_only_by_the_document_it_names():
    quotations = statements_in({"plan": {"source": "paper", "mission": {"statement": "Care"}}})
    assert unproved(quotations, {"paper": "Care."}) == []
    assert unproved(quotations, {"other": "Care."}) == quotations
    assert unproved(quotations, {"paper": "Cares."}) == quotations


def test_a_checksum_proves_the_same_words_and_no_others():
    quotations = statements_in({"plan": {"mission": {"statement": "Care"}}})
    changed = statements_in({"plan": {"mission": {"statement": "care"}}})
    kept = "\n".join(checksum_lines(quotations))
    assert kept.startswith(statement_digest("**Care**"))
    assert unlisted(quotations, kept) == []
    assert unlisted(changed, kept) == changed


def test_the_documents_are_found_by_variable_or_beside_the_checkout(tmp_path, monkeypatch):
    monkeypatch.delenv("KMPT_DOCUMENTS", raising=False)
    root = tmp_path / "checkout"
    assert documents_folder(root) is None
    beside = tmp_path / "shared" / "plans"
    beside.mkdir(parents=True)
    assert documents_folder(root) == beside
    monkeypatch.setenv("KMPT_DOCUMENTS", str(tmp_path))
    assert documents_folder(root) == tmp_path


def test_the_command_names_what_is_missing_and_keeps_checksums_when_nothing_is(
    tmp_path, monkeypatch, capsys
):
    fixtures, papers = tmp_path / "fixtures", tmp_path / "papers"
    for folder in (fixtures / "plans", fixtures / "checksums", papers):
        folder.mkdir(parents=True)
    (papers / "paper.txt").write_text("**Our mission**\nBrilliant\ncare", encoding="utf-8")
    sources = {"sources": [{"code": "paper", "file": "paper.txt"}]}
    (fixtures / "sources.yaml").write_text(yaml.safe_dump(sources), encoding="utf-8")
    plan = fixtures / "plans" / "p.yaml"
    arguments = [str(plan), "--root", str(tmp_path), "--write"]
    monkeypatch.setenv("KMPT_DOCUMENTS", str(papers))

    def quoting(statement):
        rows = {"plan": {"source": "paper", "mission": {"statement": statement}}}
        plan.write_text(yaml.safe_dump(rows), encoding="utf-8")

    quoting("Brilliant cure")
    assert main(arguments) == 1
    assert "Brilliant cure" in capsys.readouterr().out
    assert not checksum_file(fixtures, plan).exists()
    quoting("Brilliant care")
    assert main(arguments) == 0
    assert statement_digest("Brilliant care") in checksum_file(fixtures, plan).read_text()


def test_without_documents_the_command_says_how_to_name_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KMPT_DOCUMENTS", str(tmp_path / "absent"))
    assert main([str(tmp_path / "p.yaml")]) == 2
    assert "KMPT_DOCUMENTS" in capsys.readouterr().err
