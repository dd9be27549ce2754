"""The agent: one process of a host that keeps many roles' sessions fresh and hands them out at several doors.

Nothing here is imported before it is asked for, so that ``unexpired --help`` and a library user pay nothing.
"""
