"""What a study found, as lines to print."""

from __future__ import annotations

from collections.abc import Sequence

from movie import reports
from pytorch_models.evaluation.summary import Difference, Line

WIDTH = {name: max(9, len(name) + 2) for name in reports.COLUMNS} | {"interval": 13}


def table(lines: Sequence[Line], differences: Sequence[Difference]) -> list[str]:
    printed = []
    for heading, group in reports.grouped(lines).items():
        title = f"{heading} ({group[0].visitors:,} visitors)"
        printed.append(f"\n  {title:<30}" + "".join(f"{name:>{WIDTH[name]}}" for name in reports.COLUMNS))
        for line in group:
            figures = zip(reports.COLUMNS, reports.cells(line), strict=True)
            printed.append(f"  {line.model:<30}" + "".join(f"{cell:>{WIDTH[name]}}" for name, cell in figures))
    for heading, against in reports.grouped(differences).items():
        printed.append(f"\n  {against[0].reference} less the others in NDCG@10, {heading}")
        for each in against:
            d = each.interval
            printed.append(f"  {each.model:<18}{d.mean:+.4f} ({d.low:+.4f} … {d.high:+.4f})  {d.verdict}")
    return printed
