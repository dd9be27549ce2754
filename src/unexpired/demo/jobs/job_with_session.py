"""A job: uploads one result after another, for as long as that takes.

Arguments: the bucket, how many results there are, and the seconds from one to the next.
"""

import json
import sys
import time

import unexpired

bucket, results, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])

session = unexpired.Session(profile_name="etl")
s3 = session.client("s3")

began = time.monotonic()
for number in range(results):
    sent = time.monotonic()
    s3.put_object(Bucket=bucket, Key=f"results/{number:05}.json", Body=json.dumps({"result": number}))
    print(json.dumps({"uploaded": number + 1, "took_ms": 1000 * (time.monotonic() - sent)}), flush=True)
    time.sleep(max(0.0, began + (number + 1) * pause - time.monotonic()))
