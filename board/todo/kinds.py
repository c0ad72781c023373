"""Every kind of work that can wait for somebody. A later kind is one more line here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.permissions import Access
from accounts.roles import Capability
from board.todo import imports, proposals, returns, savings
from board.todo.desk import Desk
from board.todo.items import Item, Line, in_order


@dataclass(frozen=True)
class Kind:
    """One kind of work: who may have it, and how it is found for them."""

    capability: Capability
    find: Callable[[Desk], list[Item]]


OF_FIGURES = (
    Kind(Capability.ENTER_RETURNS, returns.to_answer),
    Kind(Capability.ENTER_RETURNS, returns.to_enter),
    Kind(Capability.ENTER_RETURNS, returns.to_correct),
    Kind(Capability.ENTER_RETURNS, returns.to_mend),
    Kind(Capability.APPROVE_RETURNS, returns.to_decide),
    Kind(Capability.APPROVE_RETURNS, returns.corrections),
    Kind(Capability.APPROVE_RETURNS, returns.late),
    Kind(Capability.APPROVE_RETURNS, returns.to_lock),
    Kind(Capability.APPROVE_RETURNS, returns.to_close),
    Kind(Capability.ENTER_RETURNS, imports.to_confirm),
    Kind(Capability.APPROVE_RETURNS, imports.to_approve),
    Kind(Capability.APPROVE_RETURNS, proposals.to_withdraw),
    Kind(Capability.EDIT_PLANS, proposals.to_agree),
    Kind(Capability.ACCEPT_LEVELS, proposals.levels_to_agree),
)
# These change with the savings programme and from day to day, and not with a figure of a return.
OF_SAVINGS = (
    Kind(Capability.SIGN_QIA, savings.to_sign),
    Kind(Capability.SIGN_QIA, savings.reopened),
    Kind(Capability.READ_QIA_DRAFTS, savings.reviews),
    Kind(Capability.RECORD_QIA_DECISION, savings.to_decide),
    Kind(Capability.SIGN_OFF_SAVINGS, savings.to_sign_off),
    Kind(Capability.EDIT_SCHEMES, savings.to_enter),
    Kind(Capability.EDIT_SCHEMES, savings.to_answer),
    Kind(Capability.EDIT_SCHEMES, savings.starting),
)
KINDS = (*OF_FIGURES, *OF_SAVINGS)
# What this person waits for: found in the same way, and not counted.
WITH_OTHERS: Sequence[Callable[[Desk], list[Line]]] = (
    returns.with_others,
    imports.with_others,
    proposals.with_others,
    savings.with_others,
)


def may_have_work(access: Access) -> bool:
    return any(access.may(kind.capability) for kind in KINDS)


def items_of(desk: Desk, kinds: Sequence[Kind] = KINDS) -> list[Item]:
    found = [item for kind in kinds if desk.access.may(kind.capability) for item in kind.find(desk)]
    return in_order(found, desk.now)
