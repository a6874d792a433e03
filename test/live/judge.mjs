// Our own verdict on a blob, as the running kernel's.
import { judgeProgram, NEWEST } from '../../packages/core/dist/verify/index.js';

/** { errno, message, log }, in the form of what askKernel gives. */
export function judge(bytes) {
  const { errno, message, log } = judgeProgram(bytes, { rules: NEWEST, littleEndian: true, log: true });
  return { errno, message, log: log.join('\n') };
}
