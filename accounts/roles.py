"""Who may do what: the one table that pages, exports, the API and e-mails ask.

Pure: no Django. A capability is held with a scope: for any care group, or only for the care
groups that a person leads (or covers for) on the day. `strategy` stores which groups those are.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """A person's role in the trust. Someone with several roles may do what any of them allows."""

    BOARD_MEMBER = "board_member"
    BOARD_SECRETARY = "board_secretary"
    CARE_GROUP_LEAD = "care_group_lead"
    ANALYST = "analyst"
    PERFORMANCE_TEAM = "performance_team"
    FINANCE_PMO = "finance_pmo"
    QIA_SIGNATORY = "qia_signatory"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.BOARD_MEMBER: "Board member",
    Role.BOARD_SECRETARY: "Board secretary",
    Role.CARE_GROUP_LEAD: "Care group lead",
    Role.ANALYST: "Analyst",
    Role.PERFORMANCE_TEAM: "Performance team",
    Role.FINANCE_PMO: "Finance PMO",
    Role.QIA_SIGNATORY: "QIA signatory",
    Role.ADMINISTRATOR: "Administrator",
}


class Capability(StrEnum):
    """Something a person may do; roles hold capabilities."""

    READ_DASHBOARDS = "read_dashboards"
    READ_DRAFTS = "read_drafts"
    ENTER_RETURNS = "enter_returns"
    APPROVE_RETURNS = "approve_returns"
    EDIT_PLANS = "edit_plans"
    EDIT_MONTHS = "edit_months"
    READ_SCHEMES = "read_schemes"
    READ_QIA_DRAFTS = "read_qia_drafts"
    EDIT_SCHEMES = "edit_schemes"
    SIGN_OFF_SAVINGS = "sign_off_savings"
    RECORD_QIA_DECISION = "record_qia_decision"
    SIGN_QIA = "sign_qia"
    RUN_MEETINGS = "run_meetings"
    ACCEPT_LEVELS = "accept_levels"
    USE_DATASETS = "use_datasets"
    ADMINISTER_USERS = "administer_users"


class Scope(StrEnum):
    """How far a capability reaches: no care group, the groups a person leads, or all of them."""

    NONE = "none"
    OWN = "own"
    ANY = "any"


# Who enters, approves or signs begins the day with what waits for them; others with the board.
LANDS_ON_TO_DO = frozenset(
    {Role.CARE_GROUP_LEAD, Role.PERFORMANCE_TEAM, Role.FINANCE_PMO, Role.QIA_SIGNATORY}
)

_RANK = {Scope.NONE: 0, Scope.OWN: 1, Scope.ANY: 2}
_EVERY_ROLE = dict.fromkeys(Role, Scope.ANY)

TABLE: dict[Capability, dict[Role, Scope]] = {
    Capability.READ_DASHBOARDS: _EVERY_ROLE,
    Capability.READ_DRAFTS: {
        Role.CARE_GROUP_LEAD: Scope.OWN,
        Role.ANALYST: Scope.ANY,
        Role.PERFORMANCE_TEAM: Scope.ANY,
        Role.ADMINISTRATOR: Scope.ANY,
    },
    Capability.ENTER_RETURNS: {
        Role.CARE_GROUP_LEAD: Scope.OWN,
        Role.PERFORMANCE_TEAM: Scope.ANY,
    },
    Capability.APPROVE_RETURNS: {Role.PERFORMANCE_TEAM: Scope.ANY},
    Capability.EDIT_PLANS: {Role.PERFORMANCE_TEAM: Scope.ANY, Role.ADMINISTRATOR: Scope.ANY},
    Capability.EDIT_MONTHS: {Role.PERFORMANCE_TEAM: Scope.ANY, Role.ADMINISTRATOR: Scope.ANY},
    # Like the dashboards, but never for readers who are not signed in.
    Capability.READ_SCHEMES: _EVERY_ROLE,
    Capability.READ_QIA_DRAFTS: {
        Role.CARE_GROUP_LEAD: Scope.OWN,
        Role.FINANCE_PMO: Scope.ANY,
        Role.QIA_SIGNATORY: Scope.ANY,
    },
    Capability.EDIT_SCHEMES: {Role.CARE_GROUP_LEAD: Scope.OWN, Role.FINANCE_PMO: Scope.ANY},
    Capability.SIGN_OFF_SAVINGS: {Role.FINANCE_PMO: Scope.ANY},
    Capability.RECORD_QIA_DECISION: {Role.FINANCE_PMO: Scope.ANY},
    Capability.SIGN_QIA: {Role.QIA_SIGNATORY: Scope.OWN},
    Capability.RUN_MEETINGS: {
        Role.BOARD_SECRETARY: Scope.ANY,
        Role.PERFORMANCE_TEAM: Scope.ANY,
    },
    Capability.ACCEPT_LEVELS: {
        Role.BOARD_SECRETARY: Scope.ANY,
        Role.PERFORMANCE_TEAM: Scope.ANY,
    },
    Capability.USE_DATASETS: {
        Role.ANALYST: Scope.ANY,
        Role.PERFORMANCE_TEAM: Scope.ANY,
        Role.FINANCE_PMO: Scope.ANY,
        Role.ADMINISTRATOR: Scope.ANY,
    },
    Capability.ADMINISTER_USERS: {Role.ADMINISTRATOR: Scope.ANY},
}


def scope_of(roles: Iterable[Role], capability: Capability) -> Scope:
    """The widest scope that any of the roles gives for the capability."""
    held = TABLE[capability]
    scopes = [held.get(role, Scope.NONE) for role in roles]
    return max(scopes, key=_RANK.__getitem__, default=Scope.NONE)


def roles_with(capability: Capability) -> tuple[Role, ...]:
    """The roles that hold the capability, for the words of a refusal page."""
    return tuple(role for role in Role if role in TABLE[capability])
