"""Forecasting: the next vectors of a table in time order, from the vectors up to now.

Not for decisions on money or safety: it goes on as the past went. How far off it may be is said by quantiles alone
(`model.quantiles`), and these know the past alone, too.
"""
