"""Side by side with the peers, on the strict sandbox, in one run: ``./dev bench``.

``rows/`` has one file for each promise: what is measured, and when it is kept. ``contenders/`` has one file for each
way to have a session that renews, set up as its documentation says. Each pair of the two runs in a process of its own,
with a sandbox of its own in another. ``docs/benchmarks.md`` says how to read the result.
"""
