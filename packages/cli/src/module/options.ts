export interface ModuleCheckOptions {
  readonly kernel: string;
  readonly kernelVersion?: string;
  readonly kallsyms?: string;
  readonly config?: string;
  readonly symvers?: string;
  readonly allowBtfMismatch?: true;
  readonly json?: true;
}
