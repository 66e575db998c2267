"""`python -m model COMMAND …`. Each command is a module with `add_arguments(parser)` and `run(args) -> int`."""

from __future__ import annotations

import argparse
import importlib
import sys

# command -> (module, one line of help). Modules are imported only when their command is used.
COMMANDS = {
    "train": ("model.training.train", "fit a run directory and score all its pictures"),
    "score": ("model.training.score", "score a run directory with given weights, without a refit"),
    "serve": ("model.training.serve", "stay resident and take train, score and read commands on stdin"),
    "backbone": ("model.vision.trial", "try whether a backbone can be loaded, and what a picture costs"),
    "prior": ("model.priors.command", "print what the names of labels are read as"),
    "methods": ("model.research.methods_list", "list every system of the paper's tables and ours"),
    "parity": ("model.research.parity", "compare with reference arrays of the authors' code"),
    "tables": ("model.research.tables", "the paper's tables on data sets at hand"),
    "bench": ("model.bench.speed.command", "measure steps, inference and scaling"),
    "bench effort": ("model.bench.effort.simulation", "human actions to finish a data set, by way of working"),
    "bench doubts": ("model.bench.effort.doubts", "how many of the listed doubts are really wrong marks"),
    "bench audit": ("model.bench.effort.audit", "how often intervals from blind audit answers hold the truth"),
    "bench arrivals": ("model.bench.speed.arrivals", "new pictures scored per second, against the bare backbone"),
    "evaluate": ("model.research.ablation", "measure the parts of tern on real photographs"),
}


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code."""
    listing = "\n".join(f"  {name:<14}{text}" for name, (_, text) in COMMANDS.items())
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(f"usage: python -m model COMMAND [options]\n\n{listing}")
        return 0 if arguments else 2
    command, rest = named(arguments)
    if command not in COMMANDS:
        print(f"python -m model: unknown command '{command}'. Known:\n{listing}", file=sys.stderr)
        return 2
    module = importlib.import_module(COMMANDS[command][0])
    return int(module.run(parser_of(command).parse_args(rest)))


def named(arguments: list[str]) -> tuple[str, list[str]]:
    """The command, of one word or two, and what is left for it."""
    command, *rest = arguments
    if rest and f"{command} {rest[0]}" in COMMANDS:
        return f"{command} {rest[0]}", rest[1:]
    return command, rest


def parser_of(command: str) -> argparse.ArgumentParser:
    """What reads a command's arguments."""
    module = importlib.import_module(COMMANDS[command][0])
    parser = argparse.ArgumentParser(
        f"python -m model {command}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.add_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
