"""The pipeline for users: signs in without passwords, builds once, deploys that, names what exists."""

import re
import subprocess

import pytest
import yaml

from devstack.project import ROOT

FILE = ROOT / ".github" / "workflows" / "deploy.yml"
TEXT = FILE.read_text()
WORKFLOW = yaml.safe_load(TEXT)
DEPLOY = WORKFLOW["jobs"]["deploy"]
PAGE = (ROOT / "docs" / "deployment.md").read_text()


def steps(job):
    return WORKFLOW["jobs"][job]["steps"]


def runs(job):
    return "\n".join(step.get("run", "") for step in steps(job))


def test_only_the_deployment_may_sign_in_and_nothing_may_write():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert DEPLOY["permissions"] == {"actions": "read", "contents": "read", "id-token": "write"}
    assert "permissions" not in WORKFLOW["jobs"]["package"]


def test_no_password_of_azure_is_kept():
    assert set(re.findall(r"secrets\.(\w+)", TEXT)) == {"AZD_SECRETS", "TEST_TOKEN"}
    assert "--federated-credential-provider github" in runs("deploy")
    assert not re.search(r"client-secret|creds:|publish-profile", TEXT)


def test_secrets_reach_a_step_through_its_environment_only():
    for job in WORKFLOW["jobs"]:
        assert "${{" not in runs(job)


def test_the_package_is_built_once_and_that_one_is_deployed_everywhere():
    assert "make check" in runs("package")
    assert "make package" in runs("package")
    assert "build_package" not in runs("deploy")
    assert "azd deploy api --from-package package/notifications.zip" in runs("deploy")
    kept = next(step["with"] for step in steps("package") if "upload-artifact" in step.get("uses", ""))
    assert kept["path"] == ".devstack/package/notifications.zip"
    assert kept["include-hidden-files"] is True  # .devstack is one
    assert (kept["retention-days"], kept["if-no-files-found"]) == (90, "error")


def test_an_earlier_package_can_be_deployed_again():
    [taken] = [step["with"] for step in steps("deploy") if "download-artifact" in step.get("uses", "")]
    assert taken["run-id"] == "${{ inputs.package_of_run || github.run_id }}"
    assert "inputs.package_of_run != ''" in DEPLOY["if"]


def test_environments_come_one_after_the_other_and_see_first_what_would_change():
    assert DEPLOY["strategy"] == {
        "max-parallel": 1,
        "fail-fast": True,
        "matrix": {"environment": ["test", "production"]},
    }
    assert DEPLOY["environment"] == "${{ matrix.environment }}"
    order = [
        runs("deploy").index(text)
        for text in ("--preview", "azd provision --no-prompt", "azd deploy", "place_test")
    ]
    assert order == sorted(order)


def test_what_it_runs_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make (\w+)", runs("package"))) <= targets
    for script in re.findall(r"deployment/\w+\.py", runs("deploy")):
        assert (ROOT / script).is_file()


def test_the_page_tells_every_value_that_must_be_set():
    for name in {
        *re.findall(r"(?:vars|secrets)\.(\w+)", TEXT),
        *WORKFLOW[True]["workflow_dispatch"]["inputs"],
    }:
        assert re.search(rf"\b{name}\b", PAGE), name


@pytest.mark.parametrize(
    ("given", "set_", "code"),
    [
        (
            "NOTIFICATIONS_A=1\nNOTIFICATIONS_B=x=y= z\n",
            [("NOTIFICATIONS_A", "1"), ("NOTIFICATIONS_B", "x=y= z")],
            0,
        ),
        ("\r\nNOTIFICATIONS_A=1\r\n", [("NOTIFICATIONS_A", "1")], 0),
        # base64 ends in one or two of these, and read would drop one if it split the line
        (
            "NOTIFICATIONS_A=eA=\nNOTIFICATIONS_B=eA==\nNOTIFICATIONS_C==\nNOTIFICATIONS_D=\n",
            [
                ("NOTIFICATIONS_A", "eA="),
                ("NOTIFICATIONS_B", "eA=="),
                ("NOTIFICATIONS_C", "="),
                ("NOTIFICATIONS_D", ""),
            ],
            0,
        ),
        ("NOTIFICATIONS_A= \\x \n", [("NOTIFICATIONS_A", " \\x ")], 0),
        ("PATH=/tmp\n", [], 1),
        ("NOTIFICATIONS_A\n", [], 1),
    ],
)
def test_parameters_are_given_to_azd_line_by_line(tmp_path, given, set_, code):
    azd = tmp_path / "azd"
    azd.write_text(
        '#!/bin/sh\n[ "$2" = set ] && printf "%s|%s\\n" "$3" "$4" >> "$(dirname "$0")/told"\nexit 0\n'
    )
    azd.chmod(0o755)
    script = next(step["run"] for step in steps("deploy") if step.get("name") == "Parameters")
    names = ("AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID")
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "AZD_ENVIRONMENT": given,
        "AZD_SECRETS": "",
        **dict.fromkeys(names, "x"),
    }
    ran = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    told = (tmp_path / "told").read_text().splitlines() if (tmp_path / "told").exists() else []
    assert ([tuple(line.split("|")) for line in told], ran.returncode) == (set_, code)
    if code:  # the line may be a piece of a secret, so only its number is told
        assert "::error::line 1 of" in ran.stdout
        assert given.strip() not in ran.stdout + ran.stderr
