"""What AWS says for more than one cause, and where a program was running when it was said.

A message that only one cause can have stands in that cause's file. The few here are shared, because *ExpiredToken* is
the same answer whether the session came from an environment variable or out of a Spark configuration; the causes then
differ in what else stands in the text.

Sources: the *common errors* of the STS API, the S3 *error responses*, EC2's *error codes*, and the SDKs' own messages.
"""

from __future__ import annotations

from unexpired.causes._sign import Answer

SESSION_EXPIRED = Answer(
    codes=("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"),
    phrases=(
        "security token included in the request is expired",
        "security token included in the request has expired",
        "the provided token has expired",
        "token included in the request is expired",
        "the aws session token has expired",
        "aws credentials have expired",
        "aws credentials are expired",
        "aws token has expired",
        "aws token expired",
        "aws session has expired",
        "aws session expired",
        "session credentials have expired",
        "temporary credentials have expired",
        "temporary security credentials have expired",
    ),
)
"""A session that was good has lapsed. S3 words it one way, everyone else another."""

TOKEN_INVALID = Answer(
    codes=("InvalidClientTokenId", "UnrecognizedClientException", "InvalidClientTokenIdException"),
    phrases=("security token included in the request is invalid", "security token is not valid for this request"),
)
"""The key id, or the token beside it, is unknown to the service. Says *security token* also when there was none."""

S3_TOKEN_INVALID = Answer(
    codes=("InvalidToken",),
    phrases=("the provided token is malformed or otherwise invalid",),
)
"""S3's own word for a token that does not fit: altered, of another session, or of a Region that needs another kind."""

KEY_NOT_FOUND = Answer(
    codes=("InvalidAccessKeyId", "InvalidAccessKeyIdException"),
    phrases=("access key id you provided does not exist in our records", "access key id does not exist"),
)
"""S3's own word for a key id that nobody has."""

NOT_VALIDATED = Answer(
    codes=(),
    phrases=(
        "aws was not able to validate the provided access credentials",
        "not able to validate the provided access credentials",
    ),
)
"""EC2's *AuthFailure*: one answer for an unknown key, a bad signature and a clock that is off."""

SIGNATURE_WRONG = Answer(
    codes=("SignatureDoesNotMatch", "InvalidSignatureException", "InvalidSignature"),
    phrases=("request signature we calculated does not match the signature you provided",),
)
"""The service computed another signature. Also the code, elsewhere than S3, for a signature that is too old."""

SIGNATURE_TOO_OLD = Answer(
    codes=(),
    phrases=("signature expired: … is now earlier than", "signature expired: … is now later than"),
)
"""``Signature expired: <sent> is now earlier than <limit> (<server time> - 5 min.)``."""

ACCESS_DENIED = Answer(
    codes=("AccessDenied", "AccessDeniedException", "UnauthorizedAccess", "UnauthorizedOperation"),
)
"""Understood and refused: of interest here only where it refuses the renewal itself."""

THROTTLED = Answer(
    codes=(
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
    ),
    phrases=("rate exceeded", "too many requests", "throttled with no retry"),
)
"""Asked too often."""

NO_PROVIDER = Answer(
    codes=("NoCredentialProviders", "NoCredentialsError", "CredentialsError"),
    phrases=(
        "unable to locate credentials",
        "no valid providers in chain",
        "no valid credential sources",
        "could not load credentials from any providers",
        "unable to load aws credentials from any provider in the chain",
        "unable to load credentials from any of the providers in the chain",
        "missing credentials in config",
        "no ec2 imds role found",
        "no ec2 instance role found",
        "no providers in chain provided credentials",
    ),
)
"""The whole chain of providers was asked, and came back with nothing."""

RENEWAL_CALLS = (
    "assumerole",
    "assumerolewithsaml",
    "assumerolewithwebidentity",
    "assumeroot",
    "getsessiontoken",
    "getfederationtoken",
    "getcalleridentity",
    "getrolecredentials",
    "createtoken",
    "createoauth2token",
    "sts",
    "sso",
    "sso oidc",
    "ssooidc",
    "sso-oidc",
    "signin",
    "portal.sso",
)
"""Operations and services that make or renew a session: where they fail, renewal failed."""

RENEWAL_HOSTS = (
    "|sts.amazonaws.com",
    "|sts.… .amazonaws.com",
    "|sts.…amazonaws.com",
    "|sts-fips.",
    "|portal.sso.",
    "|oidc.…amazonaws.com",
    ".awsapps.com/start",
    "|signin.aws.amazon.com",
    ".signin.aws.amazon.com",
    "|sts.vpce",
    "vpce-…sts.",
)
"""Endpoints that make or renew a session."""

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
    "::error",
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
    "ecs agent",
    "amazon-ecs-agent",
    "|fargate|",
    "imds",
    "|emr|",
)
"""Signs of an instance or a container that gets its credentials from the metadata service."""
