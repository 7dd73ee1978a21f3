"""Forecasting: the next vectors of a table in time order, from the vectors up to now.

Not for decisions on money or safety: it goes on as the past went. Only quantiles (`model.quantiles`) say how far
off it may be, and they, too, know nothing but the past.
"""
