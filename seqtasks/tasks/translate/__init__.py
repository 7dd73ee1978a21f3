"""Sequence to sequence with attention: a sentence in one language to a sentence in another.

Not where a wrong word does harm, as in medicine or law: a fluent translation may say what the source does not.
"""
