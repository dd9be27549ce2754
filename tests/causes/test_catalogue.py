"""The catalogue is whole, and every file of it holds to the form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unexpired.causes import PLATFORMS, SECTIONS, Cause, catalogue, cause
from unexpired.causes._page import FAMILIES, pages

ROOT = Path(__file__).parents[2]

# The public contract: slug and family. A slug is never renamed.
FAMILY_OF = {
    slug: family
    for family, slugs in {
        "expired": """
            static-env-session static-profile-session rotated-file-not-reread env-shadows-profile file-shadows-role
            stale-cli-cache source-credentials-expired sso-session-expired sso-cache-mismatch login-session-expired
            web-identity-token-expired saml-assertion-expired ci-job-outlives-session role-chaining-limit
            mfa-cannot-renew frozen-credentials vended-credentials-not-refreshed process-without-expiration
            metadata-stale baked-into-container presigned-url-outlives-session presigned-url-expired
            request-outlives-session renewal-window-too-short
            """,
        "denied": "session-revoked duration-exceeds-maximum cannot-assume-role identity-provider-unverified",
        "skew": "clock-skew signed-too-early",
        "invalid": """
            token-mismatch token-missing token-left-over key-unknown key-not-yet-active region-not-enabled
            signature-mismatch no-credentials partial-credentials profile-not-found config-invalid sdks-disagree
            """,
        "unreachable": "sts-unreachable sts-throttled sdk-too-old",
        "other": """
            ecr-token-expired registry-not-logged-in eks-token-expired identity-not-mapped database-token-expired
            """,
        "unrelated": "not-aws",
    }.items()
    for slug in slugs.split()
}

each_cause = pytest.mark.parametrize("one", catalogue(), ids=lambda one: one.slug)


def test_every_cause_of_the_contract_is_there_exactly_once_with_its_family():
    assert [found.slug for found in catalogue()] == sorted(FAMILY_OF)
    assert {found.slug: found.family for found in catalogue()} == FAMILY_OF


def test_every_family_has_its_place_in_the_index():
    assert set(FAMILIES) == set(FAMILY_OF.values())


@each_cause
def test_a_cause_is_found_by_its_slug_and_lives_in_the_file_of_that_name(one: Cause):
    assert cause(one.slug) is one
    assert (ROOT / "src/unexpired/causes" / f"{one.slug.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("slug", ["no-such-cause", "-cause", "../cause", "", "_sign"])
def test_an_unknown_slug_is_a_key_error(slug: str):
    with pytest.raises(KeyError):
        cause(slug)


@each_cause
def test_a_page_has_every_section_in_order_and_none_is_empty(one: Cause):
    assert tuple(one.sections()) == SECTIONS
    assert all(len(body) > 40 for body in one.sections().values())


@each_cause
def test_an_example_on_a_page_is_a_block_from_its_first_line_on(one: Cause):
    for paragraph in one.sections()["How to recognise it"].split("\n\n"):
        lines = paragraph.split("\n")
        assert lines[0].startswith("    ") or not any(line.startswith("    ") for line in lines)


@each_cause
def test_a_page_names_an_address_of_aws_or_of_a_public_thread(one: Cause):
    links = [line for line in one.sections()["Sources"].splitlines() if line.strip()]
    assert links
    assert all(line.startswith("- [") and "](https://" in line for line in links)


@each_cause
def test_a_title_states_the_fault_in_one_short_sentence(one: Cause):
    assert 10 < len(one.title) < 100
    assert not one.title.endswith(".")
    assert one.explanation.endswith(".")


@each_cause
def test_the_cure_has_a_command_for_every_platform(one: Cause):
    assert tuple(one.cure.commands) == PLATFORMS
    assert all(one.cure.commands.values())
    assert one.cure.summary.endswith(".")


@each_cause
def test_a_page_says_whether_the_cure_is_applied_by_itself_and_why(one: Cause):
    text = one.sections()["Cure"]
    assert ("by itself" in text) if one.cure.auto else ("`--fix`" in text)


@each_cause
def test_signs_and_clues_are_written_in_the_form_in_which_text_is_compared(one: Cause):
    assert one.signs
    for sign in one.signs:
        assert 0 < sign.confidence < 1
        assert sign.why.endswith(".")
        assert sign.text or sign.answer
    spoken = [phrase for sign in one.signs for phrase in (*sign.text, *sign.beside, *sign.unless, *sign.calling)]
    spoken += [phrase for clue in one.clues for phrase in clue.text]
    for phrase in spoken:
        assert phrase == phrase.lower(), phrase
        assert not set(phrase) & set("'\"`\u2018\u2019\u201c\u201d\u2502"), phrase
        assert "  " not in phrase, phrase


def test_the_pages_are_what_the_catalogue_says():
    folder = ROOT / "docs/causes"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert written == pages(), "run: python -m unexpired.causes docs/causes"


def test_the_command_writes_the_pages_and_check_notices_a_difference(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "unexpired.causes", str(tmp_path / "pages"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )

    assert run("--check").returncode == 1
    assert run().returncode == 0
    assert run("--check").returncode == 0
    (tmp_path / "pages" / "clock-skew.md").write_text("edited by hand", encoding="utf-8")
    (tmp_path / "pages" / "gone.md").write_text("of a cause that is no more", encoding="utf-8")
    found = run("--check")
    assert found.returncode == 1
    assert "clock-skew.md" in found.stderr
    assert "gone.md" in found.stderr
    assert run().returncode == 0
    assert not (tmp_path / "pages" / "gone.md").exists()


def test_without_docstrings_a_cause_still_has_a_title_and_a_cure():
    script = (
        "from unexpired.causes import catalogue\n"
        "assert all(c.title and c.cure.summary and c.page is None for c in catalogue())\n"
        "print(len(catalogue()))"
    )
    run = subprocess.run([sys.executable, "-OO", "-c", script], capture_output=True, text=True, check=True)
    assert int(run.stdout) == len(catalogue())


def test_the_catalogue_needs_nothing_but_the_standard_library():
    script = (
        "import sys, unexpired.causes as c\nc.catalogue()\n"
        "heavy = {'botocore', 'boto3', 'click', 'rich', 'unexpired.engine'} & set(sys.modules)\nassert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
