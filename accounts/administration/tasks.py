"""The administration's front page: its rows by the task that leads to them, each in plain words.

Where a row has a page of its own, the list says so: that page explains what a change will do.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A heading of the front page, what it is for, its kinds of rows with what each is, and the
    pages of the tracker that do the same in plain questions (words, name of the address).
    """

    code: str
    title: str
    help: str
    rows: dict[str, str]
    pages: tuple[tuple[str, str], ...] = ()


TASKS = (
    Task(
        "organisation",
        "The organisation",
        "Care groups begin, end and are joined on the page Organisation, which shows first what "
        "that does, and says what the trust is called. Here are their names, and what else is "
        "called by a name.",
        {
            "strategy.CareGroup": "Units that report, with their first and last day",
            "strategy.Committee": "The Board and its committees",
            "strategy.TrustName": "What the trust is called, from which day on",
            "strategy.Membership": "Who leads a care group, or covers for its lead",
            "kpis.NamedMeasure": "Of the trust's return, the measures that somebody enters",
            "strategy.PostHolding": "Who holds an executive post",
        },
        (("Organisation", "kpis:organisation"),),
    ),
    Task(
        "people",
        "People and the record",
        "People are invited, given roles and let go on the page People. Here is who did what.",
        {
            "accounts.User": "Names, addresses, roles and passwords",
            "accounts.AuditEvent": "Every change: who, when, what and why",
            "axes.AccessLog": "Who signed in and out, and from where",
            "axes.AccessAttempt": "Sign-ins that failed",
        },
        (("People", "accounts:people"),),
    ),
    Task(
        "plans",
        "Plans as published",
        "A strategy in the words of its document. What rests on a plan with targets stays as "
        "published.",
        {
            "strategy.SourceDocument": "The documents that statements and figures come from",
            "strategy.Plan": "A strategy: its title, days and default tolerance",
            "strategy.Ambition": "The headings of a plan",
            "strategy.Objective": "What a plan sets out to do under a heading",
            "strategy.Outcome": "What it will look like",
            "strategy.Action": "What the plan says will be done, by whom and when",
            "strategy.Note": "Contradictions and open questions in a document",
        },
        (("Draft the next plan", "kpis:plan-new"),),
    ),
    Task(
        "measures",
        "Measures and who reports them",
        "Measures are set up, changed and ended on their own pages, which ask in plain words, make "
        "every series that is needed, and say what is missing.",
        {
            "kpis.Measure": "What is counted, in which unit, and how it is judged",
            "kpis.Series": "Which care group reports which measure, from which day",
            "kpis.MeasureLink": "Measures that follow one another or are related",
            "kpis.Target": "Notes on promises; their values change on the page of the measure",
        },
        (("Set a measure up", "kpis:measure-new"), ("All measures", "kpis:measure-list")),
    ),
    Task(
        "figures",
        "Figures, to read",
        "Figures are entered in the monthly return and decided on by somebody else, never here.",
        {
            "kpis.ReportingPeriod": "Months: when entry opens and closes",
            "kpis.Actual": "Every version of every figure",
            "kpis.Decision": "Who approved a figure, or sent it back",
            "kpis.Rebase": "From where on limits were calculated anew",
            "kpis.FixedBaseline": "Limits that rest on the first points alone",
        },
    ),
    Task(
        "savings",
        "Savings",
        "The programme of a year and each care group's share of it.",
        {
            "cip.Programme": "A year's cost improvement programme",
            "cip.Allocation": "What each care group is to save",
        },
    ),
    Task(
        "board",
        "The board, e-mails and fixtures",
        "Meetings, what became of each e-mail, and which rows came with the tracker.",
        {
            "board.BoardMeeting": "When the board or a committee meets, and about which month",
            "board.SentMail": "E-mails that left, or did not",
            "strategy.SeededRow": "Rows that were loaded from the published plans",
        },
    ),
)

HELP = {label: words for task in TASKS for label, words in task.rows.items()}
