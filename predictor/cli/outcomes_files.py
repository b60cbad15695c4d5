"""The folder that ``mtorc1 outcomes`` writes: tables, page, JSON and figures, whole or not at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import InputError
from features.storage import storage_errors, whole_folder
from predictor.cli import outputs
from predictor.cli.console import plain

if TYPE_CHECKING:
    from predictor.outcomes.findings import Findings, OfEndpoint, OfMarker
    from predictor.report.survival_plots import EffectRow

#: The file that tells a folder of ours, which may be replaced.
HEAD = "outcomes.json"
_FORMAT = "mtorc1-outcomes"


def check_target(folder: Path) -> None:
    """Refuse a folder that could not be written, or that holds something else, before the work begins.

    Raises
    ------
    InputError
        If so.
    """
    outputs.check_folder(folder)
    with storage_errors(folder):
        if folder.is_dir() and any(folder.iterdir()) and not _is_ours(folder):
            raise InputError(
                "already holds something that is not from this command",
                where=folder,
                todo="choose another folder, or an empty one",
            )


def write(found: Findings, document: dict[str, Any], page: str, folder: Path) -> None:
    """Write the folder, in the place of an older one of ours.

    Raises
    ------
    InputError
        If the file system refuses.
    """
    from predictor.outcomes.tables import losses_with_identifiers, tables_of
    from predictor.report.style import save

    with whole_folder(folder) as fresh:
        tables = {**tables_of(found), "losses": losses_with_identifiers(found)}
        for name, table in tables.items():
            if len(table.columns):
                outputs.table_writer(table, Path(f"{name}.csv"))(fresh / f"{name}.csv")
        (fresh / "summary.md").write_text(page, encoding="utf-8")
        head = {"format": _FORMAT, **document}
        text = json.dumps(plain(head), indent=1, ensure_ascii=False, allow_nan=False)
        (fresh / HEAD).write_text(text + "\n", encoding="utf-8")
        for name, figure in _figures(found):
            save(figure, fresh / f"{name}.png")


def _is_ours(folder: Path) -> bool:
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(head, dict) and head.get("format") == _FORMAT


def _figures(found: Findings) -> list[tuple[str, Any]]:
    from predictor.outcomes.not_estimable import NotEstimable
    from predictor.report.survival_plots import effects_plot, survival_plot

    figures = []
    panels: dict[str, list[EffectRow]] = {}
    for one in found.markers:
        for endpoint, answer in one.endpoints.items():
            if isinstance(answer, NotEstimable):
                continue
            curves = {arm: mine.survival for arm, mine in answer.arms.items()}
            figure = survival_plot(curves, marker=one.marker.name, endpoint=endpoint)
            figures.append((f"survival_{_slug(one.marker.name)}_{_slug(endpoint)}", figure))
            panels.setdefault(endpoint, []).extend(_rows(one, answer, len(found.markers) > 1))
    drawn = {endpoint: rows for endpoint, rows in panels.items() if rows}
    if drawn:
        figures.append(("effects", effects_plot(drawn)))
    return figures


def _rows(one: OfMarker, answer: OfEndpoint, several: bool) -> list[EffectRow]:
    from predictor.outcomes.effects import Effect
    from predictor.report.survival_plots import EffectRow

    head = f"{one.marker.name}, " if several else ""
    effects = [(arm, "arm", mine.effect) for arm, mine in answer.arms.items()]
    more = [("both arms", "both", answer.shared), ("interaction", "interaction", answer.interaction)]
    return [
        EffectRow(head + name, kind, effect.ratio.value, effect.ratio.low, effect.ratio.high)
        for name, kind, effect in [*effects, *more]
        if isinstance(effect, Effect)
    ]


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
