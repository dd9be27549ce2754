"""A job as somebody wrote it who never heard of us: one S3 client of boto3, made once.

    python boto.py BUCKET SECONDS PAUSE_MS

For so many seconds: write an object, read it back, write the next. A line for each request: ok or err, the milliseconds
it took, and the error's words.
"""

import sys
import time

import boto3

bucket, seconds, pause = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]) / 1000
s3 = boto3.client("s3")
end, turn = time.monotonic() + seconds, 0
while time.monotonic() < end:
    key, began, said = f"boto/{turn // 2}", time.monotonic(), ""
    try:
        if turn % 2 == 0:
            s3.put_object(Bucket=bucket, Key=key, Body=b"row")
        else:
            s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except Exception as error:  # noqa: BLE001 - whatever it is, the job goes on and says so
        said = f"{type(error).__name__}: {error}".replace("\n", " ")
    took = round((time.monotonic() - began) * 1000)
    print("err" if said else "ok", took, said, flush=True)
    turn += 1
    time.sleep(pause)
