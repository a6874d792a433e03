import type { InputOptions } from '../options.js';

export interface LayoutVerbOptions extends InputOptions {
  readonly id?: number[];
  readonly cacheline?: number;
  readonly expand?: true;
  readonly reorganize?: true;
  readonly sizes?: true;
  readonly packable?: true;
  readonly contains?: string;
  readonly pointerSize?: number;
  readonly json?: true;
}
