"""Experiment to study: features, responses and targets, aligned, and what the columns can teach."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from features.catalogue import EXPRESSION_PREFIX, describe
from features.cohort import Cohort
from features.errors import InputError
from features.matrix import build_matrix
from features.progress import Progress, silent
from features.settings import GeneSets, Settings
from features.sources import load
from features.sources.gmt import read_gmt
from predictor.baselines import Ladder
from predictor.evaluation import Study
from predictor.experiment import GROWTH_FAMILY, Experiment, FeatureSection
from predictor.measurement_error import beyond_tested_doses, error_table
from predictor.modalities import ColumnRoles, possible
from predictor.response import check_consensus, class_targets, inhibitor_targets, response_table
from predictor.submodel import is_learnable
from predictor.target_model import FitSettings


def column_roles(columns: pd.Index) -> ColumnRoles:
    """What the catalogue says of the columns; a column without a row is refused."""
    return ColumnRoles(
        modality={str(c): describe(str(c)).modality for c in columns},
        wide=frozenset(str(c) for c in columns if str(c).startswith(EXPRESSION_PREFIX)),
        computed_only=frozenset(str(c) for c in columns if describe(str(c)).default_use == "never"),
        # Measured growth says much: among thousands of columns that say little it would be shrunk like them.
        strong=frozenset(str(c) for c in columns if describe(str(c)).modality == "growth"),
    )


def build_study(experiment: Experiment, *, progress: Progress = silent) -> tuple[Study, Cohort]:
    """Load the cohort, build its features and responses, and name the targets.

    Raises
    ------
    InputError
        If the data do not hold what the experiment asks for.
    """
    cohort = load(experiment.data.cohort, progress=progress)
    chosen = feature_settings(experiment.features)
    matrix = build_matrix(cohort, experiment.features.families, settings=chosen, progress=progress)
    features = matrix.values.sort_index()
    asked = experiment.response
    responses = response_table(cohort.responses, asked.metric, list(features.index))
    check_consensus(responses, asked.consensus)
    known = {str(c).rsplit("@", 1)[1] for c in responses.columns}
    unknown = [screen for screen in asked.screens if screen not in known]
    if unknown:
        raise InputError(
            f"no response was measured in the screen(s) {', '.join(unknown)}",
            where=f"experiment {experiment.name}, response.screens",
            todo=f"choose among {', '.join(sorted(known))}",
        )
    own = inhibitor_targets(responses, asked.metric, asked.screens, asked.least_lines)
    targets = (*own, *class_targets(responses, asked.consensus))
    if not own:
        raise InputError(
            f"no inhibitor was measured on {asked.least_lines} lines or more in {', '.join(asked.screens)}",
            where=f"cohort {cohort.name}",
            todo="lower response.least_lines or name other screens",
        )
    samples = cohort.samples.set_index("sample_id").loc[features.index]
    growth = build_matrix(cohort, (GROWTH_FAMILY,)).values.iloc[:, 0].loc[features.index]
    roles = column_roles(features.columns)
    wide = [c for c in features.columns if c in roles.wide]
    study = Study(
        features=features,
        responses=responses,
        targets=targets,
        consensus=tuple(asked.consensus),
        roles=roles,
        ladder=Ladder(
            tissue=samples.lineage.fillna("").astype(str),
            growth=growth if growth.notna().any() else None,
            genes=features[wide] if wide else None,
        ),
        settings=_possible_settings(experiment, features, roles),
        feature_settings=chosen,
        errors=error_table(cohort.responses, asked.metric, responses),
    )
    return study, _with_bounds_told(cohort, asked.metric)


def _with_bounds_told(cohort: Cohort, metric: str) -> Cohort:
    """The cohort with a note of every response that is learned as a bound."""
    mine = cohort.responses[cohort.responses.metric == metric]
    mine = mine[beyond_tested_doses(mine)]
    names = mine.sample_id + " " + mine.inhibitor + "@" + mine.screen
    return cohort.with_losses(
        [("responses", "beyond the tested doses: learned as the nearest of them", names.to_list())]
    )


def feature_settings(asked: FeatureSection) -> Settings:
    """Cut-offs and gene sets that an experiment asks for.

    Raises
    ------
    InputError
        If its file of gene sets cannot be used.
    """
    sets: GeneSets = {} if asked.gene_sets is None else read_gmt(asked.gene_sets)
    return Settings(min_depth=asked.min_depth, min_vaf=asked.min_vaf, gene_sets=sets)


def _possible_settings(experiment: Experiment, features: pd.DataFrame, roles: ColumnRoles) -> FitSettings:
    """The experiment's settings, without the patterns that its features cannot teach."""
    asked = experiment.fit_settings()
    values = features.to_numpy(float)
    learnable = [
        str(c) for j, c in enumerate(features.columns) if is_learnable(values[:, j], asked.least_carriers)
    ]
    patterns = possible(asked.patterns, learnable, roles)
    if not patterns:
        raise InputError(
            f"none of the patterns {', '.join(asked.patterns)} can be learned from these features",
            where=f"experiment {experiment.name}",
            todo="name other patterns or more families of features",
        )
    return replace(asked, patterns=patterns)
