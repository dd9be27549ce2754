"""Names the one reason why credentials lapse on this machine, the evidence for it, and the command that cures it.

``examine`` gathers the evidence (``unexpired.causes._evidence``), ``chain`` decides as botocore does who gives the
credentials, ``diagnosis`` asks every cause, ``report`` shows it. Secrets are sealed where they are read, so no later
step can show one. :func:`unexpired.doctor.diagnosis.diagnose` is the door.
"""
