"""Calls of the API made up by chance: none may be answered by a fault of the server.

`python -m tests.drill_api 50000` makes so many on the database of DATABASE_URL, which should hold
the seeded demonstration; tests/board/test_api_calls.py makes a few hundred.
"""

import json
import os
import random
import string
import sys
import time
from collections import Counter
from urllib.parse import quote, urlencode

SENSIBLE = {
    "plan": ["strategy-2023-26", "operational-plan-2019-20", "nowhere"],
    "ambition": ["1", "2", "99"],
    "objective": ["1.1", "2.3", "9.9"],
    "measure": ["sickness-absence", "vacancy-rate", "seen-in-time", "nothing"],
    "care_group": ["trust", "acute", "older-people", "nobody"],
    "from": ["2019-04", "2025-05", "2025-13", "April 2025"],
    "to": ["2025-06", "2020-03", "last"],
    "status": ["green", "late", "submitted", "returned", "approved", "idea", "draft"],
    "origin": ["published", "entered", "illustrative", "rumour"],
    "as_at": ["2020-01-01", "2026-03-20T12:00", "2025-06-01T00:00:00Z", "yesterday", "2999-01-01"],
    "since": ["2020-01-01", "2026-03-20T12:00", "tomorrow"],
    "limit": ["1", "7", "100", "1000", "0", "-1", "1001", "1e3", "²", "9" * 400],
    "cursor": ["", "x", "WyJh", "a.b", "ü"],
    "format": ["json", "csv", "xml"],
    "bom": ["1"],
    "token": ["kmpt_" + "a" * 43],
}
ACCEPTS = [
    "*/*",
    "application/json",
    "text/html",
    "application/xml",
    "application/*;q=0.5",
    "é",
    "",
]
ODD = string.printable + "\x00\x7f éß漢🂡\ud7ff\u202e%&=+;/?#"
METHODS = ["GET"] * 30 + ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]


def odd(chance: random.Random) -> str:
    return "".join(chance.choices(ODD, k=chance.randint(0, 40)))


class Calls:
    """Calls as one program after the other would make them, with what the API gave before."""

    def __init__(self, client, names, chance: random.Random):
        self.client, self.names, self.chance = client, sorted(names), chance
        self.onwards: list[str] = []
        self.etags: list[str] = ["*", '"x"', "W/", "é"]
        self.statuses: Counter[int] = Counter()

    def address(self) -> str:
        chance = self.chance
        if self.onwards and chance.random() < 0.25:
            found = chance.choice(self.onwards)
            if chance.random() < 0.7:
                return found
            place = chance.randrange(len("/api/v1/"), len(found))
            return found[:place] + quote(odd(chance)[:3]) + found[place + 1 :]
        name = chance.choice(self.names)
        if chance.random() < 0.06:
            name = quote(odd(chance), safe="") or "-"
        given = []
        for key in chance.sample(sorted(SENSIBLE), chance.choice([0, 0, 1, 1, 1, 2, 3])):
            given.append(
                (key, chance.choice(SENSIBLE[key]) if chance.random() < 0.8 else odd(chance))
            )
        if chance.random() < 0.03:
            given.append((odd(chance), odd(chance)))
        if chance.random() < 0.8 and "limit" not in dict(given):
            given.append(("limit", chance.choice(["1", "2", "3", "20"])))
        query = urlencode(given)
        if chance.random() < 0.02:
            query += "&%FF=%00&=&&a"
        return f"/api/v1/{name}{chance.choice(['', '', '/'])}?{query}"

    def one(self) -> None:
        """A call; raises AssertionError where the answer is none that the API may give."""
        chance, address = self.chance, self.address()
        method = chance.choice(METHODS)
        headers = {"Accept": chance.choice(ACCEPTS)} if chance.random() < 0.2 else {}
        if chance.random() < 0.1:
            headers["If-None-Match"] = chance.choice(self.etags)
        if chance.random() < 0.05:
            headers["Authorization"] = chance.choice(["Bearer x", "Basic é", odd(chance), "Token"])
        answer = self.client.generic(method, address, headers=headers)
        self.statuses[answer.status_code] += 1
        said = (answer.status_code, method, address, headers)
        assert answer.status_code < 500, said
        assert not answer.cookies, said
        if method == "HEAD" or answer.status_code == 304:
            assert not answer.content, said
        elif answer.status_code == 200:
            found = json.loads(answer.content)
            assert len(found["rows"]) <= 1000, said
            if found["next"]:
                self.onwards = [*self.onwards[-50:], found["next"].partition("/api/")[2]]
                self.onwards[-1] = f"/api/{self.onwards[-1]}"
            self.etags = [*self.etags[-20:], answer["ETag"]]
        elif answer.status_code != 301:
            assert answer["Content-Type"] == "application/problem+json", said
            problem = answer.json()
            assert problem["status"] == answer.status_code, said
            assert problem["detail"].endswith((".", "?")), said
            if answer.status_code in (400, 406, 410) and "cannot be read" not in problem["detail"]:
                assert "parameter" in problem, (said, problem)


def main(count: int) -> None:
    import django

    django.setup()
    import logging

    from django.db import transaction
    from django.test import Client

    from accounts.roles import Role
    from board.exports.datasets import DATASETS
    from tests.factories.people import person

    logging.disable(logging.WARNING)
    begun, chance = time.monotonic(), random.Random(20_261_129)
    with transaction.atomic():
        client = Client(headers={"host": "localhost"})
        analyst = person(Role.ANALYST, username=f"drill-{os.getpid()}")
        client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
        calls = Calls(client, DATASETS, chance)
        for number in range(1, count + 1):
            calls.one()
            if number % 5_000 == 0:
                print(number, dict(calls.statuses), f"{time.monotonic() - begun:.0f} s", flush=True)
        transaction.set_rollback(True)
    print(f"{count} calls, no fault of the server: {dict(sorted(calls.statuses.items()))}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
