"""Words for what a variant does, in MAF and in the Sequence Ontology, and which of several is the worst."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd

#: MAF's Variant_Classification -> our consequence.
CLASSIFICATIONS: Mapping[str, str] = {
    "Missense_Mutation": "missense", "Nonsense_Mutation": "nonsense", "Frame_Shift_Del": "frameshift",
    "Frame_Shift_Ins": "frameshift", "In_Frame_Del": "inframe_indel", "In_Frame_Ins": "inframe_indel",
    "Splice_Site": "splice", "Translation_Start_Site": "start_lost", "Start_Codon_SNP": "start_lost",
    "Start_Codon_Del": "start_lost", "Start_Codon_Ins": "start_lost", "Stop_Codon_Del": "stop_lost",
    "Stop_Codon_Ins": "stop_lost", "Nonstop_Mutation": "stop_lost", "Silent": "silent",
    "Splice_Region": "other", "Intron": "other", "3'UTR": "other", "5'UTR": "other", "3'Flank": "other",
    "5'Flank": "other", "IGR": "other", "RNA": "other", "lincRNA": "other", "Targeted_Region": "other",
    "De_novo_Start_InFrame": "other", "De_novo_Start_OutOfFrame": "other",
}  # fmt: skip
#: Sequence Ontology's terms -> our consequence, the most severe first, in the order of Ensembl's VEP (PMID
#: 27268795).  A lost transcript counts among splice and a changed coding sequence among missense, as vcf2maf
#: has it; terms of SnpEff stand where VEP has their parents.
SO_TERMS: Mapping[str, str] = {
    "transcript_ablation": "splice", "exon_loss_variant": "splice", "splice_acceptor_variant": "splice",
    "splice_donor_variant": "splice", "stop_gained": "nonsense", "frameshift_variant": "frameshift",
    "stop_lost": "stop_lost", "start_lost": "start_lost", "initiator_codon_variant": "start_lost",
    "transcript_amplification": "other", "feature_elongation": "other", "feature_truncation": "other",
    "inframe_insertion": "inframe_indel", "conservative_inframe_insertion": "inframe_indel",
    "disruptive_inframe_insertion": "inframe_indel", "inframe_deletion": "inframe_indel",
    "conservative_inframe_deletion": "inframe_indel", "disruptive_inframe_deletion": "inframe_indel",
    "missense_variant": "missense", "protein_altering_variant": "inframe_indel",
    "splice_donor_5th_base_variant": "other", "splice_region_variant": "other",
    "splice_donor_region_variant": "other", "splice_polypyrimidine_tract_variant": "other",
    "incomplete_terminal_codon_variant": "silent", "start_retained_variant": "silent",
    "stop_retained_variant": "silent", "synonymous_variant": "silent", "coding_sequence_variant": "missense",
    "mature_miRNA_variant": "other", "5_prime_UTR_variant": "other", "3_prime_UTR_variant": "other",
    "5_prime_UTR_premature_start_codon_gain_variant": "other", "non_coding_transcript_exon_variant": "other",
    "intron_variant": "other", "NMD_transcript_variant": "other", "non_coding_transcript_variant": "other",
    "coding_transcript_variant": "other", "upstream_gene_variant": "other",
    "downstream_gene_variant": "other", "TFBS_ablation": "other", "TFBS_amplification": "other",
    "TF_binding_site_variant": "other",
    "regulatory_region_ablation": "other", "regulatory_region_amplification": "other",
    "regulatory_region_variant": "other", "intragenic_variant": "other", "intergenic_variant": "other",
    "intergenic_region": "other", "sequence_variant": "other",
}  # fmt: skip
_SEVERITY: Mapping[str, int] = {term: place for place, term in enumerate(SO_TERMS)}
#: VEP writes ``&`` between the terms of one variant, vcf2maf a comma.
_BETWEEN = str.maketrans("&,;", "   ")


@cache
def consequence_of(text: str) -> str | None:
    """Our consequence of a classification, or of the most severe of several Sequence Ontology terms.

    Parameters
    ----------
    text
        As a cell of Variant_Classification or Consequence holds it.

    Returns
    -------
    str or None
        One of :data:`features.schemas.CONSEQUENCES`; None if no word of it is known.

    Examples
    --------
    >>> consequence_of("Missense_Mutation"), consequence_of("splice_region_variant&stop_gained")
    ('missense', 'nonsense')
    """
    if text in CLASSIFICATIONS:
        return CLASSIFICATIONS[text]
    known = [term for term in text.translate(_BETWEEN).split() if term in SO_TERMS]
    return SO_TERMS[min(known, key=_SEVERITY.__getitem__)] if known else None


def consequences(words: pd.Series) -> pd.Series:
    """:func:`consequence_of` each text; missing where the text is missing or unknown."""
    known = {word: consequence_of(word) for word in words.dropna().unique()}
    return words.map(MappingProxyType(known)).astype(object)
