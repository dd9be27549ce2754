"""How a program receives a session: one room for each kind of program.

A channel never makes a session and never decides when to: it is handed a refresher (see
:mod:`unexpired.channels.shared` for how two of them come to share one) and passes on what that gives.
"""
