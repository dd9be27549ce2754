"""The boto channel: a ``boto3.Session`` whose credentials renew themselves, and whose refused requests survive.

``session`` is the door. ``credentials`` is what botocore signs with, ``retry`` what happens when a service refuses it,
``verdict`` how a refusal is told from other errors, ``body`` what lets an upload be sent twice, ``naming`` how a
failure that stays carries its cause, ``boundary`` how our errors are caught by handlers written for botocore's, and
``takeover`` what becomes of the credentials that a session already had.
"""
