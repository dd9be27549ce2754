"""Texts that speak of tokens, errors and credentials, and have no credential problem."""

from __future__ import annotations

import pytest

from unexpired.explaining import explain

HEALTHY = (
    "INFO stripe webhook received, paypal sync ok, slack notified; openai tokens=512; GET /login 200",
    "INFO openai request took 401ms, tokens 200\nDEBUG kerberos realm EXAMPLE loaded",
    "INFO botocore.credentials Found credentials in environment variables.\nERROR could not parse row 7",
    "ERROR: relation users does not exist\nERROR failed to connect to database: timeout",
    "[INFO] AWS SDK initialised, region eu-west-1\n[ERROR] NullPointerException at com.acme.Foo",
    "WARN aws s3 upload failed, retrying: Connection reset by peer (bucket x)",
    "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.",
    "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
    "An error occurred (ThrottlingException) when calling the PutItem operation: Rate exceeded",
    "error: pathspec 'credentials' did not match any file(s) known to git",
    "│ Error: creating S3 Bucket: BucketAlreadyExists",
    "The signature of function foo is invalid: missing argument; error TS2345",
    "Error from server (NotFound): pods x not found",
    "INFO token refreshed, session expires in 3600s. GET /oauth/token 200 OK",
    "certificate verify failed: unable to get local issuer certificate (host='example.com')",
    "ERROR Lambda function failed: Task timed out after 3.00 seconds",
    "java.lang.IllegalArgumentException: profile 'dev' not found in application.yml",
    "WARN: lock expired for worker 7; session cache expired 12 entries",
    "InvalidParameterException: The role arn:aws:iam::111122223333:role/x cannot be deleted because it has policies",
    'FATAL:  password authentication failed for user "postgres"',
    "requests.exceptions.ConnectTimeout: the requests. timed out while waiting",
    "from cryptography.fernet import InvalidToken  # raised when the ciphertext was altered",
    "cryptography.exceptions.InvalidSignature",
    "INFO SSO Token refresh succeeded; Cached SSO token expires at 2026-03-01 10:00:00+00:00",
    "login: PAM authentication failed",
    "NameError: uninitialized constant Aws::CredentialProviderChain::InstanceProfileCredentials",
    "ImportError: cannot import name 'NoCredentialsError' from 'boto3.exceptions'",
    "During handling of it another exception occurred: NameError: name 'ExpiredTokenException' is not defined",
    "AttributeError: module 'botocore.exceptions' has no attribute 'ProfileNotFound'",
    "PHP Fatal error: Uncaught Error: Class 'Aws\\Credentials\\Credentials' not found in /app/s3.php:4",
    "Error: Memory leak (CWE 401)\nfixed errors in the README (#401) and line 401",
    "The build profile is new.\nIt disables the tests, and with nocheck it breaks the circular dependency. Error: none",
    "If the host is not trusted you must provide credentials to the login system; errors are told by PAM",
    "clk: change signature of init()\nclk: move subsystem clocks to its own unit: error handling",
    "CVE-2026-0001: an unauthenticated attacker can cause an error in the dictionary",
    "Do not fail the tests on Unix platforms with incomplete credentials-passing support",
)


@pytest.mark.parametrize("text", HEALTHY)
def test_a_text_without_a_credential_problem_is_explained_by_nothing(text: str):
    assert explain(text).to_dict()["causes"] == []
