"""Independent fits side by side, with results that do not depend on how many run at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from threadpoolctl import threadpool_limits

from features.progress import Progress, silent

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_jobs() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    jobs: int,
    label: str = "",
    progress: Progress = silent,
) -> Sequence[Result]:
    """Call ``work`` on every item, at most ``jobs`` at a time; results come in the order of the items.

    Threads suffice: XGBoost and LAPACK let go of the interpreter.  Each computes on one thread (BLAS is held
    to one here, XGBoost by its parameters), because a sum over two threads is not the same sum.
    """
    todo = list(items)
    results: list[Result] = []
    with threadpool_limits(limits=1), ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        progress(label, 0, len(todo))
        for done, result in enumerate(pool.map(work, todo), start=1):
            results.append(result)
            progress(label, done, len(todo))
    return results
