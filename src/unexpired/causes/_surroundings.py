"""Where a program was running when something was said, and whether it was about AWS at all.

For the clues of causes: the words of tools, languages and machines that stand somewhere in the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unexpired.causes._other_systems.clouds import OBJECT_STORES

if TYPE_CHECKING:
    from unexpired.causes._sign import Phrases

AWS_CLI = (
    "$ aws ",
    "% aws ",
    "> aws ",
    "# aws ",
    "fatal error: an error occurred",
    "upload failed: ",
    "download failed: ",
    "copy failed: ",
    "aws: error:",
    "aws: [error]",
    "aws-cli/",
    "awscli",
)
"""Somebody typed it, or a shell script did."""

TERRAFORM = ("terraform", "hashicorp/aws", "opentofu", "|tofu|", "on main.tf line", ".tf line", "terragrunt", "pulumi")
"""Infrastructure tools: one process, many waits, credentials read once."""

CI = (
    "##[",
    "github_actions",
    "github actions",
    "/home/runner/work",
    "configure-aws-credentials",
    "role-to-assume",
    "gitlab-runner",
    "gitlab ci",
    "ci_job_",
    "/builds/",
    "codebuild",
    "circleci",
    "|jenkins|",
    "/var/lib/jenkins",
    "[pipeline]",
    "buildkite",
    "bitbucket-pipelines",
    "bitbucket pipelines",
    "travis",
    "##vso[",
    "teamcity",
    "|ci job|",
    "ci pipeline",
    "oidc-auth",
)
"""A pipeline: nobody is present, and a step that logged in at the start."""

JAVA = (
    "at com.amazonaws.",
    "at software.amazon.",
    "at org.apache.",
    "at java.base",
    "caused by: com.",
    "caused by: software.",
)
PYTHON = ("traceback (most recent call last)", "botocore.", "boto3.", "aiobotocore", "s3fs", "file …, line ")
HADOOP = (
    "org.apache.hadoop",
    "org.apache.spark",
    "s3afilesystem",
    "s3a://",
    "pyspark",
    "spark-submit",
    "emrfs",
    "lost task",
)
CLOUD_MACHINE = (
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "ec2.internal",
    ".compute.internal",
    "instance profile",
    "instanceprofile",
    "iam-role",
    "found credentials from iam role",
    "ecs agent",
    "amazon-ecs-agent",
    "|fargate|",
    "imds",
    "|emr|",
)
"""Signs of an instance or a container that gets its credentials from the metadata service."""

AWS = (
    "|aws|",
    "amazon",
    "|s3|",
    "|sts|",
    "|iam|",
    "arn:aws",
    "boto",
    "169.254.169.254",
    "|eks|",
    "|ec2|",
    "dynamodb",
    "cloudwatch",
    "|aws-",
    "|aws_",
    "assumerole",
    "webidentityerr",
    "nocredentialproviders",
)
"""That it is about AWS at all."""

NOT_CREDENTIALS = (
    "accessdenied",
    "access denied",
    "is not authorized to perform",
    "unauthorizedoperation",
    "found credentials in",
    "nosuchbucket",
    "refresh succeeded",
    "missing region",
    "could not find region",
    "must specify a region",
    "is not a function",
    "has no attribute",
    "cannot find module",
    "no module named",
    "cannot import name",
    "uninitialized constant",
    "nosuchmethoderror",
    "class aws ‥ not found",
    "gcloud",
    "azure",
    *OBJECT_STORES,
)
"""Where one of these stands near, words about credentials need not mean that they failed."""

_FAILURES = (
    "failed",
    "failure",
    "error",
    "unable",
    "could not",
    "couldnt",
    "cannot",
    "not found",
    "missing",
    "timed out",
)


def failing(*subjects: str) -> Phrases:
    """Each subject close to a word of failure, for the signs of last resort."""
    return tuple(
        phrase
        for subject in subjects
        for word in _FAILURES
        for phrase in (f"{word} ‥ {subject}", f"{subject} ‥ {word}")
    )
