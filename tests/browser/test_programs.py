"""A token for a program, from making it to ending it, and the page on which the API is tried."""

import re

from tests.browser.conftest import PASSWORD


def test_an_analyst_makes_a_token_tries_the_api_and_revokes_it(world, analyst):
    analyst.opens("/accounts/tokens/").sign_in().finds_nothing_wrong()
    analyst.types("What it is for", "A notebook").types("Your password", PASSWORD)
    analyst.presses("Make the token")
    assert analyst.sees("“A notebook” is made.")
    (secret,) = re.findall(r"kmpt_[A-Za-z0-9]{43}", analyst.text)
    analyst.finds_nothing_wrong()

    analyst.opens("/exports/api/?dataset=actuals&measure=seen&limit=1")
    assert analyst.sees("200 OK")
    assert analyst.sees('"measure": "seen"')
    assert not analyst.sees(secret)
    analyst.finds_nothing_wrong()

    analyst.opens("/accounts/tokens/")
    assert "never" in analyst.row("A notebook")
    assert not analyst.sees(secret)
    analyst.page.get_by_role("button", name="Revoke A notebook").click()
    assert analyst.sees("“A notebook” is revoked")
    analyst.finds_nothing_wrong()
