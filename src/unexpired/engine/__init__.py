"""The engine: decides when a session must be renewed, renews it once, and hands it out without a lock.

It imports nothing else of ours and nothing of botocore's. ``sources`` say how a session is made, ``stores`` where it is
shared, ``channels`` how a program receives it; the engine stands between them.
"""
