"""``Sandbox``: the whole thing, as Python sees it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from unexpired.sandbox import identities, profiles, services, tls
from unexpired.sandbox.control import Control
from unexpired.sandbox.faults import Faults
from unexpired.sandbox.gate import Gate, Parts
from unexpired.sandbox.journal import Journal
from unexpired.sandbox.mfa import OneTimeCodes
from unexpired.sandbox.misbehaving import Misbehaving
from unexpired.sandbox.profiles import DeclaredRole, Profiles
from unexpired.sandbox.server import Server
from unexpired.sandbox.sessions import Sessions
from unexpired.sandbox.settings import CLOCK_RULE_S, Settings
from unexpired.sandbox.sts import Sts
from unexpired.sandbox.web_identity import ISSUER, IdentityProvider

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from typing_extensions import Self

    from unexpired.sandbox.faults import Fault, Lifter
    from unexpired.sandbox.journal import RequestRecord
    from unexpired.sandbox.keys import LongTermKey
    from unexpired.sandbox.sessions import Ending, Session


class WallClock(Protocol):
    """Anything that tells the time of day; the engine's clocks do."""

    def wall(self) -> float:
        """Seconds since the epoch."""


class _MachineClock:
    wall = staticmethod(time.time)


@dataclass(frozen=True)
class MfaDevice:
    """A virtual MFA device.

    Attributes:
        serial: Its serial number, an ARN: what ``mfa_serial`` wants.
        seed: Its base-32 seed, for an authenticator.
    """

    serial: str
    seed: str


_running = 0
_running_lock = threading.Lock()


class Sandbox(Misbehaving):
    """A strict STS and S3 (and the rest of moto) on a loopback port.

    Use it as a context manager::

        with Sandbox(lifetime=4) as sandbox:
            key = sandbox.user("ann")
            role = sandbox.role("etl")

    What the services hold (buckets, users, roles) is moto's and one per process: a second sandbox in the same process
    has its own sessions, faults and journal, but sees the same buckets and users. The first to start finds them empty.

    Args:
        lifetime: The length in seconds of sessions that do not ask for one, and the cap for those that do. May be far
            below AWS's fifteen minutes. None for AWS's own rules.
        speed: Granted lifetimes are divided by this: at 360 a granted hour lasts ten seconds.
        clock: What sessions live by; None for the machine's. Signatures are judged by the machine's clock in any case,
            because that is what real clients sign by.
        port: 0 lets the system choose.
        secure: Serve HTTPS with a certificate made for the occasion; see ``ca_bundle``.
        s3_clock_rule: The clock rule of S3, in seconds. AWS's own is 900; ours is the stricter one of the others.
    """

    def __init__(
        self,
        *,
        lifetime: float | None = None,
        speed: float = 1.0,
        clock: WallClock | None = None,
        port: int = 0,
        secure: bool = False,
        s3_clock_rule: float = CLOCK_RULE_S,
    ) -> None:
        self._clock = clock or _MachineClock()
        self._skew_s = 0.0
        self._settings = Settings(lifetime_s=lifetime, speed=speed, s3_clock_rule_s=s3_clock_rule)
        self._sessions = Sessions()
        self._faults = Faults()
        self._journal = Journal()
        self._codes = OneTimeCodes(self._machine_now)
        self._provider = IdentityProvider()
        self._roles: dict[str, DeclaredRole] = {}
        self._port = port
        self._certificate = tls.Certificate.make() if secure else None
        self._server: Server | None = None

    def start(self) -> Self:
        """Begin to serve. The port answers when this returns.

        Raises:
            OSError: The port is taken.
        """
        global _running  # noqa: PLW0603 - moto's state is one per process, and so is this count of its users
        sts = Sts(self._sessions, self._settings, self._codes, self._provider)
        parts = Parts(
            services=services.Services(),
            sessions=self._sessions,
            settings=self._settings,
            faults=self._faults,
            journal=self._journal,
            sts=sts,
            now=self._now,
            machine_now=self._machine_now,
        )
        context = self._certificate.server_context() if self._certificate else None
        self._server = Server(Control(self, Gate(parts)), port=self._port, tls=context)
        with _running_lock:
            if _running == 0:
                services.forget()
            _running += 1
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving; requests that hang are dropped. A second time changes nothing."""
        global _running  # noqa: PLW0603 - as above
        server, self._server = self._server, None
        if server is None:
            return
        self._faults.clear()
        server.stop()
        if self._certificate is not None:
            self._certificate.remove()
        with _running_lock:
            _running -= 1

    def reset(self) -> None:
        """Back to the moment after ``start``: no buckets, users, sessions, faults, skew or records; same port."""
        self._faults.clear()
        self._sessions.clear()
        self._journal.clear()
        self._roles.clear()
        self._skew_s = 0.0
        services.forget()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Where it is

    @property
    def endpoint_url(self) -> str:
        """The one endpoint of all services, for instance ``http://127.0.0.1:40123``.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use it in a with block, or call start()")
        return self._server.url

    @property
    def ca_bundle(self) -> Path | None:
        """The certificate to trust (``AWS_CA_BUNDLE``) when serving HTTPS, None otherwise."""
        return self._certificate.path if self._certificate else None

    # Who there is

    def user(self, name: str, *, account: str = identities.DEFAULT_ACCOUNT) -> LongTermKey:
        """Make a user (once) and an access key of theirs (each time; AWS allows two)."""
        identities.create_user(name, account)
        return identities.create_key(name, account)

    def mfa_device(self, user_name: str, *, account: str = identities.DEFAULT_ACCOUNT) -> MfaDevice:
        """Make a virtual MFA device and enable it for a user. ``mfa_code`` reads it."""
        return MfaDevice(*identities.create_mfa(user_name, account))

    def mfa_code(self, device: MfaDevice | str) -> str:
        """A code that a device, or the device of this serial number, shows and that was not used yet.

        Raises:
            LookupError: There is no such device.
            RuntimeError: All three codes good at this moment are spent.
        """
        seed = identities.any_mfa_seed(device) if isinstance(device, str) else device.seed
        code = self._codes.fresh(seed)
        if code is None:
            raise RuntimeError(
                "every code that is good now has been used; AWS takes each once, a new one comes in 30 s"
            )
        return code

    def role(
        self,
        name: str,
        *,
        trusts: Sequence[str] = (),
        max_session_duration: int = identities.DEFAULT_MAX_SESSION_S,
        external_id: str | None = None,
        mfa: bool = False,
        account: str = identities.DEFAULT_ACCOUNT,
    ) -> str:
        """Make a role; one of the same name is replaced.

        Args:
            name: Its name.
            trusts: Who may assume it: ARNs, account ids, ``*``; an ``https`` address for a web-identity provider
                (``sandbox.issuer`` for ours). Empty for everybody in its own account.
            max_session_duration: In seconds; AWS allows 3600 to 43200.
            external_id: Require this ``ExternalId``.
            mfa: Require MFA.
            account: Its account.

        Returns:
            Its ARN.
        """
        policy = identities.trust_policy(trusts, external_id=external_id, mfa=mfa, account_id=account)
        arn = identities.create_role(name, policy, max_session_duration, account)
        web = any(trusted.startswith("http") or ":oidc-provider/" in trusted for trusted in trusts)
        self._roles[name] = DeclaredRole(name, arn, external_id, mfa=mfa, web_identity=web)
        return arn

    def vend(self, role: str, session_name: str, *, lifetime: float = 3600) -> Session:
        """A session of a role for which nobody called STS: what the endpoints beside AWS's APIs hand out.

        An instance's or a task's role, a permission set: see ``metadata.py`` and ``identity_center.py``.

        Args:
            role: Its name in the default account; made if there is none.
            session_name: ``i-0123456789abcdef0``, a task's id, a person's name.
            lifetime: In seconds, ended earlier by the sandbox's own ``lifetime`` and divided by its ``speed``.
        """
        arn = f"arn:aws:iam::{identities.DEFAULT_ACCOUNT}:role/{role}"
        found = identities.find_role(arn) or identities.find_role(self.role(role))
        assert found is not None  # noqa: S101 - it has just been made
        now = self._now()
        return self._sessions.issue(
            account_id=found.account_id,
            arn=f"arn:aws:sts::{found.account_id}:assumed-role/{role}/{session_name}",
            user_id=f"{found.unique_id}:{session_name}",
            role_arn=arn,
            kind="assumed-role",
            issued_at=now,
            expires_at=now + self._settings.granted_s(None, int(lifetime), int(lifetime)),
        )

    def now(self) -> float:
        """What the sandbox's clock says, in seconds since the epoch."""
        return self._now()

    issuer = ISSUER
    """The ``iss`` of this sandbox's web-identity tokens, to be named in ``trusts``."""

    def web_identity_token(
        self,
        subject: str = "system:serviceaccount:jobs:etl",
        *,
        audience: str = "sts.amazonaws.com",
        lifetime: float = 3600,
    ) -> str:
        """A token for ``AssumeRoleWithWebIdentity`` that lives ``lifetime`` seconds."""
        return self._provider.mint(subject=subject, audience=audience, now=self._now(), lifetime=lifetime)

    # How clients find it

    def environment(self, key: LongTermKey | Session | None = None) -> dict[str, str]:
        """The environment for a child process: this one's, with every ``AWS_`` variable taken out and ours put in.

        Args:
            key: Put these keys in as well.
        """
        return profiles.environment(self.endpoint_url, key, ca_bundle=self.ca_bundle)

    def write_profiles(self, directory: Path | str) -> Profiles:
        """Write AWS configuration and credentials files, mode 0600.

        Profile ``base`` is a user with a long-term key; each role made by ``role`` is a profile of its own name that
        assumes it from ``base``. Without any, a role and profile ``job`` is made.
        """
        if not self._roles:
            self.role("job")
        key = self.user(f"base-{len(self._sessions.issued())}-{time.monotonic_ns()}")
        needs_mfa = any(role.mfa for role in self._roles.values())
        serial = self.mfa_device(key.user_name).serial if needs_mfa else None
        token = self.web_identity_token() if any(role.web_identity for role in self._roles.values()) else None
        return profiles.write(
            Path(directory),
            endpoint_url=self.endpoint_url,
            base=key,
            roles=tuple(self._roles.values()),
            mfa_serial=serial,
            web_identity_token=token,
            ca_bundle=self.ca_bundle,
        )

    # What it is told to do wrong

    def tell(self, fault: Fault) -> Lifter:
        """Let a fault stand, until it is spent, over or lifted. ``slow`` and its likes are short forms of this."""
        return self._faults.add(fault)

    def lift(self, number: int) -> None:
        """Let one fault end, by its number."""
        self._faults.lift(number)

    @property
    def faults(self) -> dict[int, Fault]:
        """The faults that stand now, by number."""
        return self._faults.standing()

    def behave(self) -> None:
        """Lift every fault and take back the skew. What was revoked stays so."""
        self._faults.clear()
        self._skew_s = 0.0

    def skew(self, seconds: float) -> None:
        """Set the sandbox's clock ahead by so many seconds (behind, when negative), as if the client's were off."""
        self._skew_s = seconds

    def revoke(self, *, role_arn: str | None = None, ending: Ending = "expired") -> int:
        """End every session issued so far, of one role or of all; later ones live.

        Args:
            role_arn: Only this role's.
            ending: What their users are told: ``expired`` (as in the field), ``denied`` (an explicit deny, as IAM's
                "revoke active sessions" does) or ``invalid``.

        Returns:
            How many sessions that touched.
        """
        return self._sessions.revoke(role_arn=role_arn, ending=ending)

    def expire(self, access_key_id: str) -> None:
        """End one session now.

        Raises:
            LookupError: No session has this key id.
        """
        self._sessions.end(access_key_id)

    # What happened

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """The last ten thousand requests, oldest first. The sandbox's own control calls are not among them."""
        return self._journal.records()

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every session issued, dead ones too, oldest first."""
        return self._sessions.issued()

    def count(self, service: str | None = None, operation: str | None = None, *, accepted: bool | None = None) -> int:
        """How many requests there were, of a service, of an operation, let through or refused by the gate."""
        return self._journal.count(service, operation, accepted=accepted)

    def _now(self) -> float:
        return self._clock.wall() + self._skew_s

    def _machine_now(self) -> float:
        return time.time() + self._skew_s
