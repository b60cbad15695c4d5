"""Champion and challenger: a new version takes over only when it is better on the same held-out lines."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from predictor.bundle import Bundle, load_bundle
from predictor.evaluation import MODEL
from predictor.metrics import Estimate, draw_weights, paired_difference
from predictor.tracking_artifacts import OUT_OF_FOLD
from predictor.tracking_store import BUNDLE, CHAMPION, MODEL_NAME, TrackingStore, connected, shown

#: Bootstrap samples of a comparison, and their seed: the same two versions always compare the same.
DRAWS, SEED = 2000, 0


@dataclass(frozen=True)
class Promotion:
    """What became of a challenger.

    Attributes
    ----------
    promoted
        Whether the challenger is the champion now.
    reason
        Why, or why not, in words.
    difference
        Mean Pearson's r over inhibitors, challenger minus champion, with the 95 % interval of a bootstrap
        over lines; None where nothing could be compared.
    challenger, champion
        Versions; ``champion`` is the one before, None where there was none.
    """

    promoted: bool
    reason: str
    difference: Estimate | None
    challenger: str
    champion: str | None


class NotComparableError(Exception):
    """Two evaluations were not of the same lines in the same folds; the message says in what they differ."""


def promote(
    name: str = MODEL_NAME,
    version: str | int | None = None,
    *,
    force: bool = False,
    tracking_uri: str | None = None,
) -> Promotion:
    """Make a version the champion if it is better than the present one, or if told to.

    Better means: on the same held-out lines in the same folds, the lower 95 % limit of the difference in mean
    Pearson's r is above 0.

    Parameters
    ----------
    name
        The registered model.
    version
        The challenger; None for the newest.
    force
        Promote whatever the comparison says.
    tracking_uri
        As in :func:`predictor.tracking.log_training`.

    Returns
    -------
    Promotion

    Raises
    ------
    InputError
        If there is no such model or version, or the store cannot be used.
    """
    with connected(tracking_uri) as store:
        challenger = _version(store, name, version)
        champion = _champion(store, name)
        if champion is None:
            return _decide(store, name, challenger, None, "first: there was no champion", None, promoted=True)
        if champion.version == challenger.version:
            return Promotion(
                False, "it is the champion already", None, str(challenger.version), str(champion.version)
            )
        difference: Estimate | None = None
        try:
            difference = compare(_out_of_fold(store, challenger), _out_of_fold(store, champion))
            better = difference.low > 0
            words = "better" if better else "not better"
            interval = f"[{difference.low:+.3f}, {difference.high:+.3f}]"
            reason = f"{words}: mean Pearson's r changes by {difference.value:+.3f} {interval}"
        except NotComparableError as error:
            better, reason = False, f"not comparable: {error}"
        if force and not better:
            reason = f"forced; {reason}"
        return _decide(store, name, challenger, champion, reason, difference, promoted=better or force)


def registered_bundle(reference: str, *, tracking_uri: str | None = None) -> Bundle:
    """The bundle of a registered model.

    Only its bundle is read; the code file that ``mlflow.pyfunc.load_model`` runs is left alone.

    Parameters
    ----------
    reference
        ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``.
    tracking_uri
        See :func:`predictor.tracking_store.resolve_uri`.

    Raises
    ------
    InputError
        If there is no such model, version or alias, or its bundle is missing or was altered.
    """
    found = re.fullmatch(r"models:/([^/@]+)(?:@([^/@]+)|/(\d+))", reference)
    if found is None:
        raise InputError(
            "is no registered model",
            where=reference,
            todo="write models:/NAME@ALIAS or models:/NAME/VERSION",
        )
    name, alias, version = found.groups()
    with connected(tracking_uri) as store, tempfile.TemporaryDirectory(prefix="mtorc1-") as scratch:
        newest = _version(store, name, version)
        if alias is not None:
            aliases = store.client.get_registered_model(name).aliases
            if alias not in aliases:
                raise InputError(
                    f"the model {name!r} has no alias {alias!r}",
                    where=shown(store.uri),
                    todo="move it with `mtorc1 promote`, or name a version: models:/NAME/VERSION",
                )
            newest = _version(store, name, aliases[alias])
        import mlflow

        try:
            folder = mlflow.artifacts.download_artifacts(
                artifact_uri=f"models:/{name}/{newest.version}", dst_path=scratch
            )
        except (mlflow.MlflowException, OSError) as error:
            raise InputError(f"its files cannot be fetched ({error})", where=reference) from error
        return load_bundle(Path(folder) / "artifacts" / BUNDLE)


def compare(
    challenger: pd.DataFrame, champion: pd.DataFrame, *, draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Difference in mean Pearson's r over inhibitors, by a paired bootstrap over lines.

    Parameters
    ----------
    challenger, champion
        Tables of :func:`predictor.evaluation.cross_validate`.  Of each the model's own predictions of
        inhibitors (``inhibitor@screen``) are compared, on the targets of the champion.
    draws, seed
        Of the bootstrap.

    Returns
    -------
    Estimate
        Challenger minus champion.

    Raises
    ------
    NotComparableError
        If the challenger lacks a target of the champion, or lines, folds or measured responses differ.
    """
    new, old = _judged(challenger), _judged(champion)
    targets = list(old.target.unique())
    if not targets:
        raise NotComparableError("the champion predicts no inhibitor")
    lacking = sorted(set(targets) - set(new.target))
    if lacking:
        raise NotComparableError(f"the challenger does not predict {', '.join(lacking)}")
    paired = old.merge(
        new[new.target.isin(targets)],
        on=["target", "sample_id"],
        how="outer",
        suffixes=("_old", "_new"),
        indicator=True,
    )
    alone = int((paired["_merge"] != "both").sum())
    if alone:
        raise NotComparableError(f"{alone} measured line(s) and inhibitor(s) are in one evaluation only")
    if (paired.fold_old != paired.fold_new).any():
        raise NotComparableError("the lines were dealt to other folds")
    if not np.allclose(paired.measured_old, paired.measured_new, rtol=1e-9, atol=1e-12):
        raise NotComparableError("the measured responses differ")
    lines = pd.Index(sorted(paired.sample_id.unique()))
    # One draw of lines for all targets: a line's rows stay together, and so does what the targets have in
    # common.
    weights = draw_weights(len(lines), draws, seed)
    values, several = [], np.zeros(draws)
    for target in targets:
        rows = paired[paired.target == target].sort_values("sample_id")
        mine = weights[:, lines.get_indexer(rows.sample_id)]
        value, drawn = paired_difference(
            rows.prediction_new.to_numpy(float),
            rows.prediction_old.to_numpy(float),
            rows.measured_old.to_numpy(float),
            rows.fold_old.to_numpy(int),
            mine,
        )
        values.append(value)
        several += drawn / len(targets)
    low, high = np.quantile(several, [0.025, 0.975])
    return Estimate(float(np.mean(values)), float(low), float(high))


def _judged(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """The model's own rows of measured inhibitors."""
    chosen = (
        (out_of_fold.predictor == MODEL) & out_of_fold.measured.notna() & out_of_fold.target.str.contains("@")
    )
    return out_of_fold.loc[chosen, ["sample_id", "target", "fold", "prediction", "measured"]]


def _version(store: TrackingStore, name: str, version: str | int | None) -> Any:
    """The version asked for, or the newest."""
    found = {int(one.version): one for one in store.client.search_model_versions(f"name='{_quoted(name)}'")}
    if not found:
        raise InputError(
            f"there is no registered model {name!r}",
            where=shown(store.uri),
            todo="train one with `mtorc1 train`",
        )
    if version is None:
        return found[max(found)]
    if not str(version).isdecimal() or int(version) not in found:
        raise InputError(
            f"the model {name!r} has no version {version!r}",
            where=shown(store.uri),
            todo=f"choose among {', '.join(map(str, sorted(found)))}",
        )
    return found[int(version)]


def _quoted(name: str) -> str:
    if "'" in name or not name.strip():
        raise InputError(f"{name!r} cannot be the name of a model", where="name")
    return name


def _champion(store: TrackingStore, name: str) -> Any | None:
    alias = store.client.get_registered_model(name).aliases.get(CHAMPION)
    return None if alias is None else store.client.get_model_version(name, str(alias))


def _out_of_fold(store: TrackingStore, version: Any) -> pd.DataFrame:
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory(prefix="mtorc1-") as scratch:
        try:
            listed = {one.path for one in store.client.list_artifacts(version.run_id)}
            if OUT_OF_FOLD not in listed:
                raise NotComparableError(
                    f"the run of version {version.version} keeps no out-of-fold predictions"
                )
            return pd.read_parquet(
                Path(store.client.download_artifacts(version.run_id, OUT_OF_FOLD, scratch))
            )
        except MlflowException as error:
            raise NotComparableError(f"the run of version {version.version} is gone") from error


def _decide(
    store: TrackingStore,
    name: str,
    challenger: Any,
    champion: Any | None,
    reason: str,
    difference: Estimate | None,
    *,
    promoted: bool,
) -> Promotion:
    """Move the alias if need be, and leave the reason with the version."""
    before = None if champion is None else str(champion.version)
    if promoted:
        store.client.set_registered_model_alias(name, CHAMPION, str(challenger.version))
    store.client.set_model_version_tag(
        name, str(challenger.version), "promotion", f"{'yes' if promoted else 'no'}: {reason}"
    )
    return Promotion(promoted, reason, difference, str(challenger.version), before)
