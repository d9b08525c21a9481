"""The order in which workers are replaced."""

from wsgi_rs.crew import Crew


class Child:
    """A worker that serves."""

    replaces = None
    serves = True
    is_ending = False
    started = 0

    def __init__(self, generation):
        self.generation = generation


class Starter:
    """Notes what is replaced."""

    def __init__(self):
        self.replaced = []

    def worker(self, sockets, generation, replaces, others):
        self.replaced.append(replaces)
        child = Child(generation)
        child.replaces, child.serves = replaces, False
        return child


def crew():
    """A crew with a worker, beside one that does not end."""
    worker, ending, starter = Child(0), Child(0), Starter()
    ending.is_ending = True
    return Crew({worker, ending}, starter, None, 1, 30), worker, starter


def test_a_worn_worker_waits_for_the_end_of_another():
    one, worker, starter = crew()
    one.note_worn(worker)
    one.fill([])
    assert starter.replaced == []


def test_a_reload_replaces_a_worn_worker_at_once():
    one, worker, starter = crew()
    one.note_worn(worker)
    one.reload()
    one.fill([])
    assert starter.replaced == [worker]


def test_a_reload_replaces_a_worker_that_is_worn_afterwards_at_once():
    one, worker, starter = crew()
    one.reload()
    one.note_worn(worker)
    one.fill([])
    assert starter.replaced == [worker]
