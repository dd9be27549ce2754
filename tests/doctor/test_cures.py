"""What is told to be done fits what was seen: the very file, the very variables, the very process."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from unexpired.causes import cause
from unexpired.causes._cures import opening, unsetting
from unexpired.doctor.diagnosis import concluded, diagnose
from unexpired.doctor.processes import holders, look_into

ROLE = "role_arn = arn:aws:iam::123456789012:role/Etl\n"
LONG_TERM = "aws_access_key_id = AKIAXXXXXXXXXXXX0001\naws_secret_access_key = canary-secret\n"
PASTED = "aws_access_key_id = ASIAXXXXXXXXXXXX0002\naws_secret_access_key = canary\naws_session_token = canary-token\n"
EXPORTED = {
    "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0003",
    "AWS_SECRET_ACCESS_KEY": "canary-secret",
    "AWS_SESSION_TOKEN": "canary-token",
}
CONFIG = '"${EDITOR:-vi}" ~/.aws/config'
CREDENTIALS = '"${EDITOR:-vi}" ~/.aws/credentials'

only_with_proc = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="processes are looked into through /proc")


@pytest.fixture
def cured(home):
    """What the named cause says is to be done: the sentence, and what is typed on Linux."""

    def cured(slug: str, **options):
        finding = cause(slug).prove(home.examine(**options))
        assert finding is not None
        return finding.cure.summary, finding.cure.commands["linux"]

    return cured


@pytest.fixture
def deaf_port():
    """A port of this machine at which nobody listens, and nobody else will meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def told(home, slug, **options):
    finding = cause(slug).prove(home.examine(**options))
    return finding and " | ".join(finding.evidence)


def test_the_file_to_mend_is_the_one_that_has_the_mistake(home, cured):
    home.credentials("[default]\nnonsense\n")
    assert cured("config-invalid")[1] == (CREDENTIALS,)
    home.credentials("[default]\ncredential_process = sh 'open\n")
    assert cured("config-invalid")[1] == (CREDENTIALS,)
    home.config("[default]\nnonsense\n")
    assert cured("config-invalid")[1] == (CONFIG,)


def test_a_file_that_cannot_be_read_is_not_opened_in_an_editor(home, cured):
    (home.path / ".aws/config").mkdir(parents=True)
    summary, typed = cured("config-invalid")
    assert (summary.startswith("Put a file there"), typed) == (True, ("ls -ld ~/.aws/config",))
    home.credentials(f"[default]\n{LONG_TERM}")
    assert cured("config-invalid")[1] == ("ls -ld ~/.aws/config",)


def test_a_source_profile_that_is_missing_is_mended_in_the_file_and_what_is_alike_is_named(home, cured):
    home.config(f"[profile etl]\n{ROLE}source_profile = bass\n[profile base]\n{LONG_TERM}")
    home.environ["AWS_PROFILE"] = "etl"
    summary, typed = cured("profile-not-found")
    assert "source profile" in summary
    assert typed == ("aws configure list-profiles", CONFIG)
    assert "alike: base" in told(home, "profile-not-found")
    # The profile itself is there: that other SDKs would go on without it is not the point.
    assert told(home, "sdks-disagree") is None


def test_half_a_pair_is_completed_where_the_half_stands(home, cured):
    home.credentials("[default]\naws_access_key_id = AKIAXXXXXXXXXXXX0001\n")
    assert cured("partial-credentials")[1] == (CREDENTIALS,)
    home.environ["AWS_ACCESS_KEY_ID"] = "ASIAXXXXXXXXXXXX0003"
    unset = ("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",)
    assert cured("partial-credentials")[1] == unset
    del home.environ["AWS_ACCESS_KEY_ID"]
    home.environ["AWS_SECRET_ACCESS_KEY"] = "canary-secret"
    home.credentials("[default]\nregion = eu-west-1\n")
    assert cured("partial-credentials")[1] == unset
    del home.environ["AWS_SECRET_ACCESS_KEY"]
    home.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token"
    assert cured("partial-credentials")[1] == ("unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN",)


def test_a_token_in_a_file_is_not_unset_in_a_shell(home, cured):
    home.credentials(f"[default]\n{LONG_TERM}aws_session_token = canary-token\n")
    assert cured("token-left-over")[1] == ("unexpired doctor --fix",)
    assert cured("token-left-over", profile="default")[1] == ("unexpired doctor --fix --profile default",)


def test_a_pasted_session_without_a_proof_is_taken_out_and_no_more_is_promised(home, cured, past):
    home.credentials(f"[default]\n{PASTED}x_security_token_expires = {past}\n")
    summary, typed = cured("static-profile-session")
    assert summary.startswith("Take the dead session out, then")
    assert typed[:2] == ("unexpired doctor --fix", "aws configure sso --profile default")


def test_the_file_that_exports_the_session_again_is_to_be_mended_too(home, cured):
    home.environ |= EXPORTED
    home.write(".bashrc", f"export AWS_ACCESS_KEY_ID={EXPORTED['AWS_ACCESS_KEY_ID']}\n")
    summary, typed = cured("static-env-session")
    assert "take them out of ~/.bashrc" in summary
    assert typed[-1] == '"${EDITOR:-vi}" ~/.bashrc'


@only_with_proc
def test_a_process_that_runs_is_started_anew_and_named_once(home, start, past):
    pid = start(**EXPORTED, AWS_CREDENTIAL_EXPIRATION=past)
    evidence = home.examine(process=look_into(pid), root="/")
    assert pid in {holder.pid for holder in holders()}
    finding = cause("static-env-session").prove(evidence)
    about = [seen for seen in finding.evidence if f"process {pid} " in seen]
    assert len(about) == 1
    assert "running since" in about[0]
    assert finding.cure.summary.startswith("Start the process anew")
    assert finding.cure.commands["linux"] == ("unexpired exec --profile PROFILE --for 6h -- COMMAND",)


@only_with_proc
def test_a_dead_session_of_another_process_is_not_unset_here(home, start, past):
    start(**EXPORTED, AWS_CREDENTIAL_EXPIRATION=past)
    finding = cause("static-env-session").prove(home.examine(root="/"))
    assert all("unset" not in command for command in finding.cure.commands["linux"])


def test_a_sign_in_under_another_name_needs_no_more_than_a_sign_in(home, cured):
    home.config(
        "[profile etl]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n"
        "[sso-session corp]\nsso_start_url = https://corp\nsso_region = r\n"
    )
    home.sso_sign_in("https://corp", startUrl="https://corp")
    assert cured("sso-cache-mismatch", profile="etl")[1] == ("aws sso login --profile etl",)


def test_a_token_file_with_something_else_in_it_is_found_out_offline(home, cured):
    token = home.write("token", "no token at all")
    home.environ |= {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/W",
    }
    assert cured("identity-provider-unverified")[1] == ('"${EDITOR:-vi}" ~/token',)
    assert "~/token holds no JSON Web Token" in told(home, "identity-provider-unverified")
    token.write_text("eyJhbGciOiJub25lIn0.e30.c2ln")
    assert told(home, "identity-provider-unverified") is None


def test_what_differs_between_sdks_is_mended_where_it_stands(home, cured):
    home.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = ""
    assert cured("sdks-disagree")[1] == ("unset AWS_WEB_IDENTITY_TOKEN_FILE",)
    del home.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]
    home.environ |= EXPORTED | {"AWS_PROFILE": "etl"}
    home.config(f"[profile etl]\n{LONG_TERM}")
    summary, typed = cured("sdks-disagree")
    assert ("the keys, or one AWS_PROFILE" in summary, typed) == (True, ())
    home.config(f"[profile etl]\nregion: eu-west-1\naws_access_key_id: x\n{LONG_TERM.partition(chr(10))[2]}")
    assert cured("sdks-disagree")[1] == (CONFIG,)


def test_a_path_that_is_set_to_nothing_is_a_file_that_is_not_there(home):
    home.environ["AWS_CONFIG_FILE"] = ""
    diagnosis = concluded(home.examine(), [cause("config-invalid"), cause("sdks-disagree")])
    assert diagnosis.evidence.chain.problem is None
    assert [finding.cause for finding in diagnosis.findings] == ["sdks-disagree"]
    assert diagnosis.findings[0].cure.commands["linux"] == ("unset AWS_CONFIG_FILE",)


def test_an_endpoint_of_a_container_is_not_cured_by_an_instances_hop_limit(home, asking_doctor, deaf_port):
    variable = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    status, shown = asking_doctor(**{variable: f"http://127.0.0.1:{deaf_port}/creds"})
    finding = next(found for found in shown["findings"] if found["cause"] == "metadata-stale")
    assert status == 1
    assert finding["cure"]["commands"] == [f"curl -sS http://127.0.0.1:{deaf_port}/creds", f"unset {variable}"]


def test_the_sts_that_did_not_answer_is_the_one_to_try(home, asking_doctor, deaf_port):
    home.credentials(f"[default]\n{LONG_TERM}")
    address = f"http://127.0.0.1:{deaf_port}"
    _, shown = asking_doctor(AWS_ENDPOINT_URL=address)
    finding = next(found for found in shown["findings"] if found["cause"] == "sts-unreachable")
    assert len(finding["cure"]["commands"]) == 1
    assert finding["cure"]["commands"][0].endswith(f" {address}")


def test_a_program_that_fails_is_run_by_hand_first(home, asking_doctor):
    home.config("[default]\ncredential_process = false\n")
    _, shown = asking_doctor()
    finding = next(found for found in shown["findings"] if found["cause"] == "process-without-expiration")
    assert finding["cure"]["summary"].startswith("Run the program by hand")
    assert finding["cure"]["commands"] == [CONFIG]


def test_no_cure_of_a_scene_asks_for_a_placeholder_that_the_machine_has_filled(home):
    home.config(f"[profile etl]\n{ROLE}source_profile = base\n[profile base]\n{PASTED}")
    diagnosis = diagnose(profile="etl", environ=home.environ)
    assert all("PROFILE" not in typed for found in diagnosis.findings for typed in found.cure.commands["linux"])


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("~/.aws/config", '"${EDITOR:-vi}" ~/.aws/config'),
        ("~/my files/c", "\"${EDITOR:-vi}\" ~/'my files/c'"),
        ("/etc/$(x)", "\"${EDITOR:-vi}\" '/etc/$(x)'"),
    ],
)
def test_a_path_is_one_word_of_the_command_and_keeps_its_tilde(path, typed):
    assert opening(path)["linux"] == (typed,)


def test_every_shell_has_its_own_words():
    assert unsetting("A", "B")["cmd"] == ("set A=", "set B=")
    assert unsetting("A", "B")["powershell"][0].startswith("Remove-Item Env:A, Env:B")
    assert opening("~/.aws/config")["cmd"] == ('notepad "%USERPROFILE%\\.aws\\config"',)
    assert opening("/x/y")["powershell"] == ('notepad "/x/y"',)


class TestKeysThatAreNotRight:
    def test_in_variables_they_are_unset(self, home, cured):
        home.environ |= EXPORTED | {"AWS_SECRET_ACCESS_KEY": "canary secret"}
        assert cured("signature-mismatch")[1] == ("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",)

    def test_in_a_file_it_is_opened(self, home, cured):
        home.credentials(f"[default]\n{PASTED.replace('canary-token', 'canary token')}")
        assert cured("token-mismatch")[1] == (CREDENTIALS,)

    def test_what_a_program_gave_is_in_no_variable(self, home, asking_doctor):
        given = '{"Version": 1, "AccessKeyId": "ASIAXXXXXXXXXXXX0009", "SecretAccessKey": "s", "SessionToken": "t"}'
        program = home.write("give.sh", f"echo '{given}'\n")
        home.config(f"[default]\ncredential_process = sh {program}\n")
        _, shown = asking_doctor()
        finding = next(found for found in shown["findings"] if found["cause"] == "token-mismatch")
        assert finding["cure"]["commands"] == []
        assert "what gave these credentials" in finding["cure"]["summary"]

    def test_a_sign_that_no_secret_has_is_told_beside_the_refusal(self, sandbox, asking_doctor):
        key = sandbox.user("ann")
        exported = {
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": f"{key.secret_access_key} ",
        }
        _, shown = asking_doctor(**exported)
        finding = next(found for found in shown["findings"] if found["cause"] == "signature-mismatch")
        assert "has blanks, quotes" in finding["evidence"][-1]


def test_an_instances_endpoint_of_its_own_is_the_one_that_is_named(home):
    home.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338"
    assert home.chain(instance="it answers").winner.location == "http://127.0.0.1:1338"


def test_where_there_is_no_profile_none_is_to_be_named(home, cured):
    assert cured("no-credentials")[1] == ("aws configure sso",)
    home.config("[profile etl]\nregion = eu-west-1\n")
    assert cured("no-credentials")[1][0] == "export AWS_PROFILE=etl"


def test_a_roles_lapsed_base_is_renewed_by_its_own_name(home, cured, past):
    home.config(f"[profile etl]\n{ROLE}source_profile = base\n")
    home.credentials(f"[base]\n{PASTED}expiration = {past}\n")
    assert cured("source-credentials-expired", profile="etl")[1] == (
        "aws configure sso --profile base",
        "unexpired horizon --profile etl --for 6h",
    )


def test_a_name_that_is_set_to_nothing_is_the_default_profiles_in_a_command(home, cured):
    home.config("[default]\nlogin_session = arn:aws:iam::123456789012:user/me\n")
    home.environ["AWS_PROFILE"] = ""
    assert cured("login-session-expired")[1][0] == "aws login --profile default"
