"""What a mail costs is counted, not timed: statements sent to the database, so that it cannot creep up unseen."""

from pathlib import Path

from tests.bench.intake import measure

# Statements until a waiting mail is a ticket, and until all that follows is delivered too, alone and of a backlog; together
# they are so few because a batch needs as many as one mail.
ALONE, TOGETHER = 24, 3
ALONE_IN_ALL, TOGETHER_IN_ALL = 60, 8


async def test_a_mail_alone_and_mails_together_send_no_more_statements_than_they_did(db: None, tmp_path: Path) -> None:
    _, _, taken, delivered = await measure(1, tmp_path)
    assert taken.calls.total() <= ALONE, taken.calls.most_common(10)
    assert taken.calls.total() + delivered.calls.total() <= ALONE_IN_ALL, delivered.calls.most_common(10)
    # Batches grow to a hundred: 1, 2, 4 … 64, and what is left.
    _, _, taken, delivered = await measure(150, tmp_path, first=1)
    assert taken.calls_a_mail <= TOGETHER, taken.calls.most_common(10)
    assert taken.calls_a_mail + delivered.calls_a_mail <= TOGETHER_IN_ALL, delivered.calls.most_common(10)
