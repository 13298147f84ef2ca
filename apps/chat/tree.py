"""A conversation as a tree: which turns are on the way from a head, and where else one can go. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

Id = TypeVar("Id")


class Tree(Generic[Id]):
    """Turns by parent, as pairs (id, parent) in the order in which they were made; None is the parent of the first."""

    def __init__(self, pairs: Iterable[tuple[Id, Id | None]]) -> None:
        self.parent: dict[Id, Id | None] = dict(pairs)
        self.children: dict[Id | None, list[Id]] = {}
        for one, parent in self.parent.items():
            self.children.setdefault(parent, []).append(one)
        self._age = {one: n for n, one in enumerate(self.parent)}

    def path(self, head: Id | None) -> list[Id]:
        """From the first turn to `head`; empty without one."""
        found: list[Id] = []
        while head is not None:
            found.append(head)
            head = self.parent[head]
        return found[::-1]

    def siblings(self, one: Id) -> list[Id]:
        """What stands in one place: the turn and all others after the same one, the oldest first."""
        return self.children[self.parent[one]]

    def newest_below(self, one: Id) -> Id:
        """The end of the way through `one` that was gone last: the youngest turn below it (or itself)."""
        below, todo = one, [one]
        while todo:
            at = todo.pop()
            below = max(below, at, key=self._age.__getitem__)
            todo += self.children.get(at, [])
        return below
