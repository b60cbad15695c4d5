"""Experiment: one TOML file that says what is trained, on what, and how it is judged."""

from __future__ import annotations

import tomllib
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import InputError
from features.settings import MIN_DEPTH, MIN_VAF
from predictor.modalities import PATTERNS
from predictor.target_model import FitSettings
from predictor.trees import TreeSettings

#: The family of measured growth rates, and the end of the name of every experiment that may use it.
GROWTH_FAMILY, GROWTH_SUFFIX = "measured_growth", "_with_growth"

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class Section(BaseModel):
    """A table of the file; an unknown key is a typing error, not a wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataSection(Section):
    """Which cohort: the name of a fetched source, or the path of a Cohort folder."""

    cohort: str


class FeatureSection(Section):
    """What is computed.

    Attributes
    ----------
    families
        Families of the feature catalogue; None for the default ones.
    min_depth, min_vaf
        Cut-offs of the variants that clonality indices use; see :class:`features.settings.Settings`.
    gene_sets
        A GMT file of the user's own gene sets, each a feature ``set.{name}``.
    """

    families: tuple[str, ...] | None = None
    min_depth: Annotated[int, Field(ge=0)] = MIN_DEPTH
    min_vaf: Share = MIN_VAF
    gene_sets: str | None = None


class ResponseSection(Section):
    """What is predicted.

    Attributes
    ----------
    metric
        Of the responses.
    screens
        An inhibitor's own model is trained on the first of these screens that measured it.
    consensus
        The ``inhibitor@screen`` whose mean standardised response is the consensus.
    pooling
        Shares of the consensus in the response that a model learns (:mod:`predictor.response`); several are
        chosen among, for each target, inside the training lines.
    pooling_across_screens
        Whether an inhibitor that was measured in two screens takes the share that tells another screen best,
        estimated from the training lines (:func:`~predictor.response.share_across_screens`).
    least_lines
        An inhibitor-screen with fewer measured lines gets no model.
    """

    metric: str = "ln_ic50_um"
    screens: tuple[str, ...] = Field(min_length=1)
    consensus: tuple[str, ...] = Field(min_length=1)
    pooling: tuple[Share, ...] = Field(default=(0.0, 0.25, 0.5, 0.75), min_length=1)
    pooling_across_screens: bool = True
    least_lines: Count = 200


class TreeSection(Section):
    """How trees are grown; see :class:`~predictor.trees.TreeSettings`."""

    max_rounds: Count = TreeSettings.max_rounds
    learning_rate: Annotated[float, Field(gt=0, le=1)] = TreeSettings.learning_rate
    max_depth: Annotated[int, Field(ge=1, le=12)] = TreeSettings.max_depth
    min_child_weight: Annotated[float, Field(ge=0)] = TreeSettings.min_child_weight
    reg_lambda: Annotated[float, Field(ge=0)] = TreeSettings.reg_lambda
    subsample: Annotated[float, Field(gt=0, le=1)] = TreeSettings.subsample
    colsample_bytree: Annotated[float, Field(gt=0, le=1)] = TreeSettings.colsample_bytree
    colsample_bynode: Annotated[float, Field(gt=0, le=1)] = TreeSettings.colsample_bynode
    max_bin: Annotated[int, Field(ge=2)] = TreeSettings.max_bin


class ModelSection(Section):
    """How a target is fitted; see :class:`~predictor.target_model.FitSettings`."""

    patterns: tuple[str, ...] = tuple(PATTERNS)
    inner_folds: Annotated[int, Field(ge=2)] = 5
    least_carriers: Count = 20
    least_known: Share = 0.5
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    trees: TreeSection = TreeSection()

    @model_validator(mode="after")
    def _known_patterns(self) -> Self:
        # The order of PATTERNS is the order of preference: a file cannot change it by listing them otherwise.
        if self.patterns != tuple(p for p in PATTERNS if p in self.patterns):
            raise ValueError(f"patterns must be some of {', '.join(PATTERNS)}, in this order")
        if not self.patterns:
            raise ValueError("patterns must name at least one")
        return self


class EvaluationSection(Section):
    """How it is judged.

    Attributes
    ----------
    split
        What is held out with the lines: ``cell_line`` (nothing more), ``tissue`` (all lines of their
        tissues), ``screen`` (all responses of ``held_out_screens``) or ``inhibitor`` (all responses to the
        inhibitor that is asked for, in any screen; its class answers).
    folds
        Of lines, or of tissues.
    repeats
        So many times with folds drawn anew; a figure is the mean over repeats.
    seed
        Of the folds and the bootstrap.
    draws
        Bootstrap samples.
    held_out_screens
        For ``screen``.
    one_tissue_a_fold
        For ``tissue``: each tissue is a fold (small ones share one), whatever ``folds`` says.
    baselines
        ``ladder``, or ``all``: another booster as well (about a third of a second a fit).
    """

    split: Literal["cell_line", "tissue", "screen", "inhibitor"] = "cell_line"
    folds: Annotated[int, Field(ge=2)] = 5
    repeats: Count = 1
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    draws: Annotated[int, Field(ge=100)] = 1000
    held_out_screens: tuple[str, ...] = ()
    one_tissue_a_fold: bool = False
    baselines: Literal["ladder", "all"] = "ladder"

    @model_validator(mode="after")
    def _fits_the_split(self) -> Self:
        # A setting that the split does not use would be believed to have had an effect.
        if (self.split == "screen") != bool(self.held_out_screens):
            raise ValueError(
                'held_out_screens names one screen or more with split = "screen", and none otherwise'
            )
        if self.one_tissue_a_fold and self.split != "tissue":
            raise ValueError('one_tissue_a_fold is for split = "tissue"')
        if self.one_tissue_a_fold and self.repeats > 1:
            raise ValueError("with one_tissue_a_fold every repeat would be the same")
        return self


class Experiment(Section):
    """One experiment.

    Attributes
    ----------
    name
        Of the experiment, its MLflow experiment and its bundle: letters, digits, ``_`` and ``-``.
    description
        One line.
    data, features, response, model, evaluation
        The tables of the file.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    description: str = ""
    data: DataSection
    features: FeatureSection = FeatureSection()
    response: ResponseSection
    model: ModelSection = ModelSection()
    evaluation: EvaluationSection = EvaluationSection()

    @model_validator(mode="after")
    def _growth_is_named(self) -> Self:
        if self.uses_measured_growth and not self.name.endswith(GROWTH_SUFFIX):
            raise ValueError(
                f"an experiment with measured growth must be called *{GROWTH_SUFFIX}: "
                "the rate shares the screen's assay and no patient has one"
            )
        return self

    @property
    def uses_measured_growth(self) -> bool:
        """Whether a measured growth rate is among the features."""
        return GROWTH_FAMILY in (self.features.families or ())

    def fit_settings(self) -> FitSettings:
        """The settings of every fit."""
        return FitSettings(
            pooling=self.response.pooling,
            across_screens=self.response.pooling_across_screens,
            trees=TreeSettings(**self.model.trees.model_dump()),
            patterns=self.model.patterns,
            inner_folds=self.model.inner_folds,
            least_carriers=self.model.least_carriers,
            least_known=self.model.least_known,
            seed=self.model.seed,
        )

    def facts(self) -> dict[str, Any]:
        """The whole experiment as plain values."""
        return self.model_dump(mode="json")


def read_experiment(path: str | Path | None = None) -> Experiment:
    """Read and validate an experiment.

    Parameters
    ----------
    path
        A TOML file; None for the default experiment that comes with the package.

    Raises
    ------
    InputError
        If it is missing, no TOML, or does not validate; every fault is named with its key.
    """
    if path is None:
        with as_file(files("predictor.experiments").joinpath("default.toml")) as packaged:
            return read_experiment(packaged)
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("no such file", where=path, todo="give the path of an experiment (TOML)") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"is no TOML file ({error})", where=path) from error
    return _validated(content, path)


def is_outcome_experiment(path: str | Path | None) -> bool:
    """Whether a file has the table ``[outcome]``; what cannot be read has not."""
    if path is None:
        return False
    try:
        return "outcome" in tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False


def with_evaluation(experiment: Experiment, **changes: Any) -> Experiment:
    """The same experiment judged in another way.

    Parameters
    ----------
    experiment
        The experiment.
    **changes
        Keys of :class:`EvaluationSection`.  Another ``split`` leaves behind what belongs to the old one
        alone.

    Raises
    ------
    InputError
        If they do not validate.
    """
    content = experiment.facts()
    evaluation = content["evaluation"]
    if changes.get("split", evaluation["split"]) != evaluation["split"]:
        evaluation |= {"held_out_screens": (), "one_tissue_a_fold": False}
    return _validated(
        content | {"evaluation": evaluation | changes}, f"experiment {experiment.name}, evaluation"
    )


def _validated(content: dict[str, Any], where: str | Path) -> Experiment:
    try:
        return Experiment.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the experiment'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InputError(faults, where=where, todo="see experiments/default.toml for every key") from error
