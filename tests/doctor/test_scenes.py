"""Each cause that a machine can show offline: a scene of real files and processes that proves it, and a near miss."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from unexpired.causes import cause
from unexpired.doctor.diagnosis import diagnose
from unexpired.doctor.processes import holders, look_into

ROLE = "arn:aws:iam::123456789012:role/Etl"
LONG_TERM = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"
SESSION = "aws_access_key_id = ASIAXXXXXXXXXXXX0002\naws_secret_access_key = canary\naws_session_token = canary-token\n"
EXPORTED = {
    "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0003",
    "AWS_SECRET_ACCESS_KEY": "canary-secret",
    "AWS_SESSION_TOKEN": "canary-token",
}
SSO = "sso_session = corp\nsso_account_id = 1\nsso_role_name = R\n"
SSO_SESSION = "[sso-session corp]\nsso_start_url = https://corp\nsso_region = r\n"


only_with_proc = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="processes are looked into through /proc")


@pytest.fixture
def found(home):
    """What the named cause finds: ``(severity, confidence)`` and the sentences, or None."""

    def found(slug: str, **options):
        finding = cause(slug).prove(home.examine(**options))
        return finding and ((finding.severity, finding.confidence), " | ".join(finding.evidence))

    return found


class TestExportedSessions:
    def test_one_that_is_known_to_have_lapsed_is_proven_and_its_origin_named(self, home, found, past):
        home.environ |= {**EXPORTED, "AWS_CREDENTIAL_EXPIRATION": past}
        home.write(".bashrc", f"# keys\nexport AWS_ACCESS_KEY_ID='{EXPORTED['AWS_ACCESS_KEY_ID']}'\n")
        grade, told = found("static-env-session")
        assert grade == ("error", "proven")
        assert "lapsed at 2026-11-21 11:00:00Z" in told
        assert "~/.bashrc:2 sets AWS_ACCESS_KEY_ID" in told

    def test_one_whose_end_nobody_knows_is_likely(self, home, found):
        home.environ |= EXPORTED
        assert found("static-env-session")[0] == ("warning", "likely")

    def test_a_long_term_key_and_what_lambda_exports_are_none(self, home, found):
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0001", "AWS_SECRET_ACCESS_KEY": "canary"}
        assert found("static-env-session") is None
        home.environ |= {**EXPORTED, "AWS_LAMBDA_FUNCTION_NAME": "f"}
        assert found("static-env-session") is None

    def test_a_profile_that_was_meant_is_shadowed(self, home, found, past):
        home.config(f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\n{LONG_TERM}")
        home.environ |= {**EXPORTED, "AWS_PROFILE": "etl"}
        assert found("env-shadows-profile")[0] == ("warning", "proven")
        home.environ["AWS_CREDENTIAL_EXPIRATION"] = past
        assert found("env-shadows-profile")[0] == ("error", "proven")
        assert found("env-shadows-profile", profile="etl") is None

    def test_a_default_profile_that_renews_no_better_is_not(self, home, found):
        home.credentials(f"[default]\n{LONG_TERM}")
        home.environ |= EXPORTED
        assert found("env-shadows-profile") is None

    def test_in_a_ci_job_the_job_is_the_reason(self, home, found):
        home.environ |= {**EXPORTED, "GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"}
        grade, told = found("ci-job-outlives-session")
        assert grade == ("warning", "likely")
        assert "ACTIONS_ID_TOKEN_REQUEST_URL" in told
        del home.environ["GITHUB_ACTIONS"]
        assert found("ci-job-outlives-session") is None

    def test_in_a_container_its_first_process_had_it_already(self, home, found):
        root = home.path / "root"
        home.write("root/.dockerenv", "")
        home.write("root/proc/1/environ", "\0".join(f"{name}={value}" for name, value in EXPORTED.items()))
        home.environ |= EXPORTED
        assert found("baked-into-container", root=str(root))[0] == ("warning", "proven")
        home.write("root/proc/1/environ", "PATH=/bin")
        assert found("baked-into-container", root=str(root)) is None


class TestRunningProcesses:
    @only_with_proc
    def test_one_that_holds_a_dead_session_is_named_with_its_number_and_since_when(self, start, home):
        pid = start(**EXPORTED, AWS_CREDENTIAL_EXPIRATION="2020-01-01T00:00:00Z")
        finding = next(f for f in diagnose(environ=home.environ).findings if f.cause == "static-env-session")
        (told,) = [line for line in finding.evidence if f"process {pid} " in line]
        assert "running since 20" in told
        assert "ASIA…0003" in told
        assert "canary" not in told
        assert pid in {view.pid for view in holders()}

    @only_with_proc
    def test_one_can_be_examined_in_the_place_of_this_one(self, start, home):
        home.credentials(f"[default]\n{LONG_TERM}")
        pid = start(**EXPORTED)
        diagnosis = diagnose(pid=pid, environ={})
        assert diagnosis.evidence.chain.winner.source == "environment"
        assert diagnosis.evidence.chain.of("static_profile").state == "shadowed"
        assert diagnosis.evidence.environment.owner == f"process {pid}"

    @only_with_proc
    def test_one_that_began_before_its_file_was_renewed_keeps_the_old_session(self, start, home):
        path = home.credentials(f"[default]\n{SESSION}")
        old = datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp()
        os.utime(path, (old, old))
        running = look_into(start())
        prove = cause("rotated-file-not-reread").prove
        assert prove(home.examine(process=running)) is None
        os.utime(path)
        finding = prove(home.examine(process=running))
        assert (finding.severity, finding.confidence) == ("warning", "likely")


class TestFiles:
    def test_a_pasted_session_is_named_with_its_line_and_the_end_that_a_tool_wrote_beside_it(self, home, found, past):
        home.credentials(f"[default]\n{SESSION}")
        grade, told = found("static-profile-session")
        assert grade == ("warning", "likely")
        assert "~/.aws/credentials:2 is ASIA…0002" in told
        home.credentials(f"[default]\n{SESSION}x_security_token_expires = {past}\n")
        grade, told = found("static-profile-session")
        assert grade == ("error", "proven")
        assert "~/.aws/credentials:5" in told

    def test_the_clis_cache_betrays_its_end(self, home, found, past):
        home.credentials(f"[default]\n{SESSION}")
        home.cached_role("b" * 40, "ASIAXXXXXXXXXXXX0002", ends=past)
        assert found("static-profile-session")[0] == ("error", "proven")
        home.cached_role("b" * 40, "ASIAXXXXXXXXXXXX9999", ends=past)
        assert found("static-profile-session")[0] == ("warning", "likely")

    def test_a_file_wins_over_what_would_renew(self, home, found):
        home.credentials(f"[default]\n{SESSION}")
        assert found("file-shadows-role") is None
        home.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/x"
        assert found("file-shadows-role")[0] == ("warning", "likely")

    def test_a_roles_base_has_lapsed(self, home, found, past, future):
        home.config(f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = base\n")
        home.credentials(f"[base]\n{SESSION}expiration = {past}\n")
        grade, told = found("source-credentials-expired", profile="etl")
        assert grade == ("error", "proven")
        assert "~/.aws/credentials:2" in told
        home.credentials(f"[base]\n{SESSION}expiration = {future}\n")
        assert found("source-credentials-expired", profile="etl") is None

    def test_a_session_without_its_token_and_a_key_with_anothers(self, home, found):
        home.credentials(f"[default]\n{SESSION}")
        assert (found("token-missing"), found("token-left-over")) == (None, None)
        home.credentials(f"[default]\n{SESSION.rpartition('aws_session')[0]}")
        assert found("token-missing")[0] == ("error", "proven")
        home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary\n")
        assert found("token-left-over")[0] == ("error", "proven")

    def test_a_missing_profile_is_explained_by_the_header_that_was_meant(self, home, found):
        home.config(f"[etl]\nrole_arn = {ROLE}\n[profile etl-prod]\nregion = x\n")
        grade, told = found("profile-not-found", profile="etl")
        assert grade == ("error", "proven")
        assert "~/.aws/config:1 has [etl]; in the config file it must be [profile etl]" in told
        assert "alike: etl-prod" in told
        assert found("profile-not-found", profile="etl-prod") is None

    def test_every_fault_of_a_file_is_listed(self, home, found):
        home.config("nonsense\n[default]\nregion = x\n[default]\n")
        grade, told = found("config-invalid")
        assert grade == ("error", "proven")
        assert told.count("~/.aws/config:") == 2
        home.config("[default]\nregion = x\n")
        assert found("config-invalid") is None

    def test_a_variable_that_is_at_fault_is_what_the_cure_takes_away(self, home):
        home.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://10.1.2.3/creds"
        cure = cause("config-invalid").prove(home.examine()).cure
        assert cure.commands["linux"] == ("unset AWS_CONTAINER_CREDENTIALS_FULL_URI",)

    def test_half_a_pair_is_named_where_it_stands(self, home, found):
        home.credentials("[default]\naws_secret_access_key = canary\n")
        assert found("partial-credentials")[0] == ("error", "proven")
        home.environ |= {"AWS_SECRET_ACCESS_KEY": "canary"}
        assert "AWS_SECRET_ACCESS_KEY is set without" in found("partial-credentials")[1]
        home.environ.pop("AWS_SECRET_ACCESS_KEY")
        home.credentials(f"[default]\n{LONG_TERM}")
        assert found("partial-credentials") is None

    def test_what_would_break_if_it_were_asked_is_a_warning(self, home, found):
        home.environ |= EXPORTED
        home.config(f"[default]\nrole_arn = {ROLE}\nsource_profile = gone\n")
        assert found("profile-not-found")[0] == ("warning", "proven")


class TestAlteredCopies:
    def test_a_key_id_whose_other_parts_the_cache_has_differently(self, home, found, future):
        home.environ |= EXPORTED
        home.cached_role("a" * 40, EXPORTED["AWS_ACCESS_KEY_ID"], ends=future)
        assert found("token-mismatch") is None
        home.environ["AWS_SESSION_TOKEN"] = "canary-toke"
        grade, told = found("token-mismatch")
        assert grade == ("error", "proven")
        assert "has it with another session token" in told

    def test_a_token_and_a_secret_with_signs_that_neither_has(self, home, found):
        home.environ |= EXPORTED | {"AWS_SESSION_TOKEN": '"canary-token"'}
        assert found("token-mismatch")[0] == ("error", "likely")
        assert found("signature-mismatch") is None
        home.environ |= {"AWS_SESSION_TOKEN": "canary", "AWS_SECRET_ACCESS_KEY": "canary # mine"}
        assert found("signature-mismatch")[0] == ("error", "likely")


class TestTokensForOthers:
    """They are looked for by name only."""

    @pytest.fixture
    def named(self, home):
        def named(slug, **options):
            finding = cause(slug).prove(home.examine(bearers=True, **options))
            return finding and ((finding.severity, finding.confidence), " | ".join(finding.evidence))

        return named

    def docker(self, home, ends, **more):
        token = base64.b64encode(json.dumps({"payload": "canary", "expiration": ends}).encode()).decode()
        auth = base64.b64encode(f"AWS:{token}".encode()).decode()
        host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
        home.write(".docker/config.json", json.dumps({"auths": {f"https://{host}": {"auth": auth}}, **more}))
        return host

    def test_a_registry_login(self, home, named, seconds, past, future):
        host = self.docker(home, seconds(past))
        grade, told = named("ecr-token-expired")
        assert grade == ("error", "proven")
        assert f"~/.docker/config.json: the token for {host} lapsed at 2026-11-21 11:00:00Z" in told
        login = cause("ecr-token-expired").prove(home.examine(bearers=True)).cure.commands["linux"][0]
        assert "--region eu-west-1 |" in login
        assert login.endswith(f" {host}")
        self.docker(home, seconds(past), credHelpers={host: "ecr-login"})
        assert named("ecr-token-expired") is None
        self.docker(home, seconds(future))
        assert named("ecr-token-expired") is None

    def test_a_kubernetes_token_in_place_of_the_command_that_makes_one(self, home, named):
        def kubeconfig(date):
            address = f"https://sts.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Date={date}&X-Amz-Expires=60"
            token = base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
            home.write(".kube/config", f"users:\n- name: me\n  user:\n    token: k8s-aws-v1.{token}\n")

        kubeconfig("20261121T114459Z")
        assert (
            "~/.kube/config:4: the token for the cluster lapsed at 2026-11-21 11:59:59Z"
            in named("eks-token-expired")[1]
        )
        kubeconfig("20261121T114501Z")
        assert named("eks-token-expired") is None

    def test_a_database_token(self, home, named):
        token = "db.x:5432/?Action=connect&DBUser=me&X-Amz-Date={}&X-Amz-Expires=900&X-Amz-Signature=canary"
        home.write(".pgpass", "db.x:5432:*:me:" + token.format("20261121T110000Z").replace(":", "\\:") + "\n")
        assert "~/.pgpass:1: the token for db.x:5432" in named("database-token-expired")[1]
        home.write(".pgpass", "")
        home.environ["PGPASSWORD"] = token.format("20261121T115900Z")
        assert named("database-token-expired") is None
        home.environ["PGPASSWORD"] = token.format("20261121T110000Z")
        assert named("database-token-expired")[1].startswith("PGPASSWORD: the token for db.x:5432 lapsed")

    def test_an_old_login_is_no_finding_of_a_general_examination(self, home):
        self.docker(home, 1)
        assert all(finding.cause != "ecr-token-expired" for finding in diagnose(environ=home.environ).findings)
        found = diagnose("ecr-token-expired", environ=home.environ).findings
        assert [finding.cause for finding in found] == ["ecr-token-expired"]


class TestStartup:
    @pytest.mark.parametrize(
        ("file", "line"),
        [
            (".profile", "export AWS_ACCESS_KEY_ID={}"),
            (".zshrc", "  export AWS_ACCESS_KEY_ID='{}' # mine"),
            (".config/fish/config.fish", "set -gx AWS_ACCESS_KEY_ID {}"),
            (".config/powershell/profile.ps1", "$env:AWS_ACCESS_KEY_ID = '{}'"),
            (".config/systemd/user/job.service", 'Environment="AWS_ACCESS_KEY_ID={}"'),
            ("work/.env", "AWS_ACCESS_KEY_ID={}"),
            ("work/docker-compose.yml", "      - AWS_ACCESS_KEY_ID={}"),
            ("work/compose.yaml", '      AWS_ACCESS_KEY_ID: "{}"'),
            ("work/Dockerfile", "ENV AWS_ACCESS_KEY_ID={}"),
        ],
    )
    def test_the_line_that_sets_the_session_again_is_named(self, home, found, file, line):
        home.environ |= EXPORTED
        home.write(file, "\n" + line.format(EXPORTED["AWS_ACCESS_KEY_ID"]) + "\n")
        assert f"~/{file}:2 sets AWS_ACCESS_KEY_ID" in found("static-env-session", directory=str(home.path / "work"))[1]
        home.write(file, "\n" + line.format("ASIAOTHEROTHEROTHER1") + "\n# unset AWS_ACCESS_KEY_ID\n")
        assert "sets AWS_" not in found("static-env-session", directory=str(home.path / "work"))[1]


class TestRoles:
    def chain(self, home, base, **settings):
        text = "".join(f"{key} = {value}\n" for key, value in settings.items())
        home.config(
            f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = base\n{text}[profile base]\n{base}{SSO_SESSION}"
        )
        home.sso_sign_in("corp")

    def test_a_chained_role_that_asks_for_more_than_an_hour(self, home, found):
        self.chain(home, SSO, duration_seconds=7200)
        assert found("role-chaining-limit", profile="etl")[0] == ("error", "proven")
        self.chain(home, SSO, duration_seconds=3600)
        assert found("role-chaining-limit", profile="etl") is None
        self.chain(home, LONG_TERM, duration_seconds=7200)
        assert found("role-chaining-limit", profile="etl") is None

    def test_a_role_that_asks_for_more_than_any_role_gives(self, home, found):
        self.chain(home, LONG_TERM, duration_seconds=43201)
        assert found("duration-exceeds-maximum", profile="etl")[0] == ("error", "proven")
        self.chain(home, LONG_TERM, duration_seconds=43200)
        assert found("duration-exceeds-maximum", profile="etl") is None

    def test_a_session_no_longer_than_the_sdks_window(self, home, found):
        self.chain(home, LONG_TERM, duration_seconds=900)
        assert found("renewal-window-too-short", profile="etl")[0] == ("warning", "proven")
        self.chain(home, LONG_TERM, duration_seconds=1800)
        assert found("renewal-window-too-short", profile="etl") is None

    def test_a_role_that_asks_a_person_for_a_code(self, home, found):
        self.chain(home, LONG_TERM, mfa_serial="arn:aws:iam::1:mfa/me")
        assert found("mfa-cannot-renew", profile="etl")[0] == ("warning", "proven")
        self.chain(home, LONG_TERM)
        assert found("mfa-cannot-renew", profile="etl") is None


class TestSignIns:
    def test_a_lapsed_sign_in_names_the_command_with_the_profile_that_signs_in(self, home, past):
        home.config(
            f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = my base\n[profile 'my base']\n{SSO}{SSO_SESSION}"
        )
        home.sso_sign_in("corp", ends=past)
        finding = cause("sso-session-expired").prove(home.examine(profile="etl"))
        assert (finding.severity, finding.confidence) == ("error", "proven")
        assert finding.cure.commands["linux"][0] == "aws sso login --profile 'my base'"
        home.sso_sign_in("corp")
        assert cause("sso-session-expired").prove(home.examine(profile="etl")) is None

    def test_a_sign_in_under_the_other_name_is_found(self, home, found):
        home.config(f"[default]\n{SSO}{SSO_SESSION}")
        home.sso_sign_in("https://corp", startUrl="https://corp")
        grade, told = found("sso-cache-mismatch")
        assert grade == ("error", "proven")
        assert hashlib.sha1(b"https://corp").hexdigest() in told
        assert found("sso-session-expired") is None

    def test_a_lapsed_token_file_is_named_with_its_age(self, home, found, seconds, past):
        token = home.write("token", "e30." + _segment({"exp": seconds(past)}) + ".canary")
        home.environ |= {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
        grade, told = found("web-identity-token-expired")
        assert grade == ("error", "proven")
        assert "~/token was last written at" in told

    def test_an_sdk_that_does_not_know_the_sign_in_is_named(self, home, found):
        home.config(f"[default]\n{SSO}{SSO_SESSION}")
        home.sso_sign_in("corp")
        home.write("venv/lib/python3.8/site-packages/botocore-1.27.0.dist-info/METADATA", "")
        home.environ["VIRTUAL_ENV"] = str(home.path / "venv")
        grade, told = found("sdk-too-old")
        assert grade == ("warning", "proven")
        assert "botocore 1.27.0 in ~/venv/lib/python3.8/site-packages does not know sso-session; 1.29.10 does" in told
        home.config("[default]\nsso_start_url = https://corp\nsso_region = r\nsso_account_id = 1\nsso_role_name = R\n")
        home.sso_sign_in("https://corp")
        assert found("sdk-too-old") is None


class TestCliCache:
    def entry(self, home, **settings) -> str:
        text = "".join(f"{key} = {value}\n" for key, value in settings.items())
        home.config(f"[profile etl]\nrole_arn = {ROLE}\nsource_profile = base\n{text}[profile base]\n{LONG_TERM}")
        asked = {"RoleArn": ROLE}
        if settings:
            asked |= {"ExternalId": settings["external_id"], "DurationSeconds": settings["duration_seconds"]}
        return hashlib.sha1(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @pytest.mark.parametrize("settings", [{}, {"external_id": "x", "duration_seconds": 900}])
    def test_a_corrupt_entry_of_this_profile_keeps_the_cli_from_working(self, home, found, settings):
        name = self.entry(home, **settings)
        home.write(f".aws/cli/cache/{name}.json", '{"Credentials": {"AccessKeyId": "ASIA')
        assert found("stale-cli-cache", profile="etl")[0] == ("error", "proven")

    def test_a_lapsed_one_is_worth_knowing_a_fresh_one_and_somebody_elses_are_not(self, home, found, past, future):
        name = self.entry(home)
        mine = "arn:aws:sts::123456789012:assumed-role/Etl/me"
        home.cached_role(name, "ASIAXXXXXXXXXXXX0002", ends=past, role=mine)
        assert found("stale-cli-cache", profile="etl")[0] == ("note", "proven")
        home.cached_role(name, "ASIAXXXXXXXXXXXX0002", ends=future, role=mine)
        assert found("stale-cli-cache", profile="etl") is None
        home.cached_role("c" * 40, "ASIAXXXXXXXXXXXX0002", ends=past, role=mine.replace("Etl", "Other"))
        assert found("stale-cli-cache", profile="etl") is None


def _segment(claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
