"""By which telephone a team is reached: that of whoever has its shift, else its own."""

from __future__ import annotations

RECIPIENT = "team:"


def of(recipient: str, *, moment: str) -> str:
    """The SQL of the team's telephones as `phone`, the first choice first; nothing for other recipients. Both are expressions."""
    number = f"CASE WHEN starts_with({recipient}, '{RECIPIENT}') THEN CAST(substr({recipient}, {len(RECIPIENT) + 1}) AS integer) END"
    return (
        "SELECT right(regexp_replace(p.phone, '[^0-9]', '', 'g'), 11) AS phone FROM ("
        f"SELECT 0 AS turn, s.id, s.phone FROM duty_shifts s WHERE s.team_id = {number} "
        f"AND s.starts_at <= {moment} AND s.ends_at > {moment} "
        f"UNION ALL SELECT 1, t.id, t.phone FROM response_teams t WHERE t.id = {number}"
        ") p WHERE p.phone ~ '[0-9]' ORDER BY p.turn, p.id"
    )
