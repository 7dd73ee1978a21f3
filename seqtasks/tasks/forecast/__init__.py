"""Forecasting: the next vectors of a table in time order, from the vectors up to now.

Not for decisions on money or safety: it goes on as the past went, and says nothing of how far off it may be.
"""
