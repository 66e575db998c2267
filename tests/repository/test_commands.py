"""Every command in README and docs is one that its program takes, argument by argument, or says here why not."""

import re
import shlex

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError

from model.__main__ import COMMANDS, named, parser_of
from tests.repository.test_documents import PRESENT
from tests.rooms import ROOT
from tests.rooms import main as draw_rooms

MANAGE, MODEL, ROOMS = "manage.py ", "python -m model ", "python -m tests.rooms "
# What begins so is not read by a parser of ours.
NOT_TRIED = {
    "manage.py test": "the suite itself; what follows goes to pytest",
    ".ci/run": "the suite itself",
    "npm": "scripts of frontend/package.json, which a test of its own looks up",
    "npx": "run by the developer who adds a key; needs the packages of frontend/",
    "docker": "needs a Docker daemon",
    "python -m model serve": "takes no arguments; tests/app/test_session.py talks to it",
}
START = re.compile(r"^(?:\w+=\S+ )*(?:\.venv/bin/)?(?:python3? )?(?=manage\.py |-m |\.ci/|npm |npx |docker )")


def commands(text: str) -> list[str]:
    """The commands of a document, in blocks and in lines, without what stands before the program."""
    found = []
    for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL):
        found += [line.split("   #")[0] for line in block.splitlines()]
    found += re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    said = [re.sub(r"\s+", " ", one).strip() for one in found]
    whole = [START.sub("", one) for one in said if START.match(one)]
    return [f"python {one}" if one.startswith("-m ") else one for one in whole]


def each_way(command: str) -> list[str]:
    """`bench step|infer` is two commands."""
    several = re.search(r"\S+\|\S+", command)
    return [command.replace(several[0], one) for one in several[0].split("|")] if several else [command]


ALL = [
    pytest.param(way, id=f"{path.name}: {way}")
    for path in PRESENT
    for command in commands(path.read_text())
    for way in each_way(command)
]


def test_the_documents_have_commands() -> None:
    assert len(ALL) > 50


@pytest.mark.slow
@pytest.mark.parametrize("command", ALL)
def test_a_documented_command_is_taken_as_it_stands(command: str) -> None:
    if any(command == start or command.startswith(f"{start} ") for start in NOT_TRIED):
        return
    if command.startswith(MODEL):
        name, rest = named(shlex.split(command.removeprefix(MODEL)))
        assert name in COMMANDS
        parser_of(name).parse_args(rest)
    elif command.startswith(MANAGE):
        name, *rest = shlex.split(command.removeprefix(MANAGE))
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        try:
            parser.parse_args(rest)
        except CommandError as error:
            pytest.fail(str(error))
    else:
        assert command.startswith(ROOMS)
        assert draw_rooms(shlex.split(command.removeprefix(ROOMS))) == 0


def test_documented_scripts_of_the_page_exist() -> None:
    scripts = (ROOT / "frontend" / "package.json").read_text()
    asked = {word for path in PRESENT for word in re.findall(r"npm run (?:--silent )?(\w[\w:]*)", path.read_text())}
    assert asked
    assert [name for name in sorted(asked) if f'"{name}":' not in scripts] == []
