"""Evidence: what was found on a machine, gathered once, frozen, and without its secrets.

These are the types only. ``doctor`` gathers them, every cause's ``prove`` reads them, and neither can leak what is not
there: a secret is replaced at the moment it is read by a `Sealed`, which can be compared and nothing else.

Paths are as a person writes them (``~/.aws/config``). Times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from unexpired.causes._chain import Resolution
    from unexpired.causes._files import Place, Profile, Sealed, Section, SharedFile

KeyKind = Literal["session", "long-term", "unknown"]
"""What the prefix of an access key id says: ``ASIA``, ``AKIA``, else (IAM User Guide, *unique identifiers*)."""

CacheState = Literal["read", "corrupt", "unreadable"]


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key as it was found, without its secrets.

    Attributes:
        place: the variable, or the file and line.
        key_id: masked, ``ASIA...MPLE``; `identity` compares the whole of it.
        token: None where there is none.
        expires_at: what is written beside it, at `expires_place`; None where nothing is. Only a hint: nobody checks it.
        profile: None for the environment.
    """

    place: Place
    key_id: str
    kind: KeyKind
    identity: Sealed
    secret: Sealed | None = None
    token: Sealed | None = None
    expires_at: datetime | None = None
    expires_place: Place | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class CachedRole:
    """An entry of ``~/.aws/cli/cache`` (the AWS CLI) or ``~/.aws/boto/cache``: a session of a role, or of a sign-in.

    Attributes:
        name: the file's name without its ending: a digest of what was asked for.
        role_arn: of the assumed role, from ``AssumedRoleUser``; None for a session of IAM Identity Center.
        provider: ``sso`` or ``sts``.
    """

    place: Place
    real: str
    name: str
    state: CacheState
    keys: Keys | None = None
    expires_at: datetime | None = None
    role_arn: str | None = None
    provider: str = "sts"


@dataclass(frozen=True, slots=True)
class SignIn:
    """An entry of ``~/.aws/sso/cache`` or ``~/.aws/login/cache``.

    Attributes:
        name: the file's name without its ending: SHA-1 of the session's name or start address (IAM Identity Center),
            SHA-256 of the login session (console sign-in).
        expires_at: the end of the access token (IAM Identity Center) or of the console session's keys.
        renewable: whether all that is needed to renew it without a person stands beside it, and has not lapsed.
        until: the last moment to which it can be renewed: the end of the client's registration (IAM Identity Center),
            twelve hours after it was made (console); None where nothing betrays it.
        missing: names of the fields without which botocore cannot use it.
        keys: the console sign-in's own session.
    """

    place: Place
    real: str
    name: str
    state: CacheState
    expires_at: datetime | None = None
    renewable: bool = False
    until: datetime | None = None
    start_url: str | None = None
    region: str | None = None
    missing: tuple[str, ...] = ()
    keys: Keys | None = None


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A web-identity (OIDC) token. Its claims are read, not trusted: nobody checked the signature.

    Attributes:
        state: *read*, *absent*, or *unreadable*.
        is_jwt: whether it can be read as one; STS takes nothing else.
        expires_at: ``exp``; `issued_at`: ``iat``; `issuer`, `audience`, `subject`: ``iss``, ``aud``, ``sub``.
    """

    place: Place
    state: Literal["read", "absent", "unreadable"]
    is_jwt: bool = False
    expires_at: datetime | None = None
    issued_at: datetime | None = None
    issuer: str | None = None
    audience: str | None = None
    subject: str | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that AWS signed for another system.

    Attributes:
        host: the registry or database that it is for.
        expires_at: as it says itself; None where it does not.
    """

    kind: Literal["ecr", "eks", "database"]
    place: Place
    host: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Registries:
    """What Docker's configuration says of the registries of ECR.

    Attributes:
        hosts: those with a login, or with a helper of their own.
        helpers: the programs that it names for them: ``docker-credential-...``.
        absent: those of the helpers that are not on the path.
    """

    place: Place
    hosts: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StartupLine:
    """A line of a shell start-up (or ``.env``) file that sets a variable.

    Attributes:
        value: masked or sealed like a setting's.
    """

    place: Place
    variable: str
    sealed: Sealed


@dataclass(frozen=True, slots=True)
class Tool:
    """An SDK or CLI found here, by what its installation says, not by running it."""

    name: str
    version: str
    where: str


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A running process, by what it was started with.

    Attributes:
        command: the program and its script, without arguments.
        started_at: None where the system does not say.
        keys: of its environment.
    """

    pid: int
    command: str
    started_at: datetime | None
    keys: Keys | None


@dataclass(frozen=True, slots=True)
class Container:
    """The container that this is.

    Attributes:
        sign: what says so.
        keys: of the environment that its first process was started with, where that can be read.
    """

    sign: str
    keys: Keys | None


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables that decide about credentials.

    Attributes:
        variables: by name; a secret's value is "" when blank and ``<sealed>`` otherwise.
        keys: ``AWS_ACCESS_KEY_ID`` and its companions, or None when the key id is blank or unset.
        blank: names that are set to nothing.
        owner: whose it is: "this process", or "process 4711".
        security_token: `AWS_SECURITY_TOKEN`, the old name, which botocore prefers.
    """

    variables: Mapping[str, str]
    keys: Keys | None
    blank: frozenset[str] = frozenset()
    owner: str = "this process"
    session_token: Sealed | None = None
    security_token: Sealed | None = None
    secret: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the winner could not be used, in the words of whoever refused it.

    Attributes:
        cause: the slug that the answer means, or None where it means none of ours.
        said: a sentence, without secrets.
        code: AWS's error code, where AWS answered.
        signed_with: the key that signed what was refused, or None.
        answered: somebody answered; False where nobody could be reached.
    """

    cause: str | None
    said: str
    code: str | None = None
    signed_with: Sealed | None = None
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Online:
    """What the network said.

    Attributes:
        address: of the STS that was asked.
        identity: the ARN of whom the winner's credentials belong to.
        session: the winner's credentials as they were fetched just now; None where that failed.
        refusal: what failed, or None.
        offset_seconds: the service's clock minus this machine's; None where no answer bore a date.
        steps: how far the way to `address` could be gone, a sentence for each step; only where nobody answered.
    """

    address: str
    identity: str | None = None
    session: Keys | None = None
    refusal: Refusal | None = None
    offset_seconds: float | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was found. Attributes that were not gathered are empty or None.

    Attributes:
        now: the moment of the examination.
        tokens: web-identity token files by the path that names them.
        process: the one that is examined in the place of this, or None.
        holders: other processes that were started with an access key.
        on_ec2: what proves this to be an EC2 instance: its own words (DMI), or its metadata service's; else None.
        online: None where the network was not asked.
        chain: who wins, how, and what everybody else has to offer.
    """

    now: datetime
    environment: Environment
    config: SharedFile
    credentials: SharedFile
    profiles: Mapping[str, Profile]
    sso_sessions: Mapping[str, Section]
    chain: Resolution
    cached_roles: tuple[CachedRole, ...] = ()
    sso_cache: tuple[SignIn, ...] = ()
    login_cache: tuple[SignIn, ...] = ()
    tokens: Mapping[str, TokenFile] = field(default_factory=dict)
    startup: tuple[StartupLine, ...] = ()
    tools: tuple[Tool, ...] = ()
    process: ProcessView | None = None
    holders: tuple[ProcessView, ...] = ()
    container: Container | None = None
    bearers: tuple[Bearer, ...] = ()
    registries: Registries | None = None
    on_ec2: str | None = None
    online: Online | None = None
