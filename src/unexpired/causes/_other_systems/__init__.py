"""The systems that messages about tokens come from when they do not come from AWS, and the words in which they speak.

By who speaks: libraries and providers of ``tokens``, other ``clouds`` and their object stores, all other ``services``.
"""
