/** Options of `doctor PATH…`. */
export interface DoctorOptions {
  readonly log?: string[];
  readonly kernel?: string;
  readonly pahole?: string;
  readonly base?: string[];
  readonly json?: true;
}
