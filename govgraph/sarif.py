"""Findings as SARIF 2.1.0, which CI systems and code-scanning pages read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from govgraph import __version__, answers
from govgraph.words import pick

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"high": "error", "medium": "warning", "low": "note"}
_KIND = "resource"
"""SARIF's word for a logical location that is no piece of a program."""


def to_sarif(answer: answers.Findings, items: Iterable[answers.Finding], lang: str) -> Iterator[str]:
    """A SARIF log of one run in pieces: every rule that was run, every finding (accepted ones suppressed), and what failed."""
    index = {rule.id: i for i, rule in enumerate(answer.rules)}
    failed = [rule for rule in answer.rules if rule.status == "failed"]
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "govgraph",
                "version": __version__,
                "semanticVersion": _semantic(__version__),
                "language": "zh-CN" if lang == "zh" else "en",
                "rules": [_rule(rule, lang) for rule in answer.rules],
            }
        },
        "language": "zh-CN" if lang == "zh" else "en",
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not failed,
                "toolExecutionNotifications": [
                    {
                        "level": "error" if rule.status == "failed" else "warning",
                        "message": {"text": rule.error or ""},
                        "associatedRule": {"id": rule.id, "index": index[rule.id]},
                    }
                    for rule in answer.rules
                    if rule.error
                ],
            }
        ],
        "properties": {"asOf": answer.as_of.isoformat(), "graphVersion": answer.graph_version},
        "results": [],
    }
    log = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)
    results = (_result(finding, index[finding.rule], lang) for finding in items)
    return answers.spliced(log, "results", (json.dumps(r, ensure_ascii=False, indent=2) for r in results), 8)


def _semantic(version: str) -> str:
    parts = version.split(".")
    return ".".join([*parts, "0", "0"][:3])


def _said(words: answers.Words | None, lang: str) -> str:
    return pick((words.zh, words.en), lang) if words else ""


def _rule(rule: answers.CheckedRule, lang: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": _said(rule.title, lang)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity or "medium"]},
        "properties": {"builtIn": rule.built_in}
        | {name: value for name, value in (("basis", rule.basis), ("file", rule.file)) if value},
    }
    if rule.remedy:
        found["help"] = {"text": _said(rule.remedy, lang)}
    return found


def _result(finding: answers.Finding, index: int, lang: str) -> dict[str, Any]:
    properties = {
        name: value
        for name, value in (
            ("severity", finding.severity),
            ("stage", finding.stage),
            ("jurisdiction", finding.jurisdiction),
            ("basis", finding.basis),
            ("remedy", _said(finding.remedy, lang)),
        )
        if value
    }
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _said(finding.reason, lang)},
        "partialFingerprints": {"govgraphFinding/v1": finding.id},
        "properties": properties,
    }
    if finding.subject:
        subject = finding.subject
        place = {"name": subject.name, "fullyQualifiedName": f"{subject.kind}:{subject.id}", "kind": _KIND}
        found["locations"] = [{"logicalLocations": [place]}]
    if decided := finding.accepted:
        said = f"{decided.by}: {decided.reason}"
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": said}]
    return found
