"""What AWS says for more than one cause.

A message that only one cause can have stands in that cause's file. The few here are shared, because *ExpiredToken* is
the same answer whether the session came from an environment variable or out of a Spark configuration; the causes then
differ in what else stands in the text.

Sources: the *common errors* of the STS API, the S3 *error responses*, EC2's *error codes*, and the SDKs' own messages.
"""

from __future__ import annotations

from unexpired.causes._other_systems.clouds import OBJECT_STORES
from unexpired.causes._sign import Answer

SESSION_EXPIRED = Answer(
    codes=("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"),
    phrases=(
        "security token included in the request is expired",
        "security token included in the request has expired",
        "the provided token has expired",
        "token included in the request is expired",
        "the provided token must be refreshed",
        "aws session token has expired",
        "aws session token is expired",
        "aws credentials have expired",
        "aws credentials are expired",
        "expired aws credentials",
        "expired aws session",
        "expired aws token",
        "aws token has expired",
        "aws token expired",
        "aws session has expired",
        "aws session expired",
        "session credentials have expired",
        "credentials are already expired",
        "credentials already expired",
        "temporary credentials have expired",
        "temporary security credentials have expired",
    ),
    unless=OBJECT_STORES,
)
"""A session that was good has lapsed. S3 words it one way, everyone else another."""

HEAD_REFUSED = Answer(
    codes=(),
    phrases=(
        "(400) when calling the headobject operation: bad request",
        "(400) when calling the headbucket operation: bad request",
        "(http status 400) during headobject operation: no response body",
        "(http status 400) during headbucket operation: no response body",
        "awsbadrequestexception … bad request (service: amazon s3; status code: 400",
        "operation error s3: headobject, https response error statuscode: 400 … api error badrequest",
        "operation error s3: headbucket, https response error statuscode: 400 … api error badrequest",
    ),
)
"""The answer to HEAD has no body, so no code: a lapsed session shows as a bare 400 (a denied request would be 403)."""

TOKEN_INVALID = Answer(
    codes=("InvalidClientTokenId", "UnrecognizedClientException", "InvalidClientTokenIdException"),
    phrases=("security token included in the request is invalid", "security token is not valid for this request"),
    unless=OBJECT_STORES,
)
"""The key id, or the token beside it, is unknown to the service. Says *security token* also when there was none."""

S3_TOKEN_INVALID = Answer(
    codes=(),
    phrases=(
        "the provided token is malformed or otherwise invalid",
        # Not the bare code: half the world has an exception of that name.
        "an error occurred (invalidtoken)",
        "<code>invalidtoken<",
        "error code: invalidtoken",
        "api error invalidtoken",
        "aws error invalid_token",
        "errors::invalidtoken",
    ),
    unless=OBJECT_STORES,
)
"""S3's own word for a token that does not fit: altered, of another session, or of a Region that needs another kind."""

KEY_NOT_FOUND = Answer(
    codes=("InvalidAccessKeyId", "InvalidAccessKeyIdException"),
    phrases=("access key id you provided does not exist in our records", "access key id does not exist"),
    unless=OBJECT_STORES,
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
    codes=("SignatureDoesNotMatch", "InvalidSignatureException"),
    phrases=("request signature we calculated does not match the signature you provided",),
    unless=OBJECT_STORES,
)
"""The service computed another signature. Also the code, elsewhere than S3, for a signature that is too old."""

SIGNATURE_TOO_OLD = Answer(
    codes=(),
    phrases=("signature expired: … is now earlier than", "signature expired: … is now later than"),
    unless=OBJECT_STORES,
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

NO_ANSWER = (
    "could not connect to the endpoint url",
    "connect timeout on endpoint url",
    "read timeout on endpoint url",
    "connection was closed before we received a valid response",
    "failed to connect to proxy url",
    "ssl validation failed for",
    "certificate verify failed",
    "certificate signed by unknown authority",
    "failed to verify certificate",
    "certificate is valid for",
    "certificate is not trusted",
    "self signed certificate in certificate chain",
    "self-signed certificate in certificate chain",
    "unable to get local issuer certificate",
    "unable_to_get_issuer_cert_locally",
    "self_signed_cert_in_chain",
    "pkix path building failed",
    "tls handshake timeout",
    "no such host",
    "i/o timeout",
    "connection refused",
    "connection reset by peer",
    "connection timed out",
    "connect timed out",
    "network is unreachable",
    "no route to host",
    "name or service not known",
    "temporary failure in name resolution",
    "nodename nor servname",
    "getaddrinfo enotfound",
    "enotfound",
    "eai_again",
    "econnrefused",
    "econnreset",
    "etimedout",
    "unknownhostexception",
    "unable to connect to sts",
    "unable to connect to",
    "dns error",
    "failed to lookup address",
    "could not resolve host",
    "couldnt resolve host",
    "couldnt connect to server",
    "curlcode: 28",
    "curlcode: 6",
    "curlcode: 60",
    "curl error 28",
    "curl error 6",
    "curl error 60",
    "context deadline exceeded",
    "request timed out",
    "the remote name could not be resolved",
    "no connection could be made",
    "proxyconnect tcp",
    "failed to open tcp connection",
    "execution expired",
    "endpointconnectionerror",
    "connecttimeouterror",
    "unable to execute http request",
    "dispatchfailure",
    "dispatch failure",
    "error trying to connect",
    "unknownendpoint",
    "max retries exceeded",
    "newconnectionerror",
    "socketerror",
    "operation timed out",
    "timed out",
    "connection error",
    "broken connection",
    "unexpected response code for connect",
)
"""How the SDKs and their HTTP libraries say that nobody answered."""

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

RENEWAL_HOSTS = ("@renewal-host",)
"""Endpoints that make or renew a session."""
