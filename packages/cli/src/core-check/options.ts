/** Options of `core check`. */
export interface CheckOptions {
  readonly target: readonly string[];
  readonly modules?: string;
  readonly html?: string;
  readonly json?: true;
  readonly details?: true;
  readonly cache: boolean;
  readonly jobs?: number;
}
