"""What a meeting was about is fixed once its pack is frozen: see `accounts.record.fixed`."""

from accounts.record.fixed import Fixed

FIXED = (
    Fixed(
        "board_boardmeeting",
        ("slug", "committee_id", "held_on", "period_under_review", "data_cut_off"),
        "EXISTS (SELECT 1 FROM board_pack WHERE board_pack.meeting_id = OLD.id)",
        "what a meeting with a frozen pack was about is fixed",
        "is fixed: a frozen pack rests on it. Add another meeting",
        keys=("slug",),
    ),
)
