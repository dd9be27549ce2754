"""What many a job begins with: assume the role, export what came back, start the program.

Arguments: the role, then the program and its own arguments. Good for as long as the session is: an hour.
"""

import os
import subprocess
import sys

import boto3

answer = boto3.client("sts").assume_role(RoleArn=sys.argv[1], RoleSessionName="startup")

os.environ["AWS_ACCESS_KEY_ID"] = answer["Credentials"]["AccessKeyId"]
os.environ["AWS_SECRET_ACCESS_KEY"] = answer["Credentials"]["SecretAccessKey"]
os.environ["AWS_SESSION_TOKEN"] = answer["Credentials"]["SessionToken"]

sys.exit(subprocess.call(sys.argv[2:]))
