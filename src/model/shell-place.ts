/**
 * The places that shell-lexer.ts tells apart, and what it keeps of everything that is open. Pure.
 */

/** What stands around a place. */
export type Place = PlaceKind & {
  /** The shell takes the value for a number and calculates it: a[$(command)] would run. */
  readonly calculates?: boolean;
};

type PlaceKind =
  /** Between words or inside one. */
  | { readonly kind: 'bare'; readonly touchesWord: boolean }
  /** Must be quoted there, and is one word: inside `${x:-...}`. */
  | { readonly kind: 'quoted' }
  /** In double quotes or an unquoted here-document: expanded, never split. */
  | { readonly kind: 'expanded' }
  | { readonly kind: 'single' }
  /** Inside `$'...'`. */
  | { readonly kind: 'ansi' }
  | { readonly kind: 'comment' }
  /** In `$((...))` and its like. */
  | { readonly kind: 'arithmetic' }
  | { readonly kind: 'quoted-here-document'; readonly delimiter: string }
  | { readonly kind: 'refused'; readonly why: string };

export interface HereDocument {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  readonly stripsTabs: boolean;
}

export interface Script {
  readonly kind: 'script';
  readonly end: ')' | '`' | '';
  /** Words only, no commands: `x=(a b)` and patterns. */
  readonly isList: boolean;
  word: string | undefined;
  wordHasQuotes: boolean;
  startsCommand: boolean;
  readonly cases: ('subject' | 'pattern' | 'body')[];
  readonly pending: HereDocument[];
  /** Inside `[[ ]]`: whether the comparison at hand calculates. */
  test: { calculates: boolean } | undefined;
  /** In backticks: why no value may stand in them. */
  murk: string | undefined;
}

/** What is open at a place, innermost last. */
export type Frame =
  | Script
  | { readonly kind: 'double' | 'single' | 'ansi' | 'comment' }
  | { readonly kind: 'arithmetic'; readonly end: '))' | ']'; depth: number }
  | {
      readonly kind: 'parameter';
      readonly operator: 'default' | 'pattern' | 'number' | 'other';
      readonly within: 'nothing' | 'double' | 'document';
      /** A single quote in `"${x:-it's}"`: bash pairs it, dash takes it as it is. */
      isUncertain: boolean;
    }
  | { readonly kind: 'document'; readonly document: HereDocument; atLineStart: boolean };

export function script(end: Script['end'], isList: boolean): Script {
  return {
    kind: 'script',
    end,
    isList,
    word: undefined,
    wordHasQuotes: false,
    startsCommand: true,
    cases: [],
    pending: [],
    test: undefined,
    murk: undefined,
  };
}
