"""The children that shall serve.

There are as many as are wanted, and all of the latest generation, which a reload begins. A child of
an earlier one stays until the one that replaces it serves. A program that takes over replaces all.
"""

import signal
import time

from .backoff import Backoff

ALL = object()  # what a program replaces

WORN = -1  # the generation of one that asks to be replaced


class Crew:
    """The children of a parent that shall serve. Those that end do not belong to it any more."""

    def __init__(self, children, starter, sockets, wanted, timeout):
        """Of all these children, so many are `wanted`. A starter starts them with the sockets. One
        that is told to end has this time for its requests."""
        self._children = children
        self._starter = starter
        self.sockets = sockets
        self._wanted = wanted
        self._timeout = timeout
        self.has_passed_on = False  # to a program
        # The number of the last reload. Workers of earlier ones are replaced.
        self._generation = 0
        self._backoff = Backoff()

    def _members(self):
        return [one for one in self._children if not one.is_ending]

    def fill(self, others):
        """Starts the children that are missing, and replaces one of an earlier generation. A child
        has none of the channels of `others`."""
        present = [one for one in self._members() if not one.replaces]
        for _ in range(self._wanted - len(present)):
            if self._backoff.is_over():
                self._start(None, others)
        present.sort(key=lambda one: one.generation, reverse=True)
        for one in present[self._wanted:]:  # another one died before it could be replaced
            one.end(self._timeout)
        is_replacing = any(one.replaces not in (None, ALL) for one in self._children)
        # Those that end may take long. Only a reload has more of them end than serve.
        has_room = sum(one.is_ending for one in self._children) < self._wanted
        outdated = [one for one in present[:self._wanted]
                    if one.generation < self._generation and one.serves
                    and (has_room or one.generation != WORN)]
        if outdated and not is_replacing and self._backoff.is_over():
            # The oldest first: its turn comes even if reloads follow each other closely.
            self._start(outdated[-1], others)

    def _start(self, replaces, others):
        if self.has_passed_on or replaces is ALL:
            one = self._starter.program(self.sockets, self._generation, replaces)
        else:
            one = self._starter.worker(self.sockets, self._generation, replaces,
                                       [*self._children, *others])
        if one is None:
            self._backoff.note_end(time.monotonic())
        else:
            self._children.add(one)

    def times(self):
        """The end of the pause after children that died at once, if there is one."""
        return self._backoff.times()

    def reload(self):
        """Begins a generation."""
        if self.has_passed_on:
            return self._children.pass_on(signal.SIGHUP)
        self._generation += 1
        for one in self._members():
            if one.generation == WORN:  # a reload replaces it however many are ending
                one.generation = self._generation - 1
            if not one.serves and one.replaces is not ALL:  # it may hang
                one.end(self._timeout)

    def note_worn(self, one):
        """Notes that one asks to be replaced. A reload does so sooner."""
        if one.generation == self._generation:
            one.generation = WORN

    def keep(self):
        """Leaves it at the children that are there, since a new one cannot be had."""
        for one in self._children:
            one.generation = self._generation

    def start_anew(self, one):
        """Ends all, so that others take their places at once. One has seen that files of its
        generation changed, as all others of it may."""
        if one.generation == self._generation:
            self._generation += 1
        self._backoff.reset()
        for one in self._members():
            if one.replaces is not ALL:
                one.end(self._timeout)

    def start_program(self):
        """Starts a program that replaces all."""
        for one in self._children:
            if one.replaces is ALL:  # it may hang
                one.end(self._timeout)
        self._start(ALL, ())

    def pass_on(self, program):
        """Leaves serving to a program."""
        self.has_passed_on = True
        self._wanted = 1
        self._backoff.reset()
        self._children.retire(self._timeout, but=program)

    def note_end(self, one):
        """Notes that one has died, or is about to. If it has lived shortly, the next one waits."""
        self._backoff.note_end(one.started)

    def is_settled(self):
        """Whether no reload and no restart goes on. What a program loads is not known."""
        return all(one.replaces is None and one.serves and one.generation >= self._generation
                   for one in self._members())
