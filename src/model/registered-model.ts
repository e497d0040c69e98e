/** Registered models in the words that flows, commands and the registry share: versions, stages, and what a promotion came to. */
/** One version of a registered model, as `weir model inspect` and `models.list` show it. */
export interface ModelVersion extends ModelLabels {
  readonly model: string;
  readonly version: number;
  readonly stage: ModelStage;
  readonly aliases: readonly string[];
  readonly format: 'value' | 'file';
  readonly fileName: string;
  readonly size: number;
  readonly contentHash: string;
  readonly run: number | null;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** A model as it comes from a flow: a value (codec bytes), or a file of the user's, which is copied from its path. */
export type ModelContent =
  | { readonly format: 'value'; readonly fileName: string; readonly bytes: Uint8Array }
  | { readonly format: 'file'; readonly fileName: string; readonly path: string };

export interface ModelLabels {
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
}

export type ModelStage = 'None' | 'Staging' | 'Production' | 'Archived';

/** `3`, `"Production"`, `"champion"`, `"latest"`. */
export type ModelSelector = number | string;

export interface PromotionRule {
  readonly metric: string;
  readonly goal: 'min' | 'max';
  readonly margin: number;
  readonly minimum: number | null;
  readonly dataIdentity: string | null;
}

/** What a comparison came to. `candidate` and `production` are version numbers, the values what `evaluate` gave. */
export interface PromotionDecision {
  readonly promoted: boolean;
  readonly candidate: number;
  readonly candidateValue: number;
  readonly production: number | null;
  readonly productionValue: number | null;
  readonly reason: string;
}
