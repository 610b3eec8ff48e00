"""What azd starts: a deleted vault comes back, and an app that is not ready restarts once."""

import http.server
import threading

import pytest
import yaml

from deployment import recover_vault, wait_until_ready
from devstack.project import ROOT

AZD = yaml.safe_load((ROOT / "azure.yaml").read_text())
ENVIRONMENT = {"AZURE_ENV_NAME": "test", "AZURE_LOCATION": "norwayeast"}


def vault(name, environment="test", location="norwayeast", tags=True):
    owner = f"/subscriptions/s/resourceGroups/rg-{environment}/providers/Microsoft.KeyVault/vaults/{name}"
    properties = {
        "location": location,
        "vaultId": owner,
        "tags": {"azd-env-name": environment} if tags else None,
    }
    return {"name": name, "properties": properties}


class Azure:
    """Stands in for the Azure CLI: knows deleted vaults, notes what it is told."""

    def __init__(self, *vaults):
        self.vaults, self.told = vaults, []

    def __call__(self, *arguments):
        if arguments[:2] == ("keyvault", "list-deleted"):
            return list(self.vaults)
        self.told.append(arguments)
        return None


@pytest.mark.parametrize(("system", "python"), [("posix", "python3"), ("windows", "py -3")])
def test_azd_starts_each_script_when_it_is_needed(system, python):
    started = {event: hook[system]["run"] for event, hook in AZD["hooks"].items()}
    started |= {event: hook[system]["run"] for event, hook in AZD["services"]["api"]["hooks"].items()}
    assert started == {
        "preprovision": f"{python} deployment/recover_vault.py",
        "prepackage": f"{python} deployment/build_package.py",
        "postdeploy": f"{python} deployment/wait_until_ready.py",
    }


def test_a_deleted_vault_is_recovered_into_its_group():
    azure = Azure(vault("kv-other", "prod"), vault("kv-test", location="Norway East"))
    assert recover_vault.main(ENVIRONMENT, azure) == 0
    group = (
        "group",
        "create",
        "--name",
        "rg-test",
        "--location",
        "Norway East",
        "--tags",
        "azd-env-name=test",
    )
    name = ("--name", "kv-test", "--location", "Norway East", "--resource-group", "rg-test")
    assert azure.told == [group, ("keyvault", "recover", *name)]


@pytest.mark.parametrize(
    "deleted",
    [[], [vault("kv", "prod")], [vault("kv", location="swedencentral")], [vault("kv", tags=False)]],
    ids=["none", "another environment", "another region", "of somebody else"],
)
def test_no_other_vault_is_touched(deleted):
    azure = Azure(*deleted)
    assert recover_vault.main(ENVIRONMENT, azure) == 0
    assert azure.told == []


def test_outside_of_azd_nothing_is_looked_for():
    assert recover_vault.main({}, None) == 0


@pytest.fixture
def app():
    """An app whose readiness is what a test says, answer by answer."""
    answers = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            assert self.path == "/health/ready"
            status = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"start": false}')

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            "apiBaseUri": f"http://127.0.0.1:{server.server_port}/",
            "FUNCTIONAPPNAME": "func-test",  # as Windows has it
            "resourceGroup": "rg-test",
        }
        yield answers, environment
        server.shutdown()


def wait(environment):
    azure, naps = Azure(), []
    code = wait_until_ready.main(environment, azure, naps.append)
    return code, azure.told, len(naps)


def test_an_app_that_is_ready_is_left_alone(app):
    answers, environment = app
    answers += [200]
    assert wait(environment) == (0, [], 0)


def test_an_app_that_starts_slowly_is_waited_for(app):
    answers, environment = app
    answers += [503, 404, 503, 200]
    assert wait(environment) == (0, [], 3)


def test_unresolved_references_take_one_restart(app):
    answers, environment = app
    first = wait_until_ready.FIRST_WAIT_SECONDS // wait_until_ready.PAUSE_SECONDS
    answers += [503] * (first + 3) + [200]
    restart = ("functionapp", "restart", "--name", "func-test", "--resource-group", "rg-test")
    assert wait(environment)[:2] == (0, [restart])


def test_an_app_that_never_gets_ready_fails_the_deployment_after_one_restart(app, capsys):
    answers, environment = app
    answers += [503]
    code, told, _ = wait(environment)
    assert (code, len(told)) == (1, 1)
    assert '{"start": false}' in capsys.readouterr().err


def test_what_azd_should_have_set_is_named(capsys):
    assert wait_until_ready.main({}, None) == 1
    assert "apibaseuri is not set" in capsys.readouterr().err


def test_an_address_that_nobody_serves_is_not_ready():
    ready, said = wait_until_ready.readiness("http://127.0.0.1:1")
    assert not ready
    assert "refused" in said
