"""What becomes of a mail that was not sent."""

from datetime import timedelta

import pytest

from backbone.ledger.states import Outbound, OutboundReason
from replies.policy import Certainty, Verdict, after_failure, copy_again
from replies.settings import ReplySettings
from tests.support.things import NOON

SETTINGS = ReplySettings(first_retry=60, longest_retry=3600, give_up_after=86_400)


def verdict(certainty: Certainty, tries: int = 1, age: float = 0) -> Verdict:
    return after_failure(
        certainty,
        OutboundReason.TRY_LATER,
        tries=tries,
        since=NOON - timedelta(seconds=age),
        now=NOON,
        settings=SETTINGS,
    )


@pytest.mark.parametrize(("tries", "pause"), [(1, 60), (2, 120), (3, 240), (7, 3600), (8, 3600), (10_000, 3600)])
def test_pauses_double_up_to_the_longest(tries: int, pause: int) -> None:
    expected = Verdict(Outbound.DEFERRED, OutboundReason.TRY_LATER, NOON + timedelta(seconds=pause))
    assert verdict(Certainty.NOT_SENT, tries) == expected


def test_a_refusal_is_final() -> None:
    assert verdict(Certainty.REFUSED) == Verdict(Outbound.FAILED, OutboundReason.TRY_LATER, None)


def test_a_mail_is_given_up_after_days() -> None:
    assert verdict(Certainty.NOT_SENT, 30, 86_400).state is Outbound.DEFERRED
    assert verdict(Certainty.NOT_SENT, 30, 86_401) == Verdict(Outbound.FAILED, OutboundReason.EXPIRED, None)


def test_a_copy_is_tried_with_the_same_pauses_until_they_add_up_to_days() -> None:
    pauses: list[float] = []
    while again := copy_again(len(pauses) + 1, now=NOON, settings=SETTINGS):
        pauses.append((again - NOON).total_seconds())
    assert pauses[:7] == [60, 120, 240, 480, 960, 1920, 3600]
    assert sum(pauses[:-1]) < SETTINGS.give_up_after <= sum(pauses)
