"""`nas doctor`: what this machine has, and what is wrong with it."""

import json
from dataclasses import asdict

import click

from nas.cli.options import database_option, example, json_option


@click.command(epilog=example("nas doctor", "nas doctor --dataset photos/ --db postgresql://me@host/nas"))
@click.option("--dataset", metavar="DATA", help="Also read this data set.")
@click.option("--test-set", metavar="DATA", help="Its test part, where it does not lie beside it.")
@database_option
@json_option
def doctor(dataset: str | None, test_set: str | None, database: str, as_json: bool) -> None:
    """Checks what this machine has and what is wrong.

    Python, torch, GPUs, Ray, memory, the database, and a data set where one is named. Exits with 1 where something that
    is needed is broken.
    """
    from nas.cli.checks import check_data, check_database, machine_findings

    findings = [*machine_findings(), check_database(database)]
    if dataset is not None:
        findings.append(check_data(dataset, test_set))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        width = max(len(finding.subject) for finding in findings)
        for finding in findings:
            click.echo(f"{'ok' if finding.ok else 'problem':<7}  {finding.subject:<{width}}  {finding.text}")
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)
