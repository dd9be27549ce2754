"""Who wins, how, and what is broken: each rule of the contract, and AWS's rules for profiles."""

from __future__ import annotations

import base64
import json

import pytest

from unexpired.causes._chain import SOURCES
from unexpired.engine.errors import ConfigurationError
from unexpired.sources import source_for

ROLE_A = "arn:aws:iam::123456789012:role/RoleA"
ROLE_B = "arn:aws:iam::123456789012:role/RoleB"
KEYS = "aws_access_key_id = AKIAXXXXXXXXXXXX{}\naws_secret_access_key = canary-secret\n"
ONE, TWO, THREE = (KEYS.format(f"{number:04d}") for number in (1, 2, 3))

RENEWAL = {"refreshToken": "canary", "clientId": "c", "clientSecret": "canary"}


def plan(chain) -> list[tuple]:
    assert chain.winner is not None, chain.problem
    return [(step.kind, step.profile) for step in chain.winner.plan]


def jwt(**claims) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({}, claims)]
    return ".".join([*parts, "canary-signature"])


class TestWhoWins:
    def test_every_source_is_listed_in_order_and_an_empty_chain_is_no_error(self, home):
        chain = home.chain()
        assert tuple(candidate.source for candidate in chain.candidates) == SOURCES
        assert (chain.winner, chain.problem) == (None, None)

    def test_the_environment_shadows_what_would_win_without_it(self, home):
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009", "AWS_SECRET_ACCESS_KEY": "canary-secret"}
        home.credentials(f"[default]\n{ONE}")
        chain = home.chain()
        assert chain.winner.source == "environment"
        assert chain.of("static_profile").state == "shadowed"
        assert chain.of("sso").state == "absent"

    def test_a_profile_named_explicitly_sets_the_environments_keys_aside(self, home):
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009", "AWS_SECRET_ACCESS_KEY": "canary-secret"}
        home.credentials(f"[other]\n{ONE}")
        chain = home.chain(profile="other")
        assert plan(chain) == [("static_profile", "other")]
        assert chain.of("environment").state == "skipped"

    def test_a_profile_named_by_a_variable_does_not(self, home):
        home.environ |= {
            "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009",
            "AWS_SECRET_ACCESS_KEY": "canary-secret",
            "AWS_PROFILE": "other",
        }
        home.credentials(f"[other]\n{ONE}")
        assert home.chain().winner.source == "environment"

    def test_keys_of_the_credentials_file_come_before_those_of_the_config_file_and_before_a_process(self, home):
        home.config(f"[default]\n{ONE}credential_process = /bin/tool\n")
        chain = home.chain()
        assert chain.winner.source == "process"
        assert chain.of("static_profile").state == "shadowed"
        home.credentials(f"[default]\n{TWO}")
        assert home.chain().winner.plan[0].keys.key_id == "AKIA…0002"

    def test_web_identity_of_the_environment_wins_over_static_keys_of_the_files(self, home):
        token = home.write("token", "anything")
        home.environ |= {"AWS_ROLE_ARN": ROLE_A, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token)}
        home.credentials(f"[default]\n{ONE}")
        chain = home.chain()
        assert plan(chain) == [("web_identity", None)]
        assert chain.winner.plan[0].role_arn == ROLE_A
        assert home.chain(profile="default").winner.source == "static_profile"

    def test_an_instance_is_asked_offline_only_if_the_machine_itself_proves_it(self, home):
        assert home.chain().of("instance").state == "skipped"
        home.write("ec2/sys/class/dmi/id/sys_vendor", "Amazon EC2\n")
        assert home.chain(root=str(home.path / "ec2")).winner.source == "instance"
        home.environ["AWS_EC2_METADATA_DISABLED"] = "TRUE"
        assert home.chain(root=str(home.path / "ec2")).of("instance").state == "skipped"

    def test_a_role_that_names_the_instance_as_its_base_wins_offline(self, home):
        home.config(f"[default]\nrole_arn = {ROLE_A}\ncredential_source = Ec2InstanceMetadata\n")
        assert plan(home.chain()) == [("instance", None), ("assume_role", "default")]

    def test_the_container_is_last_but_the_instance(self, home):
        home.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:9/creds?canary=1"
        chain = home.chain()
        assert plan(chain) == [("container", None)]
        assert chain.winner.plan[0].location == "http://127.0.0.1:9/creds"

    def test_keys_of_boto_2_come_after_everything_in_the_shared_files(self, home):
        home.write(".boto", f"[Credentials]\n{ONE}")
        chain = home.chain()
        assert (chain.winner.source, chain.winner.location) == ("static_profile", "~/.boto")


class TestRoles:
    def test_a_role_is_made_from_the_keys_of_its_source_profile(self, home):
        home.config(f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = b\nexternal_id = x\nduration_seconds = 900\n")
        home.credentials(f"[b]\n{ONE}")
        chain = home.chain(profile="a")
        assert plan(chain) == [("static_profile", "b"), ("assume_role", "a")]
        role = chain.winner.plan[-1]
        assert (role.role_arn, role.external_id, role.mfa_serial, role.duration_seconds) == (ROLE_A, "x", None, 900)

    def test_roles_chain_base_first(self, home):
        home.config(
            f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = b\n"
            f"[profile b]\nrole_arn = {ROLE_B}\nsource_profile = c\n[profile c]\n{ONE}"
        )
        assert plan(home.chain(profile="a")) == [("static_profile", "c"), ("assume_role", "b"), ("assume_role", "a")]

    def test_a_profiles_own_keys_are_not_used_when_it_names_another_source(self, home):
        home.config(f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = b\n{ONE}[profile b]\n{TWO}")
        assert home.chain(profile="a").winner.plan[0].keys.key_id == "AKIA…0002"

    def test_a_profile_may_be_its_own_source_if_it_has_keys(self, home):
        home.config(f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = a\n{ONE}")
        assert plan(home.chain(profile="a")) == [("static_profile", "a"), ("assume_role", "a")]

    def test_keys_of_a_source_profile_end_the_chain_there(self, home):
        home.config(
            f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = b\n"
            f"[profile b]\nrole_arn = {ROLE_B}\nsource_profile = c\n{TWO}[profile c]\n{THREE}"
        )
        assert plan(home.chain(profile="a")) == [("static_profile", "b"), ("assume_role", "a")]

    def test_a_source_profile_can_be_a_web_identity(self, home):
        token = home.write("token", "anything")
        home.config(
            f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = b\n"
            f"[profile b]\nrole_arn = {ROLE_B}\nweb_identity_token_file = {token}\n"
        )
        assert plan(home.chain(profile="a")) == [("web_identity", "b"), ("assume_role", "a")]

    def test_a_source_profile_can_be_a_sign_in_or_a_process(self, home):
        home.config(
            f"[profile a]\nrole_arn = {ROLE_A}\nsource_profile = p\n[profile p]\ncredential_process = /bin/tool --x\n"
            f"[profile b]\nrole_arn = {ROLE_A}\nsource_profile = s\n[profile s]\nsso_session = corp\n"
            "sso_account_id = 1\nsso_role_name = R\n[sso-session corp]\nsso_start_url = https://x\nsso_region = r\n"
        )
        home.sso_sign_in("corp")
        assert plan(home.chain(profile="a")) == [("process", "p"), ("assume_role", "a")]
        assert plan(home.chain(profile="b")) == [("sso", "s"), ("assume_role", "b")]

    @pytest.mark.parametrize(
        ("config", "cause"),
        [
            (f"role_arn = {ROLE_A}\n", "partial-credentials"),
            (f"role_arn = {ROLE_A}\nsource_profile = b\ncredential_source = Environment\n", "config-invalid"),
            (f"role_arn = {ROLE_A}\nsource_profile = nowhere\n", "profile-not-found"),
            (f"role_arn = {ROLE_A}\nsource_profile =\n", "profile-not-found"),
            (f"role_arn = {ROLE_A}\ncredential_source = environment\n", "config-invalid"),
            (f"role_arn = {ROLE_A}\ncredential_source = EcsContainer\n", "no-credentials"),
            (f"role_arn = {ROLE_A}\nsource_profile = a\n", "config-invalid"),
            (f"role_arn = {ROLE_A}\nsource_profile = loop\n", "config-invalid"),
            (f"role_arn = {ROLE_A}\nsource_profile = loop\n{ONE}", "config-invalid"),
            (f"role_arn = {ROLE_A}\nsource_profile = empty\n", "config-invalid"),
            (f"role_arn = {ROLE_A}\nsource_profile = id\n", "partial-credentials"),
            (f"role_arn = {ROLE_A}\nsource_profile = secret\n", "partial-credentials"),
            ("web_identity_token_file = /nowhere/token\n", "partial-credentials"),
            (f"role_arn = {ROLE_A}\nweb_identity_token_file = /nowhere/token\n", "web-identity-token-expired"),
            ("aws_access_key_id = AKIAXXXXXXXXXXXX0001\n", "partial-credentials"),
            ("sso_account_id = 1\n", "partial-credentials"),
            ("sso_session = nowhere\nsso_account_id = 1\nsso_role_name = R\n", "config-invalid"),
            ("credential_process =\n", "config-invalid"),
            ("credential_process = tool 'unbalanced\n", "config-invalid"),
            ("login_session = arn\n", "login-session-expired"),
        ],
    )
    def test_what_stops_botocore_is_named_and_nobody_wins(self, home, config, cause):
        home.config(
            f"[profile a]\n{config}[profile b]\n{TWO}[profile empty]\nregion = x\n"
            f"[profile loop]\nrole_arn = {ROLE_B}\nsource_profile = a\n"
            "[profile id]\naws_access_key_id = AKIAXXXXXXXXXXXX0001\n[profile secret]\naws_secret_access_key = x\n"
        )
        chain = home.chain(profile="a")
        assert chain.winner is None
        assert chain.problem.cause == cause
        assert [candidate.state for candidate in chain.candidates].count("broken") == 1


class TestSignIns:
    SESSION = (
        "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n"
        "[sso-session corp]\nsso_start_url = https://corp\nsso_region = r\n"
    )
    LEGACY = "[default]\nsso_start_url = https://corp\nsso_region = r\nsso_account_id = 1\nsso_role_name = R\n"

    def test_a_live_sign_in_wins_under_the_sessions_name_or_the_start_address(self, home):
        home.config(self.SESSION)
        home.sso_sign_in("corp")
        assert plan(home.chain()) == [("sso", "default")]
        home.config(self.LEGACY)
        home.sso_sign_in("https://corp")
        assert plan(home.chain()) == [("sso", "default")]

    def test_a_missing_corrupt_or_lapsed_sign_in_breaks_the_chain(self, home, past, future):
        home.config(self.SESSION)
        assert home.chain().problem.cause == "sso-session-expired"
        home.sso_sign_in("corp").write_text("{")
        assert home.chain().problem.cause == "sso-session-expired"
        home.sso_sign_in("corp", ends=past)
        assert home.chain().problem.cause == "sso-session-expired"
        home.sso_sign_in("corp", ends=past, registrationExpiresAt=past, **RENEWAL)
        assert home.chain().problem.cause == "sso-session-expired"

    def test_a_lapsed_sign_in_that_can_still_be_renewed_wins(self, home, past, future):
        home.config(self.SESSION)
        home.sso_sign_in("corp", ends=past, registrationExpiresAt=future, **RENEWAL)
        assert plan(home.chain()) == [("sso", "default")]

    def test_the_older_form_cannot_renew(self, home, past, future):
        home.config(self.LEGACY)
        home.sso_sign_in("https://corp", ends=past, registrationExpiresAt=future, **RENEWAL)
        assert home.chain().problem.cause == "sso-session-expired"

    def test_a_sign_in_under_the_other_forms_name_is_a_mismatch(self, home):
        home.config(self.SESSION)
        home.sso_sign_in("https://corp", startUrl="https://corp")
        assert home.chain().problem.cause == "sso-cache-mismatch"

    def test_a_console_sign_in_wins_while_it_can_be_renewed(self, home, past):
        home.config("[default]\nlogin_session = arn:aws:sts::1:assumed-role/Admin/me\n")
        home.login("arn:aws:sts::1:assumed-role/Admin/me", ends=past)
        assert plan(home.chain()) == [("login", "default")]
        home.login("arn:aws:sts::1:assumed-role/Admin/me", refreshToken=None)
        assert home.chain().winner is not None
        home.login("arn:aws:sts::1:assumed-role/Admin/me", refreshToken=None, ends=past)
        assert home.chain().problem.cause == "login-session-expired"
        path = home.login("arn:aws:sts::1:assumed-role/Admin/me")
        entry = json.loads(path.read_text())
        del entry["refreshToken"]
        path.write_text(json.dumps(entry))
        assert home.chain().problem.cause == "login-session-expired"

    def test_a_web_identity_token_past_its_exp_breaks_the_chain(self, home, past, future, seconds):
        token = home.write("token", jwt(exp=seconds(past)))
        home.config(f"[default]\nrole_arn = {ROLE_A}\nweb_identity_token_file = {token}\n")
        assert home.chain().problem.cause == "web-identity-token-expired"
        token.write_text(jwt(exp=seconds(future)))
        assert plan(home.chain()) == [("web_identity", "default")]


class TestFiles:
    @pytest.mark.parametrize("name", ["default", "missing"])
    def test_a_broken_file_stops_everybody_even_the_environment(self, home, name):
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": name}
        home.config("[default]\nregion = x\n\nnonsense\n")
        chain = home.chain()
        assert (chain.winner, chain.problem.cause) == (None, "config-invalid")
        assert str(chain.problem.place) == "~/.aws/config:4"

    @pytest.mark.parametrize(
        "text",
        [
            f"[default]\n{ONE}[default]\nregion = x\n",
            f"[default]\n{ONE}Aws_Access_Key_Id = x\n",
            f"\ufeff[default]\n{ONE}",
            f"region = x\n[default]\n{ONE}",
            f"[default]\n{ONE}s3 =\n  nonsense\n",
            f"[default\n{ONE}",
            f"[default]\n{ONE}= x\n",
        ],
    )
    def test_duplicates_byte_order_marks_and_broken_lines_stop_botocore(self, home, text):
        home.credentials(text)
        assert home.chain().problem.cause == "config-invalid"

    @pytest.mark.parametrize(
        "text",
        [
            f"[default]\r\n{ONE}".replace("\n", "\r\n"),
            f"# note\n; note\n[default] # note\n{ONE}",
            f"[default]\n\n\n{ONE}\n\n",
            f"[default]\nregion = x\n y\n  z\n{ONE}",
            "[default]\nAWS_ACCESS_KEY_ID\t=\tAKIAXXXXXXXXXXXX0001 \naws_secret_access_key:x\n",
            f"[default]\n  {ONE.replace(chr(10), chr(10) + '  ').rstrip()}\n",
            f"[default]\n{ONE}[other]\naws_access_key_id = x\naws_secret_access_key = x\n",
            f"[DEFAULT]\n{ONE}[default]\nregion = x\n",
        ],
    )
    def test_line_ends_comments_case_blanks_and_continuations_are_read_as_botocore_reads_them(self, home, text):
        home.credentials(text)
        assert home.chain().winner.plan[0].keys.key_id == "AKIA…0001"

    def test_the_later_of_default_and_profile_default_wins(self, home):
        home.config(f"[profile default]\n{ONE}[default]\n{TWO}")
        assert home.chain().winner.plan[0].keys.key_id == "AKIA…0002"
        home.config(f"[default]\n{TWO}[profile default]\n{ONE}")
        assert home.chain().winner.plan[0].keys.key_id == "AKIA…0001"

    def test_a_config_section_without_the_word_profile_is_none(self, home):
        home.config(f"[other]\n{ONE}")
        assert home.chain(profile="other").problem.cause == "profile-not-found"

    def test_names_with_spaces_are_quoted_in_the_config_file_only(self, home):
        home.config(f'[profile "two words"]\nrole_arn = {ROLE_A}\nsource_profile = base\n')
        home.credentials(f"[base]\n{ONE}[three whole words]\n{TWO}")
        assert plan(home.chain(profile="two words")) == [("static_profile", "base"), ("assume_role", "two words")]
        assert plan(home.chain(profile="three whole words")) == [("static_profile", "three whole words")]

    def test_the_files_overlay_each_other_setting_by_setting(self, home):
        home.config("[profile a]\nsource_profile = base\n")
        home.credentials(f"[a]\nrole_arn = {ROLE_A}\n[base]\n{ONE}")
        assert plan(home.chain(profile="a")) == [("static_profile", "base"), ("assume_role", "a")]

    def test_the_files_are_where_the_variables_say_with_home_and_variables_expanded(self, home):
        home.write("elsewhere/c", f"[default]\n{ONE}")
        home.environ |= {"AWS_SHARED_CREDENTIALS_FILE": "~/${PLACE}/c", "PLACE": "elsewhere"}
        assert home.chain().winner.location == "~/elsewhere/c"

    def test_dev_null_is_a_way_to_say_none(self, home):
        home.environ |= {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null"}
        chain = home.chain()
        assert (chain.winner, chain.problem) == (None, None)

    def test_a_directory_in_the_place_of_a_file_is_the_problem_only_if_nobody_else_wins(self, home):
        (home.path / ".aws/config").mkdir(parents=True)
        assert home.chain().problem.cause == "config-invalid"
        home.credentials(f"[default]\n{ONE}")
        assert home.chain().winner.source == "static_profile"


class TestVariables:
    def test_a_profile_variable_set_to_nothing_names_a_profile_that_is_not_there(self, home):
        home.environ["AWS_PROFILE"] = ""
        home.credentials(f"[default]\n{ONE}")
        assert home.chain().problem.cause == "profile-not-found"

    def test_the_older_profile_variable_wins(self, home):
        home.environ |= {"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}
        home.credentials(f"[a]\n{ONE}[b]\n{TWO}")
        assert home.chain().winner.profile == "b"

    def test_a_missing_profile_stops_even_the_environments_keys(self, home):
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009", "AWS_SECRET_ACCESS_KEY": "s", "AWS_PROFILE": "no"}
        chain = home.chain()
        assert (chain.winner, chain.problem.cause) == (None, "profile-not-found")

    def test_a_blank_key_id_is_none_and_a_blank_secret_is_half_a_pair(self, home):
        home.environ |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "s"}
        assert home.chain().of("environment").state == "absent"
        home.environ |= {"AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXX0009", "AWS_SECRET_ACCESS_KEY": ""}
        assert home.chain().problem.cause == "partial-credentials"

    def test_a_blank_token_file_variable_hides_the_profiles_own(self, home):
        token = home.write("token", "anything")
        home.config(f"[default]\nrole_arn = {ROLE_A}\nweb_identity_token_file = {token}\n")
        home.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = ""
        assert home.chain().winner is None

    def test_an_end_that_is_no_time_breaks_the_environment(self, home):
        home.environ |= {
            "AWS_ACCESS_KEY_ID": "ASIAXXXXXXXXXXXX0009",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_CREDENTIAL_EXPIRATION": "soon",
        }
        assert home.chain().problem.cause == "config-invalid"

    @pytest.mark.parametrize(
        "config",
        [
            "[default]\nOURS default\n",
            "[default]\nOURS b\n[profile b]\nOURS default\n",
            "[default]\nOURS b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/R\nsource_profile = default\n",
        ],
        ids=["itself", "one another", "by way of a role"],
    )
    def test_our_own_process_that_leads_back_to_itself_breaks_the_chain(self, home, monkeypatch, config):
        home.config(config.replace("OURS", "credential_process = unexpired credential-process --profile"))
        assert home.chain().problem.cause == "config-invalid"
        monkeypatch.setenv("AWS_CONFIG_FILE", str(home.path / ".aws/config"))
        with pytest.raises(ConfigurationError, match=r"itself|circle"):
            source_for()

    @pytest.mark.parametrize(
        ("address", "legal"),
        [
            ("http://localhost/x", True),
            ("http://127.0.0.2:1/x", True),
            ("http://[::1]/x", True),
            ("http://169.254.170.23/v1", True),
            ("https://anywhere.example/x", True),
            ("http://anywhere.example/x", False),
            ("http://169.254.169.254/x", False),
            ("", False),
            ("http://[", False),
        ],
    )
    def test_a_container_address_without_tls_must_be_on_this_machine_or_aws_own(self, home, address, legal):
        home.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = address
        chain = home.chain()
        assert (chain.winner is not None) == legal
        assert legal or chain.problem.cause == "config-invalid"

    def test_a_container_token_file_that_is_missing_breaks_the_chain(self, home):
        home.environ |= {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(home.path / "nowhere"),
        }
        assert home.chain().problem.cause == "metadata-stale"
