"""Rows that are made when they are asked for, of contents that their slices share."""

import copy
from collections.abc import Sequence


class PlacedRows(Sequence):
    """Rows by their places, a range `_places`; `_row` makes that of a place. A slice with a step is a list."""

    def __len__(self):
        return len(self._places)

    def __getitem__(self, place):
        chosen = self._places[place]
        if isinstance(chosen, int):
            return self._row(chosen)
        return self._at(chosen) if chosen.step == 1 else [self._row(number) for number in chosen]

    def __iter__(self):
        return map(self._row, self._places)

    def _at(self, places):
        """Returns the rows at other places of the same contents."""
        rows = copy.copy(self)
        rows._places = places
        return rows

    def _row(self, place):
        raise NotImplementedError
