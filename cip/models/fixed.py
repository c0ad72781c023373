"""Savings printed in a plan cannot be changed: see `accounts.record.fixed`."""

from accounts.record.fixed import ALWAYS, Fixed

FIGURES = ("target", "identified", "unidentified")
PRINTED = "stands as printed in the plan. Record a transfer between care groups beside it"

FIXED = (
    Fixed(
        "cip_programme",
        ("year", "plan_id", *(f"printed_{name}_k" for name in FIGURES)),
        ALWAYS,
        "what the plan prints of its savings is fixed",
        PRINTED,
        keys=("year",),
    ),
    Fixed(
        "cip_programme",
        ("weight_green", "weight_amber", "weight_red"),
        "EXISTS (SELECT 1 FROM cip_scheme JOIN cip_phasing ON cip_phasing.scheme_id ="
        " cip_scheme.id WHERE cip_scheme.programme_id = OLD.id)",
        "the weights of a programme whose schemes are phased are fixed",
        "is fixed once the schemes are phased: what past months expected would change. Finance "
        "records other weights beside it, with a reason",
        part="weights",
        keys=("year",),
    ),
    Fixed(
        "cip_allocation",
        (
            *("programme_id", "care_group_id"),
            *("target_k", "published_identified_k", "published_unidentified_k"),
            *(f"{name}_printed" for name in FIGURES),
        ),
        ALWAYS,
        "what the plan prints of an allocation is fixed",
        PRINTED,
    ),
)
