export interface DiffVerbOptions {
  readonly baseA?: string[];
  readonly baseB?: string[];
  readonly all?: true;
  readonly kind?: string[];
  readonly breaks?: 'program' | 'module';
  readonly json?: true;
}
