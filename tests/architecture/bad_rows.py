"""The rows that each check of the database must refuse: a valid row with these fields changed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

DAY = date(2024, 6, 1)
MOMENT = datetime(2024, 6, 1, tzinfo=UTC)
ENDS_FIRST = {"valid_from": DAY, "valid_to": DAY - timedelta(days=1)}
ENDS_AT_ONCE = {"valid_from": DAY, "valid_to": DAY}
HELD_BACKWARDS = {"starts_on": DAY, "ends_on": DAY - timedelta(days=1)}
HELD_NEVER = {"starts_on": DAY, "ends_on": DAY}
ONE, TWO = Decimal(1), Decimal(2)
WITHDRAWN = {"value_status": "withdrawn", "value": None, "status_reason": "Another trust's"}


@dataclass(frozen=True)
class Parent:
    """A row of another table, made with the bad row; the same row wherever it is named."""

    model: str


MEASURE = {"measure": Parent("kpis.measure")}

BAD_ROWS: dict[str, list[dict]] = {
    "role_grant_ends_after_start": [HELD_BACKWARDS, HELD_NEVER],
    "role_grant_known_role": [{"role": "king"}, {"role": ""}],
    "invitation_expires_after_it_was_sent": [{"invited_at": MOMENT, "expires_at": MOMENT}],
    "access_token_expires_after_it_was_made": [{"made_at": MOMENT, "expires_at": MOMENT}],
    "access_token_revoked_by_somebody": [
        {"is_revoked": True},
        {"is_revoked": True, "revoked_at": MOMENT},
        {"revoked_at": MOMENT, "revoked_by": Parent("accounts.user")},
    ],
    "audit_counter_is_one_row": [{"id": 2}],
    "trust_name_ends_after_start": [ENDS_FIRST, ENDS_AT_ONCE],
    "care_group_ends_after_start": [ENDS_FIRST, ENDS_AT_ONCE],
    "care_group_trust_has_no_dates": [
        {"level": "trust", "valid_from": DAY},
        {"level": "trust", "valid_to": DAY},
    ],
    "membership_ends_after_start": [HELD_BACKWARDS, HELD_NEVER],
    "post_holding_ends_after_start": [HELD_BACKWARDS, HELD_NEVER],
    "plan_ends_after_start": [{"starts_on": DAY, "ends_on": DAY}],
    "plan_tolerance_is_a_percentage": [
        {"default_tolerance_percent": Decimal("100.01")},
        {"default_tolerance_percent": Decimal("-0.01")},
    ],
    "import_batch_saved_at_a_moment": [
        {"status": "saved"},
        {"status": "refused", "saved_at": MOMENT},
    ],
    "import_batch_decided_by_another": [
        {"status": "approved", "saved_at": MOMENT},
        {
            "status": "approved",
            "saved_at": MOMENT,
            "decided_at": MOMENT,
            "decided_by": Parent("accounts.user"),
            "read_by": Parent("accounts.user"),
        },
        {"status": "waiting", "decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "measure_ends_after_start": [ENDS_FIRST, ENDS_AT_ONCE],
    "measure_known_direction": [{"direction": "sideways"}, {"direction": ""}],
    "measure_known_frequency": [{"frequency": "daily"}],
    "measure_ratio_has_parts": [
        {"roll_up": "ratio_of_sums"},
        {"roll_up": "ratio_of_sums", "numerator": "people seen"},
    ],
    "measure_limits_in_order": [{"minimum": TWO, "maximum": ONE}, {"minimum": ONE, "maximum": ONE}],
    "benchmark_has_a_whole_period_or_none": [
        {"period_start": DAY},
        {"period_end": DAY},
        {"period_start": DAY, "period_end": DAY},
    ],
    "benchmark_has_a_figure": [{"value": None}],
    "accepted_level_has_a_reason": [{"reason": ""}],
    "accepted_level_decided_by_someone": [
        {"outcome": "withdrawn"},
        {"outcome": "withdrawn", "decided_at": MOMENT},
        {"outcome": "withdrawn", "decided_by": Parent("accounts.user")},
        {"decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "accepted_level_second_person": [
        {
            "outcome": "approved",
            "decided_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "decided_by": Parent("accounts.user"),
        }
    ],
    "accepted_level_refused_with_a_reason": [
        {"outcome": "rejected", "decided_at": MOMENT, "decided_by": Parent("accounts.user")}
    ],
    "accepted_level_ends_after_it_begins": [
        {"effective_from": DAY, "ends_on": DAY - timedelta(days=1)}
    ],
    "accepted_level_names_its_meeting": [{"meeting": ""}],
    "planned_owner_is_settled_once": [
        {"outcome": "waiting", "settled_at": MOMENT},
        {"outcome": "taken_over"},
    ],
    "measure_quantity_has_unit": [{"unit": ""}],
    "measure_link_of_two": [
        {"from_measure": Parent("kpis.measure"), "to_measure": Parent("kpis.measure")}
    ],
    "series_never_assessed_ahead": [{"data_version": 1, "assessed_version": 2}],
    "series_ends_after_start": [ENDS_FIRST, ENDS_AT_ONCE],
    "target_known_role": [{"role": "wish"}],
    "target_known_operator": [{"operator": ">="}],
    "target_known_value_is": [{"value_is": "guess"}],
    "target_known_change": [{"change": "left"}],
    "target_known_profile": [{"profile": "zigzag"}],
    "target_value_needs_a_measure": [{"value": ONE, "value_is": "absolute", "operator": "ge"}],
    "target_value_says_what_it_is": [
        {**MEASURE, "value": ONE, "operator": "ge"},
        {**MEASURE, "value": ONE, "value_is": "absolute"},
    ],
    "target_relative_size_is_positive": [
        {
            **MEASURE,
            "value": -ONE,
            "operator": "ge",
            "value_is": "relative_to_baseline",
            "change": "up",
        },
        {**MEASURE, "value": ONE, "operator": "ge", "value_is": "change_from_baseline"},
    ],
    "target_between_has_two_values": [
        {"operator": "between"},
        {**MEASURE, "operator": "between", "value_is": "absolute", "value": ONE},
        {
            **MEASURE,
            "operator": "between",
            "value_is": "absolute",
            "value": ONE,
            "upper_value": ONE,
        },
        {
            **MEASURE,
            "operator": "between",
            "value_is": "absolute",
            "value": TWO,
            "upper_value": ONE,
        },
    ],
    "target_proposal_known_role": [{"role": "wish"}],
    "target_proposal_known_operator": [{"operator": ">="}],
    "target_proposal_known_value_is": [{"value_is": "guess"}],
    "target_proposal_known_change": [{"change": "left"}],
    "target_proposal_known_profile": [{"profile": "zigzag"}],
    "target_proposal_value_needs_a_measure": [
        {"value": ONE, "value_is": "absolute", "operator": "ge"}
    ],
    "target_proposal_value_says_what_it_is": [
        {**MEASURE, "value": ONE, "operator": "ge"},
        {**MEASURE, "value": ONE, "value_is": "absolute"},
    ],
    "target_proposal_change_is_positive": [
        {
            **MEASURE,
            "value": -ONE,
            "value_is": "change_from_baseline",
            "change": "up",
            "operator": "ge",
        },
        {**MEASURE, "value": ONE, "value_is": "change_from_baseline", "operator": "ge"},
    ],
    "target_proposal_band_has_two_values": [
        {**MEASURE, "value": ONE, "value_is": "absolute", "operator": "between"},
        {
            **MEASURE,
            "value": ONE,
            "value_is": "absolute",
            "operator": "between",
            "upper_value": ONE,
        },
    ],
    "target_proposal_has_a_reason": [{"reason": ""}],
    "target_proposal_refused_with_a_reason": [
        {"outcome": "rejected", "decided_at": MOMENT, "decided_by": Parent("accounts.user")}
    ],
    "target_proposal_decided_by_someone": [
        {"outcome": "withdrawn"},
        {"outcome": "withdrawn", "decided_at": MOMENT},
        {"outcome": "withdrawn", "decided_by": Parent("accounts.user")},
        {"decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "target_proposal_second_person": [
        {
            "outcome": "approved",
            "needs_second_person": True,
            "decided_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "decided_by": Parent("accounts.user"),
            "target": Parent("kpis.target"),
        }
    ],
    "target_proposal_approved_is_a_target": [
        {
            "outcome": "approved",
            "decided_at": MOMENT,
            "decided_by": Parent("accounts.user"),
            "target": None,
        },
        {"target": Parent("kpis.target")},
    ],
    "draft_line_known_role": [{"role": "wish"}],
    "draft_line_known_operator": [{"operator": ">="}],
    "draft_line_known_value_is": [{"value_is": "guess"}],
    "draft_line_known_change": [{"change": "left"}],
    "draft_line_known_profile": [{"profile": "zigzag"}],
    "draft_line_value_needs_a_measure": [{"value": ONE, "value_is": "absolute", "operator": "ge"}],
    "draft_line_value_says_what_it_is": [
        {**MEASURE, "value": ONE, "operator": "ge"},
        {**MEASURE, "value": ONE, "value_is": "absolute"},
    ],
    "draft_line_change_is_positive": [
        {**MEASURE, "value": ONE, "value_is": "change_from_baseline", "operator": "ge"},
    ],
    "draft_line_band_has_two_values": [
        {**MEASURE, "value": ONE, "value_is": "absolute", "operator": "between"},
    ],
    "draft_line_known_kind": [{"kind": "wish", "parent": Parent("kpis.draftline")}],
    "draft_line_says_something": [{"statement": ""}],
    "draft_line_ambition_stands_alone": [
        {"kind": "objective", "parent": None},
        {"kind": "ambition", "parent": Parent("kpis.draftline")},
    ],
    "plan_draft_ends_after_start": [
        {"starts_on": date(2026, 4, 1), "ends_on": date(2026, 4, 1)},
    ],
    "plan_draft_tolerance_is_a_percentage": [
        {"default_tolerance_percent": -ONE},
        {"default_tolerance_percent": Decimal(101)},
    ],
    "plan_draft_proposed_by_someone": [{"status": "proposed"}],
    "plan_draft_adopted_by_another": [
        {
            "status": "adopted",
            "proposed_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "adopts_on": date(2026, 4, 1),
            "decision": "Minute 7",
            "adopted_at": MOMENT,
            "adopted_by": Parent("accounts.user"),
        }
    ],
    "succession_dropped_with_a_reason": [{"decision": "dropped", "reason": ""}],
    "succession_known_decision": [{"decision": "wish"}],
    "target_change_has_a_reason": [{"reason": ""}],
    "target_change_decided_by_someone": [
        {"outcome": "withdrawn"},
        {"outcome": "withdrawn", "decided_at": MOMENT},
        {"outcome": "withdrawn", "decided_by": Parent("accounts.user")},
        {"decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "target_change_second_person": [
        {
            "outcome": "approved",
            "needs_second_person": True,
            "decided_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "decided_by": Parent("accounts.user"),
        }
    ],
    "target_change_refused_with_a_reason": [
        {"outcome": "rejected", "decided_at": MOMENT, "decided_by": Parent("accounts.user")}
    ],
    "measure_change_has_a_reason": [{"reason": ""}],
    "measure_change_decided_by_someone": [
        {"outcome": "withdrawn"},
        {"outcome": "withdrawn", "decided_at": MOMENT},
        {"outcome": "withdrawn", "decided_by": Parent("accounts.user")},
        {"decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "measure_change_second_person": [
        {
            "outcome": "approved",
            "decided_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "decided_by": Parent("accounts.user"),
        }
    ],
    "measure_change_refused_with_a_reason": [
        {"outcome": "rejected", "decided_at": MOMENT, "decided_by": Parent("accounts.user")}
    ],
    "measure_change_says_something_else": [{"old": "Seen", "new": "Seen"}],
    "tolerance_change_has_a_reason": [{"reason": ""}],
    "tolerance_change_decided_by_someone": [
        {"outcome": "withdrawn"},
        {"outcome": "withdrawn", "decided_at": MOMENT},
        {"outcome": "withdrawn", "decided_by": Parent("accounts.user")},
        {"decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "tolerance_change_second_person": [
        {
            "outcome": "approved",
            "decided_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "decided_by": Parent("accounts.user"),
        }
    ],
    "tolerance_change_refused_with_a_reason": [
        {"outcome": "rejected", "decided_at": MOMENT, "decided_by": Parent("accounts.user")}
    ],
    "tolerance_change_is_a_percentage": [{"new": Decimal("100.01")}, {"new": Decimal("-0.01")}],
    "tolerance_change_says_something_else": [{"old": ONE, "new": ONE}],
    "text_change_has_a_reason": [{"reason": ""}],
    "text_change_decided_by_someone": [
        {"outcome": "withdrawn"},
        {"outcome": "withdrawn", "decided_at": MOMENT},
        {"outcome": "withdrawn", "decided_by": Parent("accounts.user")},
        {"decided_at": MOMENT, "decided_by": Parent("accounts.user")},
    ],
    "text_change_second_person": [
        {
            "outcome": "approved",
            "needs_second_person": True,
            "decided_at": MOMENT,
            "proposed_by": Parent("accounts.user"),
            "decided_by": Parent("accounts.user"),
        }
    ],
    "text_change_refused_with_a_reason": [
        {"outcome": "rejected", "decided_at": MOMENT, "decided_by": Parent("accounts.user")}
    ],
    "text_change_says_something_else": [{"old": "Seen", "new": "Seen"}],
    "target_without_objective_stands_alone": [{"objective_id": 1}],
    "actual_window_in_order": [{"period_start": DAY, "period_end": DAY - timedelta(days=1)}],
    "actual_reason_for_no_value": [
        {"value_status": "suppressed", "value": None},
        {"value_status": "not_applicable", "value": None},
        {"value_status": "suppressed", "value": ONE, "status_reason": "fewer than 5"},
    ],
    "actual_says_something": [{"value": None}],
    "actual_parts_come_together": [{"numerator": ONE}, {"denominator": ONE}],
    "actual_correction_has_a_reason": [{"version": 2}],
    "actual_withdrawn_says_nothing": [
        {**WITHDRAWN, "numerator": ONE, "denominator": ONE},
        {**WITHDRAWN, "milestone_status": "complete"},
        {**WITHDRAWN, "forecast_on": DAY},
        {**WITHDRAWN, "completed_on": DAY},
    ],
    "decision_return_has_a_reason": [{"outcome": "returned"}],
    "judgement_known_rag": [{"rag": "purple"}],
    "rebase_has_a_reason": [{"reason": ""}],
    "fixed_baseline_has_a_reason": [{"reason": ""}],
    "fixed_baseline_has_enough_points": [{"points": 11}, {"points": 1000}],
    "reporting_period_clock_in_order": [
        {"opens_at": MOMENT, "closes_at": MOMENT, "sign_off_at": MOMENT, "freezes_at": MOMENT},
        {"sign_off_at": MOMENT - timedelta(days=365)},
        {"freezes_at": MOMENT - timedelta(days=365)},
    ],
    "reporting_period_first_close_is_earlier": [
        {"first_closed_at": MOMENT + timedelta(days=3650)},
    ],
    "return_nil_has_a_reason": [{"is_nil": True}],
    "return_sent_back_with_a_reason": [{"status": "returned"}],
    "return_section_nil_has_a_reason": [{"is_nil": True}],
    "return_section_sent_back_with_a_reason": [{"status": "returned"}],
    "return_reopened_with_a_reason": [{"reopened_at": MOMENT}],
    "return_closed_after_it_was_reopened": [
        {"closed_again_at": MOMENT},
        {
            "reopened_at": MOMENT,
            "reopened_reason": "Late ward",
            "closed_again_at": MOMENT - timedelta(days=1),
        },
    ],
    "weight_change_between_0_and_100": [{"green": 101}, {"amber": 100.5}, {"red": -1}],
    "weight_change_with_a_reason": [{"reason": ""}],
    "programme_weights_are_percentages": [
        {"weight_green": Decimal(101)},
        {"weight_amber": Decimal(101)},
        {"weight_red": Decimal(51)},
        {"weight_red": -ONE},
    ],
    "target_change_with_an_amount_and_a_reason": [{"amount_k": 0}, {"reason": ""}],
    "allocation_transfer_between_two": [
        {
            "from_care_group": Parent("strategy.caregroup"),
            "to_care_group": Parent("strategy.caregroup"),
        },
        {"amount_k": 0},
    ],
    "phasing_below_nothing_has_a_reason": [
        {"amount_k": -ONE},
        {"amount_k": -ONE, "kind": "forecast"},
        {"amount_k": -ONE, "reason": "An early cost"},
    ],
    "ledger_import_saved_at_a_moment": [{"status": "saved"}, {"saved_at": MOMENT}],
    "qia_reviewed_within_a_year": [{"review_every_months": 0}, {"review_every_months": 13}],
    "qia_reopened_by_a_signal_or_with_a_reason": [
        {"guard": None, "reason": ""},
        {"signal_began": None},
    ],
    "phasing_change_has_a_reason": [{"version": 2}],
    **{
        f"qia_domain_{field}_1_to_5": [{field: 0}, {field: 6}]
        for field in ("likelihood", "consequence", "residual_likelihood", "residual_consequence")
    },
    "scheme_risk_scores_1_to_5": [{"likelihood": 0}, {"consequence": 6}],
    "board_meeting_reviews_the_past": [{"held_on": DAY, "period_under_review": DAY}],
    "pack_later_version_has_a_reason": [{"version": 2}],
    "sent_mail_known_kind": [{"kind": "letter"}],
    "sent_mail_sent_at_a_moment": [{"state": "sent"}, {"sent_at": MOMENT}],
    "mail_preference_known_kind": [{"kind": "letter"}],
}
