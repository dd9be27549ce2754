"""The story of the front page, told live: a job of six hours on sessions of one, in about a minute.

Three *lanes* run the same job side by side against a sandbox whose clock runs fast: behind a startup script that
exports a session once (``naive``), unchanged under ``unexpired exec`` (``exec``), and with two lines changed to
``unexpired.Session`` (``unexpired``). ``jobs/`` holds the very scripts that run.

``plan`` says how long and how fast, ``lane`` runs one process, ``ledger`` reads from the sandbox's books what became of
it, ``story`` sets the stage and clears it away, and ``scene`` is one moment of it, which ``screen`` paints for a
terminal, ``plain`` writes as lines, and ``report`` sums up.

What is shown is what was measured: deaths, renewals, objects and refused requests come from the sandbox's own records,
and only how long an upload took comes from the job.
"""
