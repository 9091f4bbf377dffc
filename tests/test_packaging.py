"""How the desk is packed and run: the image's recipe, compose.yaml, the systemd units, the alert rules; no engine needed."""

import asyncio
import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from app.cli import parser
from app.metrics import Metrics
from app.settings.declared import Settings, load
from app.settings.reader import variable, walk
from sandbox.telegram import TelegramServer
from tests.servers.base import free_port

ROOT = Path(__file__).resolve().parents[1]
OPERATIONS = ROOT / "docs" / "operations"
VARIABLES = {variable(path) for path, _, _ in walk(Settings)}


def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as pairs of instruction and its words, continued lines joined."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def unit(name: str) -> dict[str, list[str]]:
    """The options of a unit's [Service] or [Timer]; each may stand several times."""
    found: dict[str, list[str]] = {}
    for line in (OPERATIONS / name).read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def is_setting(name: str) -> bool:
    return name == "DESK_CONFIG" or name in VARIABLES or name.removesuffix("_FILE") in VARIABLES


def variables(lines: list[str]) -> dict[str, str]:
    return dict(line.partition("=")[::2] for line in lines)


# The package


def test_pip_takes_every_file_that_the_program_reads() -> None:
    """What `pip install .` would leave behind is missed only far from the checkout, in the middle of something."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns, folders = told["package-data"]["*"], [one.rstrip("*") for one in told["packages"]["find"]["include"]]
    listed = subprocess.run(["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    others = [Path(one) for one in listed.split("\0") if one and not one.endswith(".py")]
    assert {"bot.pot", "icon.svg", "DejaVuSans.ttf"} <= {one.name for one in others}
    assert [one for one in others if not any(one.match(pattern) for pattern in patterns)] == []
    assert [one for one in (ROOT / "examples").iterdir() if one.suffix != ".toml"] == []
    assert told["data-files"]["share/rightsdesk/examples"] == ["examples/*.toml"]


# The image


def test_the_image_copies_every_package_the_program_imports_and_nothing_that_is_not_there() -> None:
    copied = [words.split()[0] for name, words in instructions() if name == "COPY" and not words.startswith("--from")]
    assert {"app", "bot", "desk", "mail", "models", "requirements.txt"} <= set(copied)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in allowed, f".dockerignore keeps {source} out"


def test_the_image_runs_as_nobody_special_and_asks_the_process_about_its_loops() -> None:
    found = instructions()
    last_stage = found[max(index for index, (name, _) in enumerate(found) if name == "FROM") :]
    said = dict(last_stage)
    assert said["USER"] == "rightsdesk"
    assert shlex.split(said["HEALTHCHECK"])[-1].endswith("--alive]")
    assert '"rightsdesk", "health"' in said["HEALTHCHECK"]
    assert said["ENTRYPOINT"] == '["rightsdesk"]'
    parser().parse_args(["run"])
    parser().parse_args(["health", "--alive"])
    for name, value in (pair.split("=", 1) for pair in shlex.split(said["ENV"])):
        assert not name.startswith("DESK_") or (is_setting(name) and value), name


def test_the_image_installs_by_hash_only() -> None:
    runs = " ".join(words for name, words in instructions() if name == "RUN")
    assert "--require-hashes" in runs
    assert runs.count("pip install") == 1


# compose.yaml


def test_compose_names_only_settings_that_exist_and_secrets_that_are_given() -> None:
    desk = compose()["services"]["desk"]
    for name, value in desk["environment"].items():
        assert is_setting(name), name
        if value.startswith("/run/secrets/"):
            assert value.removeprefix("/run/secrets/") in desk["secrets"], value
    for service in compose()["services"].values():
        assert set(service["secrets"]) <= set(compose()["secrets"])
    secret = {variable(path) for path, _, hint in walk(Settings) if getattr(hint, "__name__", "") == "Secret"}
    assert not secret & set(desk["environment"]), "a secret stands in the environment"


def test_compose_asks_for_the_health_that_a_restart_can_mend_as_the_image_does() -> None:
    asked = compose()["services"]["desk"]["healthcheck"]["test"]
    assert asked == ["CMD", "rightsdesk", "health", "--alive"]
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"CMD {json.dumps(asked[1:])}" in image


def test_compose_gives_the_service_everything_it_needs_to_run(tmp_path: Path) -> None:
    environment = dict(compose()["services"]["desk"]["environment"])
    values = {
        "database_url": "postgres://rightsdesk:word@database:5432/rightsdesk",
        "telegram_token": "123:token",
        "imap_url": "imaps://desk:word@imap.example/INBOX",
        "smtp_url": "smtps://desk:word@smtp.example",
    }
    config = (ROOT / "examples" / "operator-a.toml").read_text(encoding="utf-8")
    (tmp_path / "desk.toml").write_text(config.replace("[telegram]", "[telegram]\nstaff_chat = -1001", 1), encoding="utf-8")
    for name, value in values.items():
        (tmp_path / name).write_text(value + "\n")
    told = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in environment.items()}
    settings = load(told | {"DESK_CONFIG": str(tmp_path / "desk.toml")}, for_running=True)
    assert settings.database_url == values["database_url"]
    assert (str(settings.storage.dir), str(settings.key_file)) == ("/data", "/key/master.key")


def test_compose_takes_every_right_away_that_is_not_needed() -> None:
    content = compose()
    for service in content["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"
        assert any(place.startswith("/tmp") for place in service["tmpfs"])
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source.startswith("./") or source in content["volumes"]
    assert content["networks"]["inside"]["internal"] is True
    assert content["services"]["database"]["networks"] == ["inside"]
    assert all(port.startswith("127.0.0.1:") for port in content["services"]["desk"]["ports"])


def test_pg_dump_in_the_image_is_as_new_as_the_server_of_compose() -> None:
    """Debian 12 brings PostgreSQL 15; pg_dump refuses a server newer than itself."""
    bases = {words.split()[0] for name, words in instructions() if name == "FROM"}
    assert all(base.endswith("bookworm") for base in bases)
    assert compose()["services"]["database"]["image"] == "postgres:15-bookworm"


# systemd


@pytest.mark.parametrize("name", ["rightsdesk.service", "rightsdesk-backup.service"])
def test_a_unit_names_settings_that_exist_and_credentials_that_are_loaded(name: str) -> None:
    said = unit(name)
    loaded = {line.partition(":")[0] for line in said.get("LoadCredential", [])}
    for setting, value in variables(said["Environment"]).items():
        assert is_setting(setting) or setting.startswith("PYTHON"), setting
        if value.startswith("%d/"):
            assert value.removeprefix("%d/") in loaded
    command = shlex.split(said["ExecStart"][0])
    assert command[0].endswith("/.venv/bin/rightsdesk")
    parser().parse_args(command[1:])
    for option, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "CapabilityBoundingSet": "",
        "PrivateTmp": "yes",
        "UMask": "0077",
        "User": "rightsdesk",
    }.items():
        assert said[option] == [value], option


def test_wrong_settings_are_not_tried_again_and_a_stop_has_more_time_than_it_needs() -> None:
    said = unit("rightsdesk.service")
    assert said["RestartPreventExitStatus"] == ["2"]
    assert int(said["TimeoutStopSec"][0].removesuffix("s")) > 10
    (state,) = said["StateDirectory"]
    assert set(state.split()) == {"rightsdesk", "rightsdesk-key"}


def test_the_nightly_backup_cannot_read_the_key() -> None:
    said = unit("rightsdesk-backup.service")
    key = variables(said["Environment"])["DESK_STORAGE__KEY_FILE"]
    assert str(Path(key).parent) in said["InaccessiblePaths"][0]
    assert "--with-key" not in said["ExecStart"][0]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
@pytest.mark.parametrize(("name", "worst"), [("rightsdesk.service", 2.0), ("rightsdesk-backup.service", 2.5)])
def test_systemd_finds_little_exposed(name: str, worst: float) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(OPERATIONS / name)], capture_output=True, text=True, check=False
    )
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= worst


def test_unit_files_are_in_order() -> None:
    for path in [*OPERATIONS.glob("*.service"), *OPERATIONS.glob("*.timer")]:
        sections = configparser.RawConfigParser(strict=False, allow_no_value=False, comment_prefixes=("#",))
        sections.optionxform = str
        sections.read_string(path.read_text(encoding="utf-8"))
        assert set(sections.sections()) <= {"Unit", "Service", "Timer", "Install"}


# Alerts


def known_metrics() -> dict[str, set[str]]:
    """Every metric of the desk's own as it stands on the page /metrics, with its labels."""
    from app.documents import metrics_of

    return metrics_of(Metrics)


def test_every_alert_asks_for_metrics_that_exist_with_labels_they_have() -> None:
    content = yaml.safe_load((OPERATIONS / "alerts.yml").read_text(encoding="utf-8"))
    known = known_metrics()
    rules = [rule for group in content["groups"] for rule in group["rules"]]
    for rule in rules:
        names = re.findall(r"\brightsdesk_\w+", rule["expr"])
        assert names or "up{" in rule["expr"], rule["alert"]
        assert set(names) <= set(known), rule["alert"]
        for name, labels in re.findall(r"\b(rightsdesk_\w+)\{([^}]*)\}", rule["expr"]):
            assert set(re.findall(r"(\w+)\s*[=!]", labels)) <= known[name], rule["alert"]
        used = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) - {"instance", "job"}
        assert all(used <= known[name] for name in names), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "look"}
        assert {"summary", "description"} <= set(rule["annotations"])
        assert rule["expr"].count("(") == rule["expr"].count(")")
    asked = " ".join(rule["expr"] for rule in rules)
    for concern in (
        "rightsdesk_clocks_overdue",
        'state="parked"',
        "oldest_seconds",
        "rightsdesk_loop_alive",
        "rightsdesk_channel_connected",
    ):
        assert concern in asked
    assert len({rule["alert"] for rule in rules}) == len(rules)


# A read-only root


def bubblewrap_works() -> bool:
    program = shutil.which("bwrap")
    if program is None:
        return False
    return subprocess.run([program, "--ro-bind", "/", "/", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not bubblewrap_works(), reason="bubblewrap is not here or may not make namespaces")
async def test_the_service_and_a_backup_need_nothing_writable_but_their_state(tmp_path: Path) -> None:
    """As the image runs: another user, a read-only root, a tmpfs on /tmp, folders for data, key and backups."""
    telegram = TelegramServer("4242:packaging-token-of-the-tests")
    await telegram.start()
    clara = telegram.world.add_person("Клара")
    group = telegram.world.add_group("Обращения", forum=True, owner=clara, members=[])
    for name in ("data", "key", "backup"):
        (tmp_path / name).mkdir(mode=0o700)
    environment = {
        "DESK_CONFIG": os.devnull,
        "DESK_STORAGE__DIR": "/tmp/data",
        "DESK_STORAGE__KEY_FILE": "/tmp/key/master.key",
        "DESK_HTTP__LISTEN": f"127.0.0.1:{free_port()}",
        "DESK_TELEGRAM__TOKEN": "4242:packaging-token-of-the-tests",
        "DESK_TELEGRAM__API_URL": telegram.url,
        "DESK_TELEGRAM__STAFF_CHAT": str(group.id),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    inside = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--die-with-parent"]
    inside += ["--unshare-user", "--uid", "10001", "--gid", "10001", "--unshare-pid", "--as-pid-1"]
    inside += [part for name in ("data", "key", "backup") for part in ("--bind", str(tmp_path / name), f"/tmp/{name}")]
    # The tmpfs must not hide the program, nor its Python, where they are under /tmp themselves.
    under = {path for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix)) if path.is_relative_to("/tmp")}
    inside += [part for path in sorted(under) for part in ("--ro-bind", str(path), str(path))]
    inside += ["--chdir", "/tmp/data", sys.executable, "-P", "-m", "app"]

    async def command(*words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*inside, *words, env=environment, stderr=asyncio.subprocess.PIPE)

    async def answer(*words: str) -> tuple[int | None, str]:
        process = await command(*words)
        _, said = await process.communicate()
        return process.returncode, said.decode()

    service, heard = await command("run"), ""
    try:
        try:
            async with asyncio.timeout(90):
                while (last := await answer("health"))[0] != 0:
                    heard = last[1]
                    assert service.returncode is None, (await service.communicate())[1].decode()
        except TimeoutError:
            service.kill()
            raise AssertionError(f"not well: {heard}\n{(await service.communicate())[1].decode()[-3000:]}") from None
        assert (tmp_path / "data" / "desk.sqlite3").exists()
        assert (tmp_path / "key" / "master.key").stat().st_mode & 0o077 == 0
        assert await answer("backup", "/tmp/backup") == (0, "")
    finally:
        if service.returncode is None:
            service.terminate()
        _, said = await service.communicate()
        await telegram.stop()
    assert len(list((tmp_path / "backup").glob("*/manifest.json"))) == 1
    assert "Read-only file system" not in said.decode()
