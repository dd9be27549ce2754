"""A shell script's loop over the AWS CLI, with the same lines as the other programs: a new process for each request.

    python cli.py BUCKET SECONDS PAUSE_MS

``AWS_CLI`` names the `aws` to run.
"""

import os
import subprocess
import sys
import time

bucket, seconds, pause = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]) / 1000
end, turn = time.monotonic() + seconds, 0
while time.monotonic() < end:
    there, began = f"s3://{bucket}/cli/{turn // 2}", time.monotonic()
    way = ["-", there] if turn % 2 == 0 else [there, "-"]
    command = [os.environ["AWS_CLI"], "s3", "cp", *way]
    done = subprocess.run(command, input="row", capture_output=True, text=True, check=False)
    took = round((time.monotonic() - began) * 1000)
    said = "" if done.returncode == 0 else done.stderr.strip().replace("\n", " ")
    print("err" if said else "ok", took, said, flush=True)
    turn += 1
    time.sleep(pause)
