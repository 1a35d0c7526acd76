"""Singleton duties and jobs: one holder, a fence that only grows, and nothing that fails unseen."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from store.duties import Held, beats, give_back, keep, release_duties, take
from store.jobs import BACKOFF, Taken, enqueue, job_done, job_failed, release_jobs, take_jobs
from store.models import Job
from tests.company import Company, StandingClock
from tests.concurrency import together

LEASE = timedelta(seconds=30)
OVER = timedelta(seconds=-1)


def test_one_of_eight_gets_the_duty(company: Company) -> None:
    results = together([lambda name=f"w{n}": take("mail", name, LEASE) for n in range(8)])
    assert not [item for item in results if isinstance(item, BaseException)]
    assert len([item for item in results if isinstance(item, Held)]) == 1


def test_a_taken_over_duty_has_a_higher_fence_and_the_old_holder_learns_it(
    company: Company,
) -> None:
    old = take("mail", "old", OVER)
    new = take("mail", "new", LEASE)
    assert old is not None
    assert new is not None
    assert new.fence == old.fence + 1
    assert not keep(old, LEASE)
    assert keep(new, LEASE)
    give_back(old)
    assert take("mail", "third", LEASE) is None, (
        "a former holder gives back nothing of the new one's"
    )


def test_a_duty_given_back_or_of_a_dead_holder_is_free_at_once(company: Company) -> None:
    first = take("watch", "w1", LEASE)
    assert first is not None
    give_back(first)
    assert take("watch", "w2", LEASE) is not None
    assert release_duties("w2") == 1
    assert take("watch", "w3", LEASE) is not None
    assert set(beats()) == {"watch"}


def test_a_beat_that_was_on_its_way_does_not_take_back_what_was_given_back(
    company: Company,
) -> None:
    held = take("fetch:mail", "one", LEASE)
    assert held
    assert keep(held, LEASE)
    give_back(held)
    assert not keep(held, LEASE)
    assert take("fetch:mail", "two", LEASE)


def test_a_job_exists_only_if_the_transaction_that_asked_for_it_does(
    company: Company, clock: StandingClock
) -> None:
    with transaction.atomic():
        enqueue("mend", {}, clock.now)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_one_keyed_job_waits_at_a_time(company: Company, clock: StandingClock) -> None:
    enqueue("mend", {"n": 1}, clock.now, key="a")
    enqueue("mend", {"n": 2}, clock.now, key="a")
    (job,) = take_jobs("w", LEASE, 9, clock.now)
    assert job.payload == {"n": 1}
    assert job_done(job)
    enqueue("mend", {"n": 3}, clock.now, key="a")
    assert [item.payload["n"] for item in take_jobs("w", LEASE, 9, clock.now)] == [3]


def test_jobs_run_when_due_and_each_for_one_worker(company: Company, clock: StandingClock) -> None:
    for number in range(10):
        enqueue("mend", {"n": number}, clock.now)
    enqueue("mend", {"n": "later"}, clock.now + timedelta(seconds=1))

    def work(name: str) -> list[Taken]:
        return [job for _ in range(6) for job in take_jobs(name, LEASE, 1, clock.now)]

    results = together([lambda name=f"w{n}": work(name) for n in range(3)])
    taken = [job.payload["n"] for result in results for job in result]  # type: ignore[union-attr]
    assert sorted(taken) == list(range(10))


def test_a_failing_job_is_tried_again_and_then_dead_in_plain_sight(
    company: Company, clock: StandingClock
) -> None:
    enqueue("mend", {}, clock.now)
    for pause in BACKOFF:
        (job,) = take_jobs("w", LEASE, 1, clock.now)
        assert not job_failed(job, "broken", clock.now)
        assert take_jobs("w", LEASE, 1, clock.now + timedelta(seconds=pause - 0.1)) == []
        clock.advance(seconds=pause)
    (job,) = take_jobs("w", LEASE, 1, clock.now)
    assert job_failed(job, "broken for good", clock.now)
    row = Job.objects.get()
    assert (row.state, row.last_error) == (Job.State.DEAD, "broken for good")


def test_a_worker_that_lost_a_job_cannot_end_it(company: Company, clock: StandingClock) -> None:
    enqueue("mend", {}, clock.now)
    (stale,) = take_jobs("dead", OVER, 1, clock.now)
    (fresh,) = take_jobs("w2", LEASE, 1, clock.now)
    assert not job_done(stale)
    job_failed(stale, "too late", clock.now)
    assert Job.objects.get().last_error == ""
    assert release_jobs("dead") == 0
    assert job_done(fresh)
